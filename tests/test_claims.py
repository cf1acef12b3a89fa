"""What the papers claim, as far as a small test decides it; `book/claims.csv` names the tests.

A test passes where its claim is true. One named `test_refutes_...` passes by showing that the
claim is false.
"""

import math
from functools import cache, partial

import numpy as np
import pytest
import torch
import torchvision
from torch import nn
from torch.nn import functional as F
from torchvision.datasets import CIFAR10

from huelab.color import GRAY_FORMULAS, rgb_to_gray, rgb_to_lab
from huelab.data import cifar10
from huelab.methods.autoencoder import Autoencoder
from huelab.metrics import channel_argmax_accuracy, frechet_distance

# ------------------------------------------------------- the autoencoder of papers 000 and 003


# The papers' names of layers -> modules of the library's network.
LAYERS = {
    "conv2d_1": "encoder.0.0",
    "dropout": "encoder.0.2",
    "conv2d_2": "encoder.1.0",
    "dropout_1": "encoder.1.2",
    "conv2d_3": "encoder.2.0",
    "dropout_2": "encoder.2.2",
    "flatten_1": "encoder.3",
    "latent_vector": "encoder.4",
    "dense_1": "decoder.0",
    "reshape_1": "decoder.1",
    "conv2d_transpose_1": "decoder.2.0",
    "dropout_3": "decoder.2.2",
    "conv2d_transpose_2": "decoder.3.0",
    "dropout_4": "decoder.3.2",
    "conv2d_transpose_3": "decoder.4.0",
    "dropout_5": "decoder.4.2",
    "decoder_output": "decoder.5",
}


@cache
def built() -> dict[str, tuple[list[int], int]]:
    """Each layer's output, channels first, and its number of parameters."""
    network, picture = Autoencoder(dropout=0.2, dropout_in="everywhere"), torch.zeros(1, 1, 32, 32)
    found = {"encoder_input": (list(picture.shape[1:]), 0)}

    def keep(name, layer, given, out):
        if name == "dense_1":
            found["decoder_input"] = (list(given[0].shape[1:]), 0)
        found[name] = (list(out.shape[1:]), sum(p.numel() for p in layer.parameters()))

    for name, module in LAYERS.items():
        network.get_submodule(module).register_forward_hook(partial(keep, name))
    network(picture)
    return found


@pytest.mark.parametrize(
    ("name", "shape", "parameters"),
    [
        ("encoder_input", [1, 32, 32], 0),
        ("conv2d_1", [64, 16, 16], 640),
        ("dropout", [64, 16, 16], 0),
        ("conv2d_2", [128, 8, 8], 73_856),
        ("dropout_1", [128, 8, 8], 0),
        ("conv2d_3", [256, 4, 4], 295_168),
        ("dropout_2", [256, 4, 4], 0),
        ("flatten_1", [4096], 0),
        ("latent_vector", [256], 1_048_832),
        ("decoder_input", [256], 0),
        ("dense_1", [4096], 1_052_672),
        ("reshape_1", [256, 4, 4], 0),
        ("conv2d_transpose_1", [256, 8, 8], 590_080),
        ("dropout_3", [256, 8, 8], 0),
        ("conv2d_transpose_2", [128, 16, 16], 295_040),
        ("dropout_4", [128, 16, 16], 0),
        ("conv2d_transpose_3", [64, 32, 32], 73_792),
        ("dropout_5", [64, 32, 32], 0),
        ("decoder_output", [3, 32, 32], 1_731),
    ],
)
def test_autoencoder_layer(name, shape, parameters):
    """The layers that the text describes have the shapes and counts that the tables print."""
    assert built()[name] == (shape, parameters)


@pytest.mark.parametrize("side", [32, 16, 8, 5])
def test_same_padding_with_stride_two_halves_the_side_as_in_tensorflow(side):
    halved = math.ceil(side / 2)
    total = max((halved - 1) * 2 + 3 - side, 0)  # TensorFlow's rule; the odd pixel goes last
    before, after = total // 2, total - total // 2
    row = torch.arange(1.0, side + 1).view(1, 1, side)
    out = F.conv1d(F.pad(row, (before, after)), torch.ones(1, 1, 3), stride=2)
    assert out.shape[-1] == halved
    assert (before, after) == ((0, 1) if side % 2 == 0 else (1, 1))


