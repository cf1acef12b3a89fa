"""Never half a picture, whatever the container; and whole pictures with faults that do no harm."""

import io
import struct

import numpy as np
import pytest
import tifffile
from picture_files import (
    NOISE,
    RGBA,
    SRGB_D50,
    assert_close,
    assert_same,
    over,
    rgb_profile,
    saved,
    srgb_from_linear,
    tiff,
)
from PIL import Image

from huelab.images import ImageError, bands, read

LARGE = np.random.default_rng(1).integers(0, 256, (64, 48, 3), dtype=np.uint8)
PHOTO = np.asarray(Image.fromarray(LARGE[:8, :6]).resize((96, 128), Image.Resampling.BICUBIC))


def assert_refused(data, words="<bytes>: "):
    with pytest.raises(ImageError, match=words):
        read(data)


def stored(pixels, **options):
    """A TIFF by tifffile."""
    stream = io.BytesIO()
    tifffile.imwrite(stream, pixels, **options)
    return bytearray(stream.getvalue())


def entry(data, tag):
    """Where the entry of a tag stands in the first directory of a little-endian TIFF."""
    (place,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, place)
    places = range(place + 2, place + 2 + 12 * count, 12)
    return next(p for p in places if struct.unpack_from("<H", data, p)[0] == tag)


def listed(data, tag):
    """The values of a tag, and the place and form of them."""
    place = entry(data, tag)
    kind, count = struct.unpack_from("<HI", data, place + 2)
    form = f"<{count}{ {3: 'H', 4: 'I'}[kind] }"
    if struct.calcsize(form) > 4:
        (where,) = struct.unpack_from("<I", data, place + 8)
    else:
        where = place + 8
    return struct.unpack_from(form, data, where), where, form


def with_values(data, tag, values):
    _, where, form = listed(data, tag)
    struct.pack_into(form, data, where, *values)
    return bytes(data)


def with_fewer(data, tag, count):
    struct.pack_into("<I", data, entry(data, tag) + 4, count)
    return bytes(data)


STRIPS = {"rowsperstrip": 8}
TILES = {"tile": (16, 16)}
PLANES = {"rowsperstrip": 8, "planarconfig": "separate"}


