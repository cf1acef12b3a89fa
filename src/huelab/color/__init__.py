"""Gray, linear light and CIE Lab for batches, on any device; see `huelab.color.convert`."""

from huelab.color.convert import (
    GRAY_FORMULAS,
    fit_gamut,
    gray_to_lightness,
    in_gamut,
    lab_to_rgb,
    lightness_to_gray,
    linear_to_srgb,
    out_of_gamut_share,
    rgb_to_gray,
    rgb_to_lab,
    srgb_to_linear,
)

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
