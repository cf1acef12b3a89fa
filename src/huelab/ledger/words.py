"""Metrics in words, for figures and pages."""

import re

from huelab.ledger.quantities import Metric

#: Patterns and words. A metric gets the words of the first pattern that matches its name.
_WORDS = (
    ("mae", "mean absolute error"),
    ("mse", "mean squared error"),
    ("psnr", "PSNR, dB"),
    ("ssim", "structural similarity"),
    ("colorfulness", "colorfulness"),
    ("colorfulness_truth", "colorfulness of the true photographs"),
    ("colorfulness_gap", "colorfulness minus that of the truth"),
    ("delta_e_2000", "color difference CIEDE2000"),
    (r"delta_e_2000_hue_(\d+)", r"CIEDE2000 of pixels with a true hue from \1°, 30° wide"),
    ("channel_argmax_accuracy", "share of pixels whose largest channel is the right one"),
    ("train_test_gap", "squared error on test images minus that on training images"),
    ("luminance_psnr", "PSNR of the gray that the result keeps, dB"),
    ("noise_robustness", "change of the output after noise on the input"),
    ("hue_error", "error of the hue, degrees"),
    (r"hue_error_(\w+)", r"error of the hue of \1 pixels, degrees"),
    ("color_leaking", "share of the color change at an edge that lies beside the edge"),
    ("uncolored_share", "share of images left without color"),
    ("uncolored_pixels", "share of colored pixels that become gray"),
    (r"uncolored_(\w+)", r"share of \1 pixels left without color"),
    ("red_on_faces", "share of pixels on people that are red or orange and should not be"),
    ("chroma_overexposed", "chroma where images are overexposed"),
    ("chroma_overexposed_before", "chroma of the same pixels before overexposure"),
    ("tint_halo", "error of a*b* around a colored light, Lab units"),
    ("tint_halo_unlit", "error of a*b* at the same pixels without the light, Lab units"),
    ("nyquist_peak", "checkerboard: power at the finest frequency over its neighbors, dB"),
    ("dead_units", "share of units whose output is always zero"),
    ("high_frequency_power", "power of fine detail in color"),
    ("high_frequency_power_truth", "power of fine detail in the true colors"),
    ("low_frequency_error", "error of the coarse colors"),
    ("low_frequency_error_gray", "error of the coarse colors of a gray image"),
    ("lightness_error", "error of the lightness, L* units"),
    ("sketch_color_ratio", "chroma of a colored sketch over that of its photograph"),
    ("loss_variance", "variance of the loss"),
    ("generator_loss", "loss of the generator"),
    (r"fd_squeezenet_\w+_train_n(\d+)", r"Fréchet distance by SqueezeNet to \1 training images"),
    (r"fd_squeezenet_\w+_n(\d+)", r"Fréchet distance by SqueezeNet to \1 images"),
    (r"fd_inception_tv_\w+_n(\d+)", r"Fréchet distance by Inception to \1 images"),
    (r"agreement_(\w+)", r"share of images that \1 classifies like the true ones"),
)
_SPACES = {"rgb": "RGB", "ab/128": "a*b* divided by 128"}


def in_words(metric: Metric) -> str:
    """The words for a metric on a page; its own name if there are no better words.

    Example:
        >>> in_words(Metric("mae", space="ab/128"))
        'mean absolute error of a*b* divided by 128'
        >>> in_words(Metric("no_such_metric"))
        'no_such_metric'
    """
    fits = ((re.fullmatch(pattern, metric.name), words) for pattern, words in _WORDS)
    name = next((match.expand(words) for match, words in fits if match), metric.name)
    if metric.name.startswith("vivid_"):
        name = "vivid end: " + in_words(Metric(metric.name.removeprefix("vivid_")))
    space = _SPACES.get(metric.space or "") if metric.name in ("mae", "mse") else None
    return f"{name} of {space}" if space else name
