"""`huelab bench together`: images per second that a network colors, by size of the batch."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from huelab.bench.race import Contestant, race
from huelab.bench.steps import SUBJECTS
from huelab.methods.cgan import Adversarial
from huelab.methods.colorizer import Colorizer

RIVAL = "1 at once"


def bench_together(
    network: str, batches: Sequence[int], *, device: torch.device, rounds: int
) -> list[Contestant]:
    """Time `colorize` on images of noise, in batches of several sizes.

    Every contestant colors the same number of images in a round, so that no batch size profits from
    a short round. If a network uses batch statistics (`CGAN.together`), the images of a batch share
    them.

    Args:
        network: one of `steps.SUBJECTS`, with random weights.
        batches: the sizes; each must divide the largest one.
        device: where the network colors.
        rounds: how many rounds count.

    Raises:
        ValueError: if a size does not divide the largest.

    Example:
        >>> ways = bench_together("autoencoder", [1, 2], device=torch.device("cpu"), rounds=1)
        >>> [(way.name, way.items) for way in ways]
        [('1 at once', 2), ('2 at once', 2)]
    """
    most = max(batches)
    if odd := [size for size in batches if most % size]:
        raise ValueError(f"the batch size {odd[0]} does not divide the largest one, {most}")
    subject = SUBJECTS[network]
    torch.manual_seed(0)
    method = subject.build().to(device).to(memory_format=torch.channels_last)
    generator = torch.Generator().manual_seed(0)
    gray = torch.rand(most, 1, subject.side, subject.side, generator=generator).to(device)
    ways = [Contestant(f"{size} at once", _coloring(method, gray, size), most) for size in batches]
    race(ways, rounds=rounds, device=device)
    return ways


def _coloring(method: Colorizer, gray: Tensor, size: int) -> Callable[[], None]:
    def run() -> None:
        if isinstance(method, Adversarial):
            method.together = size
        for part in gray.split(size):
            method.colorize(part)

    return run
