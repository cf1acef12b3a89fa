"""Reading and writing pictures: every file is made here, every expected pixel worked out here."""

import contextlib
import errno
import functools
import io
import os
import random
import stat
import struct
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest
import torch
from picture_files import (
    NOISE,
    P3_D50,
    RGBA,
    RNG,
    SRGB_D50,
    assert_close,
    assert_same,
    cmyk_profile,
    gray_profile,
    over,
    png,
    rgb_profile,
    saved,
    srgb_from_lab,
    srgb_from_linear,
    tiff,
)
from PIL import ExifTags, Image, ImageFile, PngImagePlugin

from huelab.images import SUFFIXES, ImageError, read, write, writing
from huelab.images.errors import errors_named
from huelab.images.files import FORMATS

pytestmark = pytest.mark.filterwarnings("error")
# Reading: sources and formats


@pytest.mark.parametrize("kind", ["str", "path", "bytes", "bytearray", "memoryview", "file", "io"])
def test_every_kind_of_source(tmp_path, kind):
    path = tmp_path / "ünï 😀.png"
    path.write_bytes(data := saved(NOISE, "PNG"))
    with open(path, "rb") as file:
        source = {
            "str": str(path),
            "path": path,
            "bytes": data,
            "bytearray": bytearray(data),
            "memoryview": memoryview(data),
            "file": file,
            "io": io.BytesIO(data),
        }[kind]
        got = read(source)
    assert_same(got, NOISE)
    assert got.flags.c_contiguous and got.flags.writeable and got.flags.owndata


def test_a_file_object_is_read_from_where_it_stands():
    stream = io.BytesIO(b"header" + saved(NOISE, "PNG"))
    stream.seek(6)
    assert_same(read(stream), NOISE)


@pytest.mark.parametrize(
    ("form", "options", "most"),
    [
        ("PNG", {}, 0),
        ("BMP", {}, 0),
        ("PPM", {}, 0),
        ("TIFF", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("TIFF", {"compression": "tiff_adobe_deflate", "big_tiff": True}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("JPEG2000", {}, 0),
        ("QOI", {}, 0),
        ("JPEG", {"quality": 100, "subsampling": 0}, 3),
        ("JPEG", {"quality": 100, "subsampling": 0, "progressive": True}, 3),
        ("MPO", {"quality": 100, "subsampling": 0}, 3),
        ("TIFF", {"compression": "jpeg", "quality": 100}, 3),
        ("AVIF", {"quality": 100, "subsampling": "4:4:4"}, 3),
    ],
)
def test_formats(form, options, most):
    if form not in Image.SAVE and (Image.init(), form not in Image.SAVE)[1]:
        pytest.skip(f"Pillow is built without {form}")
    assert_close(read(saved(NOISE, form, **options)), NOISE, most)


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "TIFF"])
def test_first_frame_of_many(form):
    colors = [(200, 30, 40), (0, 255, 0), (0, 0, 255)]
    first, *rest = (Image.new("RGB", (4, 3), color) for color in colors)
    more = {"lossless": True} if form == "WEBP" else {}
    data = saved(first, form, save_all=True, append_images=rest, **more)
    with Image.open(io.BytesIO(data)) as image:
        assert image.n_frames == 3
    assert_same(read(data, notes=(notes := [])), np.full((3, 4, 3), colors[0]))
    assert notes == [
        "The file holds several frames or pages; only the first was read. "
        "Save the other pages as files of their own to color them."
    ]
    assert_same(read(saved(first, form, **more), notes=(notes := [])), read(data))
    assert notes == []


def test_suffixes_are_those_that_pillow_knows_of_the_formats():
    known = {suffix for suffix, form in Image.registered_extensions().items() if form in FORMATS}
    assert known | {".heic", ".heif", ".hif"} == SUFFIXES | (known & {".heics", ".heifs"})


# Reading: modes


def test_gray_palette_and_single_bits():
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert_same(read(saved(ramp, "PNG")), np.repeat(ramp[..., None], 3, 2))
    bits = np.array([[True, False], [False, True]])
    for form in ("PNG", "TIFF", "PPM", "BMP"):
        assert_same(read(saved(bits, form)), np.repeat(bits[..., None], 3, 2) * 255)
    palette = Image.fromarray(np.array([[0, 1, 2]], np.uint8), "L")
    palette.putpalette([1, 2, 3, 40, 50, 60, 250, 0, 9])
    for form in ("PNG", "GIF", "BMP", "TIFF"):
        assert_same(read(saved(palette, form)), [[[1, 2, 3], [40, 50, 60], [250, 0, 9]]])
    quarters = png(4, 1, 2, 0, [bytes([0b00011011])])
    assert_same(read(quarters), np.repeat([[[0], [85], [170], [255]]], 3, 2))


DEEP = np.array([[0, 128, 129, 257, 32768, 65407, 65535]], np.uint16)
DEEP8 = np.array([[0, 0, 1, 1, 128, 255, 255]])  # round(v / 257); 128 / 257 < 1/2 < 129 / 257


