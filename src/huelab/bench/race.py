"""Fair timing of several ways to do one thing.

Contestants take turns (A B C, A B C, ...), so that a machine whose speed drifts treats all of them
alike. The median of the rounds counts. Compare ratios within one run, not figures of two runs.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from huelab.records import Measurement


@dataclass
class Contestant:
    """Something to time: one call of `run` handles `items` pictures.

    If `run` returns a float, that is its own measurement in seconds, for example without its
    start-up.

    Example:
        >>> Contestant("squares", int, items=10, seconds=[0.1, 0.2, 0.9]).milliseconds
        20.0
    """

    name: str
    run: Callable[[], object]
    items: int
    seconds: list[float] = field(default_factory=list)

    @property
    def milliseconds(self) -> float:
        """Median milliseconds per picture."""
        return 1000 * statistics.median(self.seconds) / self.items

    def spread(self) -> dict[str, float]:
        """Milliseconds per picture of the fastest round and at the quartiles of the rounds.

        On a machine with other work, the fastest round shows what the code can do, and the distance
        between the quartiles shows how far a median can be trusted.

        Example:
            >>> Contestant("squares", int, 10, [0.1, 0.2, 0.3, 0.4, 0.9]).spread()
            {'fastest': 10.0, 'quartile 1': 20.0, 'quartile 3': 40.0}
        """
        fastest, first, third = np.quantile(self.seconds, [0, 0.25, 0.75]) * 1000 / self.items
        return {
            "fastest": float(fastest),
            "quartile 1": float(first),
            "quartile 3": float(third),
        }


def race(
    contestants: Sequence[Contestant], *, rounds: int, device: torch.device, calls: int = 1
) -> None:
    """Time all contestants in turns, after one round that warms up and does not count.

    Args:
        contestants: their `seconds` grow by each call that counts.
        rounds: how many rounds count.
        device: where the work is done.
        calls: how often a contestant runs in its turn. The first of several calls does not count.
            Work of a few milliseconds depends on its predecessor, whose data fill the caches and
            which may have left a core idle; in a loop over batches this does not matter.

    Example:
        >>> plain = Contestant("sum", lambda: sum(range(9)), items=1)
        >>> sides = [plain, Contestant("has its own clock", lambda: 0.25, items=1)]
        >>> race(sides, rounds=3, device=torch.device("cpu"))
        >>> [len(side.seconds) for side in sides], sides[1].milliseconds
        ([3, 3], 250.0)
    """
    for lap in range(rounds + 1):
        for contestant in contestants:
            took = [_seconds(contestant.run, device) for _ in range(calls)]
            if lap:
                contestant.seconds += took[1:] or took


def _seconds(run: Callable[[], object], device: torch.device) -> float:
    _wait(device)
    start = time.perf_counter()
    own = run()
    _wait(device)
    took = time.perf_counter() - start
    # The result is freed on return, so this is not part of anybody's time.
    return own if isinstance(own, float) else took


def _wait(device: torch.device) -> None:
    # An accelerator works while Python continues; without this only the launch would be timed.
    if device.type != "cpu":
        torch.accelerator.synchronize(device)


def speedups(contestants: Sequence[Contestant], rivals: Sequence[str]) -> list[dict[str, Any]]:
    """A row per contestant: its speed, and its speedup over each rival.

    A rival that did not run has no column.

    Example:
        >>> sides = [Contestant("ours", int, 1, [0.1]), Contestant("theirs", int, 1, [0.4])]
        >>> [round(row["x theirs"], 3) for row in speedups(sides, ["theirs"])]
        [4.0, 1.0]
    """
    by_name = {c.name: c for c in contestants}
    return [
        {
            "way": c.name,
            "ms a picture": c.milliseconds,
            "pictures a second": 1000 / c.milliseconds,
        }
        | {f"x {r}": by_name[r].milliseconds / c.milliseconds for r in rivals if r in by_name}
        for c in contestants
    ]


def metrics(contestants: Sequence[Contestant], averaging: str) -> list[Measurement]:
    """The speed of each contestant as a measurement of a record.

    Example:
        >>> metrics([Contestant("ours", int, 1, [0.125])], averaging="median of 1")[0].value
        125.0
    """
    return [
        Measurement(
            name=f"ms_per_picture: {c.name}", value=c.milliseconds, averaging=averaging, n=c.items
        )
        for c in contestants
    ]


def spreads(contestants: Sequence[Contestant]) -> list[Measurement]:
    """The fastest round and the quartiles of each contestant as measurements of a record.

    Example:
        >>> [found.name for found in spreads([Contestant("ours", int, 1, [0.125])])][0]
        'ms_per_picture, fastest: ours'
    """
    return [
        Measurement(name=f"ms_per_picture, {which}: {c.name}", value=value, n=c.items)
        for c in contestants
        for which, value in c.spread().items()
    ]
