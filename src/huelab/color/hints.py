"""Spreading color from a few pixels to the others, as far as the edges of L*.

Levin, Lischinski and Weiss (2004), "Colorization using optimization", assume that neighbors of
similar lightness have similar color. HueLab adds a pull toward zero, so that a hint stays local.
The result x equals the hints where there are hints. Elsewhere x minimizes

    sum over neighbors i, j of w_ij (x_i - x_j)^2  +  pull * sum over i of x_i^2,

with w_ij = exp(-(L_i - L_j)^2 / (2 EDGE^2)). This is one sparse system of linear equations, which
SciPy solves directly.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from huelab.color.neighbors import fill, laplacian
from huelab.color.upsample import carry_up

#: Neighbors whose L* differs by much more than this count as parts of two objects.
EDGE = 3.0
#: Where L* is constant, a line of hints loses 63 % of its effect over this share of the shorter
#: side.
REACH = 0.25
#: In pixels. A larger picture is made smaller for the system of equations, because the time to
#: solve it grows faster than the picture.
MOST = 1 << 17

#: A function that makes `(C, H, W)` from known values `(C, H, W)`, a mask and L*, both `(H, W)`.
Solve = Callable[[Tensor, Tensor, Tensor], Tensor]


def spread(known: Tensor, mask: Tensor, lightness: Tensor) -> Tensor:
    """Spread values from the pixels of a mask to all, along the edges of L*.

    Args:
        known: `(N, C, H, W)`; only the pixels of the mask count.
        mask: `(N, 1, H, W)`, above 0 where values are known.
        lightness: L* `(N, 1, H, W)` in 0..100.

    Returns:
        `(N, C, H, W)`: exactly the known values where the mask is, and elsewhere what spreads
        there from them, which falls to 0 far from all of them.

    Raises:
        HueLabError: if SciPy is not installed.

    Example:
        >>> known, lightness = torch.zeros(1, 2, 4, 6), torch.full((1, 1, 4, 6), 30.0)
        >>> known[..., 2] = 10.0
        >>> lightness[..., 4:] = 90  # an edge
        >>> spread(known, (known != 0)[:, :1], lightness)[0, 0, 0].round().abs()
        tensor([ 2.,  4., 10.,  5.,  0.,  0.])
    """
    return spread_by(_solve, known, mask, lightness, most=MOST)


def spread_by(solve: Solve, known: Tensor, mask: Tensor, lightness: Tensor, *, most: int) -> Tensor:
    """Spread values by any system of equations, picture by picture and in bounded memory.

    Args:
        solve: makes `(C, H, W)` from known values `(C, H, W)`, a mask `(H, W)` and L* `(H, W)`.
        known: as in `spread`.
        mask: as in `spread`.
        lightness: as in `spread`.
        most: how many pixels `solve` may be given. A larger picture is made smaller first, and the
            solution is enlarged along the edges of L*.

    Returns:
        `(N, C, H, W)`: exactly the known values where the mask is, and elsewhere what `solve`
        gives; 0 everywhere in a picture without any known value.

    Example:
        >>> def mean(known, mask, lightness):
        ...     return known[:, mask].mean(1).view(-1, 1, 1).expand_as(known)
        >>> known = torch.tensor([6.0, 0, 0, 2]).view(1, 1, 1, 4)
        >>> spread_by(mean, known, known, torch.zeros(1, 1, 1, 4), most=100).flatten()
        tensor([6., 4., 4., 2.])
    """
    known, inside = torch.broadcast_tensors(known.float(), mask > 0)
    result = torch.zeros_like(known)
    for n in range(len(known)):
        if inside[n].any():
            one = slice(n, n + 1)
            result[n] = _bounded(solve, known[one], inside[one, :1], lightness[one], most)
    return torch.where(inside, known, result)


def shrink_hints(hints: Tensor, size: tuple[int, int]) -> Tensor:
    """Hints `(N, 3, H, W)`, which are a*b* and a mask, at a smaller size (height, width).

    A small pixel that covers any hint becomes a hint. Its color is the mean of the hints that it
    covers.

    Example:
        >>> hints = torch.zeros(1, 3, 4, 4)
        >>> hints[..., 0, 0] = torch.tensor([10.0, 20.0, 1.0])
        >>> shrink_hints(hints, (2, 2))[0, :, 0]
        tensor([[10.,  0.],
                [20.,  0.],
                [ 1.,  0.]])
    """
    ab, mask = hints[:, :2], (hints[:, 2:] > 0).to(hints.dtype)
    held = F.interpolate(torch.cat([ab * mask, mask], 1), size, mode="area")
    share = held[:, 2:]
    # A share that differs from zero only by rounding is no hint.
    there = share > 1e-6
    return torch.cat([held[:, :2] / share.clamp(min=1e-6) * there, there.to(hints.dtype)], 1)


def _bounded(solve: Solve, known: Tensor, inside: Tensor, lightness: Tensor, most: int) -> Tensor:
    height, width = lightness.shape[-2:]
    scale = (most / (height * width)) ** 0.5
    if scale >= 1:
        return solve(known[0], inside[0, 0], lightness[0, 0])
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    hints = [shrink_hints(torch.cat([k, k, inside], 1), size) for k in known.split(1, 1)]
    small = F.interpolate(lightness, size, mode="area")
    values = torch.cat([hint[:, :1] for hint in hints], 1)
    solved = solve(values[0], hints[0][0, 2] > 0, small[0, 0])
    return carry_up(solved[None], small, lightness)[0]


def _solve(known: Tensor, inside: Tensor, lightness: Tensor) -> Tensor:
    """Make `(C, H, W)` from known values `(C, H, W)`, a mask `(H, W)` and L* `(H, W)`."""
    fixed = inside.cpu().numpy().ravel()
    if fixed.all():
        return known
    matrix = laplacian(lightness.detach().double().cpu().numpy(), EDGE**2)
    matrix.setdiag(matrix.diagonal() + 1 / (REACH * min(lightness.shape)) ** 2)
    values = known.detach().double().cpu().numpy().reshape(len(known), -1).T
    return torch.from_numpy(fill(matrix, values, fixed).T).to(known).reshape(known.shape)
