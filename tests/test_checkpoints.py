"""What is kept of a run between its starts: costs that add up, and checkpoints that are sound."""

import io
import pickle
import signal
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from huelab.data import Batches
from huelab.methods.first import FirstColor
from huelab.records import Source, meter
from huelab.training import fit
from huelab.training.checkpoints import epochs_in

PIXELS = np.random.default_rng(0).integers(0, 256, (12, 16, 16, 3), dtype=np.uint8)
SECONDS, JOULES, RANGE = 10.0, 30.0, 400.0  # of one step; the range of the counter of energy


class Killed(BaseException):
    """Like SIGKILL, it lets nobody write anything; unlike it, it leaves this process alive."""


class Measured(FirstColor):
    """Each step takes 10 seconds and 30 joules; an epoch has three. May be killed at a step."""

    def __init__(self, machine, killed_at=None):
        torch.manual_seed(1)
        super().__init__(width=4)
        self.up1.append(nn.Dropout(0.3))
        self.machine, self.killed_at = machine, killed_at

    def losses(self, batch, turn):
        self.machine.work()
        if self.machine.steps == self.killed_at:
            raise Killed
        return super().losses(batch, turn)


class Machine:
    """A clock and a counter of energy, which starts anew at its range as RAPL's does."""

    def __init__(self, folder):
        self.counter = folder / "intel-rapl:0"
        self.counter.mkdir(parents=True)
        (self.counter / "max_energy_range_uj").write_text(str(int(RANGE * 1e6)))
        self.steps = 0
        self.show()

    def work(self):
        self.steps += 1
        self.show()

    def show(self):
        (self.counter / "energy_uj").write_text(str(int(self.steps * JOULES % RANGE * 1e6)))

    def now(self):
        return self.steps * SECONDS


@pytest.fixture
def machine(tmp_path, monkeypatch):
    machine = Machine(tmp_path / "powercap")
    monkeypatch.setattr(meter, "_RAPL", tmp_path / "powercap")
    monkeypatch.setattr(meter, "time", SimpleNamespace(monotonic=machine.now))
    monkeypatch.setattr("huelab.training.callbacks.now", machine.now)
    return machine


def train(network, checkpoint, epochs=6, **options):
    batches = Batches(PIXELS, 4, targets=("lab",), seed=3)
    options = {"seed": 5, "device": "cpu", "progress": False} | options
    return fit(network, batches, epochs=epochs, checkpoint=checkpoint, **options)


def same(one, other):
    pairs = zip(one.state_dict().items(), other.state_dict().items(), strict=True)
    return all(name == name2 and torch.equal(a, b) for (name, a), (name2, b) in pairs)


@pytest.mark.parametrize(
    ("every", "kills", "kept"),
    [
        (0, [11], [3]),  # in the fourth epoch, each epoch's end being written
        (60, [11], [2]),  # an epoch takes 30 seconds: the third was not written yet
        (1e9, [11], [0]),
        (0, [5, 4, 5], [1, 2, 3]),
    ],
)
def test_costs_are_those_of_the_epochs_that_are_kept(machine, tmp_path, every, kills, kept):
    """Eighteen steps, as if nobody had killed anything; and the same bits."""
    path = tmp_path / "last.ckpt"
    for kill, epochs in zip(kills, kept, strict=True):
        with pytest.raises(Killed):
            network = Measured(machine, machine.steps + kill)
            train(network, path, checkpoint_every=every)
        assert epochs_in(path, "") == epochs
    done = train(network := Measured(machine), path, checkpoint_every=every)
    assert (done.epochs, done.steps, done.complete) == (6, 18, True)
    assert done.seconds == pytest.approx(18 * SECONDS)
    assert done.energy == pytest.approx(18 * JOULES)
    whole = Measured(machine)
    train(whole, None)
    assert same(network, whole)


def test_energy_that_one_start_could_not_read_is_not_known(machine, tmp_path, monkeypatch):
    first = train(Measured(machine), tmp_path / "last.ckpt", max_minutes=0)
    assert (first.epochs, first.energy) == (1, pytest.approx(3 * JOULES))
    monkeypatch.setattr(meter, "_RAPL", tmp_path / "nowhere")
    done = train(Measured(machine), tmp_path / "last.ckpt")
    assert done.energy is None and done.seconds == pytest.approx(18 * SECONDS)