# ------------------------------------------------------------------------- data and color


def test_cifar10_comes_in_five_training_batches_and_one_test_batch():
    assert (len(CIFAR10.train_list), len(CIFAR10.test_list)) == (5, 1)
    assert cifar10.SPLITS == {"train": 5 * 10_000, "test": 10_000}


@pytest.mark.parametrize("formula", GRAY_FORMULAS)
def test_gray_has_one_channel_by_every_formula(formula):
    assert rgb_to_gray(torch.rand(4, 3, 32, 32), formula).shape == (4, 1, 32, 32)


def test_division_by_255_maps_bytes_onto_zero_to_one():
    scaled = np.arange(256, dtype=np.uint8).astype("float32") / 255
    assert scaled.dtype == np.float32 and len(set(scaled)) == 256
    assert (scaled.min(), scaled.max()) == (0, 1)


@cache
def colors() -> torch.Tensor:
    """Every third level of each channel of sRGB, in Lab, `(3, 1, N)`."""
    levels = torch.arange(0, 256, 3, dtype=torch.uint8)
    grid = torch.meshgrid(levels, levels, levels, indexing="ij")
    return rgb_to_lab(torch.stack(grid).reshape(3, 1, -1))


def test_colors_of_srgb_stay_within_the_nominal_ranges_of_lab():
    lightness, a, b = colors()
    assert lightness.min() >= -1e-4 and lightness.max() <= 100 + 1e-4
    for axis in (a, b):
        assert axis.min() >= -128 and axis.max() <= 128


@pytest.mark.parametrize("sort", [torch.round, torch.floor])
def test_srgb_fills_fewer_than_313_cells_of_the_ab_plane(sort):
    """Whether a cell begins or is centered at a multiple of ten."""
    filled = torch.unique(sort(colors()[1:, 0] / 10), dim=1).shape[1]
    assert 250 < filled < 280


# ------------------------------------------------------------------------- losses and metrics


def test_smooth_l1_is_half_the_squared_error_below_one():
    pred, true = torch.rand(2, 1000, dtype=torch.float64)
    assert torch.allclose(F.smooth_l1_loss(pred, true), F.mse_loss(pred, true) / 2)
    far = F.smooth_l1_loss(pred + 3, true)
    assert torch.allclose(far, (pred + 3 - true).abs().mean() - 0.5)


def test_refutes_that_smooth_l1_differs_from_half_the_squared_error():
    """On [0, 1] their gradients are the same but for a factor, so neither sees more detail."""
    pred, true = torch.rand(2, 1000, dtype=torch.float64)
    pred.requires_grad_()
    (smooth,) = torch.autograd.grad(F.smooth_l1_loss(pred, true), pred)
    (squared,) = torch.autograd.grad(F.mse_loss(pred, true), pred)
    assert torch.allclose(2 * smooth, squared)


def test_squared_error_answers_two_colors_with_their_mean():
    """Of two equally likely opposite colors it makes gray; the absolute error need not."""
    ab = torch.tensor([[60.0, 40.0], [-60.0, -40.0]])
    answers = torch.tensor([[60.0, 40.0], [0.0, 0.0], [-60.0, -40.0]])
    error = answers[:, None] - ab
    squared, absolute = error.square().sum(2).mean(1), error.abs().sum(2).mean(1)
    assert squared.argmin() == 1
    assert torch.allclose(absolute, absolute[:1])


def test_keras_accuracy_of_any_gray_picture_is_the_share_of_pixels_with_most_red():
    true = torch.rand(4, 3, 16, 16)
    red = (true.argmax(1) == 0).float().mean((1, 2))
    for gray in (torch.rand(4, 1, 16, 16), torch.full((4, 1, 16, 16), 0.5)):
        score = channel_argmax_accuracy(gray.expand(4, 3, 16, 16), true)
        assert torch.allclose(score, red, atol=0.02)  # two channels of the truth may tie in levels