@pytest.mark.parametrize(
    "data",
    [
        saved(DEEP, "PNG"),
        saved(DEEP, "TIFF"),
        saved(DEEP, "TIFF", compression="tiff_lzw"),
        saved(Image.fromarray(DEEP.astype(">u2")), "TIFF"),
        saved(DEEP.astype(np.int32), "TIFF"),
        b"P5 7 1 65535\n" + DEEP.astype(">u2").tobytes(),
        b"P2 7 1 65535\n" + " ".join(map(str, DEEP[0])).encode() + b"\n",
        saved((DEEP / 65535).astype(np.float32), "TIFF"),
        tiff(7, 1, DEEP.astype("<u2").tobytes(), t258=16),
        tiff(7, 1, DEEP.astype(">u2").tobytes(), ">", t258=16),
        tiff(7, 1, (65535 - DEEP).astype("<u2").tobytes(), t258=16, t262=0),
    ],
    ids=lambda data: data[:4].hex(),
)
def test_deep_gray_is_rounded(data):
    assert_same(read(data), np.repeat(DEEP8[..., None], 3, 2))


def test_deep_gray_rounds_every_value_exactly():
    every = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    expected = np.rint(every.astype(float) / 257)
    assert_same(read(saved(every, "PNG")), np.repeat(expected[..., None], 3, 2))


def test_twelve_bits_end_at_white():
    assert_same(read(tiff(2, 1, bytes([0x00, 0x0F, 0xFF]), t258=12)), [[[0] * 3, [255] * 3]])


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([0, 70000], np.int32),
        ([-1, 100], np.int32),
        ([0, 255], np.float32),
        ([-0.1, 1], np.float32),
        ([np.nan, 1], np.float32),
        ([np.inf, 1], np.float32),
    ],
)
def test_samples_without_a_known_white_are_refused(values, kind):
    with pytest.raises(ImageError, match="<bytes>: its samples span"):
        read(saved(np.array([values], kind), "TIFF"))


def test_floats_may_overshoot_by_half_a_level():
    floats = np.array([[-0.001, 0.5, 1.0015]], np.float32)
    assert_same(read(saved(floats, "TIFF")), [[[0] * 3, [128] * 3, [255] * 3]])


def test_sixteen_bit_rgb_loses_its_low_bytes():
    deep = np.array([[0, 300, 511, 512, 65535, 65280]], np.uint16)
    expected = [[[0, 1, 1], [2, 255, 255]]]
    assert_same(read(png(2, 1, 16, 2, [deep.astype(">u2").tobytes()])), expected)
    assert_same(read(tiff(2, 1, deep.tobytes(), t258=(16,) * 3, t262=2, t277=3)), expected)


def test_ycbcr():
    blue = Image.new("YCbCr", (8, 8), (29, 255, 107))  # 8-bit blue: 0.114, +1/2, -0.081
    assert_close(
        read(saved(blue, "TIFF", compression="jpeg", quality=100)), [[[0, 0, 254]] * 8] * 8, 2
    )


# Reading: alpha


@pytest.mark.parametrize("paper", [(255, 255, 255), (0, 0, 0), (10, 200, 90)])
@pytest.mark.parametrize("form", ["PNG", "TIFF", "WEBP"])
def test_alpha_over_paper(form, paper):
    options = {"lossless": True, "exact": True} if form == "WEBP" else {}
    got = read(saved(RGBA, form, **options), background=paper)
    assert_same(got, over(NOISE, RGBA[..., 3], paper))


def test_gray_alpha():
    got = read(saved(Image.fromarray(RGBA[..., [0, 3]], "LA"), "PNG"), background=(9, 99, 199))
    assert_same(got, over(RGBA[..., [0, 0, 0]], RGBA[..., 3], (9, 99, 199)))


def test_premultiplied_alpha():
    # Stored (60, 30, 0) with alpha 128 stands for (120, 60, 0): over white 255 - 128 + stored.
    data = tiff(1, 1, bytes([60, 30, 0, 128]), t258=(8,) * 4, t262=2, t277=4, t338=1)
    assert_close(read(data), [[[187, 157, 127]]])
    assert_close(read(data, background=(0, 0, 0)), [[[60, 30, 0]]])


def test_transparent_palette():
    plte = (b"PLTE", bytes([255, 0, 0, 0, 255, 0, 0, 0, 255]))
    data = png(3, 1, 8, 3, [bytes([0, 1, 2])], plte, (b"tRNS", bytes([0, 128])))
    assert_same(read(data), over([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], [[0, 128, 255]]))
    gif = Image.fromarray(np.array([[0, 1]], np.uint8), "L")
    gif.putpalette([1, 2, 3, 200, 100, 50])
    got = read(saved(gif, "GIF", transparency=0), background=(7, 8, 9))
    assert_same(got, [[[7, 8, 9], [200, 100, 50]]])
    reds = (0, 65535) + (0,) * 766  # a TIFF lists all reds, all greens, all blues
    got = read(tiff(2, 1, bytes([0, 255, 1, 128]), t258=(8, 8), t262=3, t277=2, t338=2, t320=reds))
    assert_same(got, over([[[0, 0, 0], [255, 0, 0]]], [[255, 128]]))


