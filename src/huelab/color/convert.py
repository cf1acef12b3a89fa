"""Gray, linear light and CIE Lab for batches, on any device.

Everything here is a pure function of tensors `(..., C, H, W)`. RGB is sRGB in [0, 1]. Lab is CIE
L*a*b* (D65, 2 degree observer) in its own units. The functions compute in float32, or in float64
for float64 inputs. Where they take RGB they also take uint8, whose curve is read from a table. The
results on two devices differ by rounding only.

The matrix, the white point and the rounded CIE constants are scikit-image's, so that the two
libraries agree. Matrices are applied channel by channel instead of with `matmul`: autocast and TF32
would round a matrix product, and three multiply-adds are as fast.

On a CPU each pass over memory takes time. Tensors that a function has made itself are overwritten,
and `torch.rsub` multiplies and adds in one pass.
"""

import functools
import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
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
_SCALED_XYZ_FROM_RGB = _XYZ_FROM_RGB / _WHITE[:, None]
# Y comes before X and Z, as L* comes before a* and b*.
_YXZ_FROM_RGB = tuple(map(tuple, _SCALED_XYZ_FROM_RGB[[1, 0, 2]].tolist()))
_RGB_FROM_XYZ = tuple(map(tuple, torch.linalg.inv(_SCALED_XYZ_FROM_RGB).tolist()))
_LUMINANCE = _XYZ_FROM_RGB[1].tolist()

# The two piecewise curves: where they change from a line to a power, and the line's slope.
_SRGB_LINEAR_END, _SRGB_ENCODED_END, SRGB_SLOPE = 0.0031308, 0.04045, 12.92
_LAB_END, _LAB_SLOPE, _LAB_OFFSET = 0.008856, 7.787, 16 / 116
_LAB_CURVE_END = 0.2068966
# With the CIE's rounded constants the line ends below the cube root; times 500 the gap is visible.
# At this ratio, just before the end, they meet.
_LAB_MEETING = 0.008823095371913666

# Weights of the sRGB-encoded channels. Code that takes an RGB array for BGR uses the swapped ones.
_LUMA = {
    "rec601": (0.299, 0.587, 0.114),
    "rec709": (0.2126, 0.7152, 0.0722),
    "rec601_swapped": (0.114, 0.587, 0.299),
}
GRAY_FORMULAS = ("rec601", "rec709", "luminance", "lightness", "rec601_swapped")


def srgb_to_linear(encoded: Tensor) -> Tensor:
    """Undo the sRGB curve: encoded values in [0, 1] (or uint8) to linear light in [0, 1].

    The tensor may have any shape. Values below 0 continue the straight part of the curve. The curve
    is that of IEC 61966-2-1.

    Raises:
        TypeError: for whole numbers other than uint8.

    Example:
        >>> srgb_to_linear(torch.tensor([0.5, 1.0]))
        tensor([0.2140, 1.0000])
    """
    if encoded.dtype == torch.uint8:
        return _look_up(_linear_table(encoded.device), encoded)
    encoded = as_float(encoded)
    # Clamping before the power keeps its gradient finite. `encoded - high` is 0 above the end of
    # the line, so no mask and no second branch is needed (torch.where costs 10 passes over memory).
    high = encoded.clamp(min=_SRGB_ENCODED_END)
    below = encoded - high
    # The base of the power is (high + 0.055) / 1.055. The base minus 1 is (high - 1) / 1.055, and
    # log1p takes two thirds of the time of log2.
    base_minus_1 = torch.rsub(high, -1 / 1.055, alpha=-1 / 1.055)
    power = base_minus_1.log1p_().mul_(2.4 / math.log(2)).exp2_()
    return power.add(below, alpha=1 / SRGB_SLOPE)


