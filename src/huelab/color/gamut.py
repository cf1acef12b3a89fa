"""Which Lab colors a screen can show, and the nearest ones of the same lightness and hue."""

import torch
from torch import Tensor

from huelab.color.convert import SRGB_SLOPE, as_float, check_channels, lab_to_linear
from huelab.color.pieces import by_pixel


def in_gamut(lab: Tensor, tolerance: float = 1e-4) -> Tensor:
    """Which pixels are colors of sRGB: `(..., 3, H, W)` Lab to a boolean `(..., 1, H, W)`.

    Args:
        lab: `(..., 3, H, W)` in Lab units.
        tolerance: how far outside [0, 1] an sRGB-encoded channel may lie; the default is the
            error that the float32 round trip is allowed.

    Raises:
        ValueError: for a tensor without three channels.
        TypeError: for whole numbers.

    Example:
        >>> lab = torch.tensor([[50.0, 50.0], [0.0, 127.0], [0.0, 127.0]]).view(3, 1, 2)
        >>> in_gamut(lab).flatten()
        tensor([ True, False])
    """
    check_channels(lab, 3)
    return by_pixel(lambda lab: _inside(lab, tolerance), as_float(lab), 1, torch.bool)


def out_of_gamut_share(lab: Tensor, tolerance: float = 1e-4) -> Tensor:
    """Share (0..1) of all pixels of Lab `(..., 3, H, W)` that are not sRGB colors; a scalar.

    `tolerance` is that of `in_gamut`.

    Raises:
        ValueError: for a tensor without three channels.
        TypeError: for whole numbers.

    Example:
        >>> lab = torch.tensor([[50.0, 50.0], [0.0, 127.0], [0.0, 127.0]]).view(3, 1, 2)
        >>> out_of_gamut_share(lab)
        tensor(0.5000)
    """
    return 1 - in_gamut(lab, tolerance).to(torch.float32).mean()


def fit_gamut(lab: Tensor, tolerance: float = 1e-4) -> Tensor:
    """Bring Lab colors into the sRGB gamut by shrinking chroma at constant lightness and hue.

    Bisection finds the largest factor s in [0, 1] for which (L, s a, s b) is an sRGB color. There
    always is one, because s = 0 gives a gray. Colors already inside are returned unchanged. In the
    backward pass s counts as a constant, so that gradients are finite and keep their sign.

    Args:
        lab: `(..., 3, H, W)` in Lab units; L is clamped to 0..100.
        tolerance: as in `in_gamut`.

    Returns:
        Lab `(..., 3, H, W)`, in the gamut up to the tolerance.

    Raises:
        ValueError: for a tensor without three channels.
        TypeError: for whole numbers.

    Example:
        >>> orange = torch.tensor([50.0, 127.0, 127.0]).view(3, 1, 1)
        >>> lightness, a, b = fit_gamut(orange).flatten().tolist()
        >>> lightness, a == b, a < 127
        (50.0, True, True)
    """
    check_channels(lab, 3)
    return by_pixel(lambda lab: _fit(lab, tolerance), as_float(lab))


def _inside(lab: Tensor, tolerance: float) -> Tensor:
    # The comparison is in linear light, where the bounds are constants and no power is needed.
    low, high = -tolerance / SRGB_SLOPE, ((1 + tolerance + 0.055) / 1.055) ** 2.4
    smallest, largest = lab_to_linear(lab).aminmax(dim=-3, keepdim=True)
    return (smallest >= low) & (largest <= high)


def _fit(lab: Tensor, tolerance: float) -> Tensor:
    lightness = lab.narrow(-3, 0, 1).clamp(0, 100)
    ab = lab.narrow(-3, 1, 2)
    with torch.no_grad():
        clamped = torch.cat([lightness, ab], -3)
        inside = _inside(clamped, tolerance)
        scale = inside.to(lab.dtype)
        outside = ~inside.squeeze(-3)
        if outside.any():
            # Only the colors outside need the search. They are usually few of a picture's pixels.
            colors = clamped.movedim(-3, 0)[:, outside]
            scale.squeeze(-3)[outside] = _largest_scale(colors, tolerance)
    return torch.cat([lightness, ab * scale], -3)


def _largest_scale(colors: Tensor, tolerance: float) -> Tensor:
    """Bisect the chroma factor of out-of-gamut Lab colors `(3, M)`; returns `(M,)`."""
    colors = colors[:, None, :]
    low = torch.zeros_like(colors[0])
    high = torch.ones_like(low)
    for _ in range(18):  # chroma is at most 180, so the last step is below 0.001 of a Lab unit
        middle = (low + high) / 2
        trial = torch.stack([colors[0], colors[1] * middle, colors[2] * middle])
        inside = _inside(trial, tolerance)[0]
        low = torch.where(inside, middle, low)
        high = torch.where(inside, high, middle)
    return low[0]
