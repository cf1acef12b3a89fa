"""An expectation: what records must show for a claim to be true, and when it was written."""

from dataclasses import dataclass
from datetime import date

from huelab.ledger.judgments import Judgment


@dataclass(frozen=True)
class Expectation:
    """What was expected for a claim.

    Attributes:
        claim: the claim's id.
        written: the day on which it was written down, before the first run that it judges.
        expects: what the records must show.
        changed: each change after the first run: its day, and the change in one sentence. The
            ledger shows it with the verdict.
        protocol_known: False if the paper does not say how it measured, and its numbers cannot be
            right under the usual protocol. Then no run can reproduce it or differ from it.

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
