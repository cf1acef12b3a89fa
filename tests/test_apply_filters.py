"""Filters against closed forms and scikit-image."""

import numpy as np
import pytest
import torch
from skimage.color import lab2rgb, rgb2lab

from huelab.apply.filters import FILTERS, filtered

COLORS = np.random.default_rng(0).integers(0, 256, (40, 300, 3), dtype=np.uint8)
#: Few colors, near gray, so that no filter of chroma leaves what a screen can show.
MUTED = np.random.default_rng(0).integers(110, 140, (40, 300, 3), dtype=np.uint8)


def lab(pixels):
    return rgb2lab(pixels / np.iinfo(pixels.dtype).max)


def test_there_are_the_six_that_the_page_offers():
    assert list(FILTERS) == ["none", "vivid", "warm", "cool", "sepia", "black-and-white"]


def test_none_changes_nothing_and_gives_a_new_array():
    result = filtered(COLORS, "none")
    assert (result == COLORS).all() and not np.shares_memory(result, COLORS)


def test_sepia_is_the_matrix_of_the_w3c():
    """Filter Effects Module Level 1, for an amount of 1; of red, green, blue, and white."""
    pixels = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]], np.uint8)
    expected = [[100, 89, 69], [196, 175, 136], [48, 43, 33], [255, 255, 239]]
    assert filtered(pixels, "sepia")[0].tolist() == expected


def test_black_and_white_is_the_gray_of_the_same_lightness():
    result = filtered(COLORS, "black-and-white")
    assert (result == result[..., :1]).all()
    lightness = lab(COLORS)[..., :1]
    gray = lab2rgb(np.concatenate([lightness, np.zeros((*lightness.shape[:2], 2))], -1)) * 255
    assert np.abs(result - gray).max() <= 0.51


def test_vivid_multiplies_chroma():
    before, after = lab(MUTED), lab(filtered(MUTED, "vivid"))
    assert np.abs(after[..., 1:] - 1.5 * before[..., 1:]).max() < 1


@pytest.mark.parametrize(("name", "a", "b"), [("warm", 4, 16), ("cool", -4, -16)])
def test_warm_and_cool_move_the_middle_and_leave_the_ends(name, a, b):
    """4 L (1 - L) of the whole way, for L from 0 to 1."""
    grays = np.linspace(0, 65535, 256).astype(np.uint16)[None, :, None].repeat(3, 2)
    lightness, found = lab(grays)[0, :, 0] / 100, lab(filtered(grays, name))[0, :, 1:]
    expected = (4 * lightness * (1 - lightness))[:, None] * [a, b]
    inside = slice(40, 216)  # near black and white a screen has few colors
    assert np.abs(found - expected)[inside].max() < 0.05
    assert (filtered(grays, name)[0, [0, -1]] == [[0] * 3, [65535] * 3]).all()


@pytest.mark.parametrize("name", [name for name in FILTERS if name != "sepia"])
def test_lightness_stays(name):
    assert np.abs(lab(filtered(COLORS, name)) - lab(COLORS))[..., 0].max() < 0.6


@pytest.mark.parametrize("name", FILTERS)
def test_pixels_are_independent_and_sixteen_bits_stay(name):
    """Rows are worked on in bands; a picture of many bands is the same as its parts."""
    tall = np.tile(COLORS, (20, 1, 1))
    assert (filtered(tall, name)[-40:] == filtered(COLORS, name)).all()
    deep = filtered(COLORS.astype(np.uint16) * 257, name)
    assert deep.dtype == np.uint16
    assert np.abs(deep / 257 - filtered(COLORS, name)).max() <= 0.51


def test_wrong_use_is_told():
    with pytest.raises(ValueError, match="no filter 'pink'; there are: none, vivid"):
        filtered(COLORS, "pink")
    with pytest.raises(ValueError, match="expected uint8 or uint16"):
        filtered(COLORS / 255, "warm")


@pytest.mark.parametrize("name", FILTERS)
def test_batches_keep_their_shape(name):
    batch = torch.rand(2, 3, 4, 5)
    assert FILTERS[name](batch).shape == batch.shape
