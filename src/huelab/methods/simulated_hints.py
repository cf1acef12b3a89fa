"""Hints like those of a person, made from true colors, that a guided network learns from.

Zhang et al. (2017), "Real-Time User-Guided Image Colorization with Learned Deep Priors", section
3.2: an image mostly has few hints, most of them are near the middle, and each is the mean color of
a small patch. Sometimes all colors are given, so that the network learns to copy its hints.
"""

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

#: Parameter of the geometric distribution of the number of hints, which is 7 on average.
STOPS = 1 / 8
#: Longest side of a patch, in pixels.
LONGEST = 9
#: Share of images that get all of their colors.
ALL = 1 / 100


def simulate(ab: Tensor, generator: Generator | None = None) -> Tensor:
    """Hints for each image of a batch.

    Args:
        ab: the true a*b* `(N, 2, H, W)` in Lab units.
        generator: a generator on the CPU; by default PyTorch's own.

    Returns:
        `(N, 3, H, W)`: a*, b*, and a mask that is 0 where no hint is; see `Guide.hints`.

    Example:
        >>> hints = simulate(torch.full((4, 2, 32, 32), 20.0), torch.Generator().manual_seed(0))
        >>> hints.shape, hints[:, 0].unique(), hints[:, 2].unique()
        (torch.Size([4, 3, 32, 32]), tensor([ 0., 20.]), tensor([0., 1.]))
    """
    size = torch.tensor(ab.shape[-2:])
    hints = ab.new_zeros(len(ab), 3, *ab.shape[-2:])
    # These few numbers are drawn on the CPU, so that they are the same on every device.
    for hint, true in zip(hints, ab, strict=True):
        everything, count = torch.rand(2, generator=generator).tolist()
        if everything < ALL:
            hint[:2], hint[2] = true, 1.0
            continue
        for _ in range(_geometric(count)):
            middle = (torch.randn(2, generator=generator) / 4 + 0.5).clamp(0, 0.999) * size
            side = int(torch.randint(1, LONGEST + 1, (), generator=generator))
            _give(hint, true, middle, side)
    return hints


def random_hints(ab: Tensor, count: int, side: int, generator: Generator) -> Tensor:
    """Hints for comparing guided methods: `count` square patches anywhere in each image.

    Args:
        ab: the true a*b* `(N, 2, H, W)` in Lab units.
        count: number of hints for each image.
        side: side of each patch, in pixels.
        generator: a generator on the CPU.

    Returns:
        `(N, 3, H, W)` as `simulate` gives them.

    Example:
        >>> ab = torch.ones(1, 2, 16, 16)
        >>> random_hints(ab, 2, 1, torch.Generator().manual_seed(0))[:, 2].sum()
        tensor(2.)
    """
    size = torch.tensor(ab.shape[-2:])
    hints = ab.new_zeros(len(ab), 3, *ab.shape[-2:])
    for hint, true in zip(hints, ab, strict=True):
        for _ in range(count):
            _give(hint, true, torch.rand(2, generator=generator) * size, side)
    return hints


def _geometric(chance: float) -> int:
    """The number of failures before the first success, from a number that is uniform in [0, 1)."""
    return int(torch.log1p(torch.tensor(-chance)) / torch.log1p(torch.tensor(-STOPS)))


def _give(hint: Tensor, true: Tensor, middle: Tensor, side: int) -> None:
    """Write the mean color of a patch into the hints `(3, H, W)` of one image."""
    top, left = (max(0, int(at) - side // 2) for at in middle)
    patch = (slice(None), slice(top, top + side), slice(left, left + side))
    color = F.adaptive_avg_pool2d(true[patch], 1)
    hint[:2][patch], hint[2:][patch] = color, 1.0
