"""What the site's build computes and puts into pages, at lines `<!-- insert: NAME -->`."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape

import course

from huelab import recipes, records, show
from huelab.bench import report
from huelab.ledger import PAPERS, compared, fragment, read_claims, resolve, tables

_LINE = re.compile(r"^<!-- insert: (\w+) -->$", re.MULTILINE)


RUN = ("device", "training, s", "data", "again")


def results() -> str:
    """All tables of results: the numbers, then the runs they come from, a profile at a time."""
    found = records.find()
    full, reduced = (tables.all_tables(profile) for profile in ("full", "reduced"))
    parts = []
    # Some recipes are tested on smaller images where they are reduced.
    for place in dict.fromkeys(recipes.place(table.test) for table in (*full, *reduced)):
        section = []
        for table in full:
            if recipes.place(table.test) == place:
                section += [_trained(table, "Full runs"), *_profile(table, found, "full")]
        for table in reduced:
            rows = (r for r in table.recipes if tables.runs_of(r, found, "reduced"))
            run = replace(table, recipes=tuple(rows))
            if recipes.place(table.test) == place and run.recipes:
                section += [_trained(run, "Reduced runs"), *_profile(run, found, "reduced")]
        parts += [f"### {place}", *section] if section else []
    return "\n\n".join(parts)


def _trained(table: tables.Table, which: str) -> str:
    """The line above a table: all rows that are trained saw as many epochs."""
    if table.epochs is None:
        return f"{which}; nothing here is trained:"
    unit = "epoch" if table.epochs == 1 else "epochs"
    return f"{which}; every network was trained for {table.epochs} {unit}:"


def speeds() -> str:
    """Every record of a bench, by device: each contestant, and how many times as fast it is."""
    benches = [record for record in records.find() if record.recipe in report.RIVALS]
    parts = []
    for name, title in report.TITLES.items():
        runs = [record for record in benches if record.recipe == name]
        parts += [f"## {title}"] if runs else []
        for run in sorted(runs, key=lambda record: (record.device, record.id)):
            parts.append(f"**{report.about(run)}**")
            for caption, rows in report.tables(run).items():
                formats = dict.fromkeys({key for row in rows for key in row}, _three_digits)
                own = run.config.get("profile", run.profile)  # of the chapters that were timed
                table = show.table(rows, caption=caption, formats=formats, profile=own)
                parts.append(_raw(table.formats["text/html"]))
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


def _three_digits(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


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


FRAGMENTS: dict[str, Callable[[], str]] = {
    "results": results,
    "papers": papers,
    "ledger": ledger,
    "speeds": speeds,
    "minutes": lambda: _raw(course.table()),
}


def fill(page: str) -> str:
    """A page's Markdown with its inserts; KeyError for a name that is not known."""
    return _LINE.sub(lambda found: FRAGMENTS[found[1]](), page)


def _raw(html: str) -> str:
    return f"````{{raw}} html\n{html}\n````"