def linear_to_srgb(linear: Tensor) -> Tensor:
    """Apply the sRGB curve: linear light in [0, 1] to encoded values in [0, 1].

    The tensor may have any shape. Values below 0 continue the straight part of the curve, and
    values above 1 continue its power. The curve is that of IEC 61966-2-1.

    Raises:
        TypeError: for whole numbers.

    Example:
        >>> linear_to_srgb(torch.tensor([0.21404, 1.0]))
        tensor([0.5000, 1.0000])
    """
    linear = as_float(linear)
    high = linear.clamp(min=_SRGB_LINEAR_END)
    below = linear - high
    encoded = torch.rsub(_power_(high, 1 / 2.4), -0.055, alpha=-1.055)
    return encoded.add_(below, alpha=SRGB_SLOPE)


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
        TypeError: for whole numbers other than uint8.

    Example:
        >>> green = torch.tensor([0.0, 1.0, 0.0]).view(3, 1, 1)
        >>> round(rgb_to_gray(green, "rec601").item(), 3)
        0.587
    """
    check_channels(rgb, 3)
    if formula not in GRAY_FORMULAS:
        known = ", ".join(GRAY_FORMULAS)
        raise ValueError(f"unknown gray formula {formula!r}; there are {known}")

    def gray(rgb: Tensor) -> Tensor:
        if formula in _LUMA:
            scaled = rgb / 255 if rgb.dtype == torch.uint8 else as_float(rgb)
            return _weigh(scaled, _LUMA[formula]).unsqueeze(-3)
        luminance = _weigh(srgb_to_linear(rgb), _LUMINANCE).unsqueeze(-3)
        return luminance if formula == "luminance" else linear_to_srgb(luminance)

    return by_pixel(gray, rgb, channels=1)


def gray_to_lightness(gray: Tensor) -> Tensor:
    """CIE L* (0..100) of a neutral sRGB gray in [0, 1] (or uint8); any shape.

    Raises:
        TypeError: for whole numbers other than uint8.

    Example:
        >>> gray_to_lightness(torch.tensor([0.5, 1.0])).round()
        tensor([ 53., 100.])
    """
    return by_value(lambda gray: _lab_curve(srgb_to_linear(gray)) * 116 - 16, gray)


def lightness_to_gray(lightness: Tensor) -> Tensor:
    """The neutral sRGB gray in [0, 1] whose CIE L* is `lightness` (0..100); any shape.

    Raises:
        TypeError: for whole numbers.

    Example:
        >>> lightness_to_gray(torch.tensor([53.389, 100.0]))
        tensor([0.5000, 1.0000])
    """

    def gray(lightness: Tensor) -> Tensor:
        return linear_to_srgb(_lab_curve_inverse((lightness + 16) / 116))

    return by_value(gray, as_float(lightness))


def rgb_to_lab(rgb: Tensor) -> Tensor:
    """Convert sRGB to CIE L*a*b* (D65).

    Args:
        rgb: `(..., 3, H, W)` in [0, 1], or uint8.

    Returns:
        `(..., 3, H, W)`: L* in 0..100, a* in about -86..98, b* in about -108..95. They are within
        1e-4 of scikit-image's float64 `rgb2lab`.

    Raises:
        ValueError: for a tensor without three channels.
        TypeError: for whole numbers other than uint8.

    Example:
        >>> red = torch.tensor([255, 0, 0], dtype=torch.uint8).view(3, 1, 1)
        >>> rgb_to_lab(red).flatten().round()
        tensor([53., 80., 67.])
    """
    check_channels(rgb, 3)
    return by_pixel(_rgb_to_lab, rgb)


def lab_to_rgb(lab: Tensor, clip: bool = True) -> Tensor:
    """Convert CIE L*a*b* (D65) to sRGB.

    Args:
        lab: `(..., 3, H, W)` in Lab units.
        clip: whether to clip channels to [0, 1]. Clipping changes the lightness and the hue of a
            color outside the sRGB gamut; `fit_gamut` keeps both. Without clipping, such a color
            has channels below 0 or above 1.

    Returns:
        `(..., 3, H, W)` sRGB. A color inside the gamut comes back from Lab within 1e-4.

    Raises:
        ValueError: for a tensor without three channels.
        TypeError: for whole numbers.

    Example:
        >>> red = torch.tensor([53.2406, 80.0923, 67.2027]).view(3, 1, 1)
        >>> (lab_to_rgb(red) * 255).round().flatten()
        tensor([255.,   0.,   0.])
    """
    check_channels(lab, 3)
    return by_pixel(_lab_to_rgb_clipped if clip else _lab_to_rgb, as_float(lab))


def lab_to_linear(lab: Tensor) -> Tensor:
    """Lab `(..., 3, H, W)` to linear light `(..., 3, H, W)`, not clipped.

    Example:
        >>> gray = torch.tensor([53.389, 0.0, 0.0]).view(3, 1, 1)
        >>> [round(light, 2) for light in lab_to_linear(gray).flatten().tolist()]
        [0.21, 0.21, 0.21]
    """
    lightness, a, b = lab.unbind(-3)
    fy = (lightness + 16) / 116
    curve = torch.stack([fy.add(a, alpha=1 / 500), fy, fy.sub(b, alpha=1 / 200)], -3)
    return _mix(_lab_curve_inverse(curve), _RGB_FROM_XYZ)


def _rgb_to_lab(rgb: Tensor) -> Tensor:
    lab = _lab_curve(_mix(srgb_to_linear(rgb), _YXZ_FROM_RGB))
    fy, fx, fz = (lab.select(-3, channel) for channel in range(3))
    fx.sub_(fy).mul_(500)
    fz.sub_(fy).mul_(-200)
    fy.mul_(116).sub_(16)
    return lab


def _lab_to_rgb(lab: Tensor) -> Tensor:
    return linear_to_srgb(lab_to_linear(lab))


def _lab_to_rgb_clipped(lab: Tensor) -> Tensor:
    return _lab_to_rgb(lab).clamp(0, 1)


def _lab_curve(ratio: Tensor) -> Tensor:
    """CIE's f of a tristimulus value divided by that of white: a cube root, straight near 0."""
    high = F.threshold(ratio, _LAB_END, _LAB_MEETING)
    below = ratio - high
    return _power_(high, 1 / 3).add(below, alpha=_LAB_SLOPE)


