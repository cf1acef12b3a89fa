"""A distribution over colors instead of one color: bins of a*b*, soft targets, and the readout.

Zhang, Isola, and Efros (2016), "Colorful Image Colorization", section 2: a network predicts the
probability of each bin of a*b*, and the mean of the sharpened distribution is its color, equation
5. Two things differ here. The targets are linear between the four nearest bins, so the mean of a
perfect distribution is the mean color itself. And rare colors gain weight when the distribution is
read out, not in the loss (equation 4). So one network has both an accurate and a vivid end.
"""

from functools import cache

import torch
from torch import Tensor

from huelab.color import rgb_to_lab

#: Lab units between two bins, as in the paper.
SPACING = 10.0
#: Bins are at multiples of `SPACING`, up to this multiple on each side of 0.
REACH = 12
#: Share of the uniform distribution that is mixed into the distribution of colors, as in the paper.
UNIFORM = 0.5


@cache
def grid() -> Tensor:
    """The bins `(Q, 2)`, in Lab units: all corners of the squares that contain a color of sRGB.

    Only every third of the 256 levels is tried. So a square with only a sliver inside the gamut may
    be left out, and its colors count as those of its neighbors.

    Example:
        >>> bins = grid()
        >>> bins.shape, [0.0, 0.0] in bins.tolist(), [100.0, 0.0] in bins.tolist()
        (torch.Size([306, 2]), True, False)
    """
    levels = torch.arange(0, 256, 3, dtype=torch.float64) / 255
    face = torch.cartesian_prod(levels, levels)
    # Every pair of a* and b* inside the cube also occurs on the cube's surface.
    faces = [face.new_full((len(face), 1), end) for end in (0.0, 1.0)]
    surface = [torch.cat([face, end], 1).roll(turn, 1) for end in faces for turn in range(3)]
    squares = (rgb_to_lab(torch.cat(surface).T[:, None])[1:, 0].T / SPACING).floor().unique(dim=0)
    corners = [squares + torch.tensor(corner) for corner in ((0, 0), (0, 1), (1, 0), (1, 1))]
    return torch.cat(corners).unique(dim=0).float() * SPACING


def nearest(bins: Tensor) -> Tensor:
    """For each point of the whole square lattice, row by row, the index of its nearest bin.

    It takes bins `(Q, 2)` in Lab units and gives int64 `((2 * REACH + 1)**2,)`.

    Example:
        >>> bins = grid()
        >>> lattice = nearest(bins)
        >>> lattice.shape, bins[lattice[REACH * (2 * REACH + 1) + REACH]].tolist()
        (torch.Size([625]), [0.0, 0.0])
    """
    steps = torch.arange(-REACH, REACH + 1) * SPACING
    return torch.cdist(torch.cartesian_prod(steps, steps), bins).argmin(1)


def soft_targets(ab: Tensor, lattice: Tensor) -> tuple[Tensor, Tensor]:
    """The four bins around each color, and their weights, which are linear and add up to 1.

    Args:
        ab: `(N, 2, H, W)` in Lab units.
        lattice: what `nearest` gives.

    Returns:
        The indices of the bins, int64 `(N, 4, H, W)`, and their weights, float `(N, 4, H, W)`.

    Example:
        >>> bins = grid()
        >>> ab = torch.tensor([12.0, -7.0]).view(1, 2, 1, 1)
        >>> index, weight = soft_targets(ab, nearest(bins))
        >>> (bins[index.flatten()] * weight.view(4, 1)).sum(0).round(decimals=3)
        tensor([12., -7.])
    """
    side = 2 * REACH + 1
    place = (ab / SPACING + REACH).clamp(0, side - 1.001)
    low = place.floor()
    part = place - low
    (row, column), (down, right) = low.long().unbind(1), part.unbind(1)
    first = row * side + column
    index = torch.stack([first, first + 1, first + side, first + side + 1], 1)
    up, left = 1 - down, 1 - right
    weight = torch.stack([up * left, up * right, down * left, down * right], 1)
    return lattice[index], weight


def cross_entropy(logits: Tensor, index: Tensor, weight: Tensor) -> Tensor:
    """Mean cross-entropy of a distribution `(N, Q, H, W)` with soft targets, a scalar.

    `index` and `weight` are the targets, as `soft_targets` gives them.

    Example:
        >>> index = torch.zeros(1, 4, 1, 1, dtype=torch.int64)
        >>> cross_entropy(torch.zeros(1, 2, 1, 1), index, torch.full((1, 4, 1, 1), 0.25))
        tensor(0.6931)
    """
    found = logits.float().log_softmax(1).gather(1, index)
    return -(found * weight).sum(1).mean()


def share(index: Tensor, weight: Tensor, count: int) -> Tensor:
    """How often each of `count` bins is the target, divided by the mean: `(count,)`.

    `index` and `weight` are the targets, as `soft_targets` gives them.

    Example:
        >>> index = torch.tensor([0, 0, 1, 1]).view(1, 4, 1, 1)
        >>> share(index, torch.tensor([0.5, 0.5, 0.0, 0.0]).view(1, 4, 1, 1), 2)
        tensor([2., 0.])
    """
    found = torch.zeros(count, device=weight.device).index_add_(
        0, index.flatten(), weight.flatten()
    )
    return found * (count / found.sum())


def read_out(
    logits: Tensor,
    bins: Tensor,
    frequency: Tensor,
    *,
    temperature: float | Tensor = 1.0,
    rarity: float | Tensor = 0.0,
) -> Tensor:
    """The mean color of a distribution after sharpening it and giving rare colors more weight.

    Args:
        logits: `(N, Q, H, W)`.
        bins: `(Q, 2)` in Lab units.
        frequency: `(Q,)`, how often each bin occurs among the training colors, 1 on average.
        temperature: 1 keeps the distribution; toward 0 its mean becomes its mode.
        rarity: 0 keeps the distribution; 1 divides it by the frequency of each bin, mixed with
            `UNIFORM`.

    Returns:
        a*b* `(N, 2, H, W)` in Lab units.

    Example:
        >>> bins, equal = torch.tensor([[0.0, 0.0], [80.0, 0.0]]), torch.ones(2)
        >>> logits = torch.tensor([1.0, 0.0]).view(1, 2, 1, 1)
        >>> read_out(logits, bins, equal)[0, 0].round()
        tensor([[22.]])
        >>> read_out(logits, bins, equal, temperature=0.1)[0, 0].round()
        tensor([[0.]])
    """
    known = (1 - UNIFORM) * frequency + UNIFORM
    scores = logits.float() - rarity * known.log()[:, None, None]
    chances = (scores / temperature).softmax(1)
    return torch.einsum("nqhw,qc->nchw", chances, bins)
