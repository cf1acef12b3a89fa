"""How much color a picture has, whether or not the color is right."""

import torch
from torch import Tensor

from huelab.metrics.inputs import check_pictures, in_lab

#: Mean chroma below which a picture counts as left uncolored: most of its pixels look gray.
UNCOLORED_CHROMA = 5.0


def colorfulness(rgb: Tensor) -> Tensor:
    """Colorfulness of each picture: Hasler and Suesstrunk 2003, the metric they call M3.

    With the signed differences rg = R - G and yb = (R + G) / 2 - B on the scale 0..255, it is
    sqrt(std(rg)^2 + std(yb)^2) + 0.3 sqrt(mean(rg)^2 + mean(yb)^2). Their viewers called pictures
    of 15 slightly, 33 moderately, 59 quite and 109 extremely colorful.

    Args:
        rgb: sRGB `(N, 3, H, W)` in [0, 1].

    Returns:
        `(N,)`; 0 for gray.

    Raises:
        ValueError: for other shapes.
        TypeError: for values that are not floating point.

    Example:
        >>> colorfulness(torch.full((1, 3, 4, 4), 0.5))
        tensor([0.])
    """
    check_pictures(rgb)
    red, green, blue = rgb.unbind(1)
    opponents = torch.stack([red - green, (red + green).div_(2).sub_(blue)], 1).flatten(2)
    mean = opponents.mean(2, keepdim=True)
    variance = opponents.sub_(mean).square_().mean(2)
    return 255 * (variance.sum(1).sqrt() + 0.3 * mean.square().sum((1, 2)).sqrt())


def colorfulness_gap(pred: Tensor, true: Tensor) -> Tensor:
    """Colorfulness of each picture minus that of its truth: `(N, 3, H, W)` twice to `(N,)`.

    The gap is negative where a method is too pale. Some papers print the absolute value of its mean
    over pictures, as delta colorfulness.

    Args:
        pred, true: sRGB `(N, 3, H, W)` in [0, 1].

    Raises:
        ValueError: for other shapes.
        TypeError: for values that are not floating point.

    Example:
        >>> colored = torch.rand(1, 3, 8, 8)
        >>> bool(colorfulness_gap(colored.mean(1, keepdim=True).expand_as(colored), colored) < 0)
        True
    """
    check_pictures(pred, true)
    return colorfulness(pred) - colorfulness(true)


@in_lab
def mean_chroma(rgb: Tensor) -> Tensor:
    """Mean CIE Lab chroma of each picture, in Lab units: sRGB `(N, 3, H, W)` to `(N,)`.

    Example:
        >>> mean_chroma(torch.full((1, 3, 4, 4), 0.5)) < 0.01
        tensor([True])
    """
    return torch.hypot(rgb[:, 1], rgb[:, 2]).flatten(1).mean(1)


def uncolored(rgb: Tensor, *, threshold: float = UNCOLORED_CHROMA) -> Tensor:
    """Whether each picture was left uncolored: its mean chroma is below the threshold.

    Args:
        rgb: sRGB `(N, 3, H, W)`.
        threshold: in Lab units.

    Returns:
        Boolean `(N,)`; its mean is the share of pictures left uncolored.

    Example:
        >>> red = torch.tensor([1.0, 0.0, 0.0]).view(1, 3, 1, 1)
        >>> uncolored(torch.cat([red, torch.full_like(red, 0.5)]))
        tensor([False,  True])
    """
    return mean_chroma(rgb) < threshold
