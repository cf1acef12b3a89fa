"""What the site's build computes and puts into pages, at lines `<!-- insert: NAME -->`."""

import re
from collections.abc import Callable

from huelab import records, show, tables
from huelab.ledger import Sources, fragment, read_claims, resolve

_LINE = re.compile(r"^<!-- insert: (\w+) -->$", re.MULTILINE)


RUN = ("device", "training, s", "data", "again")


def results() -> str:
    """All tables of results in the full profile: the numbers, then the runs they come from."""
    found = records.find()
    parts = []
    for table in tables.all_tables():
        rows = tables.rows(table, found)
        numbers = show.table(rows, columns=["recipe", *tables.COLUMNS], profile="full")
        runs = show.table(rows, columns=["recipe", *RUN], profile="full")
        html = [_raw(part.formats["text/html"]) for part in (numbers, runs)]
        parts += [f"## {table.title}", html[0], "The runs:", html[1]]
    return "\n\n".join(parts)


def ledger() -> str:
    """Coverage and all claims with their computed status."""
    return _raw(fragment(resolve(read_claims(), Sources())))


FRAGMENTS: dict[str, Callable[[], str]] = {"results": results, "ledger": ledger}


def fill(page: str) -> str:
    """A page's Markdown with its inserts; KeyError for a name that is not known."""
    return _LINE.sub(lambda found: FRAGMENTS[found[1]](), page)


def _raw(html: str) -> str:
    return f"````{{raw}} html\n{html}\n````"
