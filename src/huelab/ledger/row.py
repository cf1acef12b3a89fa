"""What the ledger says of one claim."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from huelab.ledger.claims import Claim
from huelab.ledger.expectations import Expectation
from huelab.ledger.quantities import Quantity
from huelab.ledger.statistics import Sample


@dataclass(frozen=True)
class Row:
    """A claim with what became of it: one of `STATUSES`, and why.

    Attributes:
        difference: measured minus reported, or minus the only rival, where records decide.
        expectation: what was expected of it, where records decide.
        samples: each quantity that decided it, in the runs of its recipe.
        profile: of these runs; "" where no record decides it.

    Example:
        >>> from huelab.ledger import read_claims
        >>> row = Row(read_claims()[0], "not run", "pytest -m claim has not run on this source")
        >>> row.difference is None  # no record decides it
        True
    """

    claim: Claim
    status: str
    detail: str
    difference: float | None = None
    expectation: Expectation | None = None
    samples: Mapping[Quantity, Sample] = field(default_factory=dict)
    profile: str = ""
