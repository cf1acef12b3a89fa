"""What the site's build computes and puts into pages, at lines `<!-- insert: NAME -->`."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape

from huelab import records, show
from huelab.ledger import PAPERS, compared, fragment, read_claims, resolve, tables

_LINE = re.compile(r"^<!-- insert: (\w+) -->$", re.MULTILINE)


RUN = ("device", "training, s", "data", "again")


def results() -> str:
    """All tables of results: the numbers, then the runs they come from, a profile at a time."""
    found = records.find()
    full, reduced = (
        {table.title: table for table in tables.all_tables(profile)}
        for profile in ("full", "reduced")
    )
    parts = []
    for title in dict.fromkeys([*full, *reduced]):
        section = _profile(full[title], found, "full") if title in full else []
        # Some recipes are tested on smaller pictures where they are reduced.
        rows = reduced[title].recipes if title in reduced else ()
        run = tuple(recipe for recipe in rows if tables.runs_of(recipe, found, "reduced"))
        if run:
            section.append("Reduced runs, of which every row saw the same number of epochs:")
            section += _profile(replace(reduced[title], recipes=run), found, "reduced")
        if section:
            parts += [f"### {title}", *section]
    return "\n\n".join(parts)


def _profile(table: tables.Table, found: Sequence[records.Record], profile: str) -> list[str]:
    rows = tables.rows(table, found, profile)
    numbers = show.table(rows, columns=["recipe", *tables.COLUMNS], profile=profile)
    runs = show.table(rows, columns=["recipe", *RUN], profile=profile)
    html = [_raw(part.formats["text/html"]) for part in (numbers, runs)]
    return [html[0], "The runs:", html[1], *_departures(table, found, profile)]


def _departures(table: tables.Table, found: Sequence[records.Record], profile: str) -> list[str]:
    """Where the runs depart from the papers, folded; each sentence with the recipes it is of."""
    said: dict[str, list[str]] = {}
    for recipe in table.recipes:
        runs = tables.runs_of(recipe, found, profile)
        for sentence in dict.fromkeys(d.sentence for run in runs for d in run.deviations):
            said.setdefault(sentence, []).append(recipe.name)
    rows = "".join(
        f"<li>{escape(sentence)} <small>{escape(', '.join(names))}</small></li>"
        for sentence, names in said.items()
    )
    fold = f"<details><summary>Deviations of these runs</summary><ul>{rows}</ul></details>"
    return [_raw(fold)] if said else []


def ledger() -> str:
    """Coverage and all claims with their computed status."""
    return _raw(fragment(resolve(read_claims())))


def papers() -> str:
    """What each paper reports beside what was measured; what is pending stands in the ledger."""
    rows = [row for row in resolve(read_claims()) if row.status != "pending"]
    parts = []
    for number, title in PAPERS.items():
        table = compared([row for row in rows if row.claim.paper == number])
        if table:
            html = show.table(table, profile="as each row says").formats["text/html"]
            parts += [f"### {number}: {title}", _raw(html)]
    return "\n\n".join(parts)


FRAGMENTS: dict[str, Callable[[], str]] = {"results": results, "papers": papers, "ledger": ledger}


def fill(page: str) -> str:
    """A page's Markdown with its inserts; KeyError for a name that is not known."""
    return _LINE.sub(lambda found: FRAGMENTS[found[1]](), page)


def _raw(html: str) -> str:
    return f"````{{raw}} html\n{html}\n````"