def _lab_curve_inverse(curve: Tensor) -> Tensor:
    high = curve.clamp(min=_LAB_CURVE_END)
    return (high * high * high).add_(curve - high, alpha=1 / _LAB_SLOPE)


def _power_(base: Tensor, exponent: float) -> Tensor:
    """Raise to a power, in the memory of the base."""
    # exp2 and log2 take half as long as pow and are as exact in the range of these curves.
    return base.log2_().mul_(exponent).exp2_()


def _mix(planes: Tensor, matrix: tuple[tuple[float, ...], ...]) -> Tensor:
    """Multiply the channels of `(..., 3, H, W)` by a matrix of 3 x 3."""
    # A constant that is made while a graph is recorded belongs to that graph.
    columns = _columns.__wrapped__ if torch.compiler.is_compiling() else _columns
    first, second, third = columns(matrix, planes.device, planes.dtype)
    x, y, z = planes.split(1, -3)
    return (x * first).addcmul_(y, second).addcmul_(z, third)


@functools.cache
def _columns(
    matrix: tuple[tuple[float, ...], ...], device: torch.device, dtype: torch.dtype
) -> Sequence[Tensor]:
    """The columns of a matrix, each as `(3, 1, 1)`."""
    # These are ordinary tensors, even if they are first needed in inference mode.
    with torch.inference_mode(False):
        return torch.tensor(matrix, device=device, dtype=dtype)[:, :, None, None].unbind(1)


def _weigh(planes: Tensor, weights: Sequence[float]) -> Tensor:
    """The weighted sum of the channels of `(..., 3, H, W)`: `(..., H, W)`."""
    first, second, third = planes.unbind(-3)
    return (first * weights[0]).add_(second, alpha=weights[1]).add_(third, alpha=weights[2])


def _look_up(table: Tensor, image: Tensor) -> Tensor:
    index = image.to(torch.int32, memory_format=torch.contiguous_format)
    return table.index_select(0, index.view(-1)).view(image.shape)


@functools.cache
def _linear_table(device: torch.device) -> Tensor:
    # The table is an ordinary tensor, even if it is first needed in inference mode.
    with torch.inference_mode(False):
        values = srgb_to_linear(torch.arange(256, dtype=torch.float64) / 255)
        return values.to(device, torch.float32)


def as_float(image: Tensor) -> Tensor:
    """Turn half precision into float32; leave float32 and float64 as they are.

    Raises:
        TypeError: for whole numbers.

    Example:
        >>> as_float(torch.ones(1, dtype=torch.bfloat16)).dtype
        torch.float32
    """
    if image.dtype in (torch.float32, torch.float64):
        return image
    if image.dtype.is_floating_point:
        return image.to(torch.float32)
    raise TypeError(f"expected floating point values or uint8 RGB, got {image.dtype}")


def check_channels(image: Tensor, channels: int) -> None:
    """Check that the shape is `(..., channels, H, W)`.

    Raises:
        ValueError: for any other shape.

    Example:
        >>> check_channels(torch.zeros(2, 3, 4, 5), 3)
    """
    if image.ndim < 3 or image.shape[-3] != channels:
        raise ValueError(f"expected (..., {channels}, H, W), got shape {tuple(image.shape)}")
