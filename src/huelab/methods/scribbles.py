"""Levin, Lischinski and Weiss (2004), "Colorization using optimization": scribbles that spread.

A person marks a few pixels with their color. Each other pixel gets the weighted mean of the colors
of its neighbors r, s in its 3x3 window, and those that are as light as it is weigh most:

    U(r) = sum over s of w_rs U(s),    w_rs in proportion to exp(-(Y(r) - Y(s))^2 / (2 sigma_r^2)),

with sigma_r^2 the variance of Y in the window. No network is trained and nothing is guessed.

Where this departs from the paper: it works in YUV, and here L*, a*, b* are Y, U, V, because all
methods of this book keep L* exactly and hints come as a*b*. Each pair of neighbors has one weight,
with the mean of both variances, so that the matrix is symmetric: factors are then found faster, and
conjugate gradients may be used. The variance has the factor 0.6 of the authors' own program and not
the paper's 2, and a least value, below which differences are noise.
"""

import torch
from torch import Generator, Tensor

from huelab.color.hints import spread_by
from huelab.color.neighbors import DIRECT, fill, laplacian
from huelab.color.upsample import box
from huelab.methods.colorizer import Guide, LabColorizer

#: 2 sigma^2 is this part of a window's variance, as in the authors' program.
PART = 0.6
#: The least 2 sigma^2, in Lab units squared: L* differs by as much from noise alone.
LEAST = 1.0
#: Larger pictures are made smaller for the system: memory and time stay bounded.
MOST = 1 << 19


class Scribbles(LabColorizer):
    """Colors that spread from hints; with no hints the picture stays gray.

    Args:
        most: pictures of more pixels than this are solved at a smaller size.
        direct: systems of at most this many unknowns are solved by factors, larger ones by
            conjugate gradients.

    Raises:
        HueLabError: if SciPy is not installed, or for a large picture pyamg.

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
        # `laplacian` adds the two of a pair, where the paper's exponent has 2 sigma^2.
        matrix = laplacian(levels.numpy(), variances(levels).numpy() / 2, corners=True)
        filled = fill(matrix, values, fixed, direct=self.direct)
        return torch.from_numpy(filled.T).to(known).reshape(known.shape)


def variances(lightness: Tensor) -> Tensor:
    """2 sigma^2 of each pixel: a part of the variance of L* `(H, W)` in its 3x3 window.

    Example:
        >>> step = torch.tensor([[20.0, 20, 20, 80, 80, 80]])
        >>> variances(step).round()
        tensor([[  1.,   1., 480., 480.,   1.,   1.]])
    """
    levels = lightness[None, None]
    mean = box(levels, 1)
    return (PART * (box(levels * levels, 1) - mean * mean))[0, 0].clamp(min=LEAST)
