"""What paper 002 claims of the layers of its network, as far as a test decides it."""

from functools import cache

import numpy as np
import pytest
import torch
from papers import built, calls, parameters
from skimage.color import rgb2lab
from torch import nn
from torch.nn import functional as F
from torchvision.models import vgg16

# ------------------------------------------------------------------------- the network


@cache
def network():
    return built("vgg-fruits")


@cache
def frozen():
    """The same one as it is used after training."""
    return built("vgg-fruits").eval()


@cache
def trace():
    """All layers in training mode on two L* images of 64x64, encoder and decoder apart."""
    torch.manual_seed(1)
    steps = calls(network(), torch.rand(2, 1, 64, 64) * 100)
    inside = set(network().encoder.modules())
    encoder = [step for step in steps if step.layer in inside]
    return encoder, steps[len(encoder) :]


def convolutions(steps):
    return [step for step in steps if isinstance(step.layer, nn.Conv2d | nn.ConvTranspose2d)]


def following(steps, call, count=1):
    place = next(n for n, step in enumerate(steps) if step is call)
    return steps[place + 1 : place + 1 + count]


def shrinks(call):
    return call.given.shape[-1] // call.answer.shape[-1]


def blocks():
    """Filters of the encoder's convolutions, block by block; a block ends where it halves."""
    found = [[]]
    for call in convolutions(trace()[0]):
        found[-1].append(call.answer.shape[1])
        if shrinks(call) == 2:
            found.append([])
    return found[:-1] if not found[-1] else found


@pytest.mark.claim("002-A01")
def test_vgg16_has_thirteen_convolutions_and_three_dense_layers():
    with torch.device("meta"):
        layers = list(vgg16().modules())
    counts = [sum(isinstance(layer, kind) for layer in layers) for kind in (nn.Conv2d, nn.Linear)]
    assert counts == [13, 3] and sum(counts) == 16
    assert sum(isinstance(layer, nn.MaxPool2d) for layer in layers) == 5


