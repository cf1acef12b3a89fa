"""What paper 000 claims of the layers of its autoencoder, as far as a test decides it."""

from functools import cache

import pytest
import torch
from papers import built, calls, claim, keras_same, parameters
from torch import nn
from torch.nn import functional as F

# ------------------------------------------------------------------------- layers


@cache
def trace(recipe):
    """All layers of a recipe's network at work on four gray images."""
    torch.manual_seed(1)
    return calls(built(recipe), torch.rand(4, 1, 32, 32))


def of_kind(recipe, kind):
    """Places of a kind of layer in the trace."""
    return [n for n, call in enumerate(trace(recipe)) if isinstance(call.layer, kind)]


def assert_halves(call):
    """Every second place of a 3x3 convolution that is padded as Keras pads."""
    before, after = keras_same(call.given.shape[-1])
    padded = F.pad(call.given, (before, after, before, after))
    known = F.conv2d(padded, call.layer.weight, call.layer.bias, stride=2)
    assert torch.allclose(call.answer, known, atol=1e-5)


def assert_doubles(call):
    """The transpose of such a convolution, which is the gradient of one."""
    x = torch.zeros(*call.answer.shape, requires_grad=True)
    before, after = keras_same(x.shape[-1])
    down = F.conv2d(F.pad(x, (before, after, before, after)), call.layer.weight, stride=2)
    (known,) = torch.autograd.grad(down, x, call.given)
    bias = call.layer.bias.detach().view(1, -1, 1, 1)
    assert torch.allclose(call.answer, known + bias, atol=1e-5)


@pytest.mark.parametrize(
    ("id", "kind", "number", "shape", "count"),
    [
        claim("000-A04", nn.Conv2d, 0, (64, 16, 16), 640),
        claim("000-A06", nn.Conv2d, 1, (128, 8, 8), 73_856),
        claim("000-A08", nn.Conv2d, 2, (256, 4, 4), 295_168),
        claim("000-A15", nn.ConvTranspose2d, 0, (256, 8, 8), 590_080),
        claim("000-A17", nn.ConvTranspose2d, 1, (128, 16, 16), 295_040),
        claim("000-A19", nn.ConvTranspose2d, 2, (64, 32, 32), 73_792),
    ],
)
def test_a_hidden_convolution(id, kind, number, shape, count):
    """3x3, stride 2, so many filters and parameters, and ReLU after it."""
    place = of_kind("autoencoder", kind)[number]
    call, following = trace("autoencoder")[place : place + 2]
    assert call.layer.weight.shape[-2:] == (3, 3)
    assert call.answer.shape[1:] == shape
    assert parameters(call.layer) == count
    (assert_halves if kind is nn.Conv2d else assert_doubles)(call)
    assert torch.equal(following.given, call.answer)
    assert torch.equal(following.answer, call.answer.clamp(min=0))


@pytest.mark.claim("000-A21", "000-A02")
def test_the_last_layer_gives_rgb_through_a_sigmoid():
    """Three filters of 3x3 with stride 1: the height and width are there already."""
    call, following = trace("autoencoder")[-2:]
    assert isinstance(call.layer, nn.ConvTranspose2d | nn.Conv2d)
    assert call.layer.weight.shape == (64, 3, 3, 3) and parameters(call.layer) == 1_731
    assert call.given.shape[-2:] == call.answer.shape[-2:] == (32, 32)
    assert torch.allclose(following.answer, torch.sigmoid(call.answer))
    assert following.answer.shape[1:] == (3, 32, 32)


@pytest.mark.claim("000-A01")
def test_the_input_is_one_channel_of_32x32():
    first = trace("autoencoder")[0]
    assert first.given.shape[1:] == (1, 32, 32)
    assert first.layer.weight.shape[1] == 1


@pytest.mark.parametrize(
    ("id", "number", "shape"),
    [
        claim("000-A05", 0, (64, 16, 16)),
        claim("000-A07", 1, (128, 8, 8)),
        claim("000-A09", 2, (256, 4, 4)),
        claim("000-A16", 3, (256, 8, 8)),
        claim("000-A18", 4, (128, 16, 16)),
        claim("000-A20", 5, (64, 32, 32)),
    ],
)
def test_dropout_follows_a_convolution(id, number, shape):
    """It drops about a fifth of what the activation of that convolution gives."""
    recipe = "autoencoder-dropout"
    convolution = of_kind(recipe, nn.Conv2d | nn.ConvTranspose2d)[number]
    _, activation, dropped = trace(recipe)[convolution : convolution + 3]
    assert dropped.answer.shape[1:] == shape and parameters(dropped.layer) == 0
    alive = activation.answer > 0
    share = (dropped.answer[alive] == 0).float().mean()
    assert 0.15 < share < 0.25
    kept = alive & (dropped.answer != 0)
    # Single values are dropped, and not whole maps.
    maps = (alive & ~kept).sum((2, 3)) > 0
    assert (maps & (kept.sum((2, 3)) > 0)).any()
    assert torch.allclose(dropped.answer[kept], activation.answer[kept] / 0.8)


@pytest.mark.claim("000-A10")
def test_the_last_maps_are_flattened_to_4096_numbers():
    (place,) = of_kind("autoencoder", nn.Flatten)
    _, maps, flat = trace("autoencoder")[place]
    assert maps.shape[1:] == (256, 4, 4)
    assert torch.equal(flat, maps.reshape(4, 4096))


