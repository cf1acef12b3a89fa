"""Compares a recorded run with its rerun, metric by metric, and says whether they agree.

Two machines of one kind must give the same bits. On different machines rounding differs, and
training makes small differences grow, so a tolerance decides there. All tolerances are in this
file. They were written on 2026-11-27, before the first run was verified.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from huelab.records.models import Measurement, Record

#: The entries of `Record.environment` that two machines of one kind have in common.
_MACHINE = ("platform", "cpu", "cpu_capability", "threads")
#: Tolerance in decibels, for two trainings of one recipe and seed on different machines.
DECIBELS = 0.5
#: The same for shares and similarities, which lie between 0 and 1.
SHARE = 0.02
#: The same for all other metrics, as a fraction of the recorded value.
PART = 0.05
#: Tolerance for methods that are not trained, as a fraction of the recorded value. Only rounding
#: differs there.
UNTRAINED_PART = 1e-4
#: The same for shares of pictures that a classifier decides: a number of pictures.
FLIPPED = 3

_SHARES = (
    "ssim",
    "uncolored_share",
    "uncolored_pixels",
    "color_leaking",
    "channel_argmax_accuracy",
    "dead_units",
    "negative_units",
    "uncolored_blue",
    "red_on_faces",
    "training_",
)
_COUNTS = ("agreement_", "accuracy_")


@dataclass(frozen=True)
class Comparison:
    """One metric of two runs: its name and data, both values, and whether they agree.

    Example:
        >>> found = Comparison("psnr", None, "rgb", "pictures", 22.0, 22.25, agrees=True)
        >>> found.difference
        0.25
    """

    name: str
    data: str | None
    space: str | None
    averaging: str | None
    recorded: float | None
    now: float | None
    agrees: bool

    @property
    def difference(self) -> float | None:
        """Now minus recorded; None unless both could be measured."""
        if self.recorded is None or self.now is None:
            return None
        return self.now - self.recorded


def compare(recorded: Record, now: Record) -> list[Comparison]:
    """Every metric of either run, with its value in both.

    Example:
        >>> from huelab.records import DataSpec, DataUsed, new_record
        >>> about = {"config": {}, "data": DataUsed(train=DataSpec(name="photos")), "device": "cpu"}
        >>> a, b = (
        ...     new_record("a", profile="full", metrics=[Measurement(name="mse", value=v)], **about)
        ...     for v in (0.25, 0.5)
        ... )
        >>> [(found.name, found.difference, found.agrees) for found in compare(a, b)]
        [('mse', 0.25, False)]
    """
    close = _judge(recorded, now)
    before, after = ({_key(m): m for m in run.metrics} for run in (recorded, now))
    return [
        Comparison(
            name=metric.name,
            data=metric.data,
            space=metric.space,
            averaging=metric.averaging,
            recorded=before[key].value if key in before else None,
            now=after[key].value if key in after else None,
            agrees=_agree(before.get(key), after.get(key), close),
        )
        for key, metric in {**after, **before}.items()
    ]


def same_machine(one: Record, other: Record) -> bool:
    """Whether bits must be equal: the same processor, number of threads, and version of torch.

    Bits need not be equal on a GPU, where some kernels add numbers in an order that differs from
    run to run.

    Example:
        >>> from huelab.records import DataSpec, DataUsed, new_record
        >>> data = DataUsed(train=DataSpec(name="photos"))
        >>> record = new_record("a", profile="full", config={}, data=data, device="cpu")
        >>> same_machine(record, record.model_copy(update={"device": "cuda (H100)"}))
        False
    """
    return (
        one.device == "cpu"
        and all(one.environment.get(key) == other.environment.get(key) for key in _MACHINE)
        and _torch(one) == _torch(other)
        and one.device == other.device
    )


def tolerance(metric: Measurement, *, trained: bool) -> float:
    """How far a metric of another machine may be from the recorded one, in the metric's unit.

    Args:
        metric: the recorded measurement.
        trained: whether the method was trained, or only applied.

    Example:
        >>> tolerance(Measurement(name="psnr", value=22.0), trained=True)  # decibels
        0.5
        >>> tolerance(Measurement(name="mse", value=0.5), trained=True)
        0.025
    """
    value = abs(metric.value or 0.0)
    name = metric.name.removeprefix("vivid_").removeprefix("draw_")
    if not trained:
        # Rounding may change the class of a picture, and each picture counts as a whole.
        if metric.n and name.startswith(_COUNTS):
            return FLIPPED / metric.n
        return UNTRAINED_PART * value
    if "psnr" in name or name == "nyquist_peak":
        return DECIBELS
    if name.startswith((*_SHARES, *_COUNTS)):
        return SHARE
    return PART * value


def _judge(recorded: Record, now: Record) -> Callable[[Measurement, float], bool]:
    if same_machine(recorded, now):
        return lambda before, after: before.value == after
    trained = bool(recorded.cost.epochs)
    return lambda before, after: math.isclose(
        before.value or 0.0, after, rel_tol=0.0, abs_tol=tolerance(before, trained=trained)
    )


def _agree(
    before: Measurement | None,
    after: Measurement | None,
    close: Callable[[Measurement, float], bool],
) -> bool:
    """Whether both values are close or both are missing; an unlisted metric counts as missing."""
    then, now = (None if metric is None else metric.value for metric in (before, after))
    if before is None or then is None or now is None:
        return then is now
    return close(before, now)


def _key(metric: Measurement) -> tuple[str | None, ...]:
    return (metric.name, metric.data, metric.space, metric.range, metric.averaging)


def _torch(record: Record) -> object:
    return record.environment.get("packages", {}).get("torch")
