"""Judgments made of other judgments: parts that must all hold, and conditions of a verdict."""

from collections.abc import Iterator
from dataclasses import dataclass

from huelab.ledger.judgments import (
    AGREES,
    DISAGREES,
    INCONCLUSIVE,
    Compared,
    Finding,
    Judgment,
    Samples,
    combined,
)
from huelab.ledger.quantities import Quantity

_OPPOSITE = {AGREES: DISAGREES, DISAGREES: AGREES, INCONCLUSIVE: INCONCLUSIVE}


@dataclass(frozen=True)
class _Parts:
    """Judgments that together make one."""

    parts: tuple[Judgment, ...]

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        found = (quantity for part in self.parts for quantity in part.quantities)
        return tuple(dict.fromkeys(found))

    @property
    def is_number(self) -> bool:
        return any(part.is_number for part in self.parts)

    def judged(self, samples: Samples, said: str) -> tuple[list[str], str]:
        """The verdicts on the parts, and their words."""
        findings = [part.judge(samples, said) for part in self.parts]
        words = " | ".join(map(_told, findings))
        return [found.verdict for found in findings], words


@dataclass(frozen=True)
class All(_Parts):
    """Several judgments that must all hold; one that disagrees decides.

    Example:
        >>> from huelab.ledger.judgments import Bound, Unmeasured
        >>> from huelab.ledger.quantities import Metric
        >>> from huelab.ledger.statistics import Sample
        >>> low = Bound(Metric("mse").of("a"), 0.5)
        >>> both = All((low, Unmeasured("contrast")))
        >>> both.judge(lambda quantity: Sample((0.2,), (0,), exact=True), "").verdict
        'inconclusive'
    """

    def judge(self, samples: Samples, said: str) -> Finding:
        verdicts, words = self.judged(samples, said)
        return Finding(combined(verdicts), words)


@dataclass(frozen=True)
class Some(_Parts):
    """Several judgments of which one must hold; it disagrees only if all of them do.

    Example:
        >>> from huelab.ledger.judgments import Bound
        >>> from huelab.ledger.quantities import Metric
        >>> from huelab.ledger.statistics import Sample
        >>> gray, wrong = (Bound(Metric(name).of("a"), 0.5, above=True) for name in ("g", "w"))
        >>> values = {"g": 0.2, "w": 0.9}
        >>> judgment = Some((gray, wrong))
        >>> judgment.judge(lambda q: Sample((values[q.metric.name],), (0,), exact=True), "").verdict
        'agrees'
    """

    def judge(self, samples: Samples, said: str) -> Finding:
        verdicts, words = self.judged(samples, said)
        verdict = _OPPOSITE[combined([_OPPOSITE[verdict] for verdict in verdicts])]
        return Finding(verdict, f"{words} | one must agree")


@dataclass(frozen=True)
class Provided(_Parts):
    """A judgment that counts only if a condition agrees; without it, nothing is decided.

    The parts are the judgment and the condition, in this order.

    Example:
        >>> from huelab.ledger.judgments import Bound
        >>> from huelab.ledger.quantities import Metric
        >>> from huelab.ledger.statistics import Sample
        >>> low, learned = (Bound(Metric(name).of("a"), 0.5) for name in ("leaking", "mse"))
        >>> values = {"leaking": 0.9, "mse": 0.7}
        >>> judgment = provided(low, learned)
        >>> judgment.judge(lambda q: Sample((values[q.metric.name],), (0,), exact=True), "").verdict
        'inconclusive'
    """

    def judge(self, samples: Samples, said: str) -> Finding:
        judgment, condition = self.parts
        found, met = judgment.judge(samples, said), condition.judge(samples, "")
        words = f"{_told(found)} | condition: {_told(met)}"
        verdict = found.verdict if met.verdict == AGREES else INCONCLUSIVE
        return Finding(verdict, words, found.difference)


def every(*parts: Judgment) -> All:
    """Several judgments that must all hold.

    Example:
        >>> from huelab.ledger.judgments import Bound
        >>> from huelab.ledger.quantities import Metric
        >>> mse = Bound(Metric("mse").of("a"), 0.5)
        >>> every(mse, mse).quantities == mse.quantities  # each once
        True
    """
    return All(parts)


def provided(judgment: Judgment, *conditions: Judgment) -> Provided:
    """A judgment that counts only if all conditions agree.

    Example:
        >>> from huelab.ledger.judgments import Bound
        >>> from huelab.ledger.quantities import Metric
        >>> low, learned = (Bound(Metric(name).of("a"), 0.5) for name in ("leaking", "mse"))
        >>> provided(low, learned).quantities[0].metric.name  # what the claim is about comes first
        'leaking'
    """
    condition = conditions[0] if len(conditions) == 1 else All(conditions)
    return Provided((judgment, condition))


def comparisons(judgment: Judgment) -> Iterator[Compared]:
    """All comparisons that a judgment makes.

    Example:
        >>> from huelab.ledger.judgments import Bound, less
        >>> from huelab.ledger.quantities import Metric
        >>> mse = Metric("mse")
        >>> one = less(mse.of("a"), mse.of("b"))
        >>> list(comparisons(every(one, Bound(mse.of("a"), 0.5)))) == [one]
        True
    """
    if isinstance(judgment, Compared):
        yield judgment
    elif isinstance(judgment, _Parts):
        for part in judgment.parts:
            yield from comparisons(part)


def _told(found: Finding) -> str:
    """The words of a part and its verdict; a part that has parts itself is in parentheses."""
    words = f"({found.words})" if " | " in found.words else found.words
    return f"{words}: {found.verdict}"
