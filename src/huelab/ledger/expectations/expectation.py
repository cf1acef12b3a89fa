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

    Example:
        >>> from huelab.ledger.judgments import less
        >>> from huelab.ledger.quantities import Metric
        >>> mse = Metric("mse", space="rgb")
        >>> expects = less(mse.of("autoencoder"), mse.of("autoencoder-sgd"))
        >>> Expectation("000-R01", date(2026, 11, 21), expects).protocol_known
        True
    """

    claim: str
    written: date
    expects: Judgment
    changed: tuple[tuple[date, str], ...] = ()
    protocol_known: bool = True
