"""What paper 001 claims, as far as it needs none of its networks."""

from itertools import product

import numpy as np
import pytest
import torch
import torchvision
from papers import claim
from skimage.color import rgb2lab
from torch import nn
from torch.nn import functional as F

from huelab.color import rgb_to_lab
from huelab.metrics import frechet_distance


@pytest.mark.claim("001-D08")
def test_colors_of_srgb_stay_within_the_nominal_ranges_of_lab():
    """L* takes up its whole range, a* and b* most of theirs; the ends are those of scikit-image."""
    levels = torch.arange(0, 256, 3, dtype=torch.uint8)
    grid = torch.meshgrid(levels, levels, levels, indexing="ij")
    lightness, a, b = rgb_to_lab(torch.stack(grid).reshape(3, 1, -1))
    assert abs(lightness.min()) < 1e-3 and abs(lightness.max() - 100) < 1e-3
    corners = rgb2lab(np.array(list(product((0.0, 1.0), repeat=3))))[:, 1:]
    for axis, corner in zip((a, b), corners.T, strict=True):
        assert -128 <= axis.min() < -80 and 90 < axis.max() <= 128
        assert abs(axis.min() - corner.min()) < 0.1 and abs(axis.max() - corner.max()) < 0.1


@pytest.mark.claim("001-A05")
def test_inception_v3_ends_in_a_thousand_numbers_before_the_softmax():
    with torch.device("meta"):
        network = torchvision.models.inception_v3(init_weights=False).eval()
        assert network(torch.empty(1, 3, 299, 299)).shape == (1, 1000)
    # The numbers are the answer of a dense layer, and nothing makes them add up to one.
    assert isinstance(network.fc, nn.Linear) and network.fc.out_features == 1000
    assert not [m for m in network.modules() if isinstance(m, nn.Softmax)]


@pytest.mark.claim("001-X02")
def test_the_frechet_distance_falls_with_the_number_of_pictures():
    """Sets from one distribution, whose true distance is 0."""
    draw = torch.Generator().manual_seed(0)
    sets = [[torch.randn(n, 32, generator=draw) for _ in range(2)] for n in (100, 1000, 10000)]
    few, some, many = (float(frechet_distance(*pair)) for pair in sets)
    assert few > 5 * some > 25 * many > 0


@pytest.mark.claim("001-X04")
def test_two_ways_of_doubling_in_one_block_give_far_too_large_an_output():
    """Interpolation and a transposed convolution of stride 2, five times from 8x8 on."""
    maps = torch.empty(1, 1, 8, 8, device="meta")
    kernel = torch.empty(1, 1, 3, 3, device="meta")
    for _ in range(5):
        maps = F.interpolate(maps, scale_factor=2, mode="nearest")
        maps = F.conv_transpose2d(maps, kernel, stride=2, padding=1, output_padding=1)
    assert maps.shape[-1] == 256 * 2**5 > 256


IMAGES_OF_COCO = {"train2017": 118_287, "test2017": 40_670}  # as its site states them


@pytest.mark.claim("001-D06")
def test_coco_has_118_and_40_thousand_images():
    assert [n // 1000 for n in IMAGES_OF_COCO.values()] == [118, 40]


@pytest.mark.parametrize(
    ("id", "said", "computed"),
    [
        # COCO-Stuff: things, stuffs, and "unlabeled".
        claim("001-D07", 172, 80 + 91 + 1),
        # Steps of 16 images in 50 epochs of 10,000, in thousands.
        claim("001-H03", 31, 10_000 * 50 // 16 // 1000),
    ],
)
def test_the_stated_number_follows_from_others(id, said, computed):
    assert said == computed
