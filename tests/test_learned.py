"""The seam of learned methods: guides, noise at inference, several optimizers, no waiting."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from huelab.data import Batches
from huelab.methods.baselines import GrayCopy, MeanColor
from huelab.methods.colorizer import Colorizer, Guide, Learned, Turn
from huelab.methods.first import FirstColor
from huelab.training import TrainingError, callbacks, checkpoints, fit


def pixels(n=16, size=16):
    return np.random.default_rng(0).integers(0, 256, (n, size, size, 3), dtype=np.uint8)


class ToyGAN(Learned):
    """A generator with dropout and batch norm, a judge of its patches, an optimizer for each."""

    targets = ("gray", "rgb")
    stays_training = frozenset({"dropout", "batch_norm"})

    def __init__(self):
        super().__init__()
        self.generator = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Conv2d(8, 3, 3, padding=1),
            nn.Sigmoid(),
        )
        self.judge = nn.Sequential(nn.Conv2d(4, 8, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(8, 1, 4))

    def forward(self, gray):
        return self.generator(gray).float()

    def optimizers(self):
        both = (self.judge, self.generator)
        return [Turn(torch.optim.Adam(n.parameters(), 1e-3, (0.5, 0.999))) for n in both]

    def losses(self, batch, turn):
        if turn == 0:  # the judge's; the images are kept for the generator's turn
            self.made = self(batch.gray)
            real, fake = (self._judged(batch.gray, x) for x in (batch.rgb, self.made.detach()))
            return {"real": _bce(real, 1.0) / 2, "fake": _bce(fake, 0.0) / 2}
        judged = self._judged(batch.gray, self.made)
        return {"gan": _bce(judged, 1.0), "l1": 100 * F.l1_loss(self.made, batch.rgb)}

    def predict_rgb(self, gray, guide, generator):
        return self.padded(gray)

    def _judged(self, gray, rgb):
        return self.judge(torch.cat([gray, rgb], 1)).float()


def _bce(logits: Tensor, target: float) -> Tensor:
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))


def trained(epochs, network=None, **options):
    if network is None:
        torch.manual_seed(0)
        network = ToyGAN()
    batches = Batches(pixels(), 4, flip=True, targets=("gray", "rgb"), seed=1)
    quiet = {"device": "cpu", "progress": False, "precision": "32-true"}
    return network, fit(network, batches, epochs=epochs, seed=2, **quiet | options)


def weights(network):
    return {name: value.clone() for name, value in network.state_dict().items()}


def assert_same(one, other):
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_two_optimizers_learn_as_a_plain_loop_does():
    """Step by step the same weights as the loop that every GAN tutorial has."""
    network, done = trained(2)
    assert (done.epochs, done.steps, done.complete) == (2, 8, True)
    torch.manual_seed(0)
    plain = ToyGAN().to(memory_format=torch.channels_last)
    judge, generator = (turn.optimizer for turn in plain.optimizers())
    batches = Batches(pixels(), 4, flip=True, targets=("gray", "rgb"), seed=1)
    noise, module = callbacks.Noise(2), SimpleNamespace(device=torch.device("cpu"))

    class Alone:
        world_size, global_rank, current_epoch = 1, 0, 0

    for Alone.current_epoch in range(2):
        batches.epoch = Alone.current_epoch
        noise.on_train_epoch_start(Alone, module)
        for step, batch in enumerate(batches):
            noise.on_train_batch_start(Alone, module, batch, step)
            for turn, optimizer in enumerate((judge, generator)):
                loss = sum(plain.losses(batch, turn).values())
                plain.zero_grad()
                loss.backward()
                optimizer.step()
    for name, value in weights(plain).items():
        torch.testing.assert_close(network.state_dict()[name], value, rtol=1e-5, atol=1e-6)


def test_noise_seeds_no_device_that_training_does_not_use(monkeypatch):
    """Each such seed is kept by PyTorch until the device is first used: memory that grows."""

    def refuse(seed):
        raise AssertionError("a device that is not used was seeded")

    network = ToyGAN()
    for device in (torch.cuda, torch.mps, torch.xpu):
        for name in ("manual_seed", "manual_seed_all"):
            monkeypatch.setattr(device, name, refuse, raising=False)
    batches = Batches(pixels(), 4, targets=("gray", "rgb"))
    assert fit(network, batches, epochs=1, device="cpu", progress=False).steps == 4


def test_each_turn_changes_its_own_network_and_no_other():
    network = ToyGAN()
    network.losses = lambda batch, turn: (
        {"loss": network._judged(batch.gray, network(batch.gray)).mean() * (turn == 0)}
    )
    before = weights(network)
    trained(1, network)
    after = weights(network)
    assert not torch.equal(before["judge.0.weight"], after["judge.0.weight"])
    assert torch.equal(before["generator.0.weight"], after["generator.0.weight"])


def train_until_killed(checkpoint):
    """The third step of the third epoch kills this process."""
    steps = iter(range(100))

    class Killed(ToyGAN):
        def losses(self, batch, turn):
            if turn == 1 and next(steps) == 10:
                os.kill(os.getpid(), signal.SIGKILL)
            return super().losses(batch, turn)

    torch.manual_seed(0)
    trained(5, Killed(), checkpoint=checkpoint, checkpoint_every=0)


def test_a_gan_killed_and_resumed_ends_with_the_same_bits(tmp_path):
    """Both networks, both optimizers: a process of its own is killed in its third epoch."""
    whole, _ = trained(5)
    checkpoint = tmp_path / "last.ckpt"
    threads = {"OMP_NUM_THREADS": str(torch.get_num_threads())}  # bits may depend on it
    killed = subprocess.run(
        [sys.executable, __file__, checkpoint], env=os.environ | threads, timeout=120
    )
    assert killed.returncode == -signal.SIGKILL
    assert torch.load(checkpoint, weights_only=False)["epoch"] == 1
    resumed, done = trained(5, checkpoint=checkpoint, checkpoint_every=0)
    assert (done.epochs, done.steps) == (5, 20)
    assert_same(weights(whole), weights(resumed))


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_training_at_the_epochs_end_and_nothing_is_lost(tmp_path, number, status):
    class Asked(ToyGAN):
        steps = 0

        def losses(self, batch, turn):
            if turn == 0:
                Asked.steps += 1
                if Asked.steps == 6:  # in the second epoch of four steps
                    signal.raise_signal(number)
            return super().losses(batch, turn)

    whole, _ = trained(3)
    torch.manual_seed(0)
    handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    expected = KeyboardInterrupt if status == 130 else SystemExit
    with pytest.raises(expected) as caught:
        trained(3, Asked(), checkpoint=tmp_path / "last.ckpt")
    assert status == 130 or caught.value.code == status
    assert Asked.steps == 8  # the epoch was finished
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == handlers
    resumed, done = trained(3, checkpoint=tmp_path / "last.ckpt")
    assert (done.epochs, done.steps) == (3, 12)
    assert_same(weights(whole), weights(resumed))


@pytest.mark.parametrize("checkpoint", [None, "last.ckpt"])
def test_a_signal_ends_training_at_once_where_waiting_saves_nothing(tmp_path, checkpoint):
    """Without a checkpoint, or where every epoch's end was written already."""

    class Asked(ToyGAN):
        steps = 0

        def losses(self, batch, turn):
            Asked.steps += turn == 0
            if Asked.steps == 6:
                signal.raise_signal(signal.SIGTERM)
            return super().losses(batch, turn)

    path = checkpoint and tmp_path / checkpoint
    with pytest.raises(SystemExit):
        trained(3, Asked(), checkpoint=path, checkpoint_every=0)
    assert Asked.steps == 6
    assert path is None or torch.load(path, weights_only=False)["epoch"] == 0


