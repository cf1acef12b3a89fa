"""Levin, Lischinski and Weiss (2004), "Colorization using optimization": scribbles that spread.

A person gives a few pixels their color. Every other pixel r gets the weighted mean of the colors of
its neighbors s in its 3x3 window, and neighbors of the same lightness have the largest weights:

    U(r) = sum over s of w_rs U(s),    w_rs in proportion to exp(-(Y(r) - Y(s))^2 / (2 sigma_r^2)),

where sigma_r^2 is the variance of Y in the window. No network is trained and nothing is guessed.

This departs from the paper in three ways. The paper works in YUV. Here L*, a*, b* take the place of
Y, U, V, because all methods of this book keep L* exactly and hints are a*b*. Each pair of neighbors
has one weight, with the mean of both variances. So the matrix is symmetric, it is factored faster,
and conjugate gradients work. The variance has the factor 0.6 of the authors' program and not the
paper's 2, and a smallest value, below which differences are noise.
"""

import torch
from torch import Generator, Tensor

from huelab.color.hints import spread_by
from huelab.color.neighbors import DIRECT, fill, laplacian
from huelab.color.upsample import box
from huelab.methods.colorizer import Guide, LabColorizer

#: 2 sigma^2 is this fraction of a window's variance, as in the authors' program.
PART = 0.6
#: Smallest 2 sigma^2, in Lab units squared; noise alone makes L* differ by as much.
LEAST = 1.0
#: Pictures with more pixels are reduced before solving, which bounds memory and time.
MOST = 1 << 19


class Scribbles(LabColorizer):
    """Spreads colors from hints; without hints the picture stays gray.

    Args:
        most: pictures with more pixels than this are solved at a smaller size.
        direct: systems with at most this many unknowns are solved by factorization, larger ones by
            conjugate gradients.

    Raises:
        HueLabError: if SciPy is not installed, or if pyamg is not and the picture is large.

    Example:
        >>> hints = torch.zeros(1, 3, 1, 6)
        >>> hints[..., 0] = torch.tensor([40.0, 30.0, 1.0]).view(3, 1)
        >>> hints[..., 5] = torch.tensor([0.0, -20.0, 1.0]).view(3, 1)
        >>> gray = torch.tensor([0.3, 0.3, 0.3, 0.7, 0.7, 0.7]).view(1, 1, 1, 6)
        >>> Scribbles().predict_lab(gray, Guide(hints))[0, 1:, 0].round().abs()
        tensor([[40., 40., 40.,  0.,  0.,  0.],
                [30., 30., 30., 20., 20., 20.]])
    """

    guides = frozenset({"strength", "hints"})
    needs = frozenset({"hints"})

    def __init__(self, most: int = MOST, direct: int = DIRECT):
        self.most, self.direct = most, direct

    def predict_ab(self, lightness: Tensor, guide: Guide, generator: Generator | None) -> Tensor:
        if guide.hints is None:
            return lightness.new_zeros(lightness.shape[0], 2, *lightness.shape[2:])
        wanted, mask = guide.hints.to(lightness).split([2, 1], 1)
        return spread_by(self._solve, wanted, mask, lightness, most=self.most)

    def _solve(self, known: Tensor, inside: Tensor, lightness: Tensor) -> Tensor:
        fixed = inside.cpu().numpy().ravel()
        values = known.double().cpu().numpy().reshape(len(known), -1).T
        levels = lightness.double().cpu()
        # `laplacian` adds the values of both pixels of a pair. The paper's exponent has 2 sigma^2.
        matrix = laplacian(levels.numpy(), variances(levels).numpy() / 2, corners=True)
        filled = fill(matrix, values, fixed, direct=self.direct)
        return torch.from_numpy(filled.T).to(known).reshape(known.shape)


def variances(lightness: Tensor) -> Tensor:
    """2 sigma^2 of each pixel of L* `(H, W)`: a fraction of the variance in its 3x3 window.

    Example:
        >>> step = torch.tensor([[20.0, 20, 20, 80, 80, 80]])
        >>> variances(step).round()
        tensor([[  1.,   1., 480., 480.,   1.,   1.]])
    """
    levels = lightness[None, None]
    mean = box(levels, 1)
    return (PART * (box(levels * levels, 1) - mean * mean))[0, 0].clamp(min=LEAST)
