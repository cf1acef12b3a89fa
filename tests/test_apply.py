"""Coloring real files: full resolution, lightness kept, nothing overwritten, errors named."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data
from skimage.color import rgb2lab

import huelab
from huelab import images
from huelab.apply import windows
from huelab.color.upsample import Upsampler
from huelab.methods import shipped
from huelab.methods.baselines import GrayCopy, MeanColor, Sepia


@pytest.fixture(autouse=True)
def warm(monkeypatch):
    """A colorizer that needs no weights: every pixel the same warm color."""
    method = MeanColor(torch.tensor([8.0, 20.0]))
    monkeypatch.setattr(shipped, "load", lambda name="first": method)
    return method


def photo(height=90, width=140, seed=0):
    smooth = np.random.default_rng(seed).random((9, 14, 3)) * 160 + 40
    return np.asarray(Image.fromarray(smooth.astype(np.uint8)).resize((width, height)))


def lightness(pixels):
    return rgb2lab(pixels)[..., 0]


@pytest.mark.parametrize("shape", [(90, 140), (311, 97), (5, 400), (1, 1)])
def test_size_and_lightness_are_those_of_the_original(shape):
    pixels = photo(*shape)
    colored = huelab.colorize(pixels, size=64)
    assert colored.shape == pixels.shape and colored.dtype == np.uint8
    # Half an 8-bit level is at most 0.7 of L*.
    assert np.abs(lightness(colored) - lightness(pixels)).max() < 1
    ab = rgb2lab(colored)[..., 1:].mean((0, 1))
    assert np.abs(ab - [8, 20]).max() < 1.5


EVERY = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
PICTURES = {"random": EVERY, "dark": EVERY // 12, "light": 255 - EVERY // 12}
PICTURES |= {"cat": data.chelsea()[::3, ::3], "coffee": data.coffee()[::4, ::4]}


@pytest.mark.parametrize("ab", [(8.0, 20.0), (120.0, -120.0), (-200.0, 5.0), (0.0, 300.0)])
@pytest.mark.parametrize("name", PICTURES)
def test_lightness_is_kept_whatever_the_color(name, ab):
    """Also where no such color exists in sRGB, and for colors before and after."""
    pixels = PICTURES[name]
    colored = huelab.colorize(pixels, method=MeanColor(torch.tensor(ab)), size=32)
    assert np.abs(lightness(colored) - lightness(pixels)).max() < 1
    deep = huelab.colorize(pixels.astype(np.uint16) * 257, method=MeanColor(torch.tensor(ab)))
    assert np.abs(lightness(deep) - lightness(pixels)).max() < 0.05


def test_a_large_photograph_is_colored_in_strips_without_seams(monkeypatch):
    pixels, method = photo(700, 900), Sepia()
    small = torch.zeros(1, 3, 7, 9)
    assert len(list(Upsampler(small[:, 1:], small[:, :1], (700, 900)).strips())) > 1
    in_strips = huelab.colorize(pixels, method=method, size=64)
    monkeypatch.setattr(Upsampler, "strips", lambda self: [slice(0, self.height)])
    whole = huelab.colorize(pixels, method=method, size=64)
    assert np.abs(in_strips.astype(int) - whole).max() <= 1


class Watching(MeanColor):
    """A method that keeps the sizes of what it was shown."""

    def colorize(self, gray, **options):
        self.__dict__.setdefault("shown", []).append(tuple(gray.shape[-2:]))
        return super().colorize(gray, **options)


@pytest.mark.parametrize("shape", [(64, 3000), (3000, 64), (20, 2500), (128, 6000)])
def test_a_long_picture_is_shown_in_windows(shape):
    """However long it is, the method sees windows of at most 4:1, and one color has no seams."""
    method = Watching(torch.tensor([8.0, 20.0]))
    pixels = np.full((*shape, 3), 120, np.uint8)
    colored = huelab.colorize(pixels, method=method, size=64)
    assert len(method.shown) > 5 and max(map(max, method.shown)) <= 4 * 64
    assert np.ptp(colored.astype(int), axis=(0, 1)).max() <= 1
    assert np.abs(rgb2lab(colored)[0, 0, 1:] - [8, 20]).max() < 1.5


def test_windows_of_different_color_are_blended():
    """Each window gets another b*: along the picture it never jumps."""

    class Drifting(MeanColor):
        def colorize(self, gray, **options):
            self.ab = torch.tensor([0.0, 60.0]) - self.ab
            return super().colorize(gray, **options)

    pixels = np.full((64, 1500, 3), 120, np.uint8)
    colored = huelab.colorize(pixels, method=Drifting(torch.tensor([0.0, 10.0])), size=64)
    b = rgb2lab(colored)[30, :, 2]
    assert b.max() > 48 and b.min() < 12 and np.abs(np.diff(b)).max() < 3


def test_windows_cover_every_length():
    for length in range(1, 700):
        found = windows(length, 64, 16)
        assert found[0][0] == 0 and found[-1][1] == length
        assert all(end - start <= 64 for start, end in found)
        assert all(a[1] - b[0] >= 16 for a, b in pairwise(found))


def test_color_that_was_there_is_thrown_away():
    pixels = photo()
    gray = huelab.colorize(pixels, method=GrayCopy())
    assert np.ptp(gray.astype(int), axis=2).max() <= 1
    assert np.abs(huelab.colorize(gray).astype(int) - huelab.colorize(pixels)).max() <= 2


def test_methods_that_work_in_rgb_keep_lightness_too():
    pixels = photo()
    colored = huelab.colorize(pixels, method=Sepia())
    assert np.abs(lightness(colored) - lightness(pixels)).max() < 1


@pytest.mark.parametrize(
    "wrong", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)]
)
def test_wrong_arrays_are_refused(wrong):
    with pytest.raises(ValueError, match="uint8"):
        huelab.colorize(wrong)


def test_a_result_says_that_huelab_made_it(tmp_path):
    """Read with Pillow; the mark changes no pixel and is in no other file."""
    images.write(tmp_path / "one.jpg", photo())
    made = huelab.apply.colorize_file(tmp_path / "one.jpg", tmp_path / "one.png", method=GrayCopy())
    with Image.open(made) as picture:
        assert picture.text["Software"] == "HueLab"
        assert picture.text["Disclaimer"].startswith("Colorized by HueLab")
        assert "one" not in picture.text["HueLab-Source"]
        assert np.array_equal(
            np.asarray(picture), huelab.colorize(tmp_path / "one.jpg", method=GrayCopy())
        )
    assert images.mark_of(made) == images.mark(tmp_path / "one.jpg", made)
    Image.open(made).save(tmp_path / "again.png")
    for other in (tmp_path / "one.jpg", tmp_path / "again.png", tmp_path, tmp_path / "absent"):
        assert images.mark_of(other) is None
