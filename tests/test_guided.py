"""Hints and a reference: against closed forms, a dense solution, and SciPy's matrix roots."""

import itertools

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from skimage import data
from skimage.color import rgb2lab

from huelab.color import fit_gamut, hints, lab_to_rgb, reference, rgb_to_lab
from huelab.color.hints import EDGE, REACH, shrink_hints, spread
from huelab.methods.baselines import MeanColor
from huelab.methods.colorizer import Guide
from huelab.methods.first import FirstColor
from huelab.methods.guided import Guided
from huelab.methods.scribbles import Scribbles


def picture(height=40, width=60):
    """A real photograph, `(1, 3, H, W)` in Lab."""
    rows = data.chelsea()[::8, ::8][:height, :width]
    return torch.from_numpy(rgb2lab(rows)).float().permute(2, 0, 1)[None]


def network():
    torch.manual_seed(0)
    return Guided(FirstColor(width=4))


def gray_of(lab):
    neutral = torch.cat([lab[:, :1], torch.zeros_like(lab[:, 1:])], 1)
    return lab_to_rgb(neutral)[:, :1]


def hint_at(shape, place, ab):
    given = torch.zeros(1, 3, *shape)
    given[0, :, *place] = torch.tensor([*ab, 1.0])
    return given


def test_all_true_colors_as_hints_give_the_picture_back():
    lab = picture()
    given = torch.cat([lab[:, 1:], torch.ones_like(lab[:, :1])], 1)
    made = network().colorize(gray_of(lab), guide=Guide(hints=given))
    assert torch.allclose(made, lab_to_rgb(lab), atol=1e-3)


def test_no_hints_give_the_own_colors_of_the_method_exactly():
    method, gray = network(), gray_of(picture())
    own = method.base.colorize(gray)
    for guide in (None, Guide(), Guide(hints=torch.zeros(1, 3, *gray.shape[-2:]))):
        assert torch.equal(method.colorize(gray, guide=guide), own)


def test_strength_is_of_the_whole_picture():
    gray = gray_of(picture())
    given = hint_at(gray.shape[-2:], (20, 30), (40.0, 10.0))
    made = network().predict_lab(gray, Guide(hints=given, strength=0.5))
    assert made[0, 1:, 20, 30].tolist() == [20, 5]


def test_in_a_plain_a_line_of_hints_decays_as_the_closed_form_says():
    """x[n-1] + x[n+1] = (2 + pull) x[n], and so x[n] = x[0] r^n."""
    height, width = 16, 200
    known = torch.zeros(1, 1, height, width)
    known[..., 0] = 50
    found = spread(known, known > 0, torch.full((1, 1, height, width), 40.0))[0, 0]
    total = 2 + (1 / (REACH * height)) ** 2
    ratio = (total - np.sqrt(total**2 - 4)) / 2
    assert np.allclose(found, 50 * ratio ** np.arange(width), atol=1e-4)


def test_a_small_system_against_its_dense_solution():
    """Rows of least squares, one for each term of the sum, written out pixel by pixel."""
    random = np.random.default_rng(0)
    height, width = 5, 7
    lightness = random.random((height, width)) * 12 + 40
    known = random.normal(size=(height, width)) * 30
    mask = random.random((height, width)) < 0.2
    pixels = list(itertools.product(range(height), range(width)))
    unknown = [p for p in pixels if not mask[p]]
    rows, sides = [], []

    def term(weight, values):
        row, side = np.zeros(len(unknown)), 0.0
        for pixel, sign in values:
            if mask[pixel]:
                side -= sign * known[pixel]
            else:
                row[unknown.index(pixel)] = sign
        rows.append(row * np.sqrt(weight)), sides.append(side * np.sqrt(weight))

    for y, x in pixels:
        for other in ((y + 1, x), (y, x + 1)):
            if other in pixels:
                gap = lightness[y, x] - lightness[other]
                term(np.exp(-(gap**2) / (2 * EDGE**2)), [((y, x), 1), (other, -1)])
        if not mask[y, x]:
            term(1 / (REACH * height) ** 2, [((y, x), 1)])
    solved = np.linalg.lstsq(np.array(rows), np.array(sides))[0]
    tensors = [torch.from_numpy(a)[None, None] for a in (known, mask, lightness)]
    found = spread(*tensors)[0, 0].numpy()
    assert np.allclose(found[~mask], solved, atol=1e-4) and np.allclose(found[mask], known[mask])