@pytest.mark.parametrize(
    ("depth", "kind", "row", "key", "expected"),
    [
        (1, 0, bytes([0b01000000]), (1,), [0, None, 0, 0]),
        (2, 0, bytes([0b00011011]), (3,), [0, 85, 170, None]),
        (4, 0, bytes([0x0F, 0x37]), (7,), [0, 255, 51, None]),
        (8, 0, bytes([0, 9, 10, 255]), (9,), [0, None, 10, 255]),
        (16, 0, struct.pack(">4H", 0, 1000, 1001, 65535), (1000,), [0, None, 4, 255]),
        (8, 2, bytes([1, 1, 1, 9, 9, 9, 9, 9, 8, 5, 5, 5]), (9, 9, 9), [1, None, (9, 9, 8), 5]),
        (
            16,
            2,
            struct.pack(">12H", *[5] * 3, *[1285] * 3, *[9999] * 6),
            (1285,) * 3,
            [0, None, 39, 39],
        ),
    ],
)
def test_one_transparent_color(depth, kind, row, key, expected):
    data = png(4, 1, depth, kind, [row], (b"tRNS", struct.pack(f">{len(key)}H", *key)))
    paper = (12, 34, 56)
    pixels = [paper if e is None else e if isinstance(e, tuple) else (e,) * 3 for e in expected]
    assert_same(read(data, background=paper), [pixels])


@pytest.mark.parametrize("background", [(1, 2), (0, 0, 256), (-1, 0, 0), (1.0,) * 3, "red"])
def test_a_background_that_is_no_color(background):
    with pytest.raises(ValueError) as caught:
        read(saved(NOISE, "PNG"), background=background)
    assert not isinstance(caught.value, ImageError)


# Reading: orientation


UPRIGHT = np.array([[10, 20, 30], [40, 50, 60]], np.uint8)
STORED = {  # how each orientation stores UPRIGHT, turned by hand
    1: [[10, 20, 30], [40, 50, 60]],
    2: [[30, 20, 10], [60, 50, 40]],
    3: [[60, 50, 40], [30, 20, 10]],
    4: [[40, 50, 60], [10, 20, 30]],
    5: [[10, 40], [20, 50], [30, 60]],
    6: [[30, 60], [20, 50], [10, 40]],
    7: [[60, 30], [50, 20], [40, 10]],
    8: [[40, 10], [50, 20], [60, 30]],
}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "LZW", "WEBP"])
def test_orientation(form, orientation):
    stored = np.array(STORED[orientation], np.uint8).repeat(8, 0).repeat(8, 1)
    exif = Image.Exif()
    exif[274] = orientation
    options = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100}}.get(form, {})
    options |= {"compression": "tiff_lzw"} if form == "LZW" else {}
    data = saved(stored, form.replace("LZW", "TIFF"), exif=exif, **options)
    assert_close(read(data), np.repeat(UPRIGHT.repeat(8, 0).repeat(8, 1)[..., None], 3, 2), 2)


@pytest.mark.parametrize("exif", [b"Exif\0\0MM\0*\xff\xff\xff\xff", b"Exif\0\0garbage", b"\0" * 9])
def test_damaged_exif_is_ignored(exif):
    assert_same(read(saved(NOISE, "PNG", exif=exif)), NOISE)


def test_an_impossible_orientation_counts_as_upright():
    exif = Image.Exif()
    exif[274] = 9
    assert_same(read(saved(NOISE, "PNG", exif=exif)), NOISE)


# Reading: CMYK, Lab and profiles


INKS = RNG.integers(0, 256, (5, 7, 4), dtype=np.uint8)
PLAIN_INKS = (255 - INKS[..., :3].astype(int)) * (255 - INKS[..., 3:].astype(int)) / 255


def test_cmyk_without_a_profile():
    assert_close(read(saved(Image.fromarray(INKS, "CMYK"), "TIFF")), PLAIN_INKS, 1)
    flat = np.broadcast_to(np.array([20, 130, 250, 60], np.uint8), (8, 8, 4))
    data = saved(Image.fromarray(flat.copy(), "CMYK"), "JPEG", quality=100)
    assert b"Adobe" in data  # stored inverted
    assert_close(
        read(data), np.full((8, 8, 3), [180, 96, 4]), 2
    )  # 235*195/255, 125*195/255, 5*195/255


def strange_ink(c, m, y, k):
    """Ink colors that no guess would give, so that only the profile can."""
    return (90 - 30 * c - 20 * m - 10 * y - 20 * k, 30 * y - 20 * c, 40 * m - 25 * k)


@pytest.mark.parametrize("form", ["TIFF", "JPEG"])
@pytest.mark.parametrize(
    "inks", [(0, 0, 0, 0), (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (1, 1, 0, 1)]
)
def test_cmyk_profile(form, inks):
    def corner(*point):  # white and black must be neutral for the black point to stay put
        return (100, 0, 0) if not any(point) else (0, 0, 0) if all(point) else strange_ink(*point)

    flat = Image.new("CMYK", (8, 8), tuple(255 * i for i in inks))
    options = {"quality": 100} if form == "JPEG" else {}
    got = read(saved(flat, form, icc_profile=cmyk_profile(corner), **options))
    assert_close(got, np.broadcast_to(srgb_from_lab(corner(*inks)), (8, 8, 3)), 3)


def test_lab_tiff():
    lab = [[100, 0, 0], [0, 0, 0], [50, 0, 0], [60, 40, 30], [40, -30, 25], [30, 20, -50]]
    samples = b"".join(struct.pack("Bbb", round(L * 2.55), a, b) for L, a, b in lab)
    data = tiff(6, 1, samples, t258=(8, 8, 8), t262=8, t277=3)
    stored = [(round(L * 2.55) / 2.55, a, b) for L, a, b in lab]
    assert_close(read(data), [srgb_from_lab(stored)], 1)


@pytest.mark.parametrize("colorants", [SRGB_D50, P3_D50], ids=["srgb", "p3"])
@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.2])
@pytest.mark.parametrize("form", ["PNG", "TIFF", "WEBP"])
def test_rgb_profile(form, colorants, gamma):
    options = {"lossless": True} if form == "WEBP" else {}
    data = saved(NOISE, form, icc_profile=rgb_profile(colorants, gamma), **options)
    linear = (NOISE / 255) ** gamma @ colorants.T @ np.linalg.inv(SRGB_D50).T
    assert_close(read(data), srgb_from_linear(linear), 2)


