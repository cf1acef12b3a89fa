"""Spreading color from a few pixels to the others, as far as the edges of L*.

Levin, Lischinski and Weiss (2004), "Colorization using optimization": neighbors of similar
lightness have similar color. HueLab adds a pull toward zero, so that a hint stays local. The result
x is known where there are hints, and elsewhere it has the least

    sum over neighbors i, j of w_ij (x_i - x_j)^2  +  pull * sum over i of x_i^2,

with w_ij = exp(-(L_i - L_j)^2 / (2 EDGE^2)). That is one sparse system of linear equations, which
SciPy solves directly.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from huelab.color.upsample import carry_up
from huelab.storage import HueLabError

#: Neighbors whose L* differs by much more than this count as two things.
EDGE = 3.0
#: In a plain, a line of hints loses 63 % of its effect over this part of the shorter side.
REACH = 0.25
#: Larger pictures are made smaller for the system of equations, whose time grows faster than they.
MOST = 1 << 17


def spread(known: Tensor, mask: Tensor, lightness: Tensor) -> Tensor:
    """Spread values from the pixels of a mask to all, along the edges of L*.

    Args:
        known: `(N, C, H, W)`, of which only the pixels of the mask count.
        mask: `(N, 1, H, W)`, above 0 where values are known.
        lightness: L* `(N, 1, H, W)` in 0..100.

    Returns:
        `(N, C, H, W)`: the known values, exactly, and what they spread to; 0 far from all.

    Raises:
        HueLabError: if SciPy is not installed.

    Example:
        >>> known, lightness = torch.zeros(1, 2, 4, 6), torch.full((1, 1, 4, 6), 30.0)
        >>> known[..., 2] = 10.0
        >>> lightness[..., 4:] = 90  # an edge
        >>> spread(known, (known != 0)[:, :1], lightness)[0, 0, 0].round().abs()
        tensor([ 2.,  4., 10.,  5.,  0.,  0.])
    """
    known, inside = torch.broadcast_tensors(known.float(), mask > 0)
    result = torch.zeros_like(known)
    for n in range(len(known)):
        if inside[n].any():
            result[n] = _spread_one(known[n : n + 1], inside[n : n + 1, :1], lightness[n : n + 1])
    return torch.where(inside, known, result)


def shrink_hints(hints: Tensor, size: tuple[int, int]) -> Tensor:
    """Hints `(N, 3, H, W)`, a*b* and a mask, at another size.

    A pixel that holds any hint becomes a hint: the mean of those that it holds.

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
    # Means of floats: what is not zero only by rounding is no hint.
    there = share > 1e-6
    return torch.cat([held[:, :2] / share.clamp(min=1e-6) * there, there.to(hints.dtype)], 1)


def _spread_one(known: Tensor, inside: Tensor, lightness: Tensor) -> Tensor:
    height, width = lightness.shape[-2:]
    scale = (MOST / (height * width)) ** 0.5
    if scale >= 1:
        return _solve(known[0], inside[0, 0], lightness[0, 0])
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    hints = [shrink_hints(torch.cat([k, k, inside], 1), size) for k in known.split(1, 1)]
    small = F.interpolate(lightness, size, mode="area")
    values = torch.cat([hint[:, :1] for hint in hints], 1)
    solved = _solve(values[0], hints[0][0, 2] > 0, small[0, 0])
    return carry_up(solved[None], small, lightness)[0]


def _solve(known: Tensor, inside: Tensor, lightness: Tensor) -> Tensor:
    """`(C, H, W)` of known values `(C, H, W)`, a mask `(H, W)` and L* `(H, W)`."""
    try:
        from scipy.sparse.linalg import splu
    except ModuleNotFoundError as error:
        raise HueLabError("hints need SciPy; `pip install 'huelab[hints]'` brings it") from error
    fixed = inside.cpu().numpy().ravel()
    if fixed.all():
        return known
    matrix = _matrix(lightness.detach().double().cpu().numpy())
    values = known.detach().double().cpu().numpy().reshape(len(known), -1).T.copy()
    free = matrix[~fixed]
    pushed = -(free[:, fixed] @ values[fixed])
    # Symmetric and positive definite: no pivots are needed, and the order keeps the factors small.
    options = {"SymmetricMode": True}
    factors = splu(free[:, ~fixed].tocsc(), "MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=options)
    values[~fixed] = factors.solve(pushed)
    return torch.from_numpy(values.T).to(known).reshape(known.shape)


def _matrix(lightness: np.ndarray):  # type: ignore[no-untyped-def]  # SciPy has no types
    """The sparse matrix of the least squares above, for L* `(H, W)`."""
    from scipy.sparse import coo_array, diags_array

    height, width = lightness.shape
    place = np.arange(height * width).reshape(height, width)
    one = np.concatenate([place[:, :-1].ravel(), place[:-1].ravel()])
    other = np.concatenate([place[:, 1:].ravel(), place[1:].ravel()])
    step = (lightness.ravel()[one] - lightness.ravel()[other]) / EDGE
    weight = np.exp(-step * step / 2)
    rows, columns = np.concatenate([one, other]), np.concatenate([other, one])
    pairs = coo_array((np.tile(weight, 2), (rows, columns)), shape=(place.size, place.size))
    pull = 1 / (REACH * min(height, width)) ** 2
    return (diags_array(pairs.sum(1) + pull) - pairs).tocsr()