def test_checkpoints_are_written_once_a_minute_and_at_the_end(tmp_path, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(callbacks, "now", lambda: clock[0])
    written = []

    class Slow(ToyGAN):
        def losses(self, batch, turn):
            clock[0] += 5 / 2  # 20 seconds an epoch of four steps
            return super().losses(batch, turn)

    real = checkpoints.Checkpoints._write

    def write(self, trainer, path: Path):
        written.append(trainer.current_epoch + 1)
        real(self, trainer, path)

    monkeypatch.setattr(checkpoints.Checkpoints, "_write", write)
    trained(8, Slow(), checkpoint=tmp_path / "last.ckpt")
    assert written == [3, 6, 8]


READS = ("item", "tolist", "numpy", "cpu", "__float__", "__bool__", "__int__", "__index__")


def test_the_host_does_not_read_from_the_device_at_every_step(monkeypatch):
    """As many reads in an epoch of 32 steps as in one of 4."""
    monkeypatch.setattr(callbacks, "now", lambda: 0.0)

    def reads(n):
        count = []
        with monkeypatch.context() as watched:
            for name in READS:
                original = getattr(Tensor, name)

                def counted(self, *args, _name=name, _original=original, **kwargs):
                    # The index of a batch and the order of an epoch live on the CPU anyway.
                    if self.is_floating_point():
                        count.append(_name)
                    return _original(self, *args, **kwargs)

                watched.setattr(Tensor, name, counted)
            network = FirstColor(width=4)
            batches = Batches(pixels(n), 4, targets=("lab",))
            adam = torch.optim.Adam(network.parameters(), fused=True)
            network.optimizers = lambda: [Turn(adam)]
            fit(network, batches, epochs=1, device="cpu", progress=False, precision="32-true")
        return len(count)

    assert 0 < reads(16) == reads(128)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_a_loss_that_was_bad_for_one_step_is_seen_at_the_epochs_end(bad, monkeypatch):
    """Also when nobody looked while it was."""
    monkeypatch.setattr(callbacks, "LOOK_EVERY", 1e9)

    class Once(ToyGAN):
        steps = 0

        def losses(self, batch, turn):
            self.steps += turn
            now = self.steps == 2 and turn == 1
            return super().losses(batch, turn) | {"once": torch.tensor(bad if now else 0.0)}

    with pytest.raises(TrainingError, match="not finite at epoch 0, step 3"):
        trained(1, Once())


def test_a_guide_that_a_method_does_not_know_is_refused():
    gray = torch.rand(1, 1, 4, 6)
    hints = Guide(hints=torch.zeros(1, 3, 4, 6))
    with pytest.raises(ValueError, match="GrayCopy does not use hints; guides it uses: strength"):
        GrayCopy().colorize(gray, guide=hints)
    with pytest.raises(ValueError, match="ToyGAN does not use strength; guides it uses: none"):
        ToyGAN().colorize(gray, guide=Guide(strength=0.5))


def test_hints_must_fit_the_image_and_strength_its_range():
    class Hinted(Colorizer):
        guides = frozenset({"hints"})

        def predict_rgb(self, gray, guide, generator):
            return guide.hints.expand(-1, 3, -1, -1)

    gray, hints = torch.rand(2, 1, 4, 6), torch.rand(2, 3, 4, 6)
    assert torch.equal(Hinted().colorize(gray, guide=Guide(hints=hints)), hints)
    for wrong in (torch.rand(1, 3, 4, 6), torch.rand(2, 3, 6, 4)):
        with pytest.raises(ValueError, match="expected hints for gray of shape"):
            Hinted().colorize(gray, guide=Guide(hints=wrong))
    with pytest.raises(ValueError, match=r"expected hints \(N, 3, H, W\)"):
        Guide(hints=torch.rand(2, 4, 6))
    for strength in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="strength must be from 0 to 1"):
            Guide(strength=strength)


