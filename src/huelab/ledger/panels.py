"""A claim and its runs on an axis: estimates, and the range in which they were expected."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import singledispatch

from huelab.ledger.combinations import All, Provided, Some
from huelab.ledger.judgments import (
    Bound,
    Compared,
    Judgment,
    Number,
    Unmeasured,
    combined,
    reported,
)
from huelab.ledger.quantities import Quantity
from huelab.ledger.row import Row
from huelab.ledger.statistics import Interval, Sample, of_difference, of_mean
from huelab.ledger.words import in_words


@dataclass(frozen=True)
class Estimate:
    """One line of a panel.

    Attributes:
        of: the quantity that was measured, or words such as "the paper".
        interval: the estimate with the ends of its 95 % interval, or the paper's value with the
            ends of its range.
        role: `paper`, `ours` for the quantity that the claim is about, or `other`.
        seeds: the value of each run; () if there are none to show.

    Example:
        >>> Estimate("the paper", Interval(0.54, 0.53, 0.55), "paper").interval.center
        0.54
    """

    of: Quantity | str
    interval: Interval
    role: str
    seeds: tuple[float, ...] = ()


@dataclass(frozen=True)
class Panel:
    """Estimates that share an axis.

    Attributes:
        title: what the axis shows.
        estimates: one for each line; () for a part of a claim that nothing measures.
        expected: the range in which the first of our estimates was expected; its ends may be
            infinite.
        difference: whether the axis shows differences; zero then means equal.
        verdict: the verdict on this part of the claim: `agrees`, `disagrees` or `inconclusive`.

    Example:
        >>> Panel("PSNR, dB", (), (24.0, math.inf)).difference
        False
    """

    title: str
    estimates: tuple[Estimate, ...]
    expected: tuple[float, float] | None = None
    difference: bool = False
    verdict: str = ""


def panels(row: Row) -> list[Panel]:
    """The panels of a claim that records decide, in the order of its parts; [] for other claims.

    A number that the paper reports shares the axis with the measured values. If one quantity is
    compared with others, a first panel has their means, and a second one has the differences. The
    interval of the difference decides, because the intervals of two means may overlap although
    their difference is certain.

    Example:
        >>> from huelab.ledger import read_claims
        >>> panels(Row(read_claims()[0], "not run", ""))
        []
    """
    if not row.samples:
        return []
    said = row.claim.value
    if row.expectation is None:
        return [_alone(quantity, sample, said) for quantity, sample in row.samples.items()]
    found: dict[object, Panel] = {}
    for panel in _panels(row.expectation.expects, row.samples, said):
        key = (panel.title, panel.estimates, panel.difference)
        found[key] = _both(found[key], panel) if key in found else panel
    return list(found.values())


def _both(one: Panel, other: Panel) -> Panel:
    """Two parts of a claim about the same estimates, as one panel."""
    if one.expected is None or other.expected is None:
        return one
    expected = (
        max(one.expected[0], other.expected[0]),
        min(one.expected[1], other.expected[1]),
    )
    return replace(one, expected=expected, verdict=combined([one.verdict, other.verdict]))


@singledispatch
def _panels(judgment: Judgment, samples: Mapping[Quantity, Sample], said: str) -> Iterator[Panel]:
    raise NotImplementedError(type(judgment).__name__)


@_panels.register(All)
@_panels.register(Some)
def _(judgment: All | Some, samples: Mapping[Quantity, Sample], said: str) -> Iterator[Panel]:
    for number, part in enumerate(judgment.parts):
        # The paper's value belongs to the first quantity, which the claim is about.
        own = part.quantities[:1] == judgment.quantities[:1]
        yield from _panels(part, samples, said if number == 0 or own else "")


@_panels.register
def _(judgment: Provided, samples: Mapping[Quantity, Sample], said: str) -> Iterator[Panel]:
    claimed, condition = judgment.parts
    yield from _panels(claimed, samples, said)
    for panel in _panels(condition, samples, ""):
        if panel.verdict:  # what was measured, without a verdict, would be one panel too many
            yield replace(panel, title=f"{panel.title} (a condition of any verdict)")


@_panels.register
def _(judgment: Unmeasured, samples: Mapping[Quantity, Sample], said: str) -> Iterator[Panel]:
    yield Panel(judgment.judge(samples.__getitem__, said).words, (), verdict="inconclusive")


@_panels.register
def _(judgment: Number, samples: Mapping[Quantity, Sample], said: str) -> Iterator[Panel]:
    first, last = reported(said)
    expected = (first - judgment.tolerance, last + judgment.tolerance)
    yield Panel(
        in_words(judgment.quantity.metric),
        (_paper(first, last), _mine(judgment.quantity, samples)),
        expected,
        verdict=judgment.judge(samples.__getitem__, said).verdict,
    )


@_panels.register
def _(judgment: Bound, samples: Mapping[Quantity, Sample], said: str) -> Iterator[Panel]:
    beyond = (judgment.line, math.inf) if judgment.above else (-math.inf, judgment.line)
    yield Panel(
        in_words(judgment.quantity.metric),
        (_mine(judgment.quantity, samples),),
        beyond,
        verdict=judgment.judge(samples.__getitem__, said).verdict,
    )


@_panels.register
def _(judgment: Compared, samples: Mapping[Quantity, Sample], said: str) -> Iterator[Panel]:
    mine = judgment.quantity
    title = in_words(mine.metric)
    others = (_estimate(other, samples[other], "other") for other in judgment.than)
    yield Panel(title, (_mine(mine, samples), *others))
    differences = [
        Estimate(
            other,
            of_difference(samples[mine], samples[other], paired=other.recipe == mine.recipe),
            "ours",
        )
        for other in judgment.than
    ]
    margin = judgment.margin
    yield Panel(
        title,
        (*_said(judgment, samples, said), *differences),
        (margin, math.inf) if judgment.greater else (-math.inf, 0.0 - margin),
        difference=True,
        verdict=judgment.judge(samples.__getitem__, said).verdict,
    )


def _said(judgment: Compared, samples: Mapping[Quantity, Sample], said: str) -> Iterator[Estimate]:
    """The difference that the paper reports: in decibels, or in percent of the other value."""
    unit = re.search(r" (dB|%)$", said)
    if unit and len(judgment.than) == 1:
        scale = samples[judgment.than[0]].mean if unit[1] == "%" else 1.0
        # With a negative margin the paper's difference is on the other side.
        sign = 1 if judgment.greater == (judgment.margin >= 0) else -1
        size = sign * scale * reported(said)[0]
        yield Estimate(f"the paper: {said}", Interval(size, size, size), "paper")


def _alone(quantity: Quantity, sample: Sample, said: str) -> Panel:
    """A quantity without an expectation, with the paper's value if that is a number."""
    ours = _estimate(quantity, sample, "ours")
    try:
        return Panel(in_words(quantity.metric), (_paper(*reported(said)), ours))
    except ValueError:
        return Panel(in_words(quantity.metric), (ours,))


def _paper(first: float, last: float) -> Estimate:
    return Estimate("the paper", Interval((first + last) / 2, first, last), "paper")


def _mine(quantity: Quantity, samples: Mapping[Quantity, Sample]) -> Estimate:
    return _estimate(quantity, samples[quantity], "ours")


def _estimate(quantity: Quantity, sample: Sample, role: str) -> Estimate:
    return Estimate(quantity, of_mean(sample), role, () if sample.exact else sample.values)
