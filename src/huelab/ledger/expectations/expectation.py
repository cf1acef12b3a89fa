"""One expectation: what records must show for a claim to be true, and when that was written."""

from dataclasses import dataclass
from datetime import date

from huelab.ledger.judgments import Judgment


@dataclass(frozen=True)
class Expectation:
    """What was expected of a claim.

    Attributes:
        claim: the claim's id.
        written: the day on which it was written down, before the first run that it judges.
        expects: what the records must show.
        changed: each change after the first run, with its day and what it was in one sentence. The
            ledger shows it with the verdict.
        protocol_known: False if the paper measured in some way that is not known, and by the usual
            way its own numbers cannot be right; then no run reproduces it or differs.
    """

    claim: str
    written: date
    expects: Judgment
    changed: tuple[tuple[date, str], ...] = ()
    protocol_known: bool = True
