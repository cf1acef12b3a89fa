"""Training resumes as if nothing had happened, learns, and says so when it cannot go on."""

import numpy as np
import pytest
import torch
from torch import nn

from huelab.data import Batches
from huelab.methods.first import FirstColor
from huelab.training import TrainingError, fit, precision_for


def pixels(n=12, size=32, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, size, size, 3), dtype=np.uint8)


class Noisy(FirstColor):
    """With dropout, so that noise matters; batch norm it has already."""

    def __init__(self):
        super().__init__(width=4)
        self.up1.append(nn.Dropout(0.3))


def train(epochs=4, stop_after=None, checkpoint=None, network=None):
    if network is None:
        torch.manual_seed(1)
        network = Noisy()
    batches = Batches(pixels(), 4, crop=16, flip=True, targets=("lab",), seed=3)
    minutes = None if stop_after is None else 0.0
    done = fit(
        network,
        batches,
        epochs=epochs,
        seed=5,
        checkpoint=checkpoint,
        checkpoint_every=0,
        max_minutes=minutes,
        device="cpu",
        progress=False,
    )
    return network, done


def same(one, other):
    pairs = zip(one.state_dict().items(), other.state_dict().items(), strict=True)
    return all(name == name2 and torch.equal(a, b) for (name, a), (name2, b) in pairs)


def test_the_same_seed_gives_the_same_weights_whatever_happened_before():
    first, done = train()
    torch.rand(1000)
    again, _ = train()
    assert done.complete and (done.epochs, done.steps) == (4, 12)
    assert same(first, again)


def test_a_run_stopped_at_every_epoch_ends_with_the_same_weights(tmp_path):
    whole, _ = train()
    checkpoint = tmp_path / "run" / "last.ckpt"
    for epoch in range(1, 4):
        part, done = train(stop_after=1, checkpoint=checkpoint)
        assert (done.epochs, done.complete) == (epoch, False)
        assert not same(part, whole)
    part, done = train(stop_after=1, checkpoint=checkpoint)
    assert (done.epochs, done.steps, done.complete) == (4, 12, True)
    assert same(part, whole)
    assert [path.name for path in checkpoint.parent.iterdir()] == ["last.ckpt"]


def test_a_finished_run_is_not_trained_again(tmp_path):
    whole, _ = train(checkpoint=tmp_path / "last.ckpt")
    again, done = train(checkpoint=tmp_path / "last.ckpt")
    assert done.epochs == 4
    assert same(whole, again)


def test_training_learns_what_can_be_learned():
    # Two kinds of pictures whose color follows from their lightness alone.
    dark, light = np.array([90, 20, 20]), np.array([150, 190, 250])
    data = np.stack([np.full((16, 16, 3), c) for c in (dark, light) * 8]).astype(np.uint8)
    torch.manual_seed(0)
    network = FirstColor(width=8, learning_rate=1e-2)
    batches = Batches(data, 4, targets=("gray", "lab"), seed=0)
    fit(network, batches, epochs=25, device="cpu", progress=False)
    batch = next(iter(Batches(data, 16, targets=("gray", "lab"), shuffle=False)))
    with torch.no_grad():
        error = (network.eval().predict_lab(batch.gray) - batch.lab)[:, 1:].abs().mean()
    assert error < 0.25 * batch.lab[:, 1:].abs().mean()


def test_a_loss_that_is_no_number_ends_training_with_its_place():
    network = FirstColor(width=4)
    nn.init.constant_(network.ab.bias, float("nan"))
    with pytest.raises(TrainingError, match=r"not finite at epoch 0, step 0, or .*loss is nan"):
        train(network=network)


def test_precision_follows_the_hardware():
    native = torch.cpu._is_avx512_bf16_supported()
    assert precision_for("cpu") == ("bf16-mixed" if native else "32-true")
    assert precision_for("mps") == "32-true"


def test_the_line_of_progress_ends_with_the_last_epoch(capsys):
    torch.manual_seed(0)
    batches = Batches(pixels(4, 16), 4, targets=("lab",))
    fit(FirstColor(width=4), batches, epochs=2, device="cpu")
    shown = capsys.readouterr().err.strip().splitlines()
    assert len(shown) == 1
    assert shown[0].startswith("2/2 epochs, ") and "loss" in shown[0]