def test_a_wide_red_is_not_the_srgb_red():
    p3 = rgb_profile(P3_D50, 2.2)
    inside = np.array([[[200, 80, 60]]], np.uint8)
    got = read(saved(inside, "PNG", icc_profile=p3))
    assert got[0, 0, 0] > 210 and got[0, 0, 1] < 80  # the same color needs more red in sRGB


def test_profile_and_alpha_and_orientation_together():
    exif = Image.Exif()
    exif[274] = 6
    data = saved(RGBA, "PNG", icc_profile=rgb_profile(SRGB_D50, 1.0), exif=exif)
    expected = over(srgb_from_linear(NOISE / 255), RGBA[..., 3], (0, 9, 90))
    assert_close(read(data, background=(0, 9, 90)), np.rot90(expected, -1), 2)


def test_gray_profiles():
    ramp = np.arange(0, 256, 5, dtype=np.uint8)[None]
    linear = np.repeat(srgb_from_linear(ramp / 255)[..., None], 3, 2)
    for profile in (gray_profile(1.0), rgb_profile(SRGB_D50, 1.0)):
        assert_close(read(saved(ramp, "PNG", icc_profile=profile)), linear, 1)
    deep = np.arange(0, 1500, 30, dtype=np.uint16)[None]  # 8 bits would leave 6 of these 50 levels
    expected = np.repeat(srgb_from_linear(deep / 65535)[..., None], 3, 2)
    assert_close(read(saved(deep, "PNG", icc_profile=gray_profile(1.0))), expected, 1)


@pytest.mark.parametrize(
    "profile",
    [b"no profile", b"", rgb_profile(SRGB_D50, 1.0)[:200], gray_profile(1.0), b"\0" * 4000],
)
def test_an_unsuitable_profile_is_ignored(profile):
    assert_same(read(saved(NOISE, "PNG", icc_profile=profile)), NOISE)


def test_rgb_profile_on_cmyk_is_ignored():
    data = saved(Image.fromarray(INKS, "CMYK"), "TIFF", icc_profile=rgb_profile(P3_D50, 1.0))
    assert_close(read(data), PLAIN_INKS, 1)


def test_an_srgb_profile_changes_nothing():
    every = np.stack(np.meshgrid(*[np.arange(0, 256, 15, dtype=np.uint8)] * 3), -1).reshape(
        1, -1, 3
    )
    assert_same(read(saved(every, "PNG", icc_profile=writing.srgb_profile())), every)


def test_damaged_profiles_never_crash():
    good, rng = cmyk_profile(strange_ink), random.Random(1)
    for _ in range(25):
        bad = bytearray(good)
        for _ in range(rng.randint(1, 30)):
            bad[rng.randrange(300)] = rng.randrange(256)
        data = saved(Image.fromarray(INKS, "CMYK"), "TIFF", icc_profile=bytes(bad))
        assert read(data).shape == (5, 7, 3)


# Reading: refusals


def assert_refused(source, words, **options):
    with pytest.raises(ImageError) as caught:
        read(source, **options)
    assert words in str(caught.value)
    return str(caught.value)


def test_files_that_cannot_be_opened(tmp_path):
    assert str(tmp_path) in assert_refused(tmp_path, "is a folder")
    assert "none.png" in assert_refused(tmp_path / "none.png", "No such file")
    (tmp_path / "empty.png").write_bytes(b"")
    assert "empty.png" in assert_refused(tmp_path / "empty.png", "empty")
    (tmp_path / "notes.png").write_text("hello, I am a text of some length")
    assert "notes.png" in assert_refused(tmp_path / "notes.png", "not a picture")
    assert_refused(b"", "<bytes>: the file is empty")
    assert_refused(None, "expected a path")
    assert_refused(3, "expected a path")
    assert_refused(io.StringIO("text"), "<bytes>: ")
    assert_refused("a\0b.png", "null")
    assert_refused(tmp_path / "bad\udcff.png", "bad\\udcff.png").encode()
    os.mkfifo(tmp_path / "pipe")
    assert_refused(tmp_path / "pipe", "not an ordinary file")


def denied(*args, **kwargs):
    raise PermissionError(errno.EACCES, "Permission denied")


def test_a_file_without_permission(tmp_path, monkeypatch):
    path = tmp_path / "mine.png"
    path.write_bytes(saved(NOISE, "PNG"))
    path.chmod(0)
    if os.access(path, os.R_OK):  # root may read all
        monkeypatch.setattr("builtins.open", denied)
    assert "mine.png" in assert_refused(path, "Permission denied")


@pytest.mark.parametrize(
    "data", [b"%!PS-Adobe-3.0 EPSF-3.0\n", b"P", b"<svg></svg>", b"GIF8", b"BM"]
)
def test_what_is_no_picture_or_no_known_one(data):
    assert_refused(data, "<bytes>: ")


