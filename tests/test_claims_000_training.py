"""What paper 000 claims of its data, its training and its results, as far as a test decides it."""

import numpy as np
import pytest
import torch
from papers import (
    batch_for,
    built,
    calls,
    claim,
    loss_of,
    loss_of_answer,
    optimizer_of,
    random_pixels,
)
from torch import nn

from huelab import recipes
from huelab.metrics import channel_argmax_accuracy

# ------------------------------------------------------------------------- data


@pytest.mark.claim("000-D01")
def test_cifar10_is_there_for_training_validation_and_test():
    """In the recipe for the official archive; the pictures are parted, none serves twice."""
    recipe = recipes.get("autoencoder-official")
    places = [recipe.train, recipe.validation, *recipe.tests]
    assert {place["name"] for place in places} == {"cifar10"}
    assert len({place["split"] for place in places}) == 3


def opencv_gray(pixels):
    """OpenCV's COLOR_RGB2GRAY of uint8 pictures: weights of 14 bits, rounded to a level."""
    red, green, blue = np.moveaxis(pixels.astype(np.int64), 3, 0)
    return (4899 * red + 9617 * green + 1868 * blue + (1 << 13)) >> 14


@pytest.mark.claim("000-D08")
def test_the_input_is_the_gray_of_opencv():
    pixels = random_pixels(8, 32)
    network = built("autoencoder")
    gray = batch_for(network, pixels).gray
    assert gray.shape == (8, 1, 32, 32)
    assert np.abs(gray[:, 0].numpy() * 255 - opencv_gray(pixels)).max() <= 0.51
    seen = calls(network, gray)[0].given
    assert torch.equal(seen, gray)


@pytest.mark.claim("000-D09", "003-D08")
def test_bytes_are_divided_by_255():
    """Every level of a neutral gray, in the network's input and in what it is compared with."""
    levels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1).repeat(3, 3)
    pixels = np.tile(levels, (1, 2, 2, 1))
    network = built("autoencoder")
    batch = batch_for(network, pixels)
    known = torch.from_numpy(pixels[..., 0].astype("float32") / 255)
    assert batch.rgb.dtype == batch.gray.dtype == torch.float32
    seen = calls(network, batch.gray)[0].given
    for made in (batch.rgb[:, 0], batch.rgb[:, 2], batch.gray[:, 0], seen[:, 0]):
        assert torch.allclose(made, known, atol=1e-6)
    assert batch.rgb.min() == 0 and batch.rgb.max() == 1


# ------------------------------------------------------------------------- training


@pytest.mark.parametrize(
    ("id", "recipe", "known"),
    [
        claim("000-H01", "autoencoder", lambda p, y: (p - y).square().mean()),
        claim(
            "000-H03",
            "autoencoder-cross-entropy",
            lambda p, y: -(y * p.log() + (1 - y) * (1 - p).log()).mean(),
        ),
    ],
)
def test_the_loss_is_what_the_paper_calls_it(id, recipe, known):
    network = built(recipe)
    batch = batch_for(network, random_pixels(4, 32))
    with torch.no_grad():
        expected = known(network(batch.gray).double(), batch.rgb.double())
        assert float(loss_of(network, batch)) == pytest.approx(float(expected), rel=1e-4)


@pytest.mark.claim("000-H02", "003-H03")
def test_smooth_l1_is_as_printed():
    """Equation 1, below a difference of 1 and above it; half the squared error on [0, 1]."""
    network = built("autoencoder-smooth-l1")
    batch = batch_for(network, random_pixels(4, 32))
    for shift, known in (
        (0.0, lambda d: (0.5 * d.square()).mean()),
        (3.0, lambda d: (d.abs() - 0.5).mean()),
    ):
        answer = torch.rand_like(batch.rgb) + shift
        found = loss_of_answer(network, batch, answer)
        assert float(found) == pytest.approx(float(known(answer - batch.rgb)), rel=1e-5)
    answer = torch.rand_like(batch.rgb)
    half = loss_of_answer(built("autoencoder"), batch, answer) / 2
    assert torch.allclose(loss_of_answer(network, batch, answer), half)


def rates(accuracies):
    """The learning rate after each epoch in which validation had these accuracies."""
    (turn,) = built("autoencoder").optimizers()
    assert (turn.every, turn.monitor) == ("epoch", "val_accuracy")
    schedule, found = turn.schedule(turn.optimizer, 0), []
    for accuracy in accuracies:
        turn.optimizer.step()
        schedule.step(accuracy)
        found.append(turn.optimizer.param_groups[0]["lr"])
    return found


@pytest.mark.claim("000-H04", "003-H05")
def test_the_rate_falls_where_accuracy_does_not_rise():
    """By the square root of 10 after 5 epochs, and never below 5e-7: values chosen here."""
    rising = [0.4 + 0.01 * n for n in range(20)]
    assert set(rates(rising)) == {1e-3}
    # The first epoch sets the mark; five without progress follow.
    flat = rates([0.5] * 100)
    assert flat[4] == 1e-3 and flat[5] == pytest.approx(1e-3 / 10**0.5)
    assert flat[-1] == pytest.approx(5e-7)


