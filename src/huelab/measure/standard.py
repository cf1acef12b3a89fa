"""The standard set: which metrics every evaluation of the book measures, one line each."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

from torch import Tensor

from huelab.color import rgb_to_lab
from huelab.metrics.colorfulness import UNCOLORED_CHROMA, colorfulness, mean_chroma
from huelab.metrics.differences import (
    NEUTRAL_CHROMA,
    chroma_error,
    cie76,
    ciede2000,
    hue_error,
)
from huelab.metrics.errors import channel_argmax_accuracy, mean_absolute, mean_squared
from huelab.metrics.leaking import color_leaking
from huelab.metrics.similarity import ssim


class Pair:
    """A batch of predictions and their truths; what several metrics need is computed once.

    Attributes:
        pred, true: sRGB `(N, 3, H, W)` in [0, 1].
        pred_lab, true_lab: the same in Lab units.
        lab: prediction and truth in Lab units, `(N, 3, H, W)` each.
        ab: the color axes of both, `(N, 2, H, W)` each.
        ciede2000: the CIEDE2000 difference of every pixel, `(N, H, W)`.
        colorfulness: colorfulness of prediction and truth, `(N,)` each.

    Example:
        >>> import torch
        >>> image = torch.rand(1, 3, 8, 8)
        >>> Pair(image, image).ciede2000.amax()
        tensor(0.)
    """

    def __init__(self, pred: Tensor, true: Tensor):
        self.pred, self.true = pred, true

    @cached_property
    def pred_lab(self) -> Tensor:
        return rgb_to_lab(self.pred)

    @cached_property
    def true_lab(self) -> Tensor:
        return rgb_to_lab(self.true)

    @property
    def lab(self) -> tuple[Tensor, Tensor]:
        return self.pred_lab, self.true_lab

    @property
    def ab(self) -> tuple[Tensor, Tensor]:
        return self.pred_lab[:, 1:], self.true_lab[:, 1:]

    @cached_property
    def ciede2000(self) -> Tensor:
        return ciede2000(*self.lab)

    @cached_property
    def colorfulness(self) -> tuple[Tensor, Tensor]:
        return colorfulness(self.pred), colorfulness(self.true)


@dataclass(frozen=True)
class Column:
    """A metric with one value for each picture.

    Attributes:
        name, space, range: as in a record's metric entry.
        measure: function of a `Pair` that gives `(N,)`, with NaN where a picture has no value.
        peaks: for a squared error, the data ranges for which PSNR is derived from it.

    Example:
        >>> import torch
        >>> mae = next(c for c in STANDARD if (c.name, c.space) == ("mae", "rgb"))
        >>> mae.measure(Pair(torch.zeros(1, 3, 8, 8), torch.full((1, 3, 8, 8), 0.25)))
        tensor([0.2500])
    """

    name: str
    space: str
    range: str
    measure: Callable[[Pair], Tensor]
    peaks: tuple[float, ...] = ()


def _ab_error(error: Callable[[Tensor, Tensor], Tensor], divisor: float, pair: Pair) -> Tensor:
    return error(*pair.ab) / divisor


def _is_uncolored(pair: Pair) -> Tensor:
    return (mean_chroma.of_lab(pair.pred_lab) < UNCOLORED_CHROMA).float()


#: The errors of values, which are cheap enough to watch while a network trains.
ERRORS = (
    Column("mae", "rgb", "0..1", lambda p: mean_absolute(p.pred, p.true)),
    Column("mse", "rgb", "0..1", lambda p: mean_squared(p.pred, p.true), peaks=(1.0,)),
    Column("mae", "ab/128", "-1..1", partial(_ab_error, mean_absolute, 128.0)),
    Column("mse", "ab/128", "-1..1", partial(_ab_error, mean_squared, 128.0**2), peaks=(1.0, 2.0)),
    Column("mae", "ab/110", "-1..1", partial(_ab_error, mean_absolute, 110.0)),
    Column("mse", "ab/110", "-1..1", partial(_ab_error, mean_squared, 110.0**2), peaks=(1.0, 2.0)),
    Column("mae", "lab", "Lab units", lambda p: mean_absolute(*p.lab)),
    Column("mse", "lab", "Lab units", lambda p: mean_squared(*p.lab)),
)

STANDARD = (
    *ERRORS,
    Column("ssim", "rgb", "1, gaussian window 11/1.5", lambda p: ssim(p.pred, p.true)),
    Column("delta_e_76", "lab", "Lab units", lambda p: cie76(*p.lab).flatten(1).mean(1)),
    Column("delta_e_2000", "lab", "CIEDE2000 units", lambda p: p.ciede2000.flatten(1).mean(1)),
    Column("chroma_error", "lab", "Lab units", lambda p: chroma_error.of_lab(*p.lab)),
    Column(
        "hue_error",
        "lab",
        f"degrees 0..180, both chromas >= {NEUTRAL_CHROMA:g}",
        lambda p: hue_error.of_lab(*p.lab),
    ),
    Column("colorfulness", "rgb", "0..255", lambda p: p.colorfulness[0]),
    Column("colorfulness_truth", "rgb", "0..255", lambda p: p.colorfulness[1]),
    Column("colorfulness_gap", "rgb", "0..255", lambda p: p.colorfulness[0] - p.colorfulness[1]),
    Column("uncolored_share", "lab", f"0..1, mean chroma < {UNCOLORED_CHROMA:g}", _is_uncolored),
    Column("color_leaking", "ab", "0..1", lambda p: color_leaking.of_lab(*p.lab)),
    Column(
        "channel_argmax_accuracy",
        "rgb",
        "0..1, of 256 levels",
        lambda p: channel_argmax_accuracy(p.pred, p.true),
    ),
)
