"""Errors of values: absolute, squared, PSNR, and the "accuracy" that Keras printed."""

import torch
from torch import Tensor
from torchmetrics.functional.image import peak_signal_noise_ratio

from huelab.color import rgb_to_lab
from huelab.metrics.inputs import check_pictures

SPACES = ("rgb", "ab", "lab")


def mae(pred: Tensor, true: Tensor, *, space: str, divisor: float = 1.0) -> Tensor:
    """Mean absolute error of each picture over all pixels and channels of a color space.

    Args:
        pred, true: sRGB `(N, 3, H, W)` in [0, 1].
        space: `rgb`, sRGB as it is encoded; `ab`, the two color axes of CIE Lab; `lab`, all three.
        divisor: the number by which values are divided first. Papers that give ab in [-1, 1] divide
            by 128 or by 110 and seldom say which.

    Returns:
        `(N,)`, in units of the divided space.

    Raises:
        ValueError: for an unknown space or other shapes.
        TypeError: for values that are not floating point.

    Example:
        >>> black, white = torch.zeros(1, 3, 2, 2), torch.ones(1, 3, 2, 2)
        >>> mae(black, white, space="rgb")
        tensor([1.])
    """
    return mean_absolute(*_planes(pred, true, space)) / divisor


def mse(pred: Tensor, true: Tensor, *, space: str, divisor: float = 1.0) -> Tensor:
    """Mean squared error of each picture; arguments as for `mae`.

    Returns:
        `(N,)`, in squared units of the divided space.

    Raises:
        ValueError: as for `mae`.
        TypeError: as for `mae`.

    Example:
        >>> black, half = torch.zeros(1, 3, 2, 2), torch.full((1, 3, 2, 2), 0.5)
        >>> mse(black, half, space="rgb")
        tensor([0.2500])
    """
    return mean_squared(*_planes(pred, true, space)) / divisor**2


def psnr(
    pred: Tensor, true: Tensor, *, space: str, divisor: float = 1.0, data_range: float
) -> Tensor:
    """Peak signal-to-noise ratio of each picture, in dB (torchmetrics).

    The mean of this over pictures is what most papers print. It differs by 1 to 4 dB from the
    ratio of the pooled error, `psnr_of_mse(mse(...).mean(), data_range)`.

    Args:
        pred, true, space, divisor: as for `mae`.
        data_range: the peak. It is 1 for sRGB, and 2 for ab divided to [-1, 1]; a peak of 1 would
            give 6.02 dB less there.

    Returns:
        `(N,)`; infinite for a picture without error.

    Raises:
        ValueError: as for `mae`.
        TypeError: as for `mae`.

    Example:
        >>> black, tenth = torch.zeros(1, 3, 2, 2), torch.full((1, 3, 2, 2), 0.1)
        >>> psnr(tenth, black, space="rgb", data_range=1)
        tensor([20.])
    """
    pred, true = (plane / divisor for plane in _planes(pred, true, space))
    return peak_signal_noise_ratio(
        pred, true, data_range=float(data_range), reduction="none", dim=(1, 2, 3)
    )


def psnr_of_mse(mse: Tensor, data_range: float) -> Tensor:
    """The peak signal-to-noise ratio, in dB, of mean squared errors of any shape.

    `data_range` is the peak, in the unit whose square the errors have.

    Example:
        >>> psnr_of_mse(torch.tensor([0.01, 0.001]), data_range=1)
        tensor([20., 30.])
    """
    return 10 * torch.log10(data_range**2 / mse)


def mean_absolute(pred: Tensor, true: Tensor) -> Tensor:
    """Mean absolute difference of each picture: `(N, C, H, W)` twice to `(N,)`.

    Example:
        >>> mean_absolute(torch.zeros(2, 1, 4, 4), torch.full((2, 1, 4, 4), 0.5))
        tensor([0.5000, 0.5000])
    """
    return (pred - true).abs_().flatten(1).mean(1)


def mean_squared(pred: Tensor, true: Tensor) -> Tensor:
    """Mean squared difference of each picture: `(N, C, H, W)` twice to `(N,)`.

    Example:
        >>> mean_squared(torch.zeros(2, 1, 4, 4), torch.full((2, 1, 4, 4), 0.5))
        tensor([0.2500, 0.2500])
    """
    return (pred - true).square_().flatten(1).mean(1)


def channel_argmax_accuracy(pred: Tensor, true: Tensor, *, levels: int | None = 256) -> Tensor:
    """Share of pixels whose largest channel of R, G and B is the same as in the truth.

    Keras computes this when a network that outputs RGB is compiled with `metrics=["accuracy"]`
    (papers 000 and 003): categorical accuracy over the last axis. It does not measure colorization.
    For example, the three channels of a gray picture tie, so the picture counts as "red is
    largest".

    Args:
        pred, true: sRGB `(N, 3, H, W)` in [0, 1].
        levels: values are rounded to this many levels first, as in a saved picture, so that
            the rounding errors of a gray pixel do not decide which channel is largest. None
            compares values as they are, as Keras does.

    Returns:
        `(N,)` in 0..1. Of tied channels the first one counts as the largest, as for argmax.

    Raises:
        ValueError: for other shapes.
        TypeError: for values that are not floating point.

    Example:
        >>> red = torch.tensor([1.0, 0.0, 0.0]).view(1, 3, 1, 1)
        >>> gray, blue = torch.full((1, 3, 1, 1), 0.5), red.flip(1)
        >>> channel_argmax_accuracy(gray, red), channel_argmax_accuracy(gray, blue)
        (tensor([1.]), tensor([0.]))
    """
    check_pictures(pred, true)
    return (_largest_channel(pred, levels) == _largest_channel(true, levels)).float().mean((1, 2))


def _largest_channel(rgb: Tensor, levels: int | None) -> Tensor:
    if levels is not None:
        rgb = (rgb * (levels - 1)).round_()
    red, green, blue = rgb.unbind(1)
    # Spelled out, because not every device's argmax takes the first of several equal values.
    later = (green < blue).to(torch.uint8) + 1
    return later.masked_fill_((red >= green) & (red >= blue), 0)


def _planes(pred: Tensor, true: Tensor, space: str) -> list[Tensor]:
    check_pictures(pred, true)
    if space not in SPACES:
        raise ValueError(f"unknown space {space!r}; choose one of {', '.join(SPACES)}")
    if space == "rgb":
        return [pred, true]
    first = 1 if space == "ab" else 0
    return [rgb_to_lab(picture)[:, first:] for picture in (pred, true)]