class Other(Measured):
    def optimizers(self):
        (turn,) = super().optimizers()
        return [replace(turn, optimizer=torch.optim.SGD(self.parameters(), lr=0.1))]


def flipped(content):
    """One bit of the weights is wrong, which PyTorch does not notice."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        largest = max(packed.infolist(), key=lambda info: info.file_size)
    at = largest.header_offset + 200 + largest.file_size // 2
    damaged = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
    torch.load(io.BytesIO(damaged), weights_only=False)
    return damaged


def without_account(content):
    state = torch.load(io.BytesIO(content), weights_only=False)
    state["callbacks"] = {}
    file = io.BytesIO()
    torch.save(state, file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda content: b"", "is damaged"),
        (lambda content: b"\0" * 1000, "is damaged"),
        (lambda content: content[:1000], "is damaged"),
        (lambda content: content[:-1], "is damaged"),
        (flipped, "is damaged (the checksum of "),
        (lambda content: pickle.dumps([1]), "is damaged"),
        (without_account, "is of another version"),
    ],
)
def test_a_checkpoint_that_is_no_good_is_kept_and_training_begins_anew(
    machine, tmp_path, capsys, spoil, said
):
    path = tmp_path / "last.ckpt"
    train(Measured(machine), path, epochs=1)
    path.write_bytes(spoiled := spoil(path.read_bytes()))
    assert_anew(machine, path, spoiled, capsys, said)


@pytest.mark.parametrize(
    ("earlier", "said"),
    [
        (lambda machine, path: train(Measured(machine), path, epochs=1), "is of another run"),
        (lambda machine, path: train(FirstColor(8), path, run="mine"), "is of another network"),
        (lambda machine, path: train(Other(machine), path, run="mine"), "is of another optimizer"),
    ],
)
def test_a_foreign_checkpoint_is_kept_and_training_begins_anew(
    machine, tmp_path, capsys, earlier, said
):
    path = tmp_path / "last.ckpt"
    earlier(machine, path)
    assert epochs_in(path, "another") == 0
    assert_anew(machine, path, path.read_bytes(), capsys, said)


def assert_anew(machine, path, content, capsys, said):
    capsys.readouterr()
    done = train(network := Measured(machine), path, epochs=2, run="mine")
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line and str(path) in line and "training begins anew" in line
    assert (path.parent / "last.ckpt.kept-1").read_bytes() == content
    assert (done.steps, done.seconds) == (6, pytest.approx(6 * SECONDS))
    train(whole := Measured(machine), None, epochs=2)
    assert same(network, whole)


def test_another_one_is_kept_beside_the_first(machine, tmp_path):
    path = tmp_path / "last.ckpt"
    for content in (b"one", b"two"):
        path.write_bytes(content)
        train(Measured(machine), path, epochs=1)
    kept = sorted(tmp_path.glob("last.ckpt.kept-*"))
    assert [Path(file).read_bytes() for file in kept] == [b"one", b"two"]


def test_the_sources_of_all_starts_are_told(machine, tmp_path, monkeypatch):
    sources = [Source(commit=None, dirty=False, src_hash=digit * 64) for digit in "aabbb"]
    for source in sources:
        monkeypatch.setattr("huelab.records.provenance.source_state", lambda source=source: source)
        done = train(Measured(machine), tmp_path / "last.ckpt", max_minutes=0)
    assert done.sources == ((0, sources[0]), (2, sources[2]))


@pytest.mark.parametrize("when", ["on_train_start", "on_train_end", "on_fit_start"])
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_before_or_after_the_epochs_is_obeyed(
    machine, tmp_path, monkeypatch, capsys, when, number, status
):
    """Lightning's own handler would swallow it, or end with status 0 or 1."""
    network = Measured(machine)
    module = "huelab.training.module.Module"
    ask = lambda self: signal.raise_signal(number)  # noqa: E731
    monkeypatch.setattr(f"{module}.{when}", ask, raising=False)
    with pytest.raises(KeyboardInterrupt if status == 130 else SystemExit) as caught:
        train(network, tmp_path / "last.ckpt", epochs=2)
    assert status == 130 or caught.value.code == status
    kept = 2 if when == "on_train_end" else 0
    assert f"stopped; {kept} of 2 epochs are kept" in capsys.readouterr().err
