"""HEIC with pillow-heif, and what is said without it."""

import sys

import numpy as np
import pytest
from PIL import Image
from skimage import data

from huelab import images
from huelab.images import files

pillow_heif = pytest.importorskip("pillow_heif")


@pytest.fixture
def heic(tmp_path):
    exif = Image.Exif()
    exif[315] = "A. Grandmother"
    picture = Image.fromarray(data.chelsea())
    pillow_heif.from_pillow(picture).save(tmp_path / "a.heic", quality=95, exif=exif.tobytes())
    return tmp_path / "a.heic"


def test_heic_is_read_with_its_metadata(heic, tmp_path):
    read = images.read(heic)
    assert np.abs(read.astype(int) - data.chelsea()).mean() < 3
    images.write(tmp_path / "b.jpg", read, like=heic)
    assert Image.open(tmp_path / "b.jpg").getexif()[315] == "A. Grandmother"


def test_heic_is_upright(tmp_path):
    """The camera was turned: both Pillow's plugin and HueLab could turn the picture, one does."""
    exif = Image.Exif()
    exif[274] = 6
    picture = Image.fromarray(data.chelsea())
    pillow_heif.from_pillow(picture).save(tmp_path / "a.heic", quality=95, exif=exif.tobytes())
    shown = np.asarray(pillow_heif.open_heif(tmp_path / "a.heic").to_pillow())
    assert np.array_equal(images.read(tmp_path / "a.heic"), shown)


def test_half_a_heic_is_refused(heic):
    content = heic.read_bytes()
    with pytest.raises(images.ImageError):
        images.read(content[: len(content) // 2])


def test_without_pillow_heif_the_message_says_what_helps(heic, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(images.ImageError, match=r"a.heic: .*pip install 'huelab\[heic\]'"):
        images.read(heic)
    assert files._register_heif() is False