@pytest.mark.claim("000-A11", "000-A03")
def test_a_dense_layer_makes_the_code():
    """256 numbers, which go to the decoder as they are."""
    call, following = dense(0)
    assert call.given.shape[1:] == (4096,) and call.answer.shape[1:] == (256,)
    assert parameters(call.layer) == 1_048_832
    assert torch.equal(following.given, call.answer) and (call.answer < 0).any()


@pytest.mark.claim("000-A12", "000-A13")
def test_a_dense_layer_expands_the_code():
    call, _ = dense(1)
    assert call.given.shape[1:] == (256,) and call.answer.shape[1:] == (4096,)
    assert parameters(call.layer) == 1_052_672


@pytest.mark.claim("000-A14")
def test_4096_numbers_become_256_maps_of_4x4():
    place = of_kind("autoencoder", nn.ConvTranspose2d)[0]
    assert trace("autoencoder")[place].given.shape[1:] == (256, 4, 4)
    numbers = dense(1)[0].answer
    maps = trace("autoencoder")[place].given
    assert torch.equal(maps.reshape(4, -1).sort().values, numbers.sort().values)


def dense(number):
    place = of_kind("autoencoder", nn.Linear)[number]
    return trace("autoencoder")[place : place + 2]


@pytest.mark.parametrize(
    ("id", "half", "count"),
    [claim("000-A22", "encoder", 1_418_496), claim("000-A23", "decoder", 2_013_315)],
)
def test_parameters_of_a_half(id, half, count):
    assert parameters(built("autoencoder").get_submodule(half)) == count


@pytest.mark.claim("000-A24")
def test_relu_follows_each_convolution_but_the_last():
    steps = trace("autoencoder")
    places = of_kind("autoencoder", nn.Conv2d | nn.ConvTranspose2d)
    assert len(places) == 7
    for place in places[:-1]:
        assert torch.equal(steps[place + 1].answer, steps[place].answer.clamp(min=0))
    assert steps[places[-1] + 1].answer.min() > 0  # a sigmoid


@pytest.mark.claim("000-A25")
@pytest.mark.parametrize(
    ("recipe", "order"),
    [
        ("autoencoder-batchnorm", [nn.BatchNorm2d, nn.ReLU]),
        ("autoencoder-batchnorm-after", [nn.ReLU, nn.BatchNorm2d]),
    ],
)
def test_batch_normalization_is_just_before_or_after_the_activation(recipe, order):
    """Of each hidden layer; the paper says "just before or after", and both are run."""
    hidden = of_kind(recipe, nn.Conv2d | nn.ConvTranspose2d)[:-1]
    for place in hidden:
        assert [type(step.layer) for step in trace(recipe)[place + 1 : place + 3]] == order


@pytest.mark.claim("000-A25")
def test_batch_normalization_is_as_printed():
    """Figure 4, in each of the six hidden layers, with one scale and one shift a channel."""
    network = built("autoencoder-batchnorm")
    layers = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    for layer in layers:
        nn.init.normal_(layer.weight)
        nn.init.normal_(layer.bias)
    steps = calls(network, torch.rand(4, 1, 32, 32))
    normalized = [call for call in steps if isinstance(call.layer, nn.BatchNorm2d)]
    assert [call.layer for call in normalized] == layers and len(layers) == 6
    for layer, x, answer in normalized:
        x = x.double()
        mean = x.mean((0, 2, 3), keepdim=True)
        variance = (x - mean).square().mean((0, 2, 3), keepdim=True)
        scale, shift = (p.view(1, -1, 1, 1) for p in (layer.weight, layer.bias))
        known = scale * (x - mean) / torch.sqrt(variance + 1e-5) + shift
        assert torch.allclose(answer, known.float(), atol=1e-4)
        assert parameters(layer) == 2 * x.shape[1]


# ------------------------------------------------------------------------- inconsistencies


@pytest.mark.claim("000-X01", "003-X06")
def test_without_padding_the_sides_are_15_7_and_3():
    image, sides = torch.zeros(1, 1, 32, 32), []
    for _ in range(3):
        image = F.conv2d(image, torch.zeros(1, 1, 3, 3), stride=2)
        sides.append(image.shape[-1])
    assert sides == [15, 7, 3]


@pytest.mark.claim("000-X02")
def test_a_last_layer_of_stride_2_gives_64x64():
    last = trace("autoencoder")[of_kind("autoencoder", nn.ConvTranspose2d)[-1]]
    wider = F.conv_transpose2d(last.given, last.layer.weight, stride=2, padding=1, output_padding=1)
    assert wider.shape[-2:] == (64, 64) and last.answer.shape[-2:] == (32, 32)


@pytest.mark.claim("000-X03")
def test_the_autoencoder_takes_1024_numbers_and_not_256():
    assert trace("autoencoder")[0].given[0].numel() == 1024


@pytest.mark.claim("000-X08")
def test_the_code_has_a_quarter_of_the_inputs_numbers():
    assert 4 * dense(0)[0].answer[0].numel() == trace("autoencoder")[0].given[0].numel()


@pytest.mark.claim("000-X09")
def test_a_smoothing_term_of_105_flattens_what_it_should_normalize():
    x = torch.randn(1000, 1, generator=torch.Generator().manual_seed(0)) * 0.25
    as_printed, meant = (F.batch_norm(x, None, None, training=True, eps=e) for e in (105, 1e-5))
    assert as_printed.std() < 0.03
    assert float(meant.std()) == pytest.approx(1, abs=0.01)
