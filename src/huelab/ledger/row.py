"""What the ledger says about one claim."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from huelab.ledger.claims import Claim
from huelab.ledger.expectations import Expectation
from huelab.ledger.quantities import Quantity
from huelab.ledger.statistics import Sample


@dataclass(frozen=True)
class Row:
    """A claim, its status, and the reason for the status.

    The last four attributes have values only if records decide the claim.

    Attributes:
        claim: the claim.
        status: one of `STATUSES`.
        detail: the reason, in words.
        difference: the measured value minus the reported one, or minus that of the only rival.
        expectation: what was expected.
        samples: the values of each quantity that decided the claim.
        profile: the profile of the runs; "" if no record decides the claim.

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
