"""Filters for a finished picture; the web page of paper 004 offers some without naming them.

Each filter treats every pixel alone. It takes sRGB `(..., 3, H, W)` in [0, 1] and gives the same.
All filters except sepia keep L* as it is. `warm` and `cool` do not change black and white.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from huelab.color import fit_gamut, lab_to_rgb, lightness_to_gray, rgb_to_lab

Filter = Callable[[Tensor], Tensor]

#: Rows that are processed at once.
_ROWS = 256
# W3C, Filter Effects Module Level 1, sepia(1): the rows give red, green, and blue.
_SEPIA = (
    (0.393, 0.769, 0.189),
    (0.349, 0.686, 0.168),
    (0.272, 0.534, 0.131),
)


def none(rgb: Tensor) -> Tensor:
    """The picture as it is.

    Example:
        >>> none(torch.ones(3, 1, 1)).flatten()
        tensor([1., 1., 1.])
    """
    return rgb


def sepia(rgb: Tensor) -> Tensor:
    """The brown of old prints: the matrix that browsers use for `sepia(1)`.

    Example:
        >>> sepia(torch.full((3, 1, 1), 0.5)).flatten()
        tensor([0.6755, 0.6015, 0.4685])
    """
    matrix = rgb.new_tensor(_SEPIA)
    return torch.einsum("ij,...jhw->...ihw", matrix, rgb).clamp(0, 1)


def black_and_white(rgb: Tensor) -> Tensor:
    """The neutral gray of the same L*.

    Example:
        >>> red, green, blue = black_and_white(torch.rand(3, 1, 1)).flatten().tolist()
        >>> red == green == blue
        True
    """
    return lightness_to_gray(rgb_to_lab(rgb)[..., :1, :, :]).expand_as(rgb)


def vivid(rgb: Tensor) -> Tensor:
    """Colors of 1.5 times the chroma, as far as a screen can show them.

    Example:
        >>> brick = torch.tensor([0.6, 0.5, 0.4]).view(3, 1, 1)
        >>> bool(vivid(brick)[0] > brick[0]), bool(vivid(brick)[2] < brick[2])
        (True, True)
    """
    return _with_ab(rgb, lambda lightness, ab: 1.5 * ab)


def warm(rgb: Tensor) -> Tensor:
    """The light of an evening: middle grays move 4 in a* and 16 in b*.

    Example:
        >>> red, green, blue = warm(torch.full((3, 1, 1), 0.5)).flatten()
        >>> bool(red > green > blue)
        True
    """
    return _toward(rgb, 4.0, 16.0)


def cool(rgb: Tensor) -> Tensor:
    """The light of a winter day: middle grays move -4 in a* and -16 in b*.

    Example:
        >>> red, green, blue = cool(torch.full((3, 1, 1), 0.5)).flatten()
        >>> bool(red < green < blue)
        True
    """
    return _toward(rgb, -4.0, -16.0)


#: The filters by the names that the page and its HTTP interface use.
FILTERS: dict[str, Filter] = {
    "none": none,
    "vivid": vivid,
    "warm": warm,
    "cool": cool,
    "sepia": sepia,
    "black-and-white": black_and_white,
}


def filtered(pixels: np.ndarray, name: str) -> np.ndarray:
    """A picture with a filter.

    Args:
        pixels: uint8 or uint16, sRGB `(H, W, 3)`.
        name: one of `FILTERS`.

    Returns:
        A new array of the same shape and type.

    Raises:
        ValueError: for another name, shape, or type.

    Example:
        >>> filtered(np.full((1, 1, 3), 128, np.uint8), "sepia").flatten()
        array([173, 154, 120], dtype=uint8)
    """
    if name not in FILTERS:
        raise ValueError(f"there is no filter {name!r}; there are: {', '.join(FILTERS)}")
    if pixels.dtype not in (np.uint8, np.uint16) or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ValueError(f"expected uint8 or uint16 (H, W, 3), got {pixels.dtype} {pixels.shape}")
    if name == "none":
        return pixels.copy()
    white = np.iinfo(pixels.dtype).max
    result = np.empty_like(pixels)
    for start in range(0, len(pixels), _ROWS):
        rows = slice(start, start + _ROWS)
        rgb = torch.from_numpy(pixels[rows].astype(np.float32) / white).permute(2, 0, 1)
        changed = FILTERS[name](rgb).permute(1, 2, 0).numpy()
        result[rows] = np.rint(changed * white)
    return result


def _with_ab(rgb: Tensor, change: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Change a*b* of a picture by a function of L* and a*b*; L* stays."""
    lightness, ab = rgb_to_lab(rgb).split([1, 2], -3)
    return lab_to_rgb(fit_gamut(torch.cat([lightness, change(lightness, ab)], -3)))


def _toward(rgb: Tensor, a: float, b: float) -> Tensor:
    """Move a*b*: most at the middle of L*, and not at all at black and at white."""
    shift = rgb.new_tensor([a, b]).view(2, 1, 1)

    def moved(lightness: Tensor, ab: Tensor) -> Tensor:
        share = lightness / 100
        return ab + shift * 4 * share * (1 - share)

    return _with_ab(rgb, moved)
