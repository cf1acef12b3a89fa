"""Enlarging color to a photograph's own size, along its edges and in bounded memory.

The method follows the guided filter (He, Sun and Tang 2010). Within a small window, it models each
color axis as a linear function of L*, fitted by least squares. The slopes are found at the small
size, at which the color is known (He and Sun 2015). They say how color changes with lightness, and
the large picture shows the lightness in full detail:

    ab = bilinear(ab_small) + slope (L - bilinear(L_small)).

So an edge of color becomes as sharp as the edge of L* at its place. The guided filter also averages
the offsets of its lines, and that loses color. This method keeps all color of the small picture.
"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

#: Windows have 3x3 pixels of the small picture.
RADIUS = 1
#: A variance of L*, in Lab units squared. A window whose variance is far below it counts as flat.
#: This radius and this variance were chosen on 200 training pictures of `photos_open` that were
#: made four times smaller. Of all pairs whose squared error of a*b* is no larger than that of
#: bilinear interpolation, they let the least color leak across edges.
EPSILON = 16.0
#: The most pixels of a strip.
STRIP = 1 << 19


def carry_up(ab: Tensor, small: Tensor, large: Tensor) -> Tensor:
    """Enlarge a*b* to the size of `large`, along its edges.

    Args:
        ab: a*b* `(N, 2, h, w)` in Lab units.
        small: L* `(N, 1, h, w)` in 0..100 of the picture that `ab` belongs to.
        large: L* `(N, 1, H, W)` of the same picture at full size.

    Returns:
        a*b* `(N, 2, H, W)`.

    Example:
        >>> ab, lightness = torch.ones(1, 2, 4, 4), torch.full((1, 1, 4, 4), 50.0)
        >>> carry_up(ab, lightness, torch.full((1, 1, 16, 12), 50.0)).shape
        torch.Size([1, 2, 16, 12])
    """
    up = Upsampler(ab, small, (large.shape[-2], large.shape[-1]))
    return torch.cat([up(large[..., rows, :], rows) for rows in up.strips()], -2)


class Upsampler:
    """The color of one picture at full size, strip by strip.

    Example:
        >>> up = Upsampler(torch.zeros(1, 2, 4, 4), torch.zeros(1, 1, 4, 4), (16, 12))
        >>> list(up.strips(pixels=100))
        [slice(0, 8, None), slice(8, 16, None)]
    """

    def __init__(
        self,
        ab: Tensor,
        small: Tensor,
        size: tuple[int, int],
        *,
        radius: int = RADIUS,
        epsilon: float = EPSILON,
    ):
        """Take `ab` and `small` of `carry_up`; `size` is the large picture's height and width."""
        self.height, self.width = size
        self.ab, self.small, self.radius, self.epsilon = ab, small, radius, epsilon

    def strips(self, pixels: int = STRIP) -> Iterator[slice]:
        """Slices of rows, each of at most `pixels` pixels but at least one row."""
        rows = max(1, pixels // self.width)
        for top in range(0, self.height, rows):
            yield slice(top, min(top + rows, self.height))

    def __call__(self, lightness: Tensor, rows: slice) -> Tensor:
        """a*b* `(N, 2, rows, W)` for L* `(N, 1, rows, W)` of some rows of the large picture."""
        small = self.small.shape[-2]
        place = (torch.arange(rows.start, rows.stop, device=lightness.device) + 0.5) * (
            small / self.height
        ) - 0.5
        place = place.clamp(0, small - 1)
        above = place.long()
        below = (above + 1).clamp(max=small - 1)
        part = (place - above).to(lightness.dtype)[:, None]
        first = int(above[0])
        across = self._lines(first, int(below[-1]) + 1)
        lines = torch.lerp(across[..., above - first, :], across[..., below - first, :], part)
        slope, offset = lines.chunk(2, 1)
        return (slope * lightness).add_(offset)

    def _lines(self, first: int, end: int) -> Tensor:
        """Slopes and offsets for some rows of the small picture, at full width: `(N, 4, rows, W)`.

        It computes only the rows that a strip needs: all rows of a tall picture take much memory.
        """
        # A mean of means: each row depends on rows up to twice the radius away.
        above = max(0, first - 2 * self.radius)
        near = slice(above, end + 2 * self.radius)
        lines = fit_lines(
            self.ab[..., near, :], self.small[..., near, :], self.radius, self.epsilon
        )[..., first - above : end - above, :]
        shape = (lines.shape[-2], self.width)
        return F.interpolate(lines, shape, mode="bilinear", align_corners=False)


def fit_lines(ab: Tensor, lightness: Tensor, radius: int, epsilon: float) -> Tensor:
    """a* and b* of each pixel as lines in L*: their slopes, then their offsets, `(N, 4, h, w)`.

    These are equations 5 and 8 of He et al. 2010. Each window has a least squares slope, and
    `epsilon` keeps it from being steep where L* hardly varies. Each pixel lies in several windows
    and gets the mean of their slopes. Its offset is then such that its line gives its own color.

    Args:
        ab: a*b* `(N, 2, h, w)` in Lab units.
        lightness: L* `(N, 1, h, w)` in 0..100.
        radius: of a window, in pixels.
        epsilon: a variance of L*, in Lab units squared.

    Example:
        >>> fit_lines(torch.ones(1, 2, 4, 4), torch.ones(1, 1, 4, 4), radius=1, epsilon=16.0).shape
        torch.Size([1, 4, 4, 4])
    """
    mean_l, mean_ab = box(lightness, radius), box(ab, radius)
    variance = box(lightness * lightness, radius) - mean_l * mean_l
    covariance = box(lightness * ab, radius) - mean_l * mean_ab
    slope = box(covariance / (variance.clamp_(min=0) + epsilon), radius)
    return torch.cat([slope, ab - slope * lightness], 1)


def box(image: Tensor, radius: int) -> Tensor:
    """Mean over a square around each pixel, `2 radius + 1` pixels wide, of `(N, C, H, W)`.

    At the border, the mean is over the part of the square that lies inside the image.

    Example:
        >>> box(torch.tensor([[[[0.0, 3.0, 6.0]]]]), radius=1)
        tensor([[[[1.5000, 3.0000, 4.5000]]]])
    """
    return F.avg_pool2d(image, 2 * radius + 1, 1, radius, count_include_pad=False)
