"""What a picture may cost: counted from its header, and measured once in a fresh process."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from picture_files import NOISE, saved, tiff
from PIL import Image

from huelab.images import ImageError, limits, read


@pytest.mark.parametrize("kind", ["JPEG", "MPO"])
def test_scans_are_counted(kind):
    """Pillow gives progressive files of colors ten scans."""
    data = saved(NOISE, kind, progressive=True)
    scans = data.count(b"\xff\xda")
    assert scans == 10
    assert read(data, max_scans=scans).shape == NOISE.shape
    with pytest.raises(ImageError, match="more than max_scans=9"):
        read(data, max_scans=scans - 1)
    assert read(saved(NOISE, kind), max_scans=1).shape == NOISE.shape


def test_many_scans_are_for_smaller_pictures(monkeypatch):
    """Ten passes over 54 pixels are 5 times 108, and no more."""
    data = saved(NOISE, "JPEG", progressive=True)
    monkeypatch.setattr(limits, "DEAR", {})
    assert read(data, max_pixels=108).shape == NOISE.shape
    with pytest.raises(ImageError, match="10 scans of 9 x 6 pixels are more than 5 times"):
        read(data, max_pixels=107)


@pytest.mark.parametrize(
    ("form", "part", "options"),
    [
        ("WEBP", 2, {"lossless": True}),
        ("AVIF", 2, {}),
        ("JPEG2000", 4, {}),
        ("QOI", 4, {}),
        ("JPEG", 2, {"progressive": True}),
        ("JPEG", 1, {}),
        ("PNG", 1, {}),
    ],
)
def test_dear_formats_have_a_share_of_the_limit(form, part, options):
    data = saved(NOISE, form, **options)
    assert read(data, max_pixels=54 * part).shape == NOISE.shape
    with pytest.raises(ImageError, match="max_pixels"):
        read(data, max_pixels=54 * part - 1)


def test_a_tile_may_not_be_far_larger_than_the_picture():
    huge = tiff(4, 4, bytes(16), t322=60_000, t323=60_000, t324=8, t325=16)
    with pytest.raises(ImageError, match="tiles of 60000 x 60000"):
        read(huge)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells")
def test_reading_takes_few_bytes_for_a_pixel(tmp_path):
    """The image has 4 for each pixel of RGB and alpha, the result 3."""
    pixels = np.zeros((5000, 4000, 4), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png", compress_level=1)
    code = f"""
from huelab import images
def peak():
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
before = peak()
images.read({str(tmp_path / "a.png")!r})
print((peak() - before) * 1024)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 6 * 20e6 < int(done.stdout) < 10 * 20e6
