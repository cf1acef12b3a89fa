"""Line drawings made from photographs, and how much color a method gives them (claim 004-Q02)."""

import torch
from torch import Tensor
from torchvision.transforms.functional import gaussian_blur

from huelab.color import gray_to_lightness, rgb_to_lab
from huelab.measure.common import Config, Images, entry, over_test, probe
from huelab.methods.colorizer import Colorizer
from huelab.records import Measurement

#: Constants of the drawing, within the ranges of Winnemöller et al. (2012), for L* from 0 to 1.
SIGMA, WIDER, SHARPNESS, STEEPNESS, LEVEL = 1.0, 1.6, 20.0, 10.0, 0.5
_KERNEL = 11  # pixels: more than three standard deviations of the wider filter on each side
#: Mean chroma of a colored drawing, of its colored photograph, and the ratio of the two.
NAMES = ("sketch_chroma", "sketch_chroma_photograph", "sketch_color_ratio")
_LEAST = 1.0  # mean chroma below which a photograph was left gray and has no ratio


def drawing(gray: Tensor) -> Tensor:
    """A line drawing: black lines where a gray image has edges, and white everywhere else.

    It is the extended difference of Gaussians of Winnemöller, Kyprianidis, and Olsen (2012),
    section 2, with one change: the level below which a pixel is part of a line is not constant but
    half of the blurred lightness. So flat dark areas stay white.

    Args:
        gray: `(N, 1, H, W)` in [0, 1], at least 6 pixels high and wide.

    Returns:
        The drawing, of the same shape, in [0, 1].

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
    # In flat areas both equal the lightness, so even dark areas come out white.
    sharp = fine + SHARPNESS * (fine - coarse)
    below = sharp - LEVEL * fine
    return torch.where(below >= 0, 1.0, 1 + torch.tanh(STEEPNESS * below)).clamp(0, 1)


@probe(*NAMES)
def sketches(method: Colorizer, config: Config, device: str) -> list[Measurement]:
    """How much color a method gives to line drawings, compared with their photographs.

    Photographs that the method leaves gray have no ratio. White has no chroma, so a method that
    keeps the lightness cannot color the paper of a drawing.

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
