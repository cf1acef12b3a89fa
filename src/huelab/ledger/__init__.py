"""The papers' claims and what became of each.

`book/claims.csv` lists every checkable statement of the five papers, in the words of this book,
with a check. What became of it is computed and never typed:

- `test:path::name` holds if the test exists, since `make test` runs it; a test named
  `test_refutes_...` shows the claim to be false, so that it fails;
- `arithmetic:expression` holds or fails;
- `recipe:name.field` holds if the recipe does what the paper says, and differs if not;
- `record:recipe.metric` is reproduced, differs, or is not comparable; see `huelab.ledger.verdicts`;
- `none:reason` is uncheckable.

What a check needs and is not built yet stands in `book/planned.csv`; such a claim is pending. A
check that names anything else is broken. Of an inconsistency, `holds` says that it is real.
"""

from huelab.ledger.arithmetic import decide
from huelab.ledger.claims import (
    FORMS,
    KINDS,
    PAPERS,
    STATUSES,
    Claim,
    LedgerError,
    Plan,
    Row,
    read_claims,
    read_plans,
)
from huelab.ledger.report import compared, coverage, fragment
from huelab.ledger.resolve import Sources, resolve, stale

__all__ = [
    "FORMS",
    "KINDS",
    "PAPERS",
    "STATUSES",
    "Claim",
    "LedgerError",
    "Plan",
    "Row",
    "Sources",
    "compared",
    "coverage",
    "decide",
    "fragment",
    "read_claims",
    "read_plans",
    "resolve",
    "stale",
]
