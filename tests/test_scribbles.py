"""Scribbles: against a dense solution of the formula, closed cases, and real photographs."""

import itertools

import numpy as np
import pytest
import torch
from skimage import data
from skimage.color import rgb2lab

from huelab.color import lab_to_rgb
from huelab.methods import scribbles
from huelab.methods.colorizer import Guide
from huelab.methods.scribbles import LEAST, PART, Scribbles


def photograph(step=4):
    """A real photograph, `(1, 3, H, W)` in Lab."""
    pixels = data.astronaut()[::step, ::step]
    return torch.from_numpy(rgb2lab(pixels)).float().permute(2, 0, 1)[None]


def gray_of(lab):
    return lab_to_rgb(torch.cat([lab[:, :1], torch.zeros_like(lab[:, 1:])], 1))[:, :1]


def hints_at(lab, share, seed=0):
    """The true colors of a random share of the pixels."""
    draws = torch.Generator().manual_seed(seed)
    mask = (torch.rand(lab[:, :1].shape, generator=draws) < share).float()
    return torch.cat([lab[:, 1:] * mask, mask], 1)


def two_regions():
    """Dark on the left, light on the right, and one hint in each."""
    lab, hints = torch.full((1, 3, 40, 60), 30.0), torch.zeros(1, 3, 40, 60)
    lab[..., 30:] = 75
    hints[0, :, 20, 4] = torch.tensor([40.0, 20.0, 1.0])
    hints[0, :, 5, 50] = torch.tensor([-20.0, -30.0, 1.0])
    return gray_of(lab), hints


def test_all_true_colors_as_hints_give_the_picture_back():
    lab = photograph()
    made = Scribbles().colorize(gray_of(lab), guide=Guide(hints_at(lab, 2)))
    assert torch.allclose(made, lab_to_rgb(lab), atol=1e-3)


@pytest.mark.parametrize("guide", [None, Guide(torch.zeros(1, 3, 128, 128))])
def test_no_hints_leave_the_picture_gray(guide):
    gray = gray_of(photograph())
    assert torch.allclose(Scribbles().colorize(gray, guide=guide), gray, atol=1e-4)


def test_one_hint_colors_all_of_the_picture_alike():
    """A weighted mean of equal values is that value, whatever the weights are."""
    lab = photograph(8)
    hints = torch.zeros_like(lab)
    hints[0, :, 30, 12] = torch.tensor([12.0, -34.0, 1.0])
    made = Scribbles().predict_lab(gray_of(lab), Guide(hints))[0, 1:]
    assert torch.allclose(
        made, torch.tensor([12.0, -34.0]).view(2, 1, 1).expand_as(made), atol=1e-2
    )


@pytest.mark.parametrize("direct", [0, 1 << 17])
def test_each_hint_fills_its_region_and_does_not_cross_the_edge(direct):
    gray, hints = two_regions()
    made = Scribbles(direct=direct).predict_lab(gray, Guide(hints))[0, 1:]
    left, right = made[..., :30], made[..., 30:]
    assert (left - torch.tensor([40.0, 20.0]).view(2, 1, 1)).abs().max() < 3
    assert (right - torch.tensor([-20.0, -30.0]).view(2, 1, 1)).abs().max() < 3
    plain = Scribbles().predict_lab(torch.full_like(gray, 0.5), Guide(hints))[0, 1:]
    assert plain[0, :, 25:30].max() < 30  # it is the edge that keeps them apart


def test_a_small_picture_against_a_dense_solution_of_the_formula():
    """U(r) = sum of w_rs U(s) over the 3x3 window, written out pixel by pixel."""
    random = np.random.default_rng(0)
    height, width = 6, 7
    lightness = random.random((height, width)) * 60 + 20
    known = random.normal(size=(2, height, width)) * 30
    mask = random.random((height, width)) < 0.15
    pixels = list(itertools.product(range(height), range(width)))

    def window(y, x):
        near = itertools.product((y - 1, y, y + 1), (x - 1, x, x + 1))
        return [pixel for pixel in near if pixel in pixels]

    def doubled_variance(pixel):
        return max(PART * np.var([lightness[p] for p in window(*pixel)]), LEAST)

    matrix, sides = np.eye(len(pixels)), np.zeros((len(pixels), 2))
    for row, pixel in enumerate(pixels):
        if mask[pixel]:
            sides[row] = known[:, *pixel]
            continue
        others = [other for other in window(*pixel) if other != pixel]
        bounds = [(doubled_variance(pixel) + doubled_variance(other)) / 2 for other in others]
        gaps = [lightness[pixel] - lightness[other] for other in others]
        weights = np.exp(-np.square(gaps) / bounds)
        for other, weight in zip(others, weights / weights.sum(), strict=True):
            matrix[row, pixels.index(other)] -= weight
    solved = np.linalg.solve(matrix, sides).T.reshape(2, height, width)
    hints = torch.from_numpy(np.concatenate([known * mask, mask[None]]))[None].float()
    lab = torch.from_numpy(lightness)[None, None].float()
    for direct in (0, 1000):
        found = Scribbles(direct=direct).predict_ab(lab, Guide(hints), None)
        assert np.allclose(found[0], solved, atol=2e-3)


def test_direct_and_iterative_solutions_agree():
    lab = photograph()
    guide = Guide(hints_at(lab, 0.002))
    both = [Scribbles(direct=d).predict_lab(gray_of(lab), guide) for d in (0, 1 << 17)]
    assert (both[0] - both[1]).abs().max() < 0.05


def test_true_hints_bring_true_colors_the_more_of_them():
    lab = photograph()

    def error(share):
        made = Scribbles().predict_lab(gray_of(lab), Guide(hints_at(lab, share)))
        return (made - lab)[:, 1:].abs().mean()

    gray, few, many = lab[:, 1:].abs().mean(), error(0.003), error(0.03)
    assert many < 0.7 * few < 0.7 * gray


def test_large_pictures_are_solved_at_a_bounded_size(monkeypatch):
    solved, fill = [], scribbles.fill
    monkeypatch.setattr(
        scribbles,
        "fill",
        lambda m, *rest, **how: solved.append(m.shape[0]) or fill(m, *rest, **how),
    )
    gray, hints = two_regions()
    whole = Scribbles().predict_lab(gray, Guide(hints))
    made = Scribbles(most=600).predict_lab(gray, Guide(hints))
    assert solved == [2400, 600]
    apart = (made - whole)[0, 1:].abs()
    assert apart.mean() < 1 and apart[..., :27].max() < 3 and apart[..., 33:].max() < 3
    assert made[0, 1:, 20, 4].tolist() == [40, 20]


def test_pictures_of_a_batch_do_not_touch_each_other():
    gray, hints = two_regions()
    both = Scribbles().colorize(
        torch.cat([gray, gray]), guide=Guide(torch.cat([hints, torch.zeros_like(hints)]))
    )
    assert torch.equal(both[:1], Scribbles().colorize(gray, guide=Guide(hints)))
    assert torch.allclose(both[1:], gray, atol=1e-4)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2)])
def test_tiny_pictures(shape):
    hints = torch.zeros(1, 3, *shape)
    hints[..., 0, 0] = torch.tensor([20.0, 10.0, 1.0])
    made = Scribbles().predict_lab(torch.full((1, 1, *shape), 0.5), Guide(hints))
    assert torch.allclose(made[0, 1], torch.full(shape, 20.0))
