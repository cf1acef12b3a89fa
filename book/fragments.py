"""Parts of pages that the build computes; each replaces a line `<!-- insert: NAME -->`."""

import re
from collections.abc import Callable

import course
import glance
import in_page
import launch
import status
from claim_pages import ledger, negative, papers
from costs import costs
from raw import raw
from rerun_page import reruns
from result_tables import results
from speeds import speeds

_LINE = re.compile(r"^<!-- insert: (\w+) -->$", re.MULTILINE)

FRAGMENTS: dict[str, Callable[[], str]] = {
    "results": results,
    "papers": papers,
    "negative": negative,
    "ledger": ledger,
    "speeds": speeds,
    "reruns": reruns,
    "before_after": glance.before_after,
    "glance": glance.glance,
    "in_page_size": in_page.size,
    "elsewhere": launch.elsewhere,
    "costs": costs,
    "status": status.status,
    "minutes": lambda: raw(course.table()),
}


def fill(page: str) -> str:
    """A page's Markdown with its inserts.

    Raises:
        KeyError: for an unknown name.
    """
    return _LINE.sub(lambda found: FRAGMENTS[found[1]](), page)
