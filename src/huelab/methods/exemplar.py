"""Welsh, Ashikhmin and Mueller (2002), "Transferring color to greyscale images".

A person gives a color photograph, the reference. Its lightness is shifted and scaled to the mean
and standard deviation of the gray picture. About 200 of its pixels are drawn, one from each cell of
a grid. Each gray pixel takes the color of the drawn pixel that is most similar to it. Lightness and
its standard deviation in the 5x5 pixels around count equally; the distance here is Euclidean, which
the paper leaves open. With swatches, a person pairs parts of both pictures. Pixels outside of them
take the color of the swatch pixel whose 5x5 pixels of lightness are nearest, as in texture
synthesis.

This departs from the paper in two ways. The paper works in the space of Ruderman et al. (1998).
Here colors are L*, a*, b*, because all methods of this book keep L* exactly. And a reference that
is larger than the picture is reduced to its size, because the standard deviation in 5x5 pixels
depends on the size.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from huelab.color import rgb_to_lab
from huelab.color.upsample import box
from huelab.methods.colorizer import Guide, LabColorizer

#: The window of the neighborhood statistics is 5x5 pixels.
RADIUS = 2
#: Number of pixels that are compared with all samples at once.
CHUNK = 1 << 17

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Swatch:
    """A part of the gray picture, and the part of the reference whose colors it takes.

    Attributes:
        here: top, left, bottom, and right in the picture, as fractions of its height and width.
        there: the same in the reference.

    Raises:
        ValueError: for a box that is empty or reaches beyond 0..1.

    Example:
        >>> Swatch(here=(0, 0, 0.5, 1), there=(0.5, 0, 0, 1))
        Traceback (most recent call last):
            ...
        ValueError: a box needs top < bottom and left < right within 0..1, not (0.5, 0, 0, 1)
    """

    here: Box
    there: Box

    def __post_init__(self) -> None:
        for top, left, bottom, right in (self.here, self.there):
            if not (0 <= top < bottom <= 1 and 0 <= left < right <= 1):
                wrong = (top, left, bottom, right)
                raise ValueError(
                    f"a box needs top < bottom and left < right within 0..1, not {wrong}"
                )


class Exemplar(LabColorizer):
    """Gives each pixel the color of the most similar sample of a reference.

    Args:
        samples: about how many pixels of the reference are drawn; a quarter of it in each swatch.
        swatches: pairs of parts of both pictures; if empty, the whole pictures are compared.
        seed: seed of the drawing if `colorize` gets no generator.

    Raises:
        ValueError: from `colorize` without a reference.

    Example:
        >>> reference = torch.zeros(1, 3, 8, 8)
        >>> reference[..., :4] = torch.tensor([0.2, 0.1, 0.1]).view(3, 1, 1)  # dark and red
        >>> reference[..., 4:] = torch.tensor([0.7, 0.7, 1.0]).view(3, 1, 1)  # light and blue
        >>> gray = torch.full((1, 1, 6, 6), 0.2)
        >>> gray[..., 3:] = 0.8
        >>> Exemplar().predict_lab(gray, Guide(reference=reference))[0, 1:, 3, [0, 5]].round()
        tensor([[ 13.,  17.],
                [  6., -38.]])
    """

    guides = frozenset({"strength", "reference"})
    needs = frozenset({"reference"})

    def __init__(self, samples: int = 200, swatches: Sequence[Swatch] = (), seed: int = 0):
        self.samples, self.swatches, self.seed = samples, tuple(swatches), seed

    def predict_ab(self, lightness: Tensor, guide: Guide, generator: Generator | None) -> Tensor:
        if guide.reference is None:
            raise ValueError("Exemplar needs a reference, a color picture to take colors from")
        rgb = _as_small(guide.reference.to(lightness).clamp(0, 1), lightness.shape[-2:])
        references = rgb_to_lab(rgb).expand(len(lightness), -1, -1, -1)
        color = self._by_swatches if self.swatches else self._globally
        pairs = zip(lightness, references, strict=True)
        # Each picture has the seed anew, so that the others of a batch do not change its colors.
        return torch.stack(
            [
                color(gray, reference, generator or Generator().manual_seed(self.seed))
                for gray, reference in pairs
            ]
        )

    def _globally(self, lightness: Tensor, reference: Tensor, draws: Generator) -> Tensor:
        return transfer(lightness, reference, self.samples, draws)

    def _by_swatches(self, lightness: Tensor, reference: Tensor, draws: Generator) -> Tensor:
        size = (lightness.shape[-2], lightness.shape[-1])
        patches, result = neighborhoods(lightness), lightness.new_zeros(2, *size)
        known: list[tuple[Tensor, ...]] = []
        inside = torch.zeros(size, dtype=torch.bool, device=lightness.device)
        for swatch in self.swatches:
            here = cut(swatch.here, size)
            there = reference[:, *cut(swatch.there, reference.shape[-2:])]
            count = max(1, self.samples // 4)
            result[:, *here] = transfer(lightness[:, *here], there, count, draws)
            inside[here] = True
            drawn = jittered(result[0][here].shape, count, draws).to(lightness.device)
            known.append(tuple(x[:, *here].flatten(1)[:, drawn] for x in (patches, result)))
        features, ab = (torch.cat(parts, 1) for parts in zip(*known, strict=True))
        nearest = ab[:, nearest_of(patches.flatten(1), features)].view_as(result)
        return torch.where(inside, result, nearest)


def transfer(lightness: Tensor, reference: Tensor, samples: int, draws: Generator) -> Tensor:
    """a*b* `(2, H, W)` for L* `(1, H, W)` from a reference in Lab `(3, h, w)`, in Lab units.

    Args:
        samples: about how many pixels of the reference are drawn.
        draws: source of randomness.

    Example:
        >>> gray = torch.tensor([[[10.0, 90.0]]])
        >>> reference = torch.tensor([[30.0, 70.0], [5.0, -8.0], [0.0, 4.0]]).view(3, 1, 2)
        >>> transfer(gray, reference, 2, Generator())[:, 0]
        tensor([[ 5., -8.],
                [ 0.,  4.]])
    """
    levels = remapped(reference[:1], lightness)
    drawn = jittered(levels.shape[-2:], samples, draws).to(lightness.device)
    features = statistics(levels).flatten(1)[:, drawn]
    ab = reference[1:].flatten(1)[:, drawn]
    nearest = nearest_of(statistics(lightness).flatten(1), features)
    return ab[:, nearest].view(2, *lightness.shape[1:])


def remapped(reference: Tensor, lightness: Tensor) -> Tensor:
    """L* of a reference, shifted and scaled to the mean and standard deviation of a picture's L*.

    Both may have any shape.

    Example:
        >>> remapped(torch.tensor([0.0, 10.0]), torch.tensor([50.0, 70.0]))
        tensor([50., 70.])
    """
    spread = lightness.std(correction=0) / reference.std(correction=0).clamp(min=1e-6)
    return (reference - reference.mean()) * spread + lightness.mean()


def jittered(size: Sequence[int], samples: int, draws: Generator) -> Tensor:
    """Flat indices of about `samples` pixels of `(H, W)`, one at random from each cell of a grid.

    Example:
        >>> jittered((4, 6), 6, Generator().manual_seed(0)).shape
        torch.Size([6])
        >>> jittered((2, 3), 100, Generator())  # no pixel twice
        tensor([0, 1, 2, 3, 4, 5])
    """
    height, width = size
    rows = max(1, min(height, round((samples * height / width) ** 0.5)))
    columns = max(1, min(width, round(samples / rows)))
    top, left = (_edges(*side) for side in ((height, rows), (width, columns)))
    at = torch.rand(2, rows, columns, generator=draws, device=draws.device).cpu()
    row = top[:-1, None] + (at[0] * top.diff()[:, None]).long()
    column = left[None, :-1] + (at[1] * left.diff()[None]).long()
    return (row * width + column).flatten()


def statistics(lightness: Tensor) -> Tensor:
    """L* of each pixel, and its standard deviation in 5x5 pixels: `(1, H, W)` to `(2, H, W)`.

    Example:
        >>> statistics(torch.tensor([[[40.0, 60.0]]]))[:, 0]
        tensor([[40., 60.],
                [10., 10.]])
    """
    levels = lightness[None] - lightness.mean()  # small numbers have small errors when squared
    mean = box(levels, RADIUS)
    variance = (box(levels * levels, RADIUS) - mean * mean).clamp(min=0)
    return torch.cat([lightness, variance[0].sqrt()])


def neighborhoods(lightness: Tensor) -> Tensor:
    """The 25 values of L* around each pixel, in Lab units: `(1, H, W)` to `(25, H, W)`.

    Example:
        >>> neighborhoods(torch.zeros(1, 4, 6)).shape
        torch.Size([25, 4, 6])
    """
    padded = F.pad(lightness[None], (RADIUS,) * 4, mode="replicate")
    return F.unfold(padded, 2 * RADIUS + 1).view(-1, *lightness.shape[1:])


def nearest_of(features: Tensor, samples: Tensor) -> Tensor:
    """The index of the sample `(C, S)` that is nearest to each pixel `(C, P)`: int64 `(P,)`.

    Example:
        >>> nearest_of(torch.tensor([[1.0, 6.0, 9.0]]), torch.tensor([[0.0, 10.0]]))
        tensor([0, 1, 1])
    """
    exact = "donot_use_mm_for_euclid_dist"  # matrix products are too inexact for small distances
    parts = features.T.split(CHUNK)
    return torch.cat([torch.cdist(part, samples.T, compute_mode=exact).argmin(1) for part in parts])


def cut(box: Box, size: Sequence[int]) -> tuple[slice, slice]:
    """Rows and columns of a box in a picture of size `(H, W)`, at least one of each.

    Example:
        >>> cut((0, 0.5, 0.25, 1), (8, 6))
        (slice(0, 2, None), slice(3, 6, None))
    """
    top, left, bottom, right = box
    height, width = size
    return _span(top, bottom, height), _span(left, right, width)


def _span(start: float, end: float, length: int) -> slice:
    first = min(length - 1, round(start * length))
    return slice(first, max(first + 1, round(end * length)))


def _edges(length: int, cells: int) -> Tensor:
    """Where cells begin and end; their sizes differ by at most one pixel."""
    return torch.arange(cells + 1) * length // cells


def _as_small(rgb: Tensor, size: Sequence[int]) -> Tensor:
    """The reference, reduced if its shorter side is longer than that of the picture."""
    scale = min(size) / min(rgb.shape[-2:])
    if scale >= 1:
        return rgb
    target = [max(1, round(side * scale)) for side in rgb.shape[-2:]]
    return F.interpolate(rgb, target, mode="area")
