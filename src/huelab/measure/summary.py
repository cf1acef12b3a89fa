"""Turns the rows of an evaluation into the metric entries of a record."""

import math
from typing import Any, Protocol

import torch
from torch import Tensor

from huelab.measure.standard import Column
from huelab.metrics.differences import HUE_BINS, HUE_NAMES, NEUTRAL_CHROMA, pool_by_hue
from huelab.metrics.distances import distance_name, frechet_distance, kernel_distance
from huelab.metrics.errors import psnr_of_mse
from huelab.records import Measurement


class Frozen(Protocol):
    """The parts of a network of `huelab.features` that measuring needs."""

    name: str
    resizer: str
    layer: str
    dimension: int

    def __call__(self, picture: Tensor) -> Any: ...


#: The largest PSNR that counts. Without it a perfect picture would make the mean infinite. Rounding
#: to 8 bits gives 59 dB.
MOST_DB = 60.0

#: The values that are kept of a classifier's answers, see `summarize_answers`.
ANSWERS = ("agreement", "agreement_gray", "accuracy", "accuracy_gray", "accuracy_truth")


def summarize_column(column: Column, values: Tensor, pixels: Tensor) -> list[Measurement]:
    """The mean over pictures of one column, and for a squared error also the PSNR.

    Args:
        column: the metric.
        values: its float64 values `(N,)`, NaN for a picture without a value.
        pixels: the number of pixels of each picture, `(N,)`, for pooling.

    Example:
        >>> from huelab.measure.standard import ERRORS
        >>> mse = next(column for column in ERRORS if (column.name, column.space) == ("mse", "rgb"))
        >>> found = summarize_column(mse, torch.tensor([0.1, 0.001]).double(), torch.ones(2))
        >>> [(m.name, m.averaging, round(m.value, 2)) for m in found]
        [('mse', 'pictures', 0.05), ('psnr', 'pictures', 20.0), ('psnr', 'pooled', 12.97)]
    """
    entries = [_mean(column.name, values, space=column.space, range=column.range)]
    for peak in column.peaks:
        about = {"space": column.space, "range": f"{peak:g}"}
        entries.append(_mean("psnr", psnr_of_mse(values, peak).clamp(max=MOST_DB), **about))
        pooled = psnr_of_mse((values * pixels).sum() / pixels.sum(), peak).clamp(max=MOST_DB)
        pool = about | {"averaging": "pooled"}
        entries.append(Measurement(name="psnr", value=_number(pooled), n=len(values), **pool))
    return entries


def summarize_hues(difference: Tensor, count: Tensor) -> list[Measurement]:
    """The CIEDE2000 difference of the pixels of each true hue, pooled over pictures.

    The name of each entry has the angle at which its bin begins, such as `delta_e_2000_hue_030`.
    Pixels without a hue are in `delta_e_2000_neutral`. n is the number of pictures that have such
    pixels.

    Args:
        difference, count: what `error_by_hue` gives, `(N, bins + 1)` each.

    Example:
        >>> count = torch.zeros(1, HUE_BINS + 1)
        >>> count[0, 0] = 9.0  # pixels, all of one hue
        >>> found = summarize_hues(torch.full_like(count, 2.0), count)
        >>> found[0].name, found[0].value, found[1].value
        ('delta_e_2000_hue_000', 2.0, None)
    """
    width = 360 // HUE_BINS
    ranges = [
        f"true hue {start}..{start + width} degrees, chroma >= {NEUTRAL_CHROMA:g}"
        for start in range(0, 360, width)
    ] + [f"true chroma < {NEUTRAL_CHROMA:g}"]
    pooled, pictures = pool_by_hue(difference, count), (count > 0).sum(0)
    return [
        Measurement(
            name=f"delta_e_2000_{name}",
            value=_number(value),
            space="lab",
            range=where,
            averaging="pooled",
            n=int(n),
        )
        for name, where, value, n in zip(HUE_NAMES, ranges, pooled, pictures, strict=True)
    ]


def summarize_answers(network: str, answers: Tensor) -> list[Measurement]:
    """How often a classifier gives the same class as for the truth, and how often it is right.

    `agreement` is how often the classifier gives a prediction the class that it gives the truth,
    and `agreement_gray` how often it does so for the gray picture. The `accuracy` of prediction,
    gray picture and truth is None for pictures of unknown class. Each name includes that of the
    network, such as `agreement_squeezenet`.

    Args:
        network: its name.
        answers: `(N, len(ANSWERS))`, 0 or 1, NaN where there is no answer.

    Example:
        >>> found = summarize_answers("squeezenet", torch.ones(3, len(ANSWERS)))
        >>> [m.name for m in found][:2], found[0].value
        (['agreement_squeezenet', 'agreement_squeezenet_gray'], 1.0)
    """
    entries = []
    for name, values in zip(ANSWERS, answers.unbind(1), strict=True):
        what, _, of = name.partition("_")
        full = "_".join(filter(None, (what, network, of)))
        entries.append(_mean(full, values, space="ImageNet classes", range="0..1"))
    return entries


def summarize_features(network: Frozen, pred: Tensor, true: Tensor) -> list[Measurement]:
    """Fréchet and kernel distance of `(N, D)` features; None for fewer than two pictures.

    Args:
        network: the network that gave the features, whose name is in the names of the distances.
        pred, true: features of predictions and of truths, `(N, D)` each.

    Example:
        >>> from types import SimpleNamespace
        >>> network = SimpleNamespace(name="tiny", resizer="bilinear8", layer="last", dimension=2)
        >>> features = torch.rand(9, 2)
        >>> found = summarize_features(network, features, features)
        >>> found[0].name, abs(found[0].value) < 1e-6
        ('fd_tiny_bilinear8_n9', True)
    """
    n = len(true)
    entries = []
    for kind, distance in (("fd", frechet_distance), ("kd", kernel_distance)):
        value = _number(distance(pred, true)) if n > 1 else None
        name = distance_name(kind, network.name, network.resizer, n)
        about = {"space": f"{network.layer}, {network.dimension} features", "averaging": "sets"}
        entries.append(Measurement(name=name, value=value, n=n, **about))
    return entries


def _mean(name: str, values: Tensor, **about: str) -> Measurement:
    values = values[~values.isnan()]
    mean = values.mean() if len(values) else torch.tensor(math.nan)
    return Measurement(name=name, value=_number(mean), averaging="pictures", n=len(values), **about)


def _number(value: Tensor) -> float | None:
    """The value as JSON can hold it: None for NaN and infinity."""
    return float(value) if value.isfinite() else None
