"""Sixteen bits in, sixteen bits out: against tifffile, OpenCV and closed forms."""

import io
import struct
import zlib

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image, ImageCms
from skimage.color import rgb2lab

import huelab
from huelab import images
from huelab.apply import colorize_file
from huelab.images import deep, limits, profiles
from huelab.images.profiles import ADOBE_RGB, SRGB, SRGB_CURVE, Curve, rgb_profile
from huelab.methods.baselines import GrayCopy, MeanColor

RGB = np.random.default_rng(0).integers(0, 65536, (7, 11, 3), dtype=np.uint16)
GRAY = RGB[..., 0]


def png_of(samples, kind, *chunks):
    """A PNG of 16 bits, without filters."""
    data = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    height, width = samples.shape[:2]
    head = struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0)
    body = [(b"IHDR", head), *chunks, (b"IDAT", zlib.compress(data)), (b"IEND", b"")]
    made = (
        struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in body
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(made)


def tiff_of(samples, **options):
    file = io.BytesIO()
    tifffile.imwrite(file, samples, **options)
    return file.getvalue()


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_tiffs_are_read_with_all_their_bits(order, compression):
    how = {"byteorder": order, "compression": compression}
    assert np.array_equal(images.read(tiff_of(RGB, photometric="rgb", **how), deep=True), RGB)
    read = images.read(tiff_of(GRAY, photometric="minisblack", **how), deep=True)
    assert read.dtype == np.uint16 and np.array_equal(read, np.dstack([GRAY] * 3))


def test_pngs_are_read_with_all_their_bits():
    assert np.array_equal(images.read(png_of(RGB, 2), deep=True), RGB)
    assert np.array_equal(images.read(png_of(GRAY, 0), deep=True), np.dstack([GRAY] * 3))


def test_eight_bits_stay_eight_and_nothing_is_deep_unasked():
    file = io.BytesIO()
    Image.new("RGB", (3, 2), (1, 2, 3)).save(file, "PNG")
    assert images.read(file.getvalue(), deep=True).dtype == np.uint8
    assert images.read(png_of(RGB, 2)).dtype == np.uint8


def test_alpha_of_sixteen_bits_is_composited():
    alpha = np.where(np.arange(11) < 6, 65535, 0).astype(np.uint16)
    data = png_of(np.dstack([RGB, np.broadcast_to(alpha, (7, 11))]), 6)
    read = images.read(data, deep=True, background=(255, 0, 16))
    assert np.array_equal(read[:, :6], RGB[:, :6])
    assert (read[:, 6:] == np.array([65535, 0, 16 * 257])).all()


def test_orientation_of_sixteen_bits():
    data = tiff_of(RGB, photometric="rgb", extratags=[(274, "H", 1, 6, True)])
    assert np.array_equal(images.read(data, deep=True), np.rot90(RGB, -1))


def test_a_gray_profile_is_obeyed_in_sixteen_bits():
    """A power of 1.8, by the closed form of sRGB's curve."""
    icc = profiles.gray_profile(Curve(1.8))
    levels = np.arange(0, 65536, 257, dtype=np.uint16)[None]
    notes = []
    read = images.read(tiff_of(levels, iccprofile=icc), deep=True, notes=notes)[0, :, 0]
    linear = (levels[0] / 65535) ** 1.8
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.abs(read - encoded * 65535).max() <= 2 and notes == []


def test_another_profile_of_rgb_is_obeyed_with_eight_bits_and_said():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for icc, kind in ((srgb, np.uint16), (rgb_profile(SRGB, SRGB_CURVE), np.uint16)):
        read = images.read(tiff_of(RGB, photometric="rgb", iccprofile=icc), deep=True)
        assert read.dtype == kind and np.array_equal(read, RGB)
    notes, icc = [], rgb_profile(ADOBE_RGB, Curve(2.2))
    data = tiff_of(RGB, photometric="rgb", iccprofile=icc)
    assert np.array_equal(images.read(data, deep=True, notes=notes), images.read(data))
    assert len(notes) == 1 and "16 bits a channel" in notes[0]


def test_deep_rgb_has_half_of_the_limit():
    limit = RGB.shape[0] * RGB.shape[1] * limits.DEAR["16-bit RGB"]
    data = png_of(RGB, 2)
    assert images.read(data, deep=True, max_pixels=limit).dtype == np.uint16
    with pytest.raises(images.ImageError, match="16-bit RGB"):
        images.read(data, deep=True, max_pixels=limit - 1)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_what_is_written_is_read_by_others(tmp_path, suffix):
    big = np.random.default_rng(1).integers(0, 65536, (300, 41, 3), dtype=np.uint16)
    for rgb in (RGB, big, RGB[:1, :1]):
        path = tmp_path / f"a{suffix}"
        images.write(path, rgb, overwrite=True)
        assert np.array_equal(images.read(path, deep=True), rgb)
        if suffix == ".tif":
            assert np.array_equal(tifffile.imread(path), rgb)
        else:
            cv2 = pytest.importorskip("cv2")
            assert np.array_equal(cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[..., ::-1], rgb)


def test_pieces_of_a_png_join(monkeypatch):
    data = zlib.compress(b"".join(b"\0" + row.astype(">u2").tobytes() for row in RGB))
    monkeypatch.setattr(deep, "_compressed", lambda rgb: iter([data[:9], data[9:]]))
    assert np.array_equal(images.read(deep.png(RGB, {}), deep=True), RGB)


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".bmp"])
def test_other_formats_get_the_nearest_of_eight_bits(suffix):
    levels = np.full((16, 16, 3), 1000, np.uint16)  # 3.9 of 255
    assert np.abs(images.read(images.encode(levels, suffix)).astype(int) - 4).max() <= 1


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_metadata_is_kept_beside_sixteen_bits(tmp_path, suffix):
    exif = Image.Exif()
    exif[315], exif[274] = "A. Grandmother", 1
    file = io.BytesIO()
    Image.fromarray(GRAY).save(file, "TIFF", exif=exif, dpi=(300, 300))
    (tmp_path / "a.tif").write_bytes(file.getvalue())
    made = tmp_path / f"b{suffix}"
    colorize_file(tmp_path / "a.tif", made, method=GrayCopy())
    with Image.open(made) as picture:
        assert picture.getexif()[315] == "A. Grandmother" and picture.size == (11, 7)
        assert round(picture.info["dpi"][0]) == 300
    assert images.mark_of(made) == images.mark(tmp_path / "a.tif", made)
    assert np.abs(images.read(made, deep=True)[..., 0] - GRAY.astype(int)).max() <= 2


def test_sixteen_bits_are_colored_in_sixteen_bits(tmp_path):
    """A slow ramp: of 8 bits it would be stairs."""
    ramp = np.linspace(20_000, 30_000, 400 * 60).reshape(60, 400).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", ramp, photometric="minisblack")
    method = MeanColor(torch.tensor([6.0, 14.0]))
    colored = huelab.colorize(tmp_path / "a.tif", method=method, size=32)
    assert colored.dtype == np.uint16
    lab, plain = rgb2lab(colored), rgb2lab(np.dstack([ramp] * 3))
    assert np.abs(lab[..., 0] - plain[..., 0]).max() < 0.01
    assert np.abs(lab[..., 1:] - [6, 14]).max() < 0.02
    array = huelab.colorize(np.dstack([ramp] * 3), method=method, size=32)
    assert np.array_equal(array, colored)
