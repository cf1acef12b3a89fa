"""Color as classification, simulated hints, and draws, against closed forms and NumPy."""

import itertools

import numpy as np
import pytest
import torch
from skimage.color import deltaE_ciede2000, rgb2lab

from huelab.color import rgb_to_gray, rgb_to_lab
from huelab.color.batch import Batch
from huelab.data import open_dataset
from huelab.measure import ways
from huelab.methods import hue_bins
from huelab.methods.cgan import CGAN
from huelab.methods.class_targets import (
    classification_loss,
    rarity_weights,
    smoothed,
    soft_encode,
)
from huelab.methods.color_classes import ColorClasses
from huelab.methods.colorizer import Guide
from huelab.methods.sampled import Sampled, gumbel
from huelab.methods.simulated_hints import random_hints, simulate

BINS = hue_bins.grid()


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_soft_targets_are_those_of_the_published_formula():
    ab = torch.rand(2, 2, 3, 4, generator=seeded()) * 120 - 60
    index, weight = soft_encode(ab, BINS)
    for n, row, column in itertools.product(range(2), range(3), range(4)):
        color = ab[n, :, row, column].double().numpy()
        distance = np.linalg.norm(BINS.double().numpy() - color, axis=1)
        nearest = np.argsort(distance)[:5]
        wanted = np.exp(-(distance[nearest] ** 2) / 50)
        assert index[n, :, row, column].tolist() == nearest.tolist()
        np.testing.assert_allclose(weight[n, :, row, column], wanted / wanted.sum(), atol=1e-5)


def test_rare_colors_count_more_and_the_mean_pixel_counts_one():
    frequency = torch.rand(306, generator=seeded()).square()
    frequency /= frequency.sum()
    weights = rarity_weights(frequency, uniform=0.5)
    assert (weights * frequency).sum() == pytest.approx(1, abs=1e-5)
    order = frequency.argsort()
    assert (weights[order].diff() <= 0).all() and weights[order[0]] > 1 > weights[order[-1]]
    assert torch.allclose(rarity_weights(frequency, uniform=1.0), torch.ones(306), atol=1e-5)


def test_smoothing_keeps_the_sum_and_moves_color_to_neighbors_alone():
    frequency = torch.zeros(len(BINS))
    middle = (BINS == 0).all(1).nonzero().item()
    frequency[middle] = 1
    spread = smoothed(frequency, BINS)
    assert spread.sum() == pytest.approx(1, abs=1e-5) and spread.argmax() == middle
    near = BINS.norm(dim=1) <= 10
    assert spread[near].sum() > 0.9 and spread[BINS.norm(dim=1) > 30].sum() < 1e-4


def test_the_loss_is_pytorchs_where_targets_are_hard():
    logits = torch.randn(2, 7, 3, 4, generator=seeded())
    index = torch.randint(7, (2, 1, 3, 4), generator=seeded())
    of_bin = torch.rand(7, generator=seeded()) + 0.5
    ours = classification_loss(logits, index, torch.ones(2, 1, 3, 4), of_bin)
    each = torch.nn.functional.cross_entropy(logits, index[:, 0], of_bin, reduction="none")
    assert ours == pytest.approx(each.mean().item(), abs=1e-6)


def test_prepare_counts_the_colors_of_the_training_images():
    lab = torch.tensor([50.0, 40.0, 20.0]).view(1, 3, 1, 1).expand(3, -1, 32, 32).clone()
    network = ColorClasses(width=4)
    network.prepare([Batch(torch.arange(3), lab=lab)], key="", device="cpu")
    here = (torch.tensor([40.0, 20.0]) == BINS).all(1)
    # The only color there is counts least of all.
    assert network.of_bin[here].item() == network.of_bin.min().item()
    assert network.of_bin[BINS.norm(dim=1) > 90].min() > 5 * network.of_bin[here].item()


def test_temperature_goes_from_the_mean_to_the_mode():
    network = ColorClasses(width=4)
    scores = torch.full((1, 306, 1, 1), -30.0)
    red, green = ((torch.tensor(bin) == BINS).all(1) for bin in ([50.0, 30.0], [-50.0, 30.0]))
    scores[0, red], scores[0, green] = float(np.log(0.6)), float(np.log(0.4))
    mean, mode = (network.read(scores, at).flatten() for at in (1.0, 0.02))
    assert mean.tolist() == pytest.approx([0.6 * 50 - 0.4 * 50, 30], abs=0.01)
    assert mode.tolist() == pytest.approx([50, 30], abs=0.01)
    assert mean.norm() < network.read(scores).norm() < mode.norm()


@pytest.mark.parametrize("head", ["classes", "regression"])
def test_learns_the_color_of_one_image_that_a_gray_copy_misses(head):
    torch.manual_seed(0)
    rgb = open_dataset("embedded", "train", size=64)[0][None].float() / 255
    lab = rgb_to_lab(rgb)
    network = ColorClasses(width=8, head=head, rebalancing=None)
    (turn,) = network.optimizers()
    for _ in range(60):
        (loss,) = network.losses(Batch(torch.arange(1), lab=lab), turn=0).values()
        turn.optimizer.zero_grad()
        loss.backward()
        turn.optimizer.step()
    network.eval()
    small = torch.nn.functional.avg_pool2d(lab[:, 1:], 4)
    with torch.no_grad():
        error = (network(lab[:, :1]) - small).square().mean()
    assert error < 0.5 * small.square().mean()


