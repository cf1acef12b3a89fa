"""The papers' claims and what became of each.

`book/claims.csv` lists every checkable statement of the five papers, in the words of this book,
with a check. What became of it is computed and never typed:

- `test:path::name` holds or fails by the outcome of the tests that are marked with the claim's id,
  where they last ran on this source; otherwise it is not run. See `huelab.ledger.outcomes`.
- `recipe:name.field` holds if the recipe does what the paper says, and fails if not.
- `record:recipe.metric` is what records say against what was expected. See
  `huelab.ledger.verdicts` and `huelab.ledger.expectations`.
- `reading:place` is decided by reading that place of the paper.
- `none:reason` is uncheckable.

`book/planned.csv` lists what checks need and is not built yet; a claim with such a check is
pending. A check that names anything else is broken. For an inconsistency, `holds` says that it is
real.
"""

from huelab.ledger.claims import (
    FORMS,
    KINDS,
    PAPERS,
    STATUSES,
    Claim,
    LedgerError,
    Plan,
    read_claims,
    read_plans,
)
from huelab.ledger.expectations import EXPECTATIONS, Expectation
from huelab.ledger.goals import GOALS, Goal, judged
from huelab.ledger.panels import Estimate, Panel, panels
from huelab.ledger.report import compared, coverage, disclosed, fragment
from huelab.ledger.resolve import Sources, resolve, stale, strays
from huelab.ledger.row import Row

__all__ = [
    "EXPECTATIONS",
    "FORMS",
    "GOALS",
    "KINDS",
    "PAPERS",
    "STATUSES",
    "Claim",
    "Estimate",
    "Expectation",
    "Goal",
    "LedgerError",
    "Panel",
    "Plan",
    "Row",
    "Sources",
    "compared",
    "coverage",
    "disclosed",
    "fragment",
    "judged",
    "panels",
    "read_claims",
    "read_plans",
    "resolve",
    "stale",
    "strays",
]
