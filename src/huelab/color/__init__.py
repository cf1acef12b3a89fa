"""Gray, linear light and CIE Lab for batches, on any device; see `convert` and `gamut`."""

from huelab.color.convert import (
    GRAY_FORMULAS,
    gray_to_lightness,
    lab_to_rgb,
    lightness_to_gray,
    linear_to_srgb,
    rgb_to_gray,
    rgb_to_lab,
    srgb_to_linear,
)
from huelab.color.gamut import fit_gamut, in_gamut, out_of_gamut_share

__all__ = [
    "GRAY_FORMULAS",
    "fit_gamut",
    "gray_to_lightness",
    "in_gamut",
    "lab_to_rgb",
    "lightness_to_gray",
    "linear_to_srgb",
    "out_of_gamut_share",
    "rgb_to_gray",
    "rgb_to_lab",
    "srgb_to_linear",
]