def test_hints_reach_the_network_and_only_one_that_takes_them():
    torch.manual_seed(0)
    network, gray = ColorClasses(width=4, hinted=True), torch.rand(1, 1, 32, 32)
    none = torch.zeros(1, 3, 32, 32)
    given = none.clone()
    given[:, :, 8:16, 8:16] = torch.tensor([60.0, 40.0, 1.0]).view(3, 1, 1)
    masked = given * torch.tensor([1.0, 1.0, 0.0]).view(3, 1, 1)
    plain, hinted, ignored = (network.colorize(gray, guide=Guide(h)) for h in (none, given, masked))
    assert not torch.equal(plain, hinted)
    assert torch.equal(plain, ignored) and torch.equal(plain, network.colorize(gray))
    with pytest.raises(ValueError, match="does not use hints"):
        ColorClasses(width=4).colorize(gray, guide=Guide(given))


def test_simulated_hints_are_true_colors_of_patches():
    ab = torch.rand(400, 2, 24, 24, generator=seeded()) * 100 - 50
    hints = simulate(ab, seeded(1))
    mask = hints[:, 2]
    assert set(mask.unique().tolist()) == {0.0, 1.0}
    assert (hints[:, :2] * (1 - mask[:, None])).abs().max() == 0
    everything = (mask == 1).flatten(1).all(1)
    assert 0 < everything.sum() < 15
    assert torch.equal(hints[everything, :2], ab[everything])
    # A geometric distribution with a mean of 7 has an eighth of its mass at none.
    assert (mask.flatten(1).sum(1) == 0).float().mean() == pytest.approx(0.125, abs=0.06)


def test_a_hint_of_one_pixel_is_its_color():
    ab = torch.rand(3, 2, 16, 16, generator=seeded()) * 100 - 50
    hints = random_hints(ab, 5, 1, seeded(1))
    where = hints[:, 2:] == 1
    assert (where.flatten(1).sum(1) <= 5).all() and (where.flatten(1).sum(1) >= 4).all()
    assert torch.equal(hints[:, :2] * where, ab * where)


def test_each_pixel_of_a_draw_is_a_fair_draw_and_equal_pixels_agree():
    scores = torch.randn(1, 5, 1, 2, generator=seeded())
    scores = torch.cat([scores, scores[..., :1]], -1)
    draws = seeded(3)
    drawn = torch.cat([(scores + gumbel(scores, draws)).argmax(1) for _ in range(6000)])
    for pixel in range(2):
        share = torch.bincount(drawn[:, 0, pixel], minlength=5) / len(drawn)
        assert torch.allclose(share, scores[0, :, 0, pixel].softmax(0), atol=0.025)
    assert torch.equal(drawn[..., 0], drawn[..., 2])


def test_draws_differ_repeat_with_their_seed_and_keep_lightness():
    torch.manual_seed(0)
    sampled, gray = Sampled(ColorClasses(width=4)), torch.rand(2, 1, 32, 48)
    one, same, other = (sampled.colorize(gray, generator=seeded(s)) for s in (0, 0, 1))
    assert torch.equal(one, same) and (one - other).abs().mean() > 0.01
    assert sampled.predict_lab(gray, generator=seeded())[:, :1].amax() <= 100
    with pytest.raises(ValueError, match="no distribution"):
        Sampled(ColorClasses(width=4, head="regression"))


def test_draws_of_a_gan_differ_by_its_dropout():
    """The measured diversity is scikit-image's mean difference between any two of four draws."""
    torch.manual_seed(0)
    options = {"width": 8, "depth": 5}
    network = CGAN(**options)
    config = {"tests": [{"name": "embedded", "split": "test", "size": 32, "n": 2}]}
    found = {m.name: m.value for m in ways.draws(network, config, "cpu")}
    rgb = torch.stack(list(open_dataset(**config["tests"][0]))).float() / 255
    draws = seeded()
    gray = rgb_to_gray(rgb, network.gray_formula)
    made = [rgb2lab(network.colorize(gray, generator=draws).movedim(1, -1)) for _ in range(4)]
    truth = rgb2lab(rgb.movedim(1, -1))
    pairs = [deltaE_ciede2000(a, b).mean() for a, b in itertools.combinations(made, 2)]
    assert found["draw_diversity"] == pytest.approx(np.mean(pairs), rel=0.01)
    wrong = np.stack([deltaE_ciede2000(one, truth).mean((1, 2)) for one in made])
    assert found["draw_delta_e_2000"] == pytest.approx(wrong.mean(), rel=0.01)
    assert found["best_draw_delta_e_2000"] == pytest.approx(wrong.min(0).mean(), rel=0.01)
    assert found["draw_diversity"] > 0.1
    assert ways.draws(CGAN(**options, keeps=("batch_norm",)), config, "cpu") == []


def test_an_unknown_head_is_refused():
    with pytest.raises(ValueError, match='head must be "classes" or "regression"'):
        ColorClasses(head="classify")
