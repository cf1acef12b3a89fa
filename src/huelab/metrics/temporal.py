"""How steady the colors of a film are: two measures of flicker, one of which follows motion."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from huelab.metrics.inputs import check_pictures

#: Distances, in frames, between the two frames that are compared (Liu et al. 2021).
STEPS = (1, 2, 4)


def color_histograms(rgb: Tensor) -> Tensor:
    """The shares of the 256 levels in each channel: sRGB `(N, 3, H, W)` to `(N, 3, 256)`.

    Raises:
        ValueError: for other shapes.
        TypeError: for values that are not floating point.

    Example:
        >>> color_histograms(torch.ones(1, 3, 4, 4))[0, :, 255]
        tensor([1., 1., 1.])
    """
    check_pictures(rgb)
    levels = (rgb.clamp(0, 1) * 255).round().long().flatten(2)
    counts = torch.zeros(*levels.shape[:2], 256, device=rgb.device)
    ones = torch.ones_like(levels, dtype=counts.dtype)
    return counts.scatter_add_(2, levels, ones) / levels.shape[2]


def color_inconsistency(histograms: Tensor, steps: Sequence[int] = STEPS) -> Tensor:
    """CDC, the color distribution consistency of Liu et al. 2021; lower is steadier.

    It is the Jensen-Shannon divergence of the histograms of two frames, with natural logarithms. It
    is averaged over channels, over all pairs of frames that are a step apart, and then over the
    steps. A gray film has a low value, so report the colorfulness with it. Changes of brightness
    raise it as well.

    Args:
        histograms: `(N, 3, 256)` of the frames of one scene, see `color_histograms`.
        steps: distances between two frames; a step that the film is too short for is left out.

    Returns:
        A scalar, 0 to log 2.

    Raises:
        ValueError: for fewer than two frames.

    Example:
        >>> frames = torch.stack([torch.zeros(3, 4, 4), torch.ones(3, 4, 4)])
        >>> color_inconsistency(color_histograms(frames))  # log 2: no level in common
        tensor(0.6931)
    """
    if len(histograms) < 2:
        raise ValueError(f"expected at least 2 frames, got {len(histograms)}")
    usable = [step for step in steps if step < len(histograms)]
    return torch.stack(
        [_divergence(histograms[step:], histograms[:-step]).mean() for step in usable]
    ).mean()


def _divergence(one: Tensor, other: Tensor) -> Tensor:
    middle = (one + other) / 2
    return (_entropy(middle) - (_entropy(one) + _entropy(other)) / 2).clamp(min=0)


def _entropy(shares: Tensor) -> Tensor:
    return -torch.xlogy(shares, shares).sum(-1)


def warping_error(ab: Tensor, before: Tensor, flow: Tensor, seen: Tensor) -> Tensor:
    """How far colors differ from those of the frame before, after both are aligned by motion.

    Args:
        ab: a*b* of the frames, `(N, 2, H, W)` in Lab units.
        before: a*b* of the frames before, of the same shape.
        flow: the optical flow in pixels, `(N, 2, H, W)`: what to add to x and y of a pixel to find
            it in the frame before. Compute it from the gray film, whose colors cannot flicker.
        seen: boolean `(N, 1, H, W)`: the pixels that are in both frames. Others do not count.

    Returns:
        `(N,)`: the mean distance in a*b*, in Lab units; NaN where no pixel is seen.

    Example:
        >>> red, still = torch.full((1, 2, 4, 4), 3.0), torch.zeros(1, 2, 4, 4)
        >>> warping_error(red, torch.zeros_like(red), still, still[:, :1] == 0)
        tensor([4.2426])
    """
    height, width = ab.shape[-2:]
    x = torch.arange(width, device=ab.device) + flow[:, 0]
    y = torch.arange(height, device=ab.device)[:, None] + flow[:, 1]
    # What grid_sample calls -1 and 1 are the outer edges of the first and last pixels.
    places = torch.stack([(2 * x + 1) / width - 1, (2 * y + 1) / height - 1], -1)
    moved = F.grid_sample(before, places, padding_mode="border", align_corners=False)
    distance = (ab - moved).norm(dim=1)
    counted = seen[:, 0].to(distance.dtype)
    return (distance * counted).sum((1, 2)) / counted.sum((1, 2))
