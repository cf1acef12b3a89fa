"""The one seam: what every colorization method, learned or classical, offers to its users."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from huelab.color import fit_gamut, gray_to_lightness, lab_to_rgb


class Colorizer(ABC):
    """Turns gray pictures into color. A new method defines `predict_rgb` and is done."""

    #: The formula (see `huelab.color.rgb_to_gray`) of the gray that this method expects.
    gray_formula: str = "rec601"

    def colorize(self, gray: Tensor, *, generator: Generator | None = None) -> Tensor:
        """Color a batch of gray pictures of any size.

        Args:
            gray: `(N, 1, H, W)`, sRGB-encoded values in [0, 1], made by `gray_formula`.
            generator: source of randomness for methods that draw samples.

        Returns:
            `(N, 3, H, W)` sRGB in [0, 1], float32, on the same device, without gradient.

        Raises:
            ValueError: for another shape.
            TypeError: for values that are not floating point.
        """
        if gray.ndim != 4 or gray.shape[1] != 1:
            raise ValueError(f"expected gray (N, 1, H, W), got shape {tuple(gray.shape)}")
        if not gray.is_floating_point():
            raise TypeError(f"expected gray as floats in [0, 1], got {gray.dtype}")
        with torch.no_grad(), _evaluating(self):
            return self.predict_rgb(gray.float(), generator).float().clamp(0, 1)

    @abstractmethod
    def predict_rgb(self, gray: Tensor, generator: Generator | None = None) -> Tensor:
        """The method itself: `(N, 1, H, W)` gray to `(N, 3, H, W)` sRGB."""


class LabColorizer(Colorizer):
    """A method that keeps the picture's lightness and adds the two color axes of Lab."""

    gray_formula = "lightness"

    def predict_lab(self, gray: Tensor, generator: Generator | None = None) -> Tensor:
        """Lab `(N, 3, H, W)` before gamut mapping; its L* is exactly that of the input."""
        lightness = gray_to_lightness(gray)
        return torch.cat([lightness, self.predict_ab(lightness, generator)], 1)

    def predict_rgb(self, gray: Tensor, generator: Generator | None = None) -> Tensor:
        return lab_to_rgb(fit_gamut(self.predict_lab(gray, generator)))

    @abstractmethod
    def predict_ab(self, lightness: Tensor, generator: Generator | None = None) -> Tensor:
        """The method itself: L* `(N, 1, H, W)` in 0..100 to a*b* `(N, 2, H, W)` in Lab units."""


def pad_to_multiple(image: Tensor, multiple: int) -> Tensor:
    """Repeat the last row and column of `(N, C, H, W)` until H and W are multiples.

    Networks that halve their input need it; the caller crops the result to the old H and W.
    """
    height, width = image.shape[-2:]
    return F.pad(image, (0, -width % multiple, 0, -height % multiple), mode="replicate")


@contextmanager
def _evaluating(colorizer: Colorizer) -> Iterator[None]:
    """Dropout off and batch norm frozen meanwhile, where the colorizer is a network."""
    if not isinstance(colorizer, nn.Module) or not colorizer.training:
        yield
        return
    colorizer.eval()
    try:
        yield
    finally:
        colorizer.train()