@pytest.mark.claim("002-A02")
def test_the_encoder_takes_one_channel_at_any_resolution():
    first = trace()[0][0]
    assert first.layer.weight.shape[1] == 1 and first.given.shape[1] == 1
    for size in ((32, 96), (160, 64)):
        with torch.no_grad():
            code, _ = frozen().encoder(torch.zeros(1, 1, *size))
        assert code.shape == (1, 512, size[0] // 32, size[1] // 32)
    # Sizes that are no multiple of 32 are taken as well.
    with torch.no_grad():
        assert frozen().predict_lab(torch.rand(2, 1, 33, 50)).shape == (2, 3, 33, 50)


@pytest.mark.claim("002-A03")
def test_there_are_no_dense_layers():
    kinds = [type(step.layer) for half in trace() for step in half]
    assert kinds and nn.Linear not in kinds
    assert all(p.ndim != 2 for p in network().parameters())


@pytest.mark.claim("002-A04")
def test_the_encoder_halves_by_stride_and_does_not_pool():
    """Where VGG16 pools: the strided convolution itself gives every second place."""
    encoder, _ = trace()
    assert not [s for s in encoder if isinstance(s.layer, nn.MaxPool2d | nn.AvgPool2d)]
    strided = [call for call in convolutions(encoder) if shrinks(call) == 2]
    assert len(strided) == 5
    for call in strided:
        known = F.conv2d(call.given, call.layer.weight, call.layer.bias, stride=2, padding=1)
        assert torch.allclose(call.answer, known, atol=1e-3)


def assert_leaky(call):
    """Values below 0 are made smaller by one factor and keep their sign; others stay."""
    x, y = call.given, call.answer
    assert torch.equal(y[x >= 0], x[x >= 0])
    slopes = y[x < -1e-3] / x[x < -1e-3]
    assert slopes.min() > 0.01 and slopes.max() < 0.99
    assert torch.allclose(slopes, slopes[0].expand_as(slopes), rtol=1e-3)


@pytest.mark.claim("002-A05")
def test_leaky_relu_follows_every_convolution_of_the_encoder():
    encoder, _ = trace()
    for call in convolutions(encoder):
        assert_leaky(following(encoder, call, 2)[-1])


@pytest.mark.claim("002-A06")
def test_batch_normalization_follows_each_convolution_of_the_encoder():
    encoder, _ = trace()
    assert len(convolutions(encoder)) == 13
    for call in convolutions(encoder):
        (normalized,) = following(encoder, call)
        assert torch.equal(normalized.given, call.answer)
        x = call.answer.double()
        variance, mean = torch.var_mean(x, (0, 2, 3), correction=0, keepdim=True)
        known = (x - mean) / (variance + 1e-5).sqrt()
        assert torch.allclose(normalized.answer, known.float(), atol=1e-3)
        assert parameters(normalized.layer) == 2 * x.shape[1]


@pytest.mark.claim("002-A07")
def test_the_first_two_blocks_have_a_convolution_and_a_strided_one():
    assert blocks()[:2] == [[64, 64], [128, 128]]


@pytest.mark.claim("002-A08")
def test_the_last_three_blocks_have_two_convolutions_and_a_strided_one():
    """As many filters of 3x3 as VGG16 has; two of its first layer's three channels are gone."""
    assert blocks()[2:] == [[256] * 3, [512] * 3, [512] * 3]
    with torch.device("meta"):
        theirs = sum(p.numel() for p in vgg16().features.parameters()) - 2 * 9 * 64
    ours = [call.layer for call in convolutions(trace()[0])]
    assert parameters(*ours) == theirs == 14_713_536
    assert all(layer.weight.shape[-2:] == (3, 3) for layer in ours)


@pytest.mark.claim("002-A09")
def test_the_latent_representation_is_512_maps_of_8x8():
    with torch.device("meta"):
        code, _ = built("vgg-fruits").encoder(torch.empty(1, 1, 256, 256))
    assert code.shape == (1, 512, 8, 8)


@pytest.mark.claim("002-A10")
def test_the_decoder_doubles_as_often_as_the_encoder_halves():
    """In five blocks of two convolutions, at the smaller and at the larger size."""
    encoder, decoder = trace()
    halved = [shrinks(call) for call in convolutions(encoder)].count(2)
    sizes = [call.answer.shape[-1] for call in convolutions(decoder)]
    assert halved == 5
    assert sizes == [2, 4, 4, 8, 8, 16, 16, 32, 32, 64]


@pytest.mark.claim("002-A11")
def test_a_block_of_the_decoder_halves_filters_then_doubles_the_size_bilinearly():
    _, decoder = trace()
    steps = convolutions(decoder)
    for number in range(5):
        fewer, wide = steps[2 * number : 2 * number + 2]
        filters = 512 >> number
        assert (fewer.given.shape[1], fewer.answer.shape[1]) == (filters, filters // 2)
        small = following(decoder, fewer)[0].answer
        large = F.interpolate(small, scale_factor=2, mode="bilinear", align_corners=False)
        assert torch.allclose(wide.given, large, atol=1e-4)
        known = F.conv2d(large, wide.layer.weight, wide.layer.bias, padding=1)
        assert torch.allclose(wide.answer, known, atol=1e-3)
        assert wide.answer.shape[1] == (filters // 2 if number < 4 else 2)
        assert fewer.layer.weight.shape[-2:] == wide.layer.weight.shape[-2:] == (3, 3)


@pytest.mark.claim("002-A12")
def test_leaky_relu_follows_all_convolutions_of_the_decoder_but_the_last():
    _, decoder = trace()
    *hidden, last = convolutions(decoder)
    assert len(hidden) == 9
    for call in hidden:
        (activation,) = following(decoder, call)
        assert torch.equal(activation.given, call.answer)
        assert_leaky(activation)
    assert torch.allclose(following(decoder, last)[0].answer, torch.tanh(last.answer))
    assert decoder[-1] is following(decoder, last)[0]


@pytest.mark.claim("002-A13")
def test_the_output_has_two_channels_and_the_inputs_size():
    assert trace()[1][-1].answer.shape == (2, 2, 64, 64)
    for size in ((64, 32), (33, 50), (7, 5)):
        with torch.no_grad():
            assert frozen().predict_lab(torch.rand(1, 1, *size))[:, 1:].shape == (1, 2, *size)


@pytest.mark.claim("002-A14")
def test_the_colored_picture_stacks_the_inputs_lightness_and_the_predicted_colors():
    gray = torch.rand(1, 1, 64, 64)
    known = rgb2lab(gray.expand(-1, 3, -1, -1).double().numpy(), channel_axis=1)[:, :1]
    with torch.no_grad():
        lab = frozen().predict_lab(gray)
        ab = frozen()(torch.from_numpy(known).float())
    assert np.abs(lab[:, :1].numpy() - known).max() < 1e-3
    assert torch.allclose(lab[:, 1:], ab, atol=0.05) and ab.abs().max() > 1
    colored = rgb2lab(frozen().colorize(gray).double().numpy(), channel_axis=1)[:, :1]
    assert np.abs(colored - known).max() < 0.05


def test_the_decoder_has_fewer_convolutions_than_the_encoder():
    encoder, decoder = trace()
    assert len(convolutions(encoder)) == 13 and len(convolutions(decoder)) == 10


@pytest.mark.claim("002-X08")
def test_five_blocks_of_one_structure_would_leave_16_channels():
    """The encoder's filters, halved as often as the decoder doubles, are not the output's two."""
    encoder, decoder = trace()
    filters = convolutions(encoder)[-1].answer.shape[1]
    doubled = decoder[-1].answer.shape[-1] // convolutions(decoder)[0].given.shape[-1]
    assert filters // doubled == 16
    assert [call.answer.shape[1] for call in convolutions(decoder)[-2:]] == [16, 2]
