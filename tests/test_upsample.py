"""Color carried up follows the edges of the large picture, in strips or at once."""

from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from huelab.color import rgb_to_lab
from huelab.color.upsample import EPSILON, RADIUS, Upsampler, carry_up, fit_lines
from huelab.data import DataError, open_dataset
from huelab.metrics import color_leaking


def regions(seed=0, side=128, n=6):
    """Lab `(1, 3, side, side)`: areas of plain color with hard, slanted edges."""
    draw = np.random.default_rng(seed)
    places = draw.random((n, 2)) * side
    colors = np.column_stack([np.linspace(15, 90, n), draw.uniform(-50, 50, (n, 2))])
    rows, columns = np.mgrid[:side, :side]
    away = (rows[..., None] - places[:, 0]) ** 2 + (columns[..., None] - places[:, 1]) ** 2
    lab = colors[away.argmin(-1)]
    return torch.from_numpy(lab).permute(2, 0, 1)[None].float()


def carried(lab, scale=4):
    """The color of a picture made smaller and carried up again: ours, and bilinear."""
    small = F.avg_pool2d(lab, scale)
    size = lab.shape[2:]
    ours = carry_up(small[:, 1:], small[:, :1], lab[:, :1])
    bilinear = F.interpolate(small[:, 1:], size, mode="bilinear", align_corners=False)
    return ours, bilinear


@pytest.mark.parametrize("seed", range(4))
def test_color_leaks_less_than_with_bilinear(seed):
    lab = regions(seed)
    lightness, ab = lab.split([1, 2], 1)
    ours, bilinear = carried(lab)
    leaks = [
        float(color_leaking.of_lab(torch.cat([lightness, found], 1), lab))
        for found in (ours, bilinear)
    ]
    assert leaks[0] < leaks[1] / 2
    errors = [float((found - ab).square().mean()) for found in (ours, bilinear)]
    assert errors[0] < errors[1]


@pytest.mark.parametrize("name", ["embedded", "kodak24"])
def test_color_of_photographs_leaks_less_too(name):
    """Their own color, made four times smaller and carried up: less leak, and no larger error."""
    try:
        pixels = open_dataset(name, "test", 256, n=8).pixels
    except DataError:
        pytest.skip(f"{name} is not here")
    lab = rgb_to_lab(torch.from_numpy(np.array(pixels)).permute(0, 3, 1, 2))
    lightness, ab = lab.split([1, 2], 1)
    leaks, errors = [], []
    for found in carried(lab):
        leaks.append(color_leaking.of_lab(torch.cat([lightness, found], 1), lab).nanmean())
        errors.append((found - ab).square().mean())
    assert leaks[0] < 0.7 * leaks[1]
    assert errors[0] < errors[1]


def test_an_edge_between_two_colors_comes_back_as_it_was():
    """Where only two colors meet, every small pixel lies on one line in L*, and so do the large."""
    lab = torch.zeros(1, 3, 64, 64)
    lab[:, :, :, :] = torch.tensor([20.0, 30, -10]).view(1, 3, 1, 1)
    lab[:, :, :, 30:] = torch.tensor([80.0, -20, 40]).view(1, 3, 1, 1)
    ours, bilinear = carried(lab)
    error = (ours - lab[:, 1:]).abs().max()
    assert error < 6 < 20 < (bilinear - lab[:, 1:]).abs().max()


def test_constant_color_stays_constant():
    ab = torch.tensor([12.0, -7.0]).view(1, 2, 1, 1)
    large = torch.rand(1, 1, 61, 83) * 100
    small = F.interpolate(large, (16, 21), mode="bilinear")
    found = carry_up(ab.expand(1, 2, 16, 21), small, large)
    assert found.shape == (1, 2, 61, 83)
    assert torch.allclose(found, ab.expand_as(found), atol=1e-3)


def test_a_picture_that_was_not_made_smaller_keeps_its_color():
    lab = regions(side=32)
    found = carry_up(lab[:, 1:], lab[:, :1], lab[:, :1])
    assert torch.allclose(found, lab[:, 1:], atol=1e-3)


@pytest.mark.parametrize(("height", "pixels"), [(97, 500), (97, 1), (64, 64 * 50), (5, 10**6)])
def test_strips_equal_the_whole(height, pixels):
    torch.manual_seed(0)
    large, small = torch.rand(2, 1, height, 50) * 100, torch.rand(2, 1, 13, 11) * 100
    up = Upsampler(torch.randn(2, 2, 13, 11) * 20, small, (height, 50))
    strips = list(up.strips(pixels))
    assert [strips[0].start, strips[-1].stop] == [0, height]
    assert all(s.stop == t.start for s, t in pairwise(strips))
    assert all(s.stop - s.start <= max(1, pixels // 50) for s in strips)
    parts = torch.cat([up(large[..., rows, :], rows) for rows in strips], 2)
    assert torch.allclose(parts, up(large, slice(0, height)), atol=1e-4)


def test_lines_are_enlarged_as_torch_does():
    """They pass through the small picture's own colors, and are read off with the large L*."""
    torch.manual_seed(0)
    small, ab = torch.rand(1, 1, 9, 12) * 100, torch.randn(1, 2, 9, 12) * 20
    lines = fit_lines(ab, small, RADIUS, EPSILON)
    slope, offset = lines.chunk(2, 1)
    up = Upsampler(ab, small, (40, 30))
    large = torch.rand(1, 1, 40, 30) * 100

    def enlarged(image):
        return F.interpolate(image, (40, 30), mode="bilinear", align_corners=False)

    expected = enlarged(slope) * large + enlarged(offset)
    assert torch.allclose(up(large, slice(0, 40)), expected, atol=1e-3)
    assert torch.allclose(slope * small + offset, ab, atol=1e-4)


def test_slopes_are_those_of_least_squares():
    """Far from plain, and without their mean over windows: numpy's fit of one window."""
    torch.manual_seed(0)
    lightness, ab = torch.rand(1, 1, 3, 3) * 100, torch.randn(1, 2, 3, 3) * 20
    # Windows of radius 5 are the whole picture everywhere, so that all have the same line.
    slope = fit_lines(ab, lightness, 5, 0.0)[0, :2, 1, 1]
    x = lightness.flatten().numpy()
    expected = [np.polyfit(x, ab[0, k].flatten().numpy(), 1)[0] for k in range(2)]
    assert slope.tolist() == pytest.approx(expected, rel=1e-3)