@pytest.mark.parametrize(
    "data",
    [
        png(0, 4, 8, 0, [b""] * 4),
        png(4, 0, 8, 0, []),
        b"P6 0 3 255\n",
        b"GIF89a" + struct.pack("<HH", 0, 0) + b"\0\0\0;",
        saved(NOISE, "BMP")[:18] + b"\0" * 8 + saved(NOISE, "BMP")[26:],
        tiff(0, 1, b""),
    ],
)
def test_no_pixels(data):
    assert_refused(data, "<bytes>: ")


TRUNCATABLE = {
    "PNG": {},
    "JPEG": {},
    "GIF": {},
    "WEBP": {"lossless": True},
    "BMP": {},
    "PPM": {},
    "TIFF": {},
    "JPEG2000": {},
}


@pytest.mark.parametrize("form", TRUNCATABLE)
def test_truncated_files(form):
    data = saved(np.kron(NOISE, np.ones((4, 4, 1), np.uint8)), form, **TRUNCATABLE[form])
    for share in (0.02, 0.2, 0.5, 0.8, 0.9):
        assert_refused(data[: int(len(data) * share)], "<bytes>: ")


@pytest.mark.parametrize("rows", [[], [b"\0abcd"] * 3, [b"\0abcd"] * 7 + [b"\0abc"]])
def test_a_png_that_lacks_rows_without_being_cut(rows):
    whole = png(4, 8, 8, 0, [b"abcd"] * 8)
    assert read(whole).shape == (8, 4, 3)
    assert_refused(png(4, 8, 8, 0, [row[1:] for row in rows]), "<bytes>: ")


def test_a_black_bottom_and_interlacing_are_no_damage():
    black = NOISE.copy()
    black[3:] = 0
    assert_same(read(saved(black, "PNG")), black)
    for mode in ("1", "L", "P", "I;16", "RGB", "LA", "RGBA"):
        got = read(saved(Image.new(mode, (5, 4)), "PNG"), background=(0, 0, 0))
        assert_same(got, np.zeros((4, 5, 3)))
    # Adam7 of 2 x 2: pass 1 has (0,0), pass 6 has (1,0), pass 7 row 1.
    rows = [b"\1", b"\2", b"\3\4"]
    assert_same(read(png(2, 2, 8, 0, rows, interlace=1)), np.repeat([[[1], [2]], [[3], [4]]], 3, 2))
    assert_refused(png(2, 2, 8, 0, rows[:2], interlace=1), "cut short")


def test_pixels_are_counted_before_decoding(tmp_path, monkeypatch):
    assert_same(read(saved(NOISE, "PNG"), max_pixels=54), NOISE)
    assert_refused(saved(NOISE, "PNG"), "9 x 6", max_pixels=53)
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: pytest.fail("decoded"))
    bomb = png(50_000, 50_000, 8, 2, [b""])
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb)
    assert "bomb.png" in assert_refused(path, "50000 x 50000")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "TIFF", "LZW", "WEBP", "BMP"])
@pytest.mark.parametrize("limit", [1, 30, None])
def test_pillows_own_limit_has_no_say(form, limit, monkeypatch):
    options = {"compression": "tiff_lzw"} if form == "LZW" else {}
    data = saved(NOISE, form.replace("LZW", "TIFF"), **options)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    assert read(data).shape == NOISE.shape
    assert limit == Image.MAX_IMAGE_PIXELS
    assert_refused(data, "max_pixels", max_pixels=53)


