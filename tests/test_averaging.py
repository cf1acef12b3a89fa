"""The average of the weights is the one of the formula, and survives a stop."""

import numpy as np
import pytest
import torch

from huelab.data import Batches
from huelab.methods.first import FirstColor
from huelab.training import fit
from huelab.training.averaging import Averaging
from huelab.training.module import Module


class Averaged(FirstColor):
    averaging = 0.9


class Judged(Averaged):
    """The second of its three epochs is said to be the best."""

    judged_by = "error"
    errors = (3.0, 1.0, 2.0)

    def __init__(self, width):
        super().__init__(width)
        self.register_buffer("epoch", torch.zeros((), dtype=torch.int64))
        self.seen = []

    def validate(self, batch):
        self.seen.append(self.ab.weight.detach().clone())
        self.epoch += 1
        return {"error": torch.full((len(batch.lab),), self.errors[int(self.epoch) - 1])}


def train(kind, epochs=3, checkpoint=None, minutes=None, network=None):
    torch.manual_seed(1)
    network = network or kind(width=2)
    pixels = np.random.default_rng(0).integers(0, 256, (12, 32, 32, 3), dtype=np.uint8)
    batches = Batches(pixels, 4, crop=16, targets=("lab",), seed=3)
    options = {"checkpoint": checkpoint, "checkpoint_every": 0, "max_minutes": minutes}
    if hasattr(network, "validate") and network.judged_by:
        options["validation"] = Batches(pixels, 12, targets=("lab",), shuffle=False)
    fit(network, batches, epochs=epochs, seed=5, device="cpu", progress=False, **options)
    return network.state_dict()


def test_average_is_that_of_the_formula():
    network = FirstColor(width=2)
    module, averaging = Module(network), Averaging(0.6)
    averaging.on_train_start(None, module)
    name = "ab.bias"
    expected = network.state_dict()[name].double().numpy().copy()
    for step in range(1, 6):
        with torch.no_grad():
            network.ab.bias.fill_(step)
        module.steps = step
        averaging.on_train_batch_end(None, module, None, None, step)
        kept = min(0.6, (1 + step) / (10 + step))
        expected = kept * expected + (1 - kept) * step
    np.testing.assert_allclose(averaging.average[name].numpy(), expected, rtol=1e-6)
    averaging.give(network)
    np.testing.assert_allclose(network.ab.bias.detach().numpy(), expected, rtol=1e-6)


def test_a_method_that_wants_no_average_keeps_its_last_weights():
    plain, averaged = train(FirstColor), train(Averaged)
    assert not torch.equal(plain["ab.weight"], averaged["ab.weight"])
    # The average changes nothing of the training itself; counts are those of the last step.
    count = "down1.1.num_batches_tracked"
    assert torch.equal(plain[count], averaged[count]) and int(plain[count]) == 9


def test_a_run_stopped_at_every_epoch_ends_with_the_same_average(tmp_path):
    whole, checkpoint = train(Averaged), tmp_path / "last.ckpt"
    for _ in range(3):
        parts = train(Averaged, checkpoint=checkpoint, minutes=0.0)
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
    again = train(Averaged, checkpoint=checkpoint)  # it is done; nothing is left to train
    assert all(torch.equal(whole[name], again[name]) for name in whole)


def test_a_run_ends_with_the_average_of_the_epoch_that_was_best():
    torch.manual_seed(1)
    network = Judged(width=2)
    ends = train(Judged, network=network)
    assert len(network.seen) == 3
    # What was validated is the average: the last one is that of a run without validation.
    assert torch.equal(network.seen[2], train(Averaged)["ab.weight"])
    assert torch.equal(ends["ab.weight"], network.seen[1])
    assert not torch.equal(network.seen[1], network.seen[2])
    # A buffer that validation sets belongs to the epoch, too.
    assert int(ends["epoch"]) == 2


def test_the_best_epoch_is_remembered_by_a_run_that_was_stopped(tmp_path):
    whole, checkpoint = train(Judged), tmp_path / "last.ckpt"
    for _ in range(3):
        parts = train(Judged, checkpoint=checkpoint, minutes=0.0)
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


@pytest.mark.parametrize("decay", [-0.1, 1.0])
def test_decay_is_a_share(decay):
    with pytest.raises(ValueError, match="averaging must be"):
        Averaging(decay)