def test_frechet_distance_falls_with_the_number_of_pictures():
    """Sets from one distribution, whose true distance is 0."""
    draw = torch.Generator().manual_seed(0)
    sets = [[torch.randn(n, 32, generator=draw) for _ in range(2)] for n in (100, 1000, 10000)]
    few, some, many = (float(frechet_distance(*pair)) for pair in sets)
    assert few > 5 * some > 25 * many > 0


# ------------------------------------------------------------------------- optimizers


def bowl(w: torch.Tensor) -> torch.Tensor:
    return (w.square() * torch.tensor([1.0, 3.0, 0.2], dtype=w.dtype)).sum()


def slope(w: torch.Tensor) -> torch.Tensor:
    w = w.detach().requires_grad_()
    return torch.autograd.grad(bowl(w), w)[0]


START = torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64)
TINY = 1e-12  # its place, inside or outside the root, must not matter here


def adam_as_printed(sign: float, steps: int, rate: float = 0.01) -> torch.Tensor:
    """The five printed lines; `sign` is what stands before the gradient in the first."""
    w, m, s, beta1, beta2 = START.clone(), 0, 0, 0.9, 0.999
    for t in range(1, steps + 1):
        gradient = slope(w)
        m = beta1 * m + sign * (1 - beta1) * gradient
        s = beta2 * s + (1 - beta2) * gradient * gradient
        w = w + rate * (m / (1 - beta1**t)) / torch.sqrt(s / (1 - beta2**t) + TINY)
    return w


def run(optimizer: type, steps: int, scale: float = 1.0, **settings) -> torch.Tensor:
    w = START.clone().requires_grad_()
    stepper = optimizer([w], **settings)
    for _ in range(steps):
        stepper.zero_grad()
        (scale * bowl(w)).backward()
        stepper.step()
    return w.detach()


def test_adam_of_paper_000_takes_the_steps_of_torch():
    known = run(torch.optim.Adam, 50, lr=0.01, eps=TINY)
    assert torch.allclose(adam_as_printed(-1, 50), known, atol=1e-8)
    assert bowl(known) < bowl(START)


def test_adam_of_paper_003_goes_uphill():
    losses = [bowl(adam_as_printed(+1, steps)) for steps in (0, 1, 10, 50)]
    assert losses == sorted(losses) and losses[-1] > 1.1 * losses[0]


def test_refutes_that_adam_of_paper_003_is_adam():
    """Its first step is that of Adam, in the opposite direction."""
    step = adam_as_printed(+1, 1) - START
    known = run(torch.optim.Adam, 1, lr=0.01, eps=TINY) - START
    assert torch.allclose(step, -known) and known.abs().min() > 0


def test_rmsprop_as_printed_takes_the_steps_of_torch():
    w, s, beta = START.clone(), 0, 0.9
    for _ in range(50):
        gradient = slope(w)
        s = beta * s + (1 - beta) * gradient * gradient
        w = w - 0.01 * gradient / torch.sqrt(s + TINY)
    known = run(torch.optim.RMSprop, 50, lr=0.01, alpha=beta, eps=TINY)
    assert torch.allclose(w, known, atol=1e-8)


def test_refutes_that_halving_a_loss_slows_adam_down():
    """It does slow plain gradient descent."""
    whole, half = (run(torch.optim.Adam, 20, scale, lr=0.01, eps=TINY) for scale in (1.0, 0.5))
    assert torch.allclose(whole, half)
    whole, half = (run(torch.optim.SGD, 1, scale, lr=0.01) for scale in (1.0, 0.5))
    assert torch.allclose(whole - START, 2 * (half - START))


