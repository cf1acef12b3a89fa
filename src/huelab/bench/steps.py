"""`huelab bench steps`: training steps, bare and through `fit`, next to a plain float32 loop."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn

from huelab.bench.race import Contestant, race
from huelab.color import rgb_to_gray, rgb_to_lab
from huelab.color.batch import Batch
from huelab.methods.autoencoder import Autoencoder
from huelab.methods.cgan import CGAN
from huelab.methods.colorizer import Learned
from huelab.methods.vgg import VGG
from huelab.methods.vitigan import ViTGAN
from huelab.training import fit, precision_for
from huelab.training.step import BareSteps

RIVAL = "plain float32 loop"
FIT = "through fit"
#: A contestant that computes again at every step what `Learned.prepare` would keep.
UNPREPARED = "bfloat16, channels last, nothing kept"


@dataclass(frozen=True)
class Subject:
    """A network whose steps are timed.

    Attributes:
        build: makes the network.
        side: side of its images in pixels.
        batch: images per batch.

    Example:
        >>> SUBJECTS["vgg"].side, SUBJECTS["vgg"].batch
        (256, 16)
    """

    build: Callable[[], Learned]
    side: int
    batch: int


class PlainAutoencoder(Autoencoder):
    """The autoencoder's layers and parameters, made from PyTorch's own modules and padding.

    Example:
        >>> from huelab.methods.autoencoder import Autoencoder
        >>> networks = PlainAutoencoder(), Autoencoder()
        >>> len({sum(p.numel() for p in network.parameters()) for network in networks})  # as many
        1
    """

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(  # type: ignore[assignment]
            *_halving(1, 64), *_halving(64, 128), *_halving(128, 256), nn.Flatten()
        )
        self.encoder.append(nn.Linear(4096, 256))
        self.decoder = nn.Sequential(  # type: ignore[assignment]
            nn.Linear(256, 4096),
            nn.Unflatten(1, (256, 4, 4)),
            *(*_doubling(256, 256), *_doubling(256, 128), *_doubling(128, 64)),
            *(nn.ConvTranspose2d(64, 3, 3, padding=1), nn.Sigmoid()),
        )


def _halving(in_channels: int, out_channels: int) -> list[nn.Module]:
    return [nn.Conv2d(in_channels, out_channels, 3, stride=2, padding=1), nn.ReLU()]


def _doubling(in_channels: int, out_channels: int) -> list[nn.Module]:
    layer = nn.ConvTranspose2d(in_channels, out_channels, 3, 2, padding=1, output_padding=1)
    return [layer, nn.ReLU()]


#: The networks by name. A new chapter's method needs one more line here.
SUBJECTS = {
    "autoencoder": Subject(Autoencoder, 32, 32),
    "vgg": Subject(VGG, 256, 16),
    "cgan": Subject(CGAN, 256, 4),
    # The weights of the classifier do not change its speed.
    "vitigan": Subject(partial(ViTGAN, embedding="random"), 256, 16),
}
#: The networks that the plain loop trains, where they are not the networks above.
PLAIN: dict[str, Callable[[], Learned]] = {"autoencoder": PlainAutoencoder}


def bench_steps(
    network: str, batch: int, steps: int, *, device: torch.device, rounds: int
) -> list[Contestant]:
    """Time steps of training on images of noise: losses, backward, optimizers.

    Methods look at the images first, see `Learned.prepare`. If a method uses this, one more
    contestant does without. The last contestant is `huelab.training.fit`: the second of three
    epochs of `steps` steps.

    Args:
        network: one of `SUBJECTS`.
        batch: images per step.
        steps: steps per round.
        device: where the network trains.
        rounds: how many rounds count.

    Example:
        >>> ways = bench_steps("autoencoder", 2, 1, device=torch.device("cpu"), rounds=1)
        >>> ways[0].name, len(ways)
        ('plain float32 loop', 5)
    """
    subject = SUBJECTS[network]
    images = _noise(batch, subject.side, device)
    ways = {
        RIVAL: (PLAIN.get(network, subject.build), "32-true", torch.contiguous_format),
        "float32, channels last": (subject.build, "32-true", torch.channels_last),
        "bfloat16": (subject.build, "bf16-mixed", torch.contiguous_format),
        "bfloat16, channels last": (subject.build, "bf16-mixed", torch.channels_last),
    }
    if type(subject.build()).prepare is not Learned.prepare:
        ways[UNPREPARED] = ways["bfloat16, channels last"]
    contestants = []
    for name, (build, precision, memory) in ways.items():
        torch.manual_seed(0)
        method = build().to(device).to(memory_format=memory)
        if name != UNPREPARED:
            method.prepare([images], "", device)
        contestants.append(Contestant(name, _bare(method, precision, images, steps), batch * steps))
    torch.manual_seed(0)
    through = _Through(subject.build(), images, steps, device)
    contestants.append(Contestant(f"{FIT}, {through.precision}", through, batch * steps))
    race(contestants, rounds=rounds, device=device)
    return contestants


def _noise(n: int, side: int, device: torch.device) -> Batch:
    generator = torch.Generator().manual_seed(0)
    rgb = torch.rand(n, 3, side, side, generator=generator).to(device)
    return Batch(torch.arange(n), rgb, rgb_to_gray(rgb, "rec601"), rgb_to_lab(rgb))


def _bare(method: Learned, precision: str, images: Batch, steps: int) -> Callable[[], None]:
    step = BareSteps(method, precision)

    def run() -> None:
        for _ in range(steps):
            step(images)

    return run


class _Through:
    """Trains for three epochs and returns the seconds of the second one, including its end."""

    def __init__(self, method: Learned, images: Batch, steps: int, device: torch.device):
        self.method, self.images, self.steps, self.device = method, images, steps, device
        self.precision = method.precision.get(device.type) or precision_for(device.type)
        method.prepare([images], "", device)

    def __call__(self) -> float:
        marks: list[float] = []
        fit(self.method, _Epochs(self, marks), epochs=3, device=self.device, progress=False)
        return marks[2] - marks[1]


class _Epochs:
    """The same batch again and again; it notes when each epoch begins."""

    def __init__(self, through: _Through, marks: list[float]):
        self.through, self.marks = through, marks

    def __len__(self) -> int:
        return self.through.steps

    def __iter__(self) -> Iterator[Batch]:
        if self.through.device.type != "cpu":
            torch.accelerator.synchronize(self.through.device)
        self.marks.append(time.perf_counter())
        for _ in range(len(self)):
            yield self.through.images
