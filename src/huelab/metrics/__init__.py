"""Metrics, each of which says in its name or its arguments what it measures.

This includes the color space, the range of values and the averaging. Functions of pictures take
batches of sRGB `(N, 3, H, W)` in [0, 1] and give one value for each picture, `(N,)`. Those that
measure in CIE Lab have a twin `.of_lab` that takes Lab. Distances between sets take the features of
`huelab.features`. `huelab.measure.Evaluation` computes all metrics in one pass and gives the metric
entries of a record.
"""

from huelab.metrics.colorfulness import (
    UNCOLORED_CHROMA,
    colorfulness,
    colorfulness_gap,
    mean_chroma,
    uncolored,
)
from huelab.metrics.differences import (
    HUE_BINS,
    HUE_NAMES,
    NEUTRAL_CHROMA,
    chroma_error,
    cie76,
    ciede2000,
    delta_e_76,
    delta_e_2000,
    error_by_hue,
    hue_error,
    pool_by_hue,
)
from huelab.metrics.distances import (
    distance_name,
    frechet_distance,
    frechet_distance_of_gaussians,
    kernel_distance,
)
from huelab.metrics.errors import channel_argmax_accuracy, mae, mse, psnr, psnr_of_mse
from huelab.metrics.leaking import color_leaking
from huelab.metrics.perceptual import LPIPS_BACKBONES, lpips, lpips_network
from huelab.metrics.recognition import top1_accuracy, top1_agreement
from huelab.metrics.similarity import ssim
from huelab.metrics.spectrum import band_power
from huelab.metrics.temporal import color_histograms, color_inconsistency, warping_error

__all__ = [
    "HUE_BINS",
    "HUE_NAMES",
    "LPIPS_BACKBONES",
    "NEUTRAL_CHROMA",
    "UNCOLORED_CHROMA",
    "band_power",
    "channel_argmax_accuracy",
    "chroma_error",
    "cie76",
    "ciede2000",
    "color_histograms",
    "color_inconsistency",
    "color_leaking",
    "colorfulness",
    "colorfulness_gap",
    "delta_e_76",
    "delta_e_2000",
    "distance_name",
    "error_by_hue",
    "frechet_distance",
    "frechet_distance_of_gaussians",
    "hue_error",
    "kernel_distance",
    "lpips",
    "lpips_network",
    "mae",
    "mean_chroma",
    "mse",
    "pool_by_hue",
    "psnr",
    "psnr_of_mse",
    "ssim",
    "top1_accuracy",
    "top1_agreement",
    "uncolored",
    "warping_error",
]