def test_refutes_that_a_small_learning_rate_makes_gradients_vanish():
    """It is the larger rate that comes to where gradients are small."""
    small, large = (slope(run(torch.optim.SGD, 100, lr=lr)).norm() for lr in (1e-7, 0.1))
    assert torch.allclose(small, slope(START).norm(), rtol=1e-3)
    assert large < small / 100


# ------------------------------------------------------------------------- normalization


def test_batch_norm_as_printed_is_that_of_torch():
    x, eps = torch.randn(8, 5, 6, 7, dtype=torch.float64), 1e-5
    layer = nn.BatchNorm2d(5, eps=eps).double()
    nn.init.normal_(layer.weight)
    nn.init.normal_(layer.bias)
    mean = x.mean((0, 2, 3), keepdim=True)
    variance = (x - mean).square().mean((0, 2, 3), keepdim=True)
    scale, shift = (p.view(1, 5, 1, 1) for p in (layer.weight, layer.bias))
    assert torch.allclose(scale * (x - mean) / torch.sqrt(variance + eps) + shift, layer(x))
    assert sum(p.numel() for p in layer.parameters()) == 2 * 5


def test_batch_norm_of_one_picture_is_instance_norm():
    batch, instance = nn.BatchNorm2d(5), nn.InstanceNorm2d(5)
    one, many = torch.randn(1, 5, 6, 7), torch.randn(3, 5, 6, 7)
    assert torch.allclose(batch(one), instance(one), atol=1e-6)
    assert not torch.allclose(batch(many), instance(many), atol=1e-2)


# ------------------------------------------------------------------------- adversarial losses


@pytest.mark.parametrize(("real", "generated"), [(0.5, 0.5), (0.9, 0.1), (0.2, 0.7)])
def test_minimax_value_is_best_for_the_true_share_of_real_images(real, generated):
    """Of an image of these probabilities, the discriminator says real / (real + generated)."""
    answer = torch.linspace(0.001, 0.999, 999)
    value = real * answer.log() + generated * (1 - answer).log()
    best = float(answer[value.argmax()])
    assert best == pytest.approx(real / (real + generated), abs=1e-3)


def gradient_where_the_discriminator_wins(loss) -> float:
    score = torch.tensor(-10.0, dtype=torch.float64, requires_grad=True)  # "generated", surely
    return float(torch.autograd.grad(loss(torch.sigmoid(score)), score)[0].abs())


def test_saturating_loss_loses_its_gradient_where_the_discriminator_wins():
    assert gradient_where_the_discriminator_wins(lambda real: torch.log(1 - real)) < 1e-4


def test_non_saturating_loss_keeps_its_gradient_where_the_discriminator_wins():
    assert gradient_where_the_discriminator_wins(lambda real: -torch.log(real)) > 0.99


# ------------------------------------------------------------------------- networks


def test_receptive_field_of_the_usual_patchgan_is_70():
    layers = [nn.Conv2d(1, 1, 4, stride, padding=1, bias=False) for stride in (2, 2, 2, 1, 1)]
    for layer in layers:
        nn.init.ones_(layer.weight)
    picture = torch.zeros(1, 1, 256, 256, requires_grad=True)
    answers = nn.Sequential(*layers)(picture)
    assert answers.shape[-2:] == (30, 30)
    (seen,) = torch.autograd.grad(answers[0, 0, 15, 15], picture)
    assert [int(seen[0, 0].any(axis).sum()) for axis in (0, 1)] == [70, 70]


def test_vgg16_has_thirteen_convolutions_and_three_dense_layers():
    with torch.device("meta"):
        layers = list(torchvision.models.vgg16().modules())
    counts = [sum(isinstance(layer, kind) for layer in layers) for kind in (nn.Conv2d, nn.Linear)]
    assert counts == [13, 3] and sum(counts) == 16
    assert sum(isinstance(layer, nn.MaxPool2d) for layer in layers) == 5


def test_inception_v3_ends_in_a_thousand_numbers():
    with torch.device("meta"):
        network = torchvision.models.inception_v3(init_weights=False).eval()
        assert network(torch.empty(1, 3, 299, 299)).shape == (1, 1000)
