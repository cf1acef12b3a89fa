"""A card for a measured claim: its words, a forest plot, and the data and commands of its runs."""

from collections.abc import Mapping, Sequence
from html import escape

from forest import forest
from raw import STYLE, table

from huelab.data.datasets import TABLE
from huelab.ledger import Row, disclosed, panels, tables
from huelab.recipes import RECIPES
from huelab.records import Record

_FILTERS = '<p class="filters" data-of=".claim" data-by="paper status"></p>'
_SCRIPT = '<script defer src="../_static/ledger.js"></script>'

#: HTML above the first card of a page, and below the last one.
HEAD, FOOT = f"{STYLE}{_FILTERS}", _SCRIPT


def card(row: Row, found: Sequence[Record], more: str = "", heading: str = "h4") -> str:
    """A claim as HTML; `more` is HTML below the plots."""
    claim = row.claim
    said = escape(claim.value) or "no number"
    head = (
        f'<{heading}>{escape(claim.claim)}</{heading}><p class="claim-about">'
        f'<a href="ledger.html#{claim.id}">{claim.id}</a>, {escape(claim.place)}. '
        f'The paper reports: <b>{said}</b>. Verdict: <b class="claim-status">{row.status}</b>, '
        f"from {row.profile} runs.</p>"
    )
    plots = "".join(map(forest, panels(row)))
    runs = runs_of(row, found)
    return (
        f'<article class="claim" id="claim-{claim.id}" data-paper="{claim.paper}" '
        f'data-status="{row.status}">{head}<div class="forests">{plots}</div>{more}'
        f"{beside(row, runs)}{folded(row, runs)}</article>"
    )


def runs_of(row: Row, found: Sequence[Record]) -> dict[str, list[Record]]:
    """The runs that decide a claim, by recipe."""
    names = dict.fromkeys(quantity.recipe for quantity in row.samples)
    return {
        name: tables.runs_of(RECIPES[name], found, row.profile)
        or tables.runs_of(RECIPES[name], found, "full")  # for recipes that train nothing
        for name in names
    }


def commands(runs: Mapping[str, Sequence[Record]]) -> list[str]:
    """The commands that repeat runs, one for all recipes with the same profile and seeds."""
    alike: dict[tuple[str, str], list[str]] = {}
    for name, own in runs.items():
        if own:
            seeds = ",".join(str(seed) for seed in sorted({run.seed for run in own}))
            alike.setdefault((own[0].profile, seeds), []).append(name)
    return [
        f"huelab reproduce {' '.join(names)} --profile {profile} --seeds {seeds}"
        for (profile, seeds), names in alike.items()
    ]


def licenses(runs: Mapping[str, Sequence[Record]]) -> dict[str, str]:
    """The data sets of runs, each with its license in short."""
    specs = [
        spec
        for own in runs.values()
        for run in own[:1]
        for spec in (run.data.train, run.data.validation, *run.data.tests)
        if spec
    ]
    return {spec.name: TABLE[spec.name].license for spec in specs if spec.name in TABLE}


def beside(row: Row, runs: Mapping[str, Sequence[Record]]) -> str:
    """Facts that a reader needs to judge the plot: stand-ins, data, licenses, commands."""
    said = [d for own in runs.values() for run in own for d in run.deviations]
    stand_ins = dict.fromkeys(d.sentence for d in said if d.stand_in)
    lines = [("Stands in", " ".join(map(escape, stand_ins)))] if stand_ins else []
    data = (f"<code>{name}</code> ({escape(words)})" for name, words in licenses(runs).items())
    lines.append(("Data and license", ", ".join(data)))
    again = "<br>".join(f"<code>{escape(line)}</code>" for line in commands(runs))
    lines.append(("Made again with", again))
    rows = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in lines)
    return f'<dl class="claim-beside">{rows}</dl>{_deviations(runs)}'


def _deviations(runs: Mapping[str, Sequence[Record]]) -> str:
    """The deviations of the runs from the paper, folded; each with the recipes that have it."""
    said: dict[str, list[str]] = {}
    for name, own in runs.items():
        for sentence in dict.fromkeys(d.sentence for run in own for d in run.deviations):
            said.setdefault(sentence, []).append(name)
    items = "".join(
        f"<li>{escape(sentence)} <small>{escape(', '.join(names))}</small></li>"
        for sentence, names in said.items()
    )
    noun = "deviation" if len(said) == 1 else "deviations"
    summary = f"<summary>{len(said)} {noun} from the paper</summary>"
    return f"<details>{summary}<ul>{items}</ul></details>" if said else ""


def folded(row: Row, runs: Mapping[str, Sequence[Record]]) -> str:
    """The raw numbers with one line for each run, the notes, and the day of the expectation."""
    lines = []
    for quantity, sample in row.samples.items():
        own = {run.seed: run for run in runs[quantity.recipe]}
        for seed, value in zip(sample.seeds, sample.values, strict=True):
            run = own[seed]
            lines.append(
                {"recipe": quantity.recipe, "metric": str(quantity).partition(".")[2]}
                | {"seed": seed, "value": f"{value:.6g}", "device": run.device}
                | {"day": run.created[:10], "record": run.id}
            )
    numbers = table(lines, f"Raw numbers of {row.claim.id}")
    written = ""
    if row.expectation:
        day = row.expectation.written.isoformat()
        written = f"<p>Expectation written on {day}. {escape(disclosed(row))}</p>"
    note = f"<p>{escape(row.claim.note)}</p>" if row.claim.note else ""
    return f"<details><summary>Raw numbers and notes</summary>{note}{written}{numbers}</details>"


def measured(rows: Sequence[Row]) -> list[Row]:
    """The claims that runs have measured, decided or not."""
    return [row for row in rows if row.samples]
