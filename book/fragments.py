"""What the site's build computes and puts into pages, at lines `<!-- insert: NAME -->`."""

import re
from collections.abc import Callable

from huelab import records, show, tables
from huelab.ledger import Sources, fragment, read_claims, resolve

_LINE = re.compile(r"^<!-- insert: (\w+) -->$", re.MULTILINE)


def results() -> str:
    """All tables of results as HTML, in the full profile."""
    found = records.find()
    parts = []
    for table in tables.all_tables():
        rows = tables.rows(table, found)
        parts.append(show.table(rows, caption=table.title, profile="full").formats["text/html"])
    return "\n".join(parts)


def ledger() -> str:
    """Coverage and all claims with their computed status as HTML."""
    return fragment(resolve(read_claims(), Sources()))


FRAGMENTS: dict[str, Callable[[], str]] = {"results": results, "ledger": ledger}


def fill(page: str) -> str:
    """A page's Markdown with its inserts; KeyError for a name that is not known."""
    return _LINE.sub(lambda found: _raw(FRAGMENTS[found[1]]()), page)


def _raw(html: str) -> str:
    return f"````{{raw}} html\n{html}\n````"