def test_strength_leads_from_gray_to_the_methods_own_color():
    gray, method = torch.rand(1, 1, 5, 5), MeanColor(torch.tensor([20.0, -10.0]))
    ab = [method.predict_lab(gray, Guide(strength=s))[:, 1:] for s in (0.0, 0.5, 1.0)]
    assert not ab[0].any()
    torch.testing.assert_close(ab[1] * 2, ab[2])
    assert torch.equal(ab[2], method.predict_lab(gray)[:, 1:])


def test_dropout_and_batch_statistics_stay_on_where_the_method_says_so():
    network, gray = ToyGAN().train(), torch.rand(1, 1, 16, 16)
    network.generator[3].eval()  # a layer's own mode comes back too
    modes = [layer.training for layer in network.modules()]
    before = weights(network)

    def colored(seed):
        return network.colorize(gray, generator=torch.Generator().manual_seed(seed))

    state = torch.get_rng_state()
    one, again, other = colored(1), colored(1), colored(2)
    assert torch.equal(state, torch.get_rng_state())
    assert torch.equal(one, again) and not torch.equal(one, other)
    assert_same(before, weights(network))  # no statistics were gathered
    assert modes == [layer.training for layer in network.modules()]
    network.stays_training = frozenset({"batch_norm"})
    # For a batch of one, statistics of the batch are those of instance normalization.
    layers = network.generator
    norm = F.instance_norm(layers[0](gray), weight=layers[1].weight, bias=layers[1].bias)
    expected = layers[5](layers[4](F.relu(norm)))
    torch.testing.assert_close(network.colorize(gray), expected, atol=1e-6, rtol=1e-5)
    network.stays_training = frozenset()
    assert torch.equal(network.colorize(gray), network.eval()(gray))


def test_padding_is_cut_off_again():
    class Marked(ToyGAN):
        multiple = 4

        def forward(self, gray):
            assert gray.shape[-2] % 4 == 0 and gray.shape[-1] % 4 == 0
            return gray.expand(-1, 3, -1, -1)

    for size in ((4, 8), (5, 7), (1, 1)):
        gray = torch.rand(1, 1, *size)
        assert torch.equal(Marked().colorize(gray), gray.expand(-1, 3, -1, -1))


if __name__ == "__main__":
    train_until_killed(Path(sys.argv[1]))
