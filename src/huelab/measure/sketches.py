"""Line drawings made of photographs, and how much color a method gives them (claim 004-Q02)."""

import torch
from torch import Tensor
from torchvision.transforms.functional import gaussian_blur

from huelab.color import gray_to_lightness, rgb_to_lab
from huelab.measure.common import Config, Images, entry, over_test, probe
from huelab.methods.colorizer import Colorizer
from huelab.records import Measurement

#: Constants of the drawing, in the range of those of Winnemöller et al. (2012), for L* of 0 to 1.
SIGMA, WIDER, SHARPNESS, STEEPNESS, LEVEL = 1.0, 1.6, 20.0, 10.0, 0.5
_KERNEL = 11  # of the wider filter, over three of its deviations to each side
#: Mean chroma of a drawing and of its photograph, as they were colored, and the first over the
#: second.
NAMES = ("sketch_chroma", "sketch_chroma_photograph", "sketch_color_ratio")
_LEAST = 1.0  # chroma of a photograph that was left gray, of which no ratio is taken


def drawing(gray: Tensor) -> Tensor:
    """Black lines on white where a gray image has edges, and nothing between them.

    The extended difference of Gaussians of Winnemöller, Kyprianidis, and Olsen (2012), section 2.

    Args:
        gray: `(N, 1, H, W)` in [0, 1], at least 6 pixels high and wide.

    Returns:
        the same shape, in [0, 1].

    Example:
        >>> gray = torch.full((1, 1, 16, 16), 0.9)
        >>> bool((drawing(gray) == 1).all())  # nothing to draw
        True
        >>> gray[..., 8:] = 0.5
        >>> lines = drawing(gray)
        >>> bool(lines[..., 9].max() < 0.5), bool((lines[..., :4] == 1).all())
        (True, True)
    """
    lightness = gray_to_lightness(gray) / 100
    fine, coarse = (
        gaussian_blur(lightness, [_KERNEL] * 2, [sigma] * 2) for sigma in (SIGMA, SIGMA * WIDER)
    )
    # In flat parts both are the lightness itself, so that they come out white, dark ones as well.
    sharp = fine + SHARPNESS * (fine - coarse)
    below = sharp - LEVEL * fine
    return torch.where(below >= 0, 1.0, 1 + torch.tanh(STEEPNESS * below)).clamp(0, 1)


@probe(*NAMES)
def sketches(method: Colorizer, config: Config, device: str) -> list[Measurement]:
    """How much color a method gives to line drawings, next to the photographs they were made of.

    Photographs that the method leaves gray have no ratio. White paper has no chroma, so that a
    method that keeps the lightness cannot color it.

    Example:
        >>> from huelab.methods.baselines import GrayCopy
        >>> config = {"tests": [{"name": "embedded", "split": "test", "size": 16}]}
        >>> [bool(found.value < 0.1) for found in sketches(GrayCopy(), config, "cpu")[:2]]
        [True, True]
    """

    def measure(batch: Images) -> Tensor:
        drawn, whole = (_chroma(method, gray) for gray in (drawing(batch.gray), batch.gray))
        return torch.stack([drawn, whole, torch.where(whole < _LEAST, torch.nan, drawn / whole)], 1)

    values = over_test(method, config, device, measure)
    scales = ("Lab units", "Lab units", "drawing / photograph")
    return [
        entry(name, config["tests"][0], column, "lab", scale)
        for name, column, scale in zip(NAMES, values.unbind(1), scales, strict=True)
    ]


def _chroma(method: Colorizer, gray: Tensor) -> Tensor:
    return rgb_to_lab(method.colorize(gray))[:, 1:].norm(dim=1).mean((1, 2))
