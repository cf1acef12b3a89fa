"""Colorizers that do not recognize anything: a method must beat them to have learned something.

Those that need training pictures have a `fit`, which reads them batch by batch: RGB
`(N, 3, H, W)`, floats in [0, 1] or uint8.
"""

from collections.abc import Iterable

import torch
from torch import Generator, Tensor

from huelab.color import rgb_to_gray, rgb_to_lab
from huelab.methods.colorizer import Colorizer, Guide, LabColorizer


class GrayCopy(LabColorizer):
    """Leaves the picture gray: a* = b* = 0.

    Example:
        >>> GrayCopy().colorize(torch.full((1, 1, 1, 1), 0.5)).flatten().round(decimals=3)
        tensor([0.5000, 0.5000, 0.5000])
    """

    def predict_ab(self, lightness: Tensor, guide: Guide, generator: Generator | None) -> Tensor:
        return lightness.new_zeros(lightness.shape[0], 2, *lightness.shape[2:])


class Constant(Colorizer):
    """Gives every picture one and the same gray everywhere.

    Example:
        >>> Constant(1).colorize(torch.zeros(1, 1, 1, 1)).flatten()
        tensor([1., 1., 1.])
    """

    def __init__(self, level: float):
        """Args: level: gray in [0, 1]; 0 is black, and 1 is white."""
        self.level = level

    def predict_rgb(self, gray: Tensor, guide: Guide, generator: Generator | None) -> Tensor:
        return torch.full_like(gray, self.level).expand(-1, 3, -1, -1)


class MeanColor(LabColorizer):
    """Gives every pixel the same a*b*: the mean of the training pictures.

    Example:
        >>> method = MeanColor(torch.tensor([20.0, 40.0]))
        >>> red, _, blue = method.colorize(torch.full((1, 1, 1, 1), 0.5))[0]
        >>> bool(red > blue)  # positive a* and b* are orange
        True
        >>> MeanColor.fit([torch.ones(1, 3, 2, 2)]).ab.abs().round()  # white has no color
        tensor([0., 0.])
    """

    def __init__(self, ab: Tensor):
        """Args: ab: the two values in Lab units, shape `(2,)`."""
        self.ab = ab

    @classmethod
    def fit(cls, batches: Iterable[Tensor]) -> "MeanColor":
        """The mean a*b* of all training pixels: the constant with the least squared error."""
        total, count = torch.zeros(2, dtype=torch.float64), 0
        for rgb in batches:
            ab = rgb_to_lab(rgb)[:, 1:]
            total += ab.double().sum((0, 2, 3)).cpu()
            count += ab[:, 0].numel()
        return cls((total / count).float())

    def predict_ab(self, lightness: Tensor, guide: Guide, generator: Generator | None) -> Tensor:
        ab = self.ab.to(lightness).view(1, 2, 1, 1)
        return ab.expand(lightness.shape[0], 2, *lightness.shape[2:])


class Sepia(Colorizer):
    """Tints the gray like an old print: the widely used sepia matrix, applied to the gray.

    Example:
        >>> Sepia().colorize(torch.ones(1, 1, 1, 1)).flatten()
        tensor([1.0000, 1.0000, 0.9370])
    """

    #: The row sums of that matrix; values above 1 are clipped.
    tint = (1.351, 1.203, 0.937)

    def predict_rgb(self, gray: Tensor, guide: Guide, generator: Generator | None) -> Tensor:
        return (gray * gray.new_tensor(self.tint).view(1, 3, 1, 1)).clamp(0, 1)


class ColorPerGray(Colorizer):
    """Gives each of 256 gray levels its mean training color.

    Of all methods that look at one pixel at a time, it has the least squared RGB error on the
    training pixels.

    Example:
        >>> red = torch.tensor([1.0, 0.0, 0.0]).view(1, 3, 1, 1)
        >>> method = ColorPerGray.fit([red])
        >>> method.colorize(rgb_to_gray(red, "rec601")).flatten()  # the one gray that it has seen
        tensor([1., 0., 0.])
    """

    def __init__(self, table: Tensor, gray_formula: str = "rec601"):
        """Args: table: sRGB color of each of the 256 gray levels, shape `(256, 3)`, in [0, 1]."""
        self.table = table
        self.gray_formula = gray_formula

    @classmethod
    def fit(cls, batches: Iterable[Tensor], gray_formula: str = "rec601") -> "ColorPerGray":
        """Compute the mean sRGB of each gray level; a level without training pixels stays gray."""
        total, count = torch.zeros(256, 3, dtype=torch.float64), torch.zeros(256, dtype=torch.int64)
        for rgb in batches:
            level = _levels(rgb_to_gray(rgb, gray_formula)).flatten()
            values = rgb.float() / 255 if rgb.dtype == torch.uint8 else rgb
            pixels = values.movedim(1, -1).reshape(-1, 3).double()
            total += pixels.new_zeros(256, 3).index_add_(0, level, pixels).cpu()
            count += torch.bincount(level, minlength=256).cpu()
        gray = (torch.arange(256) / 255).unsqueeze(1).expand(-1, 3)
        mean = (total / count.clamp(min=1).unsqueeze(1)).float()
        return cls(torch.where(count.unsqueeze(1) > 0, mean, gray), gray_formula)

    def predict_rgb(self, gray: Tensor, guide: Guide, generator: Generator | None) -> Tensor:
        return self.table.to(gray)[_levels(gray).squeeze(1)].movedim(-1, 1)


def _levels(gray: Tensor) -> Tensor:
    return (gray * 255).round().clamp(0, 255).long()
