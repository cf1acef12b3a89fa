"""The tables of the page of results: the numbers of all runs, and the runs they come from."""

from collections.abc import Sequence
from dataclasses import replace
from html import escape

from raw import raw

from huelab import recipes, records, show
from huelab.ledger import tables

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


def _profile(table: tables.Table, found: Sequence[records.Record], profile: str) -> list[str]:
    rows = tables.rows(table, found, profile)
    numbers = show.table(rows, columns=["recipe", *tables.COLUMNS], profile=profile)
    runs = show.table(rows, columns=["recipe", *RUN], profile=profile)
    html = [raw(part.formats["text/html"]) for part in (numbers, runs)]
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
    return [raw(fold)] if said else []
