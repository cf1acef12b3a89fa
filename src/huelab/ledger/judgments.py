"""Judgments: what can be expected of measured quantities, and how samples over seeds decide it.

A judgment agrees if the whole interval is inside the expected range. It disagrees if the whole
interval is outside, and otherwise it is inconclusive. See `huelab.ledger.statistics`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from huelab.ledger.claims import CheckError
from huelab.ledger.quantities import Quantity
from huelab.ledger.statistics import Interval, Sample, of_difference, of_mean

Samples = Callable[[Quantity], Sample]
AGREES, DISAGREES, INCONCLUSIVE = "agrees", "disagrees", "inconclusive"


@dataclass(frozen=True)
class Finding:
    """The result of a judgment.

    Attributes:
        verdict: one of `AGREES`, `DISAGREES`, `INCONCLUSIVE`.
        words: the numbers that decided it.
        difference: the interval of the one difference that was measured; None if there is none.

    Example:
        >>> Finding(AGREES, "0.2; expected below 0.5").difference is None  # nothing was compared
        True
    """

    verdict: str
    words: str
    difference: Interval | None = None


class Judgment(Protocol):
    """A statement with which records can agree or not."""

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """All quantities that it needs; the claim is about the first one."""

    @property
    def is_number(self) -> bool:
        """Whether it is about a number of the paper; otherwise it is about a direction."""

    def judge(self, samples: Samples, said: str) -> Finding:
        """Decide it; `said` is the value that the paper gives, as text."""


@dataclass(frozen=True)
class Number:
    """The mean over seeds equals the value that the paper reports, within a tolerance.

    Example:
        >>> from huelab.ledger.quantities import Metric
        >>> judgment = Number(Metric("psnr").of("vgg-fruits"), tolerance=0.5)
        >>> judgment.judge(lambda quantity: Sample((27.9,), (0,), exact=True), "27.721").verdict
        'agrees'
    """

    quantity: Quantity
    tolerance: float
    is_number = True

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return (self.quantity,)

    def judge(self, samples: Samples, said: str) -> Finding:
        sample = samples(self.quantity)
        found = of_mean(sample)
        first, last = reported(said)
        low, high, middle = first - self.tolerance, last + self.tolerance, (first + last) / 2
        inside = low <= found.low and found.high <= high
        outside = found.high < low or found.low > high
        words = f"{self.quantity} {sample}; expected {low:.5g} to {high:.5g}"
        away = Interval(found.center - middle, found.low - middle, found.high - middle)
        return Finding(_verdict(inside, outside), words, away)


@dataclass(frozen=True)
class Bound:
    """The mean over seeds is below a bound that we chose, or above it if `above` is true.

    Example:
        >>> from huelab.ledger.quantities import Metric
        >>> judgment = Bound(Metric("color_leaking").of("vgg-faces"), 0.2)
        >>> judgment.judge(lambda quantity: Sample((0.68,), (0,), exact=True), "").verdict
        'disagrees'
    """

    quantity: Quantity
    line: float
    above: bool = False
    is_number = False

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return (self.quantity,)

    def judge(self, samples: Samples, said: str) -> Finding:
        sample = samples(self.quantity)
        found = of_mean(sample)
        over, under = found.low > self.line, found.high < self.line
        met, missed = (over, under) if self.above else (under, over)
        side = "above" if self.above else "below"
        words = f"{self.quantity} {sample}; expected {side} {self.line:g}"
        return Finding(_verdict(met, missed), words)


@dataclass(frozen=True)
class Compared:
    """A quantity is less than each of several others by more than a margin.

    If `greater` is true, it is greater instead. With a negative margin it may also be on the wrong
    side, but by less than that margin. All quantities are measured on the same images. If
    `across_sets` is true, the claim compares different sets of images. As many of the others as
    `exceptions` says may be an exception.

    Example:
        >>> from huelab.ledger.quantities import Metric
        >>> mae = Metric("mae")
        >>> seeds = (0, 1, 2)
        >>> values = {"a": Sample((0.1, 0.2, 0.3), seeds), "b": Sample((0.7, 0.8, 0.9), seeds)}
        >>> judgment = Compared(mae.of("a"), (mae.of("b"),), margin=0.5)
        >>> judgment.judge(lambda quantity: values[quantity.recipe], "").verdict  # 0.6 less
        'inconclusive'
    """

    quantity: Quantity
    than: tuple[Quantity, ...]
    margin: float = 0.0
    greater: bool = False
    across_sets: bool = False
    exceptions: int = 0
    is_number = False

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return (self.quantity, *self.than)

    def judge(self, samples: Samples, said: str) -> Finding:
        mine = samples(self.quantity)
        words, verdicts, last = [f"{self.quantity} {mine}"], [], None
        for other in self.than:
            rival = samples(other)
            paired = other.recipe == self.quantity.recipe
            last = of_difference(mine, rival, paired)
            verdicts.append(self._verdict(last))
            words.append(f"{_label(other, self.quantity)} {rival}, difference {last}")
        one = last if len(self.than) == 1 else None
        verdict = combined(verdicts, self.exceptions)
        return Finding(verdict, "; ".join([*words, self._expected()]), one)

    def _verdict(self, difference: Interval) -> str:
        lead = (difference.low, difference.high)
        low, high = lead if self.greater else (-lead[1], -lead[0])
        return _verdict(low > self.margin, high < self.margin)

    def _expected(self) -> str:
        by = f" by {self.margin:g}" if self.margin > 0 else ""
        but = f", or by at most {-self.margin:g} the other way" if self.margin < 0 else ""
        most = f", with at most {self.exceptions} exception" if self.exceptions else ""
        return f"expected {'greater' if self.greater else 'less'}{by}{but}{most}"


@dataclass(frozen=True)
class Unmeasured:
    """A part of a claim that nothing measures yet. With such a part, a claim cannot agree.

    Example:
        >>> Unmeasured("contrast").judge(lambda quantity: Sample((), ()), "").words
        'not measured: contrast'
    """

    what: str
    quantities: tuple[Quantity, ...] = ()
    is_number = False

    def judge(self, samples: Samples, said: str) -> Finding:
        return Finding(INCONCLUSIVE, f"not measured: {self.what}")


def less(
    quantity: Quantity, *than: Quantity, margin: float = 0.0, across_sets: bool = False
) -> Compared:
    """A quantity is less than each of the others by more than a margin, see `Compared`.

    Example:
        >>> from huelab.ledger.quantities import Metric
        >>> less(*map(Metric("mae").of, ("vgg-faces", "vgg-fruits"))).quantities[1].recipe
        'vgg-fruits'
    """
    return Compared(quantity, than, margin, across_sets=across_sets)


def greater(
    quantity: Quantity,
    *than: Quantity,
    margin: float = 0.0,
    across_sets: bool = False,
    exceptions: int = 0,
) -> Compared:
    """A quantity is greater than each of the others by more than a margin, see `Compared`.

    Example:
        >>> from huelab.ledger.quantities import Metric
        >>> greater(*map(Metric("psnr").of, ("vgg-fruits", "vgg-faces")), margin=-2.0).greater
        True
    """
    return Compared(quantity, than, margin, True, across_sets, exceptions)


def combined(verdicts: Sequence[str], exceptions: int = 0) -> str:
    """The verdict on several parts together: all must agree, and one that disagrees decides.

    Args:
        verdicts: the verdicts on the parts.
        exceptions: how many parts need not agree.

    Example:
        >>> combined([AGREES, INCONCLUSIVE]), combined([AGREES, INCONCLUSIVE, DISAGREES])
        ('inconclusive', 'disagrees')
        >>> combined([AGREES, AGREES, DISAGREES], exceptions=1)
        'agrees'
    """
    if verdicts.count(DISAGREES) > exceptions:
        return DISAGREES
    agreed = verdicts.count(AGREES) >= len(verdicts) - exceptions
    return AGREES if agreed else INCONCLUSIVE


def reported(text: str) -> tuple[float, float]:
    """The ends of the range that a paper reports; a single number is both ends.

    Args:
        text: a number or a range, perhaps with `%` or `dB`.

    Returns:
        Both ends. Percent become shares.

    Raises:
        CheckError: for a text that is neither a number nor a range.

    Example:
        >>> reported("53–55 %"), reported("27.721 dB")
        ((0.53, 0.55), (27.721, 27.721))
    """
    match = re.fullmatch(r"(\d+\.?\d*)(?:–(\d+\.?\d*))?(?: (%|dB))?", text)
    if not match:
        raise CheckError(f"{text!r} is not a number or a range")
    scale = 0.01 if match[3] == "%" else 1.0
    return float(match[1]) * scale, float(match[2] or match[1]) * scale


def _verdict(met: bool, missed: bool) -> str:
    return AGREES if met else DISAGREES if missed else INCONCLUSIVE


def _label(other: Quantity, mine: Quantity) -> str:
    """A name for the other quantity: only the parts in which it differs."""
    if other.metric == mine.metric:
        return other.recipe
    return other.metric.name if other.recipe == mine.recipe else str(other)