@pytest.mark.claim("000-H04", "003-H05")
def test_the_schedule_looks_at_accuracy():
    """The share of pixels whose largest channel is that of the truth, of each picture."""
    network = built("autoencoder").eval()
    batch = batch_for(network, random_pixels(3, 32))
    with torch.no_grad():
        found = network.validate(batch)["val_accuracy"]
        agree = channel_argmax_accuracy(network(batch.gray), batch.rgb)
    assert torch.equal(found, agree)


@pytest.mark.claim("000-H05", "000-H06", "000-H07", "003-H06", "003-H07")
def test_the_optimizer_is_adam_with_the_papers_rate_and_smoothing():
    optimizer = optimizer_of(built("autoencoder"))
    assert type(optimizer) is torch.optim.Adam
    (group,) = optimizer.param_groups
    assert (group["lr"], group["eps"], group["betas"]) == (1e-3, 1e-7, (0.9, 0.999))


@pytest.mark.claim("000-H09")
@pytest.mark.parametrize(("kind", "power"), [("lasso", 1), ("ridge", 2)])
def test_a_penalty_on_the_weights_is_added(kind, power):
    network, plain = built(f"autoencoder-{kind}"), built("autoencoder")
    weight = recipes.get(f"autoencoder-{kind}").method_args["penalty_weight"]
    batch = batch_for(network, random_pixels(4, 32))
    kernels = [
        p.detach().double() for name, p in network.named_parameters() if name.endswith("weight")
    ]
    expected = weight * sum((p.abs() ** power).sum() for p in kernels)
    with torch.no_grad():
        found = loss_of(network, batch) - loss_of(plain, batch)
    assert float(found) == pytest.approx(float(expected), rel=1e-3)
    assert weight > 0


@pytest.mark.claim("000-H10")
def test_the_weights_begin_so_that_no_unit_is_dead():
    """Glorot's uniform limits, as in Keras, and biases of 0; each unit answers to some white dots.

    To smooth pictures a unit of the first layer may be silent: none of its inputs is negative.
    """
    network = built("autoencoder")
    for layer in (m for m in network.modules() if hasattr(m, "weight")):
        fans = sum(nn.init._calculate_fan_in_and_fan_out(layer.weight))
        limit = (6 / fans) ** 0.5
        assert 0.9 * limit < layer.weight.abs().max() <= limit
        assert not layer.bias.any()
    dots = (torch.rand(16, 1, 32, 32, generator=torch.Generator().manual_seed(0)) < 0.1).float()
    hidden = [call.answer for call in calls(network, dots) if type(call.layer) is nn.ReLU]
    assert len(hidden) == 6
    for maps in hidden:
        assert (maps.amax((0, 2, 3)) > 0).all()


# ------------------------------------------------------------------------- results


@pytest.mark.claim("000-Q08", "000-X06")
def test_the_squared_error_answers_two_colors_with_their_mean():
    """The autoencoder's own loss prefers gray to either of two equally likely colors."""
    network = built("autoencoder")
    pixels = np.zeros((2, 32, 32, 3), np.uint8)
    pixels[0], pixels[1] = (255, 55, 55), (55, 255, 255)
    batch = batch_for(network, pixels)
    mean = batch.rgb.mean(0, keepdim=True)
    losses = [
        float(loss_of_answer(network, batch, answer.expand_as(batch.rgb)))
        for answer in (mean, *(batch.rgb.lerp(mean, part)[n] for n in (0, 1) for part in (0, 0.9)))
    ]
    assert losses[0] == min(losses) and losses.count(min(losses)) == 1
    assert (mean.amax(1) - mean.amin(1)).max() < 1e-6  # gray
    # The absolute error has no such preference.
    errors = [(answer - batch.rgb).abs().mean() for answer in (mean, batch.rgb[:1])]
    assert torch.allclose(errors[0], errors[1])


@pytest.mark.claim("000-X05")
def test_accuracy_counts_where_the_largest_channel_agrees():
    """As Keras does; any gray picture scores the share of pixels that are mostly red."""
    pred, true = torch.rand(2, 4, 3, 16, 16)
    agree = np.argmax(pred.numpy(), 1) == np.argmax(true.numpy(), 1)
    score = channel_argmax_accuracy(pred, true, levels=None)
    assert np.allclose(score.numpy(), agree.mean((1, 2)))
    red = (true.argmax(1) == 0).float().mean((1, 2))
    for gray in (torch.rand(4, 1, 16, 16), torch.full((4, 1, 16, 16), 0.5)):
        found = channel_argmax_accuracy(gray.expand(4, 3, 16, 16), true)
        assert torch.allclose(found, red, atol=0.02)  # channels of the truth may tie in levels
