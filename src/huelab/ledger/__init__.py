"""The papers' claims and what became of each.

`book/claims.csv` lists every checkable statement of the five papers, in the words of this book,
with a check. The status of a claim is computed from its check and never typed:

- `test:path::name`: the claim holds or fails by the outcome of the tests that are marked with its
  id, in their last run on this source. Without such a run its status is `not run`. See
  `huelab.ledger.outcomes`.
- `recipe:name.field`: the claim holds if the recipe does what the paper says, and fails otherwise.
- `record:recipe.metric`: the values in records are compared with what was expected. See
  `huelab.ledger.verdicts` and `huelab.ledger.expectations`.
- `reading:place`: a reader of that place of the paper can decide the claim.
- `none:reason`: nothing can check the claim.

`book/planned.csv` lists recipes, tests and metrics that checks name and that are not built yet. A
claim with such a check is pending. A check that names anything else that is missing is broken. For
an inconsistency, `holds` means that the inconsistency is real.
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
