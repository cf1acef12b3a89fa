"""Move the colors of one picture to the means and covariances of another, level by level.

Reinhard et al. (2001) move means and standard deviations. Pitie and Kokaram (2007), "The linear
Monge-Kantorovitch linear colour mapping for example-based colour transfer", give the linear map
that moves the whole covariance and changes colors least. This module finds such a map of a* and b*
at each of several levels of L*, so that dark and light parts may change differently.
"""

import torch
from torch import Tensor

#: L* of the levels. Between two levels the map is interpolated linearly.
LEVELS = (0.0, 25.0, 50.0, 75.0, 100.0)
#: If this share of a picture lies at a level, the statistics there are half those of the level and
#: half those of the whole picture. The larger the share, the more the level's own count.
FEW = 0.02
#: No map stretches colors by more than this factor: nearly gray colors would show their noise.
STRETCH = 4.0
#: Variance, in Lab units squared, below which colors count as all the same.
LEAST = 1e-3


def move_colors(lab: Tensor, reference: Tensor) -> Tensor:
    """a*b* of a picture, moved to the means and covariances of another picture.

    Args:
        lab: `(1, 3, H, W)`: the picture in Lab units.
        reference: `(1, 3, h, w)`: the other picture in Lab units, of any size.

    Returns:
        a*b* `(1, 2, H, W)` in Lab units. They may lie outside the sRGB gamut.

    Example:
        >>> cold = torch.tensor([50.0, 0.0, -20.0]).view(1, 3, 1, 1).expand(-1, -1, 4, 4)
        >>> warm = torch.tensor([50.0, 10.0, 30.0]).view(1, 3, 1, 1).expand(-1, -1, 2, 2)
        >>> move_colors(cold, warm)[0, :, 0, 0]
        tensor([10., 30.])
    """
    colors, others = lab[0].flatten(1).double(), reference[0].flatten(1).double()
    shares = level_shares(colors[0])
    means, spreads = level_statistics(colors[1:], shares)
    their_means, their_spreads = level_statistics(others[1:], level_shares(others[0]))
    maps = linear_maps(spreads, their_spreads)
    moved = their_means[..., None] + maps @ (colors[1:] - means[..., None])
    return (shares[:, None] * moved).sum(0).to(lab.dtype).reshape(1, 2, *lab.shape[-2:])


def level_shares(lightness: Tensor) -> Tensor:
    """How much each of P pixels belongs to each of K levels: L* `(P,)` to `(K, P)`.

    The K numbers of each pixel sum to 1.

    Example:
        >>> level_shares(torch.tensor([25.0, 40.0])).T
        tensor([[0.0000, 1.0000, 0.0000, 0.0000, 0.0000],
                [0.0000, 0.4000, 0.6000, 0.0000, 0.0000]])
    """
    levels = lightness.new_tensor(LEVELS)[:, None]
    width = levels[1] - levels[0]
    return (1 - (lightness.clamp(0, 100) - levels).abs() / width).clamp(min=0)


def level_statistics(ab: Tensor, shares: Tensor) -> tuple[Tensor, Tensor]:
    """Means `(K, 2)` and covariances `(K, 2, 2)` of a*b* `(2, P)` at K levels.

    `shares` `(K, P)` comes from `level_shares`.

    Example:
        >>> ab = torch.tensor([[1.0, 3.0], [0.0, 0.0]])
        >>> means, covariances = level_statistics(ab, torch.ones(1, 2))
        >>> means, covariances[0]
        (tensor([[2., 0.]]), tensor([[1., 0.],
                [0., 0.]]))
    """
    own = shares.mean(1)
    own = (own / (own + FEW))[:, None]
    weights = own * shares / shares.sum(1, keepdim=True).clamp(min=1e-9) + (1 - own) / ab.shape[1]
    means = weights @ ab.T
    centered = ab - means[..., None]
    return means, (weights[:, None] * centered) @ centered.mT


def linear_maps(spreads: Tensor, wanted: Tensor) -> Tensor:
    """The K maps that take colors of covariances `spreads` to those of `wanted`, all `(K, 2, 2)`.

    This is equation 17 of Pitie and Kokaram 2007. Its maps are symmetric, and of all maps that
    reach the covariance they change the colors least. No map stretches by more than `STRETCH`.

    Example:
        >>> linear_maps(4 * torch.eye(2)[None], 36 * torch.eye(2)[None]).round(decimals=2)
        tensor([[[3., 0.],
                 [0., 3.]]])
    """
    root = _power(spreads, 0.5)
    inverse = _power(spreads, -0.5)
    return _power(inverse @ _power(root @ wanted @ root, 0.5) @ inverse, 1.0, most=STRETCH)


def _power(matrices: Tensor, exponent: float, most: float = float("inf")) -> Tensor:
    """A power of symmetric matrices, whose eigenvalues are first clamped to LEAST..`most`."""
    values, vectors = torch.linalg.eigh(matrices)
    return (vectors * values.clamp(LEAST, most).pow(exponent)[..., None, :]) @ vectors.mT
