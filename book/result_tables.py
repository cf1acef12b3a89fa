"""The tables of the page of results: the numbers of all runs, and the runs themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape

from raw import raw, table

from huelab import recipes, records
from huelab.ledger import tables

RUN = ("device", "training, s", "data", "again")


def results() -> str:
    """All tables of results: for each test set and profile the numbers, and then the runs."""
    found = records.find()
    full, reduced = (tables.all_tables(profile) for profile in ("full", "reduced"))
    parts = []
    # Some recipes are tested on smaller images in the reduced profile.
    for place in dict.fromkeys(recipes.place(one.test) for one in (*full, *reduced)):
        section = []
        for one in full:
            if recipes.place(one.test) == place:
                section += [_trained(one, "Full runs"), *_profile(one, found, "full")]
        for one in reduced:
            rows = (r for r in one.recipes if tables.runs_of(r, found, "reduced"))
            run = replace(one, recipes=tuple(rows))
            if recipes.place(one.test) == place and run.recipes:
                section += [_trained(run, "Reduced runs"), *_profile(run, found, "reduced")]
        parts += [f"### {place}", *section] if section else []
    return "\n\n".join(parts)


def _trained(shown: tables.Table, which: str) -> str:
    """The line above a table: it gives the number of epochs of all networks in the table."""
    if shown.epochs is None:
        return f"{which} of methods that are not trained:"
    unit = "epoch" if shown.epochs == 1 else "epochs"
    return f"{which}; every network was trained for {shown.epochs} {unit}:"


def _profile(shown: tables.Table, found: Sequence[records.Record], profile: str) -> list[str]:
    """The numbers of a table; its runs and their deviations from the papers are folded."""
    rows = tables.rows(shown, found, profile)
    label = f"{shown.title}, profile {profile}"
    numbers = table(_part(rows, tuple(tables.COLUMNS)), label)
    runs = table(_part(rows, RUN), f"Runs of {label}")
    fold = f"<details><summary>The runs of this table</summary>{runs}</details>"
    return [raw(numbers + fold), *_departures(shown, found, profile)]


def _part(rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> list[dict[str, object]]:
    return [{column: row.get(column) for column in ("recipe", *columns)} for row in rows]


def _departures(shown: tables.Table, found: Sequence[records.Record], profile: str) -> list[str]:
    """The deviations of the runs from the papers, folded; each with the recipes that have it."""
    said: dict[str, list[str]] = {}
    for recipe in shown.recipes:
        runs = tables.runs_of(recipe, found, profile)
        for sentence in dict.fromkeys(d.sentence for run in runs for d in run.deviations):
            said.setdefault(sentence, []).append(recipe.name)
    rows = "".join(
        f"<li>{escape(sentence)} <small>{escape(', '.join(names))}</small></li>"
        for sentence, names in said.items()
    )
    fold = f"<details><summary>Deviations of these runs</summary><ul>{rows}</ul></details>"
    return [raw(fold)] if said else []