def test_a_hint_spreads_as_far_as_the_edge():
    lightness = torch.full((1, 1, 48, 64), 40.0)
    lightness[..., 32:] = 75
    known, mask = torch.zeros(1, 2, 48, 64), torch.zeros(1, 1, 48, 64)
    known[..., 20:28, 10:20], mask[..., 20:28, 10:20] = 40, 1
    found = spread(known, mask, lightness)[0, 0]
    assert found[24, 31] > 8  # up to the edge, twelve pixels away
    assert found[:, 32:].abs().max() < 0.01
    plain = spread(known, mask, torch.full_like(lightness, 40.0))[0, 0]
    assert plain[24, 33] > 5  # it is the edge that stops it


def test_a_hint_stays_local():
    known, mask = torch.zeros(1, 1, 100, 150), torch.zeros(1, 1, 100, 150)
    known[..., 48:52, 48:52], mask[..., 48:52, 48:52] = 60, 1
    found = spread(known, mask, torch.full((1, 1, 100, 150), 50.0))[0, 0]
    assert found[50, 55] > 20 and found[50, 149] < 0.02 * 60 and found.min() >= 0
    assert (found.diff(dim=1)[50, 52:] <= 1e-4).all()


def test_large_pictures_are_solved_at_a_bounded_size(monkeypatch):
    lightness = torch.full((1, 1, 108, 162), 40.0)
    lightness[..., 63:] = 80
    given = torch.zeros(1, 3, *lightness.shape[-2:])
    given[:, :, 30:45, 30:45] = torch.tensor([30.0, -20.0, 1.0]).view(1, 3, 1, 1)
    whole = spread(given[:, :2], given[:, 2:], lightness)
    solve, seen = hints._solve, []
    monkeypatch.setattr(hints, "MOST", 1950)
    monkeypatch.setattr(
        hints, "_solve", lambda k, m, li: seen.append(li.numel()) or solve(k, m, li)
    )
    bounded = spread(given[:, :2], given[:, 2:], lightness)
    assert seen == [36 * 54]
    assert (bounded - whole).abs().mean() < 0.1 * whole.abs().mean()
    inside = (given[:, 2:] > 0).expand_as(whole)
    assert torch.equal(bounded[inside], given[:, :2][inside])


def test_hints_are_shrunk_without_loss_of_their_color():
    random = torch.Generator().manual_seed(0)
    given = torch.zeros(1, 3, 64, 96)
    given[0, :, 33, 5] = torch.tensor([12.0, -34.0, 1.0])
    given[0, :2] += torch.rand(2, 64, 96, generator=random) * (given[0, 2:] == 0)  # not hints
    small = shrink_hints(given, (16, 25))
    assert int((small[0, 2] > 0).sum()) == 1
    y, x = (int(i) for i in small[0, 2].nonzero()[0])
    assert (y, x) == (8, 1) and torch.allclose(small[0, :2, y, x], torch.tensor([12.0, -34.0]))


def test_a_network_is_used_as_it_is_without_hints():
    """Neither its mode nor the statistics of its batches change."""
    method = network().train()
    before = {name: value.clone() for name, value in method.state_dict().items()}
    method.colorize(gray_of(picture()), guide=Guide(reference=torch.rand(1, 3, 8, 8)))
    assert method.base.training and method.training
    assert all(torch.equal(before[name], value) for name, value in method.state_dict().items())


def test_what_the_method_knows_itself_is_left_to_it():
    class Knows(MeanColor):
        guides = frozenset({"strength", "hints"})

        def predict_ab(self, lightness, guide, generator):
            assert guide.hints is not None and guide.reference is None
            return super().predict_ab(lightness, guide, generator)

    method, gray = Guided(Knows(torch.tensor([8.0, 20.0]))), torch.full((1, 1, 4, 6), 0.5)
    nowhere = Guide(hints=torch.zeros(1, 3, 4, 6), reference=torch.full((1, 3, 2, 2), 0.5))
    assert method.predict_lab(gray, nowhere)[:, 1:].abs().max() < 1  # the reference is gray


