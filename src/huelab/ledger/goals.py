"""Our own goals for HueNet, judged by records in the same way as the papers' claims."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from huelab.ledger.claims import Claim
from huelab.ledger.combinations import every
from huelab.ledger.expectations import Expectation
from huelab.ledger.judgments import Bound, Judgment, greater, less
from huelab.ledger.quantities import Metric
from huelab.ledger.row import Row
from huelab.ledger.verdicts import Pending, Verdicts
from huelab.recipes import RECIPES
from huelab.records import Record

_REACHED = {
    "reproduced": "reached",
    "agrees (reduced)": "reached (reduced)",
    "differs": "not reached",
    "disagrees (reduced)": "not reached (reduced)",
}


@dataclass(frozen=True)
class Goal:
    """Something that we wanted to reach.

    Attributes:
        name: a short name, for links.
        words: the goal in one sentence.
        written: the day on which it was written here.
        expects: what records must show.
        known: what we knew about the runs when we wrote it; "" if there were no runs yet.

    Example:
        >>> GOALS[0].expects.quantities[0].recipe
        'huenet'
    """

    name: str
    words: str
    written: date
    expects: Judgment
    known: str = ""


_KODAK = "kodak24/test at 256"
_PSNR = Metric("psnr", space="rgb", averaging="pictures")
_DELTA_E = Metric("delta_e_2000")
_OTHERS = tuple(
    f"same-pictures-{name}" for name in ("autoencoder", "vgg", "cgan", "vitgan", "vitigan")
)


GOALS = (
    Goal(
        "huenet-kodak",
        "HueNet is closer to the true colors of the Kodak photographs than a gray copy is.",
        date(2026, 11, 27),
        every(
            greater(*map(replace(_PSNR, data=_KODAK).of, ("huenet", "gray-copy-kodak24"))),
            less(*map(replace(_DELTA_E, data=_KODAK).of, ("huenet", "gray-copy-kodak24"))),
        ),
        known="We wrote this goal down when three full runs were known. We had not expected to "
        "miss it.",
    ),
    Goal(
        "huenet-photographs",
        "HueNet is close to the true colors of photographs like those that it learned from.",
        date(2026, 11, 27),
        every(
            Bound(_PSNR.of("huenet"), 24.0, above=True),
            Bound(_DELTA_E.of("huenet"), 10.3),
        ),
    ),
    Goal(
        "huenet-papers",
        "HueNet is closer to the true colors than the networks of the papers, trained on the same "
        "photographs for as many epochs.",
        date(2026, 11, 27),
        every(
            greater(*map(_PSNR.of, ("same-pictures-huenet", *_OTHERS))),
            less(*map(_DELTA_E.of, ("same-pictures-huenet", *_OTHERS))),
        ),
        known="Before the first run we expected this for at least four metrics. We chose these two "
        "of them when one reduced run of each network was known, except for the networks of paper "
        "001. On 2026-11-28 we added these to the goal, before their first run.",
    ),
)


def judged(goals: Iterable[Goal], found: Sequence[Record]) -> list[Row]:
    """The status of each goal: `reached`, `not reached`, `inconclusive` or `pending`.

    If reduced runs decide a goal, its status says so. The claim of a row has the goal's name as its
    id.

    Example:
        >>> [row.status for row in judged(GOALS[:1], found=[])]
        ['pending']
    """
    return [_judged(goal, found) for goal in goals]


def _judged(goal: Goal, found: Sequence[Record]) -> Row:
    quantity = goal.expects.quantities[0]
    claim = Claim(goal.name, "", "", "result", goal.words, "", f"record:{quantity}", goal.known)
    expectation = Expectation(goal.name, goal.written, goal.expects)
    try:
        row = Verdicts(RECIPES, found, {goal.name: expectation}).of(claim, quantity)
    except Pending as missing:
        return Row(claim, "pending", str(missing), expectation=expectation)
    return replace(row, status=_REACHED.get(row.status, row.status))