def layout(name, compression):
    pixels = LARGE.transpose(2, 0, 1) if name == "planes" else LARGE
    options = {"strips": STRIPS, "tiles": TILES, "planes": PLANES}[name]
    offsets, counts = (324, 325) if name == "tiles" else (273, 279)
    data = stored(pixels, photometric="rgb", compression=compression, **options)
    return data, offsets, counts


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("name", ["strips", "tiles", "planes"])
def test_a_tiff_must_list_all_its_parts(name, compression):
    data, offsets, counts = layout(name, compression)
    assert_same(read(bytes(data)), LARGE)
    number = len(listed(data, offsets)[0])
    assert number >= 8
    for missing in (1, number // 2):
        both = with_fewer(data.copy(), counts, number - missing)
        both = with_fewer(bytearray(both), offsets, number - missing)
        assert_refused(both, f"{number - missing} of its {number}")
        assert_refused(with_fewer(data.copy(), offsets, number - missing))


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("name", ["strips", "tiles", "planes"])
def test_parts_of_a_tiff_may_not_be_empty_or_elsewhere(name, compression):
    data, offsets, counts = layout(name, compression)
    for tag, wrong in ((counts, 0), (offsets, 0), (offsets, len(data) + 9), (counts, len(data))):
        values = list(listed(data, tag)[0])
        values[-2] = wrong
        assert_refused(with_values(data.copy(), tag, values))


# Where Pillow's writer fails, as for WebP in a TIFF, it may corrupt memory: it is not asked.
@pytest.mark.parametrize(
    "compression",
    ["tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "zstd", "lzma", "group3", "group4"],
)
def test_a_strip_whose_data_end_early(compression):
    pixels = Image.fromarray(LARGE)
    if compression in ("group3", "group4"):
        pixels = pixels.convert("1")
    data = bytearray(saved(pixels, "TIFF", compression=compression))
    whole = read(bytes(data))
    assert whole.shape == LARGE.shape
    (counts, _, _) = listed(data, 279)
    for share in (0.3, 0.7, 0.95):
        cut = with_values(data.copy(), 279, [*counts[:-1], int(counts[-1] * share)])
        assert_refused(cut)


def test_a_wrong_count_of_a_single_strip_does_no_harm():
    data = tiff(4, 2, bytes(range(8)))
    wrong = tiff(4, 2, bytes(range(8)), t279=3)
    assert_same(read(wrong), read(data))


FLOATS = np.linspace(0, 1, 24).reshape(2, 4, 3)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(
    "options", [{}, {"planarconfig": "separate"}, {"compression": "zlib"}, {"byteorder": ">"}]
)
def test_floats_of_any_precision(kind, options):
    expected = np.rint(FLOATS.astype(kind).astype(float) * 255)
    planar = "planarconfig" in options
    rgb = FLOATS.transpose(2, 0, 1) if planar else FLOATS
    assert_same(read(bytes(stored(rgb.astype(kind), photometric="rgb", **options))), expected)
    if not planar:
        gray = bytes(stored(FLOATS[..., 0].astype(kind), photometric="minisblack", **options))
        deep = np.rint(np.rint(FLOATS[..., 0].astype(kind).astype(float) * 65535) / 257)
        assert_same(read(gray), np.repeat(deep[..., None], 3, 2))


def test_floats_obey_range_profile_orientation_and_alpha():
    def of(pixels, **options):
        return bytes(stored(pixels.astype(np.float32), photometric="rgb", **options))

    assert_refused(of(FLOATS * 1.1), "white is known only for 0..1")
    assert_refused(of(np.full((2, 2, 3), np.nan)), "white is known")
    assert_same(
        read(of(FLOATS * 1.002 - 0.001)), np.rint(np.clip(FLOATS * 1.002 - 0.001, 0, 1) * 255)
    )
    linear = of(FLOATS, iccprofile=rgb_profile(SRGB_D50, 1.0))
    assert_close(read(linear), srgb_from_linear(np.rint(FLOATS * 255) / 255), 1)
    turned = of(FLOATS, extratags=[(274, 3, 1, 6, True)])
    assert_same(read(turned), np.rot90(np.rint(FLOATS * 255), -1))
    alpha = np.concatenate([FLOATS, FLOATS[..., :1]], 2)
    found = read(of(alpha, extrasamples=["unassalpha"]), background=(9, 99, 200))
    levels = np.rint(alpha * 255)
    assert_close(found, over(levels[..., :3], levels[..., 3], (9, 99, 200)), 1)
    alpha[..., :3] *= alpha[..., 3:]
    found = read(of(alpha, extrasamples=["assocalpha"]), background=(9, 99, 200))
    assert_close(found, over(levels[..., :3], levels[..., 3], (9, 99, 200)), 1)


def test_floats_that_lack_strips_are_refused_and_limits_hold():
    data = stored(FLOATS.astype(np.float16), photometric="rgb", rowsperstrip=1)
    both = with_fewer(bytearray(with_fewer(data.copy(), 273, 1)), 279, 1)
    assert_refused(both, "1 of its 2")
    with pytest.raises(ImageError, match="max_pixels"):
        read(bytes(data), max_pixels=8)


JPEGS = {
    "baseline": {},
    "subsampled": {"subsampling": "4:2:0"},
    "restarts": {"restart_marker_rows": 1},
    "progressive": {"progressive": True},
    "gray": {"mode": "L"},
    "inks": {"mode": "CMYK"},
}


def jpeg(mode="RGB", pixels=PHOTO, **options):
    return saved(Image.fromarray(pixels).convert(mode), "JPEG", **options)


@pytest.mark.parametrize("name", JPEGS)
def test_a_jpeg_without_its_end_is_read_with_a_note(name):
    data = jpeg(**JPEGS[name])
    with Image.open(io.BytesIO(data)) as image:
        expected = np.asarray(image.convert("RGB"))
    for ending in (b"", b"\xff", b"\0" * 100):
        found = read(data[:-2] + ending, notes=(notes := []))
        assert_close(found, expected, 1)
        assert notes == ["The file lacks its last bytes, but the picture is complete."]
    read(data, notes=(notes := []))
    assert notes == []


@pytest.mark.parametrize("ending", [b"", b"\xff", b"\0" * 100, b"\xff\xd9"])
@pytest.mark.parametrize("name", JPEGS)
def test_a_jpeg_that_lacks_pixels_is_refused_even_with_an_end(name, ending):
    """An end that was put on later, as by a careless repair, does not make it whole."""
    data = jpeg(**JPEGS[name])
    # With an end, what is lost within the last 16 x 16 pixels goes unnoticed.
    few = (40, 60) if ending == b"\xff\xd9" else (3, 4, 20)
    for cut in (*few, len(data) // 3, len(data) // 2):
        assert_refused(data[:-cut].rstrip(b"\xff") + ending, "cut short")


@pytest.mark.parametrize("name", JPEGS)
def test_a_jpeg_that_truly_ends_plain_is_whole(name):
    """Plain pictures, and pictures with a plain frame, are asked about and found whole."""
    framed = PHOTO.copy()
    framed[-20:], framed[:, -20:] = 255, 255
    for pixels in (framed, np.full((40, 50, 3), 77, np.uint8), np.zeros((8, 8, 3), np.uint8)):
        data = jpeg(pixels=pixels, **JPEGS[name])
        with Image.open(io.BytesIO(data)) as image:
            assert_close(read(data), np.asarray(image.convert("RGB")), 1)


@pytest.mark.parametrize("form", ["BMP", "PPM", "GIF", "WEBP", "JPEG2000", "QOI", "AVIF", "PNG"])
def test_of_cut_files_none_is_read_with_other_pixels(form):
    options = {"WEBP": {"lossless": True}, "AVIF": {"quality": 90}}.get(form, {})
    data = saved(LARGE, form, **options)
    whole = read(data)
    for cut in range(1, len(data), 41):
        try:
            found = read(data[:-cut])
        except ImageError:
            continue
        assert_same(found, whole)


@pytest.mark.parametrize(
    "data", [b"P1 4 4\n1 0 1 0 1 1", b"P2 4 2 255\n1 2 3 4 5", b"P3 2 2 255\n1 2 3"]
)
def test_a_text_picture_that_lacks_numbers(data):
    assert_refused(data)


def test_a_compressed_bmp_that_ends_early():
    head = b"BM" + struct.pack("<IHHI", 0, 0, 0, 54 + 1024)
    info = struct.pack("<IiiHHIIiiII", 40, 8, 4, 1, 8, 1, 0, 0, 0, 256, 0)
    palette = bytes(v for i in range(256) for v in (i, i, i, 0))
    rows = [bytes([8, 10 * i, 0, 0]) for i in range(4)]
    assert read(head + info + palette + b"".join(rows) + b"\0\1")[:, 0, 0].tolist() == [
        30,
        20,
        10,
        0,
    ]
    assert_refused(head + info + palette + b"".join(rows[:2]) + b"\0\1")
    assert_refused(head + info + palette + b"".join(rows[:2]))


def test_a_gif_whose_data_end_early_with_an_end_code():
    """A frame whose code stream ends in the middle."""
    data = saved(Image.fromarray(LARGE[..., 0]), "GIF")
    place = data.index(b",", 13 + 768)
    start = place + 11  # behind the image's head and the size of its codes
    first = data[start]
    assert first > 100
    cut = data[:start] + bytes([100]) + data[start + 1 : start + 101] + b"\0;"
    assert_refused(cut)


def test_rgba_reads_as_before_in_bands(monkeypatch):
    data = saved(RGBA, "PNG")
    whole = read(data, background=(1, 2, 3))
    monkeypatch.setattr(bands, "BAND", 10)
    assert_same(read(data, background=(1, 2, 3)), whole)
    assert NOISE.shape == whole.shape
