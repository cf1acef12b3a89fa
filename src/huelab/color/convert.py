"""Gray, linear light and CIE Lab for batches, on any device.

Everything here is a pure function of tensors `(..., C, H, W)`. RGB is sRGB in [0, 1]; Lab is CIE
L*a*b* (D65, 2 degree observer) in its own units. Floating inputs are computed in float32 (float64
stays float64); uint8 RGB is accepted wherever RGB is, and its curve is read from a table.

The matrix, the white point and the rounded CIE constants are scikit-image's, so that the two
libraries agree. Matrices are applied plane by plane instead of with `matmul`: autocast and TF32
would round a matrix product, and three multiply-adds are as fast.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from huelab.color.pieces import by_pixel, by_value

# Linear sRGB to XYZ (IEC 61966-2-1, as printed in scikit-image), and the D65 white it is scaled by.
_XYZ_FROM_RGB = torch.tensor(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ],
    dtype=torch.float64,
)
_WHITE = torch.tensor([0.95047, 1.0, 1.08883], dtype=torch.float64)
_SCALED_XYZ_FROM_RGB = (_XYZ_FROM_RGB / _WHITE[:, None]).tolist()
_RGB_FROM_SCALED_XYZ = torch.linalg.inv(_XYZ_FROM_RGB / _WHITE[:, None]).tolist()
_LUMINANCE = _XYZ_FROM_RGB[1].tolist()

# The two piecewise curves: where they change from a line to a power, and the line's slope.
_SRGB_LINEAR_END, _SRGB_ENCODED_END, _SRGB_SLOPE = 0.0031308, 0.04045, 12.92
_LAB_END, _LAB_SLOPE, _LAB_OFFSET = 0.008856, 7.787, 16 / 116
_LAB_CURVE_END = 0.2068966
_LAB_GAP = _LAB_END ** (1 / 3) - (_LAB_SLOPE * _LAB_END + _LAB_OFFSET)

# Weights on sRGB-encoded channels. The swapped one is what reading an RGB array as BGR computes.
_LUMA = {
    "rec601": (0.299, 0.587, 0.114),
    "rec709": (0.2126, 0.7152, 0.0722),
    "rec601_swapped": (0.114, 0.587, 0.299),
}
GRAY_FORMULAS = ("rec601", "rec709", "luminance", "lightness", "rec601_swapped")


def srgb_to_linear(encoded: Tensor) -> Tensor:
    """Undo the sRGB curve: encoded values in [0, 1] (or uint8) to linear light in [0, 1].

    Any shape. Values below 0 continue the straight part. IEC 61966-2-1.
    """
    if encoded.dtype == torch.uint8:
        return _look_up(_linear_table(encoded.device), encoded)
    encoded = _as_float(encoded)
    # Clamping before the power keeps its gradient finite, and `encoded - high` is 0 above the end
    # of the line, so that no mask and no second branch is needed (torch.where costs 10 passes).
    high = encoded.clamp(min=_SRGB_ENCODED_END)
    power = (high + 0.055).div_(1.055).pow(2.4)
    return power.add_(encoded - high, alpha=1 / _SRGB_SLOPE)


def linear_to_srgb(linear: Tensor) -> Tensor:
    """Apply the sRGB curve: linear light in [0, 1] to encoded values in [0, 1]; any shape.

    Values below 0 continue the straight part, values above 1 the power. IEC 61966-2-1.
    """
    linear = _as_float(linear)
    high = linear.clamp(min=_SRGB_LINEAR_END)
    return (high.pow(1 / 2.4) * 1.055).sub_(0.055).add_(linear - high, alpha=_SRGB_SLOPE)


def rgb_to_gray(rgb: Tensor, formula: str = "rec601") -> Tensor:
    """Reduce sRGB to one gray channel by a named formula.

    Args:
        rgb: `(..., 3, H, W)` in [0, 1], or uint8.
        formula: `rec601` luma, 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601, what OpenCV and Pillow
            compute); `rec709` luma (ITU-R BT.709); `luminance`, the linear CIE Y, not encoded;
            `lightness`, the neutral sRGB gray that has the same CIE L* as the color;
            `rec601_swapped`, Rec. 601 with the weights of red and blue exchanged, which is what
            `cv2.COLOR_BGR2GRAY` computes on an RGB array (paper 003, code listing).

    Returns:
        `(..., 1, H, W)` in [0, 1], sRGB-encoded except for `luminance`, which is linear.

    Raises:
        ValueError: for an unknown formula or a tensor without three channels.
    """
    _check_channels(rgb, 3)
    if formula not in GRAY_FORMULAS:
        known = ", ".join(GRAY_FORMULAS)
        raise ValueError(f"unknown gray formula {formula!r}; there are {known}")

    def gray(rgb: Tensor) -> list[Tensor]:
        if formula in _LUMA:
            scaled = rgb / 255 if rgb.dtype == torch.uint8 else _as_float(rgb)
            return [_weigh(scaled, _LUMA[formula])]
        luminance = _weigh(srgb_to_linear(rgb), _LUMINANCE)
        return [luminance if formula == "luminance" else linear_to_srgb(luminance)]

    return by_pixel(gray, rgb, channels=1)


def gray_to_lightness(gray: Tensor) -> Tensor:
    """CIE L* (0..100) of a neutral sRGB gray in [0, 1] (or uint8); any shape."""
    return by_value(lambda gray: _lab_curve(srgb_to_linear(gray)) * 116 - 16, gray)


def lightness_to_gray(lightness: Tensor) -> Tensor:
    """The neutral sRGB gray in [0, 1] whose CIE L* is `lightness` (0..100); any shape."""

    def gray(lightness: Tensor) -> Tensor:
        return linear_to_srgb(_lab_curve_inverse((lightness + 16) / 116))

    return by_value(gray, _as_float(lightness))


def rgb_to_lab(rgb: Tensor) -> Tensor:
    """Convert sRGB to CIE L*a*b* (D65).

    Args:
        rgb: `(..., 3, H, W)` in [0, 1], or uint8.

    Returns:
        `(..., 3, H, W)`: L* in 0..100, a* in about -86..98, b* in about -108..95. Within 1e-4 of
        scikit-image's float64 `rgb2lab`.

    Raises:
        ValueError: for a tensor without three channels.
    """
    _check_channels(rgb, 3)
    return by_pixel(_rgb_to_lab, rgb)


def lab_to_rgb(lab: Tensor, clip: bool = True) -> Tensor:
    """Convert CIE L*a*b* (D65) to sRGB.

    Args:
        lab: `(..., 3, H, W)` in Lab units.
        clip: cut channels to [0, 1]. A color outside the sRGB gamut changes its lightness and hue
            when its channels are cut; `fit_gamut` keeps both. Without clipping such colors have
            channels below 0 or above 1.

    Returns:
        `(..., 3, H, W)` sRGB. Round trip of in-gamut colors within 1e-4.

    Raises:
        ValueError: for a tensor without three channels.
    """
    _check_channels(lab, 3)
    return by_pixel(_lab_to_rgb_clipped if clip else _lab_to_rgb, _as_float(lab))


def in_gamut(lab: Tensor, tolerance: float = 1e-4) -> Tensor:
    """Which pixels are colors of sRGB: `(..., 3, H, W)` Lab to a boolean `(..., 1, H, W)`.

    Args:
        tolerance: how far outside [0, 1] an sRGB-encoded channel may lie; the default is the
            error that the float32 round trip is allowed.
    """
    # Compared in linear light, where the bounds are constants and no power has to be taken.
    low, high = -tolerance / _SRGB_SLOPE, ((1 + tolerance + 0.055) / 1.055) ** 2.4
    red, green, blue = _lab_to_linear(_as_float(lab))
    smallest = torch.minimum(torch.minimum(red, green), blue)
    largest = torch.maximum(torch.maximum(red, green), blue)
    return ((smallest >= low) & (largest <= high)).unsqueeze(-3)


def out_of_gamut_share(lab: Tensor, tolerance: float = 1e-4) -> Tensor:
    """Share (0..1) of all pixels of `(..., 3, H, W)` Lab that are no sRGB colors; a scalar."""
    return 1 - in_gamut(lab, tolerance).to(torch.float32).mean()


def fit_gamut(lab: Tensor, tolerance: float = 1e-4) -> Tensor:
    """Bring Lab colors into the sRGB gamut by shrinking chroma at constant lightness and hue.

    The largest factor s in [0, 1] for which (L, s a, s b) is an sRGB color is found by bisection,
    which never leaves the gamut: s = 0 is a gray. Colors already inside are returned unchanged. In
    the backward pass s counts as a constant, so that gradients are finite and keep their sign.

    Args:
        lab: `(..., 3, H, W)` in Lab units; L is clamped to 0..100.
        tolerance: as in `in_gamut`.

    Returns:
        Lab of the same shape.

    Raises:
        ValueError: for a tensor without three channels.
    """
    _check_channels(lab, 3)
    lab = _as_float(lab)
    lightness = lab.narrow(-3, 0, 1).clamp(0, 100)
    ab = lab.narrow(-3, 1, 2)
    with torch.no_grad():
        inside = in_gamut(torch.cat([lightness, ab], -3), tolerance)
        scale = inside.to(lab.dtype)
        outside = ~inside.squeeze(-3)
        if outside.any():
            # Only the colors outside are searched: usually few of a picture's pixels.
            planes = torch.cat([lightness, ab], -3).movedim(-3, 0)[:, outside]
            scale.squeeze(-3)[outside] = _largest_scale(planes, tolerance)
    return torch.cat([lightness, ab * scale], -3)


def _largest_scale(colors: Tensor, tolerance: float) -> Tensor:
    """Bisect the chroma factor of out-of-gamut Lab colors `(3, M)`; returns `(M,)`."""
    colors = colors[:, None, :]
    low = torch.zeros_like(colors[0])
    high = torch.ones_like(low)
    for _ in range(18):  # chroma of at most 180, so the last step is below 0.001 of a Lab unit
        middle = (low + high) / 2
        trial = torch.stack([colors[0], colors[1] * middle, colors[2] * middle])
        inside = in_gamut(trial, tolerance)[0]
        low = torch.where(inside, middle, low)
        high = torch.where(inside, high, middle)
    return low[0]


def _rgb_to_lab(rgb: Tensor) -> list[Tensor]:
    linear = srgb_to_linear(rgb)
    fx, fy, fz = (_lab_curve(_weigh(linear, row)) for row in _SCALED_XYZ_FROM_RGB)
    return [(fy * 116).sub_(16), (fx - fy).mul_(500), (fy - fz).mul_(200)]


def _lab_to_linear(lab: Tensor) -> list[Tensor]:
    lightness, a, b = lab.unbind(-3)
    fy = (lightness + 16) / 116
    curve = torch.stack([fy.add(a, alpha=1 / 500), fy, fy.sub(b, alpha=1 / 200)], -3)
    ratios = _lab_curve_inverse(curve)
    return [_weigh(ratios, row) for row in _RGB_FROM_SCALED_XYZ]


def _lab_to_rgb(lab: Tensor) -> list[Tensor]:
    return [linear_to_srgb(channel) for channel in _lab_to_linear(lab)]


def _lab_to_rgb_clipped(lab: Tensor) -> list[Tensor]:
    return [channel.clamp(0, 1) for channel in _lab_to_rgb(lab)]


def _lab_curve(ratio: Tensor) -> Tensor:
    """CIE's f: a cube root with a straight start, of a tristimulus value over the white's."""
    high = ratio.clamp(min=_LAB_END)
    below = ratio - high
    # exp2 and log2 take two thirds of the time of pow(1/3) and are as exact on this range.
    root = high.log2().mul_(1 / 3).exp2()
    # With the CIE's rounded constants the line ends below the root; times 500 the gap is visible.
    return root.add(below, alpha=_LAB_SLOPE).add_(below.sign(), alpha=_LAB_GAP)


def _lab_curve_inverse(curve: Tensor) -> Tensor:
    high = curve.clamp(min=_LAB_CURVE_END)
    return (high * high * high).add_(curve - high, alpha=1 / _LAB_SLOPE)


def _weigh(planes: Tensor, weights: Sequence[float]) -> Tensor:
    """The weighted sum of the channels of `(..., 3, H, W)`: `(..., H, W)`."""
    first, second, third = planes.unbind(-3)
    return (first * weights[0]).add_(second, alpha=weights[1]).add_(third, alpha=weights[2])


def _look_up(table: Tensor, image: Tensor) -> Tensor:
    index = image.to(torch.int32, memory_format=torch.contiguous_format)
    return table.index_select(0, index.view(-1)).view(image.shape)


def _linear_table(device: torch.device) -> Tensor:
    table = _LINEAR_TABLES.get(device)
    if table is None:
        values = srgb_to_linear(torch.arange(256, dtype=torch.float64) / 255)
        table = _LINEAR_TABLES[device] = values.to(device, torch.float32)
    return table


_LINEAR_TABLES: dict[torch.device, Tensor] = {}


def _as_float(image: Tensor) -> Tensor:
    if image.dtype in (torch.float32, torch.float64):
        return image
    if image.dtype.is_floating_point:
        return image.to(torch.float32)
    raise TypeError(f"expected floating point values or uint8 RGB, got {image.dtype}")


def _check_channels(image: Tensor, channels: int) -> None:
    if image.ndim < 3 or image.shape[-3] != channels:
        raise ValueError(f"expected (..., {channels}, H, W), got shape {tuple(image.shape)}")