def test_a_reference_does_not_move_the_color_of_a_hint():
    """Scribbles spreads hints itself; a green reference leaves the spot red, and not the rest."""
    hints = torch.zeros(1, 3, 24, 24)
    hints[..., 2:5, 2:5] = torch.tensor([50.0, 30.0, 1.0]).view(3, 1, 1)
    gray = torch.full((1, 1, 24, 24), 0.5)
    gray[..., 12:] = 0.9
    reference = torch.tensor([0.2, 0.8, 0.2]).view(1, 3, 1, 1).expand(-1, -1, 4, 4)
    lab = Guided(Scribbles()).predict_lab(gray, Guide(hints=hints, reference=reference))
    assert torch.allclose(lab[0, 1:, 3, 3], torch.tensor([50.0, 30.0]))
    green = rgb_to_lab(reference)[0, 1, 0, 0]
    assert green < -50 and (lab[0, 1, :, 18:] < green / 2).all()


def gaussian(mean, covariance, n, seed):
    """Lab `(1, 3, 1, n)`: any L*, and a*b* of exactly this mean and covariance."""
    random = np.random.default_rng(seed)
    ab = random.normal(size=(n, 2))
    ab = (ab - ab.mean(0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(ab.T, bias=True)).T)
    ab = ab @ np.linalg.cholesky(covariance).T + mean
    lightness = random.uniform(0, 100, n)
    return torch.from_numpy(np.column_stack([lightness, ab]).T).reshape(1, 3, 1, n)


SOURCE = (np.array([2.0, -4.0]), np.array([[90.0, 30.0], [30.0, 60.0]]))
WANTED = (np.array([12.0, 25.0]), np.array([[200.0, -40.0], [-40.0, 120.0]]))


def test_colors_move_by_the_closed_form_for_gaussian_data():
    (mean, covariance), (other_mean, other) = SOURCE, WANTED
    lab, wanted = gaussian(mean, covariance, 60_000, 0), gaussian(other_mean, other, 60_000, 1)
    moved = reference.move_colors(lab, wanted)[0, :, 0].numpy()
    root = sqrtm(covariance)
    inverse = np.linalg.inv(root)
    closed = inverse @ sqrtm(root @ other @ root) @ inverse
    expected = other_mean[:, None] + closed @ (lab[0, 1:, 0].numpy() - mean[:, None])
    # Each level has its own sample of the 60,000.
    assert np.abs(moved - expected).mean() < 0.3
    assert np.allclose(moved.mean(1), other_mean, atol=0.2)
    assert np.allclose(np.cov(moved), other, rtol=0.03, atol=3)


def test_dark_and_light_parts_move_apart():
    lab = torch.zeros(1, 3, 2, 500)
    lab[:, 0, 0], lab[:, 0, 1] = 25, 75
    wanted = lab.clone()
    wanted[0, 1, 0], wanted[0, 2, 1] = 30, -40
    dark, light = reference.move_colors(lab, wanted)[0, :, :, 0].T
    # The levels are their own but for a share of the whole's statistics.
    assert dark[0] > 28 and abs(dark[1]) < 2 and abs(light[0]) < 2 and light[1] < -37


def test_nearly_gray_colors_are_not_stretched_without_bound():
    lab, wanted = gaussian(*SOURCE, 5000, 0), gaussian(*WANTED, 5000, 1)
    lab[:, 1:] *= 0.001
    moved = reference.move_colors(lab, wanted)
    assert moved.var() < reference.STRETCH**2 * lab[:, 1:].var() + 200  # of the means
    assert np.ptp(moved[0, 0].numpy()) < 5


def test_a_reference_brings_its_colors():
    """A real photograph in the colors of another one."""
    cat, sunset = picture(), torch.zeros(1, 3, 30, 30)
    sunset[:, 0] = torch.linspace(0.2, 1, 30)
    sunset[:, 1] = torch.linspace(0.1, 0.6, 30)
    made = Guided(MeanColor(torch.tensor([-10.0, -10.0]))).predict_lab(
        gray_of(cat), Guide(reference=sunset)
    )
    assert torch.allclose(made[:, :1], cat[:, :1], atol=0.01)
    true = rgb_to_lab(sunset)[:, 1:].mean((0, 2, 3))
    assert (made[:, 1:].mean((0, 2, 3)) - true).norm() < 0.35 * true.norm()


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2)])
def test_tiny_pictures(shape):
    given = torch.zeros(1, 3, *shape)
    given[..., 0, 0] = torch.tensor([20.0, 10.0, 1.0])
    guide = Guide(hints=given, reference=torch.rand(1, 3, 1, 1))
    lab = Guided(MeanColor(torch.zeros(2))).predict_lab(torch.full((1, 1, *shape), 0.5), guide)
    assert lab.isfinite().all() and lab[0, 1:, 0, 0].tolist() == [20, 10]
    assert fit_gamut(lab).isfinite().all()