def test_nothing_is_read_while_pillow_accepts_half_pictures(monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    assert_refused(saved(NOISE, "PNG"), "LOAD_TRUNCATED_IMAGES")
    assert ImageFile.LOAD_TRUNCATED_IMAGES is True


def test_filters_of_warnings_are_as_before_after_many_threads():
    data = saved(NOISE, "TIFF", compression="tiff_lzw")
    before = list(warnings.filters)

    def work(seed):
        for i in range(20):
            with contextlib.suppress(ImageError):
                read(data[: -(1 + (seed + i) % 40)])

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert warnings.filters == before
    with pytest.warns(UserWarning, match="still heard"):
        warnings.warn("still heard", stacklevel=1)


# A thousand damaged files


def damaged(rng, files):
    form, data = rng.choice(files)
    data = bytearray(data)
    way = rng.randrange(6)
    if way == 0:
        for _ in range(rng.randint(1, 12)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif way == 1:
        del data[rng.randrange(len(data)) :]
    elif way == 2:
        start = rng.randrange(len(data))
        data[start : start + rng.randint(1, 40)] = bytes(rng.randint(1, 40))
    elif way == 3:
        _, other = rng.choice(files)
        at = rng.randrange(4, 60)
        data = bytearray(other[:at]) + data[at:]
    elif way == 4:
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(min(64, len(data)))] = rng.choice((0, 1, 127, 128, 255))
    else:
        start = rng.randrange(len(data))
        data[start:start] = rng.randbytes(rng.randint(1, 20))
    return form, bytes(data)


def seeds():
    """Tiny pictures that use much of each format: profiles, EXIF, palettes, frames, interlacing."""
    exif = Image.Exif()
    exif[274], exif[271] = 6, "Maker"
    p3 = rgb_profile(P3_D50, 2.2)
    two = {"save_all": True, "append_images": [Image.fromarray(NOISE[::-1].copy())]}
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("Title", "x" * 50, zip=True)
    gray, deep = Image.fromarray(NOISE[..., 0].copy()), Image.fromarray(DEEP)
    inks, alpha = Image.fromarray(INKS, "CMYK"), Image.fromarray(RGBA)
    lossless = {"lossless": True}
    made = [
        ("PNG", NOISE, {"icc_profile": p3, "exif": exif, "pnginfo": texts}),
        ("PNG", gray.convert("P"), {"transparency": 3}),
        ("PNG", deep, {}),
        ("PNG", Image.fromarray(NOISE), two),
        ("PNG", alpha, {}),
        ("JPEG", NOISE, {"exif": exif, "icc_profile": p3}),
        ("JPEG", gray, {"progressive": True}),
        ("JPEG", inks, {}),
        ("GIF", gray.convert("P"), {"transparency": 3}),
        ("GIF", Image.fromarray(NOISE), two),
        ("TIFF", NOISE, {"exif": exif, "icc_profile": p3}),
        ("TIFF", inks, {"compression": "tiff_lzw"}),
        ("TIFF", gray, {"compression": "packbits"}),
        ("TIFF", deep, {"compression": "tiff_adobe_deflate"}),
        ("TIFF", Image.fromarray(NOISE), {**two, "compression": "jpeg"}),
        ("TIFF", gray.convert("1"), {"compression": "group4"}),
        ("WEBP", alpha, {"exif": exif, **lossless}),
        ("WEBP", NOISE, {"quality": 50}),
        ("WEBP", Image.fromarray(NOISE), {**two, **lossless}),
        ("BMP", NOISE, {}),
        ("BMP", gray.convert("P"), {}),
        ("PPM", NOISE, {}),
        ("JPEG2000", NOISE, {}),
    ]
    files = [(form, saved(image, form, **options)) for form, image, options in made]
    return [*files, ("PNG", png(2, 2, 8, 0, [b"\1", b"\2", b"\3\4"], interlace=1))]


def test_a_damaged_file_prints_nothing():
    """In a fresh process: pytest's own logging would hide what Pillow logs, and what libtiff writes
    goes past Python. Others' messages through libtiff are heard again afterwards."""
    unknown = tiff(2, 1, bytes(6), t258=(8,) * 3, t262=2, t277=113)
    packed = saved(np.zeros((50, 50), np.uint8), "TIFF", compression="tiff_lzw")
    broken = packed[:10] + b"\xff" * 20 + packed[30:]
    code = f"""
import io
from PIL import Image
from huelab import images
for data in ({unknown!r}, {broken!r}):
    try:
        images.read(data)
    except images.ImageError as error:
        print(error)
try:
    Image.open(io.BytesIO({broken!r})).load()
except OSError:
    pass
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert [line[:9] for line in done.stdout.splitlines()] == ["<bytes>: "] * 2
    assert len(done.stderr.splitlines()) == 1 and "tempfile.tif" in done.stderr


@pytest.mark.parametrize("seed", range(4))
def test_damaged_files_give_pixels_or_an_image_error(seed, capsys):
    rng, files = random.Random(seed), seeds()
    outcomes = {"read": 0, "refused": 0}
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        for _ in range(500):
            form, data = damaged(rng, files)
            try:
                got = read(data, max_pixels=1_000_000)
            except ImageError as error:
                assert str(error).startswith("<bytes>: ")
                outcomes["refused"] += 1
            else:
                assert got.dtype == np.uint8 and got.ndim == 3 and got.shape[2] == 3 and got.size
                assert got.flags.c_contiguous and got.flags.writeable, form
                outcomes["read"] += 1
    assert not heard and capsys.readouterr() == ("", "")
    assert min(outcomes.values()) > 50


# Writing


def no_links(*args):
    """os.link as on a memory card."""
    raise OSError(errno.EPERM, "Operation not permitted")


def leftovers(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("suffix", [".png", ".PNG", ".tif", ".tiff", ".bmp", ".ppm", ".webp"])
def test_write_and_read_back_exactly(tmp_path, suffix):
    path = tmp_path / f"out{suffix}"
    assert write(path, NOISE) is None
    assert_same(read(path), NOISE)
    write(str(path), torch.from_numpy(NOISE[::-1].copy()), overwrite=True)
    assert_same(read(path), NOISE[::-1])
    assert leftovers(tmp_path) == [path.name]


def test_jpeg_keeps_every_color_sample(tmp_path):
    stripes = np.zeros((16, 16, 3), np.uint8)
    stripes[:, ::2] = (255, 0, 0)
    stripes[:, 1::2] = (0, 0, 255)
    write(tmp_path / "a.jpg", stripes)
    with Image.open(tmp_path / "a.jpg") as image:
        assert {layer[1:3] for layer in image.layer} == {(1, 1)}
    assert_close(read(tmp_path / "a.jpg"), stripes, 12)  # 4:2:0 would be purple throughout
    write(tmp_path / "small.jpeg", NOISE, quality=10)
    write(tmp_path / "large.jpeg", NOISE, quality=100)
    assert os.path.getsize(tmp_path / "small.jpeg") < os.path.getsize(tmp_path / "large.jpeg")


def test_the_same_picture_gives_the_same_bytes(tmp_path):
    source = saved(NOISE, "PNG", icc_profile=rgb_profile(P3_D50, 2.2))
    for name in ("a.png", "b.png"):
        write(tmp_path / name, NOISE, like=source)
        writing.srgb_profile.cache_clear()
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@pytest.mark.parametrize(
    ("name", "rgb", "options", "words"),
    [
        ("a.xyz", NOISE, {}, "the suffix '.xyz'; use one of .png, .jpg"),
        ("noend", NOISE, {}, "the suffix ''; use one of .png, .jpg"),
        ("a.png", NOISE / 255, {}, "float64"),
        ("a.png", NOISE[..., 0], {}, "(6, 9)"),
        ("a.png", RGBA, {}, "(6, 9, 4)"),
        ("a.png", NOISE[:0], {}, "(0, 9, 3)"),
        ("a.png", torch.zeros(2, 2, 3, requires_grad=True), {}, "grad"),
        ("a.jpg", NOISE, {"quality": 0}, "1..100"),
        ("a.jpg", np.zeros((1, 70_000, 3), np.uint8), {}, "cannot be written"),
        ("no/such/a.png", NOISE, {}, "No such file"),
        ("a\0b.png", NOISE, {}, "null"),
        ("a.png", NOISE, {"like": b"nothing"}, "not a picture"),
    ],
)
def test_what_cannot_be_written(tmp_path, name, rgb, options, words):
    with pytest.raises(ImageError) as caught:
        write(tmp_path / name, rgb, **options)
    assert words in str(caught.value) and str(tmp_path / name) in str(caught.value)
    assert leftovers(tmp_path) == []


def test_an_existing_file_is_kept(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    with pytest.raises(FileExistsError, match=r"overwrite=True.*a\.png"):
        write(path, NOISE)
    assert path.read_bytes() == b"old" and leftovers(tmp_path) == ["a.png"]
    (tmp_path / "link.png").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        write(tmp_path / "link.png", NOISE)


@pytest.mark.parametrize("links", [True, False])
def test_of_two_writers_one_wins(tmp_path, monkeypatch, links):
    """Both find the name free, then both try to take it."""
    monkeypatch.setattr(os.path, "lexists", lambda path: False)
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    path, outcomes, start = tmp_path / "a.png", [], threading.Barrier(6)

    def work(level):
        start.wait()
        try:
            write(path, np.full((2, 2, 3), level, np.uint8))
            outcomes.append(level)
        except FileExistsError as error:
            assert "overwrite=True" in str(error)

    threads = [threading.Thread(target=work, args=(level,)) for level in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 1 and leftovers(tmp_path) == ["a.png"]
    assert_same(read(path), np.full((2, 2, 3), outcomes[0]))


@pytest.mark.parametrize("overwrite", [True, False])
@pytest.mark.parametrize("step", ["encoder", "fsync", "replace"])
def test_a_failure_half_way_leaves_the_old_file(tmp_path, monkeypatch, step, overwrite):
    path = tmp_path / "a.png"
    if step == "replace" and not overwrite:
        monkeypatch.setattr(os, "link", no_links)
    if overwrite:
        path.write_bytes(b"old")

    def encoder(self, stream, form, **options):
        stream.write(b"half a picture")
        raise ValueError("encoder broke")

    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(*{"encoder": (Image.Image, "save", encoder)}.get(step, (os, step, full)))
    with pytest.raises(ImageError, match=r"a\.png: .*(encoder broke|No space left)"):
        write(path, NOISE, overwrite=overwrite)
    assert leftovers(tmp_path) == (["a.png"] if overwrite else [])
    assert not overwrite or path.read_bytes() == b"old"


def test_a_disk_that_fills_up(tmp_path):
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(ImageError, match=r"a\.bmp: File too large"):
            write(tmp_path / "a.bmp", NOISE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert leftovers(tmp_path) == []


def test_a_folder_without_permission(tmp_path, monkeypatch):
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o555)
    if os.access(folder, os.W_OK):  # root may write everywhere
        monkeypatch.setattr("builtins.open", denied)
    with pytest.raises(ImageError, match=r"a\.png: Permission denied"):
        write(folder / "a.png", NOISE)


def test_permissions(tmp_path):
    def mode(name):
        return stat.S_IMODE((tmp_path / name).stat().st_mode)

    old = os.umask(0o027)
    try:
        write(tmp_path / "a.png", NOISE)
        write(tmp_path / "b.png", NOISE, overwrite=True)
        assert mode("a.png") == mode("b.png") == 0o640
        (tmp_path / "a.png").chmod(0o604)
        write(tmp_path / "a.png", NOISE, overwrite=True)
        assert mode("a.png") == 0o604
    finally:
        os.umask(old)


def test_a_link_is_written_through(tmp_path):
    (tmp_path / "real.png").write_bytes(b"old")
    (tmp_path / "link.png").symlink_to("real.png")
    write(tmp_path / "link.png", NOISE, overwrite=True)
    assert (tmp_path / "link.png").is_symlink()
    assert_same(read(tmp_path / "real.png"), NOISE)


# Metadata


XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:creator>Ren\xc3\xa9</dc:creator></x:xmpmeta>'


def photo(form="JPEG", orientation=6, xmp=XMP, **options):
    """A picture with everything: thumbnail, maker note, GPS, wrong sizes, a wide profile."""
    exif = Image.Exif()
    exif[274], exif[271], exif[315] = orientation, "Maker", "René".encode("latin-1")
    shot = {36867: "2001:02:03 04:05:06", 33434: (1, 250), 37500: b"note" * 9, 40961: 65535}
    for tag, part in (
        (34665, shot | {40962: 9, 40963: 6}),
        (34853, {1: "N", 2: (10.0, 20.0, 30.5)}),
    ):
        exif.get_ifd(tag).update(part)
        exif[tag] = exif.get_ifd(tag)
    if form == "TIFF":
        return saved(NOISE, form, exif=exif, icc_profile=rgb_profile(P3_D50, 2.2), **options)
    data = bytearray(exif.tobytes())
    thumbnail = saved(Image.fromarray(NOISE), "JPEG")
    # IFD1, where the thumbnail is, is chained behind IFD0.
    count = struct.unpack(">H", data[14:16])[0]
    where = len(data) - 6
    data[16 + 12 * count : 20 + 12 * count] = struct.pack(">I", where)
    data += struct.pack(">HHHIIHHIII", 2, 513, 4, 1, where + 30, 514, 4, 1, len(thumbnail), 0)
    exif_bytes = bytes(data) + thumbnail
    more = {"icc_profile": rgb_profile(P3_D50, 2.2), "dpi": (300, 150), "xmp": xmp}
    return saved(NOISE, form, exif=exif_bytes, **more | options)


def test_the_photo_has_what_the_next_test_looks_for():
    with Image.open(io.BytesIO(photo())) as image:
        exif = image.getexif()
        assert (
            exif.get_ifd(ExifTags.IFD.IFD1)[514] > 100 and exif.get_ifd(34665)[37500] == b"note" * 9
        )
        assert b"\xff\xd8" in image.info["exif"]


@pytest.mark.parametrize("source", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_exif_is_carried(tmp_path, source, suffix):
    path = tmp_path / f"out{suffix}"
    upright = read(photo(source))
    write(path, upright, like=photo(source))
    assert read(path).shape == upright.shape == (9, 6, 3)
    with Image.open(path) as image:
        exif = image.getexif()
        assert (exif[274], exif[271], exif[315]) == (1, "Maker", "René")
        inner, gps = exif.get_ifd(34665), exif.get_ifd(34853)
        assert inner[36867] == "2001:02:03 04:05:06" and gps[2] == (10.0, 20.0, 30.5)
        assert (inner[40961], inner[40962], inner[40963]) == (1, 6, 9)
        assert 37500 not in inner and exif.get_ifd(ExifTags.IFD.IFD1) == {}
        assert b"\xff\xd8" not in image.info.get("exif", b"")
        assert image.info["icc_profile"] == writing.srgb_profile()
    with Image.open(path) as image:
        assert image.getexif().get(256, 6) == 6  # a TIFF's own width, not the source's


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_xmp_is_carried_unless_it_speaks_of_pixels(tmp_path, suffix):
    for turn, xmp in enumerate((XMP, XMP.replace(b"creator", b"Orientation"))):
        write(path := tmp_path / f"{turn}{suffix}", NOISE, like=photo(xmp=xmp))
        with Image.open(path) as image:
            assert image.info.get("xmp") == (None if turn else XMP)


def test_resolution_turns_with_the_picture(tmp_path):
    for orientation, expected in ((1, (300, 150)), (6, (150, 300))):
        path = tmp_path / f"{orientation}.jpg"
        write(path, read(photo(orientation=orientation)), like=photo(orientation=orientation))
        with Image.open(path) as image:
            assert image.info["dpi"] == expected


def test_texts_of_a_png(tmp_path):
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Title", "Dünen")
    texts.add_itxt("Author", "葛飾", lang="ja")
    texts.add_text("parameters", "what some program did")
    write(tmp_path / "a.png", NOISE, like=saved(NOISE, "PNG", pnginfo=texts))
    with Image.open(tmp_path / "a.png") as image:
        assert image.text == {"Title": "Dünen", "Author": "葛飾"}


def test_without_like_or_from_a_bare_source_there_is_no_metadata(tmp_path):
    write(tmp_path / "a.jpg", NOISE)
    write(tmp_path / "b.jpg", NOISE, like=saved(NOISE, "BMP", dpi=(0, 0)))
    assert (tmp_path / "a.jpg").read_bytes() == (tmp_path / "b.jpg").read_bytes()
    assert b"Exif" not in (tmp_path / "a.jpg").read_bytes()


def test_damaged_or_oversized_metadata_is_left_out(tmp_path):
    big = Image.Exif()
    big[270] = "x" * 70_000
    for number, exif in enumerate((b"Exif\0\0MM\0*\xff\xff\xff\xff", b"Exif\0\0no", big)):
        path = tmp_path / f"{number}.jpg"
        write(path, NOISE, like=saved(NOISE, "PNG", exif=exif))
        assert_close(read(path), read(saved(NOISE, "JPEG", quality=95, subsampling=0)), 0)
    write(tmp_path / "big.png", NOISE, like=saved(NOISE, "PNG", exif=big))
    with Image.open(tmp_path / "big.png") as image:
        assert len(image.getexif()[270]) == 70_000


def test_a_file_may_be_replaced_by_its_own_colored_self(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(photo())
    write(path, read(path), like=path, overwrite=True)
    with Image.open(path) as image:
        assert image.getexif()[271] == "Maker" and image.size == (6, 9)


def test_words_of_python_do_not_reach_the_message():
    """A file that ends too early makes struct or an index fail; what they say helps nobody."""
    named = functools.partial(errors_named, "a.png", "it is damaged")
    for error in (struct.error("unpack_from requires a buffer"), IndexError("index out of range")):
        with pytest.raises(ImageError, match=r"^a\.png: it is damaged$"), named():
            raise error
    said = r"^a\.png: it is damaged \(image file is truncated\)$"
    with pytest.raises(ImageError, match=said), named():
        raise SyntaxError("image file is truncated")
