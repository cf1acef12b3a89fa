"""What paper 004 claims of adversarial losses, as far as it needs none of its networks."""

import pytest
import torch
from torch import nn

from huelab.color import rgb_to_lab


@pytest.mark.parametrize(("real", "generated"), [(0.5, 0.5), (0.9, 0.1), (0.2, 0.7)])
def test_the_minimax_value_is_best_for_the_true_share_of_real_images(real, generated):
    """Of an image of these probabilities, the discriminator says real / (real + generated)."""
    answer = torch.linspace(0.001, 0.999, 999)
    value = real * answer.log() + generated * (1 - answer).log()
    best = float(answer[value.argmax()])
    assert best == pytest.approx(real / (real + generated), abs=1e-3)
    # The generator lowers that value by making its images as probable as real ones.
    agreed = 2 * torch.log(torch.tensor(0.5))
    share = torch.tensor([real, generated]) / (real + generated)
    assert share[0] * share[0].log() + share[1] * share[1].log() >= agreed / 2 - 1e-6


def gradient_where_the_discriminator_wins(loss) -> float:
    score = torch.tensor(-10.0, dtype=torch.float64, requires_grad=True)  # "generated", surely
    return float(torch.autograd.grad(loss(torch.sigmoid(score)), score)[0].abs())


@pytest.mark.claim("004-Q05")
def test_the_first_loss_loses_its_gradient_where_the_discriminator_wins():
    assert gradient_where_the_discriminator_wins(lambda real: torch.log(1 - real)) < 1e-4
    # The one that the paper takes instead keeps it.
    assert gradient_where_the_discriminator_wins(lambda real: -torch.log(real)) > 0.99


def test_batch_norm_of_one_picture_is_instance_norm():
    batch, instance = nn.BatchNorm2d(5), nn.InstanceNorm2d(5)
    one, many = torch.randn(1, 5, 6, 7), torch.randn(3, 5, 6, 7)
    assert torch.allclose(batch(one), instance(one), atol=1e-6)
    assert not torch.allclose(batch(many), instance(many), atol=1e-2)


def test_receptive_field_of_the_usual_patchgan_is_70():
    layers = [nn.Conv2d(1, 1, 4, stride, padding=1, bias=False) for stride in (2, 2, 2, 1, 1)]
    for layer in layers:
        nn.init.ones_(layer.weight)
    picture = torch.zeros(1, 1, 256, 256, requires_grad=True)
    answers = nn.Sequential(*layers)(picture)
    assert answers.shape[-2:] == (30, 30)
    (seen,) = torch.autograd.grad(answers[0, 0, 15, 15], picture)
    assert [int(seen[0, 0].any(axis).sum()) for axis in (0, 1)] == [70, 70]


@pytest.mark.parametrize("sort", [torch.round, torch.floor])
def test_srgb_fills_fewer_than_313_cells_of_the_ab_plane(sort):
    """Whether a cell begins or is centered at a multiple of ten."""
    levels = torch.arange(0, 256, 3, dtype=torch.uint8)
    grid = torch.meshgrid(levels, levels, levels, indexing="ij")
    ab = rgb_to_lab(torch.stack(grid).reshape(3, 1, -1))[1:, 0]
    assert 250 < torch.unique(sort(ab / 10), dim=1).shape[1] < 280


@pytest.mark.claim("004-D08")
def test_a_frame_has_nearly_a_million_crops_and_two_of_them_are_seldom_the_same():
    """Crops of 512x512 in a frame of 1920x1080; those in one of 3840x2160 are more."""
    across, down = 1920 - 512 + 1, 1080 - 512 + 1
    assert across * down == 801_721
    # Drawn a thousand times, the chance that some place is drawn twice.
    twice = 1 - torch.exp(-torch.tensor(1000.0) * 999 / 2 / (across * down))
    assert twice < 0.5
