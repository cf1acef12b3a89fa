"""The page of speeds: every record of a bench, as a plot and in numbers."""

from collections.abc import Mapping, Sequence
from html import escape

from forest import Axis, figure, lane
from raw import STYLE, raw, table

from huelab import records
from huelab.bench import report
from huelab.ledger import Estimate, Panel
from huelab.ledger.statistics import Interval
from huelab.records import Record

#: The quantities that are plotted, if a bench has them, and their names.
_TIMES = {"ms an image": "Milliseconds an image", "seconds": "Seconds"}

_GLANCE = (
    "For each bench and device, the table names the fastest contestant and compares it with its "
    "rivals. Less than 1 means that it is slower. Contestants that do no work, such as a copy in "
    "memory, are left out."
)

Row = Mapping[str, object]


def speeds() -> str:
    """Every record of a bench, GPUs first: each contestant, and its speedup over its rivals."""
    found = records.find()
    benches = [run for name in report.TITLES for run in found if run.recipe == name]
    benches.sort(key=lambda run: run.device == "cpu")
    fastest = [row for run in benches for row in _fastest(run)]
    parts = [raw(STYLE), "## At a glance", _GLANCE, raw(table(fastest, "The fastest"))]
    for name, title in report.TITLES.items():
        runs = [record for record in found if record.recipe == name]
        parts += [f"## {title}"] if runs else []
        for run in sorted(runs, key=lambda record: (record.device == "cpu", record.id)):
            parts += [f"### {_where(run)}", raw("".join(_tables(run)))]
    return "\n\n".join(parts)


def _fastest(run: Record) -> list[dict[str, object]]:
    """For each comparison of a bench, the fastest of the other contestants and its lead."""
    lines = []
    aside = {*report.RIVALS[run.recipe], *report.LIMITS.get(run.recipe, ())}
    for caption, rows in report.tables(run).items():
        others = [row for row in rows if row[report.NAME] not in aside]
        for rival in report.RIVALS[run.recipe]:
            leads = {str(row[report.NAME]): row.get(f"x {rival}") for row in others}
            known = {name: lead for name, lead in leads.items() if isinstance(lead, float)}
            if known:
                best = max(known, key=lambda name: known[name])
                line = {"bench": report.TITLES[run.recipe], "device": _where(run), "of": caption}
                line |= {"fastest": best, "times as fast": three_digits(known[best])}
                lines.append(line | {"as": rival})
    return lines


def _where(run: Record) -> str:
    """The device of a run, with the settings that distinguish several benches on it."""
    gpu = run.device.removeprefix("cuda (").removesuffix(")")
    kind = f"CPU {run.environment['cpu']}" if run.device == "cpu" else f"GPU {gpu}"
    named = [str(run.config[key]) for key in ("network", "film") if key in run.config]
    named += [f"batch {run.config['batch']}"] if "batch" in run.config else []
    return ", ".join([kind, *named])


def _tables(run: Record) -> list[str]:
    parts = [f"<p>{escape(report.about(run))}</p>"]
    for caption, rows in report.tables(run).items():
        numbers = table([_printed(row) for row in rows], caption)
        fold = f"<details><summary>Numbers: {escape(caption)}</summary>{numbers}</details>"
        parts += [_plot(run, caption, rows), f'<div class="claim-fold">{fold}</div>']
    return parts


def _plot(run: Record, caption: str, rows: Sequence[Row]) -> str:
    """The times of all contestants on one axis; "" for a bench that took none."""
    unit = next((unit for unit in _TIMES if isinstance(rows[0].get(unit), float)), None)
    timed = [row for row in rows if unit and isinstance(row.get(unit), float)]
    if unit is None or not timed:
        return ""
    rivals = report.RIVALS.get(run.recipe, ())
    estimates = [_estimate(row, unit, rivals) for row in timed]
    panel = Panel(caption, tuple(estimates))
    ends = [end for one in estimates for end in (one.interval.low, one.interval.high)]
    log = max(ends) > 10 * min(ends) > 0
    axis = Axis(min(ends), max(ends), log=log)
    lines = "".join(
        _line(one, row, panel, axis, unit) for one, row in zip(estimates, timed, strict=True)
    )
    scale = ", on a logarithmic axis" if log else ""
    head = f"{_TIMES[unit]}{scale}; farther left is faster. {caption}"
    return figure(escape(head), lines, axis)


def _estimate(row: Row, unit: str, rivals: Sequence[str]) -> Estimate:
    """The median, with its quartiles if the record has them; rivals have a mark of their own."""
    middle, low, high = (
        value if isinstance(value, float) else None
        for value in (row[unit], row.get("quartile 1"), row.get("quartile 3"))
    )
    assert middle is not None  # the row has a time
    name = str(row[report.NAME])
    interval = Interval(middle, low or middle, high or middle)
    return Estimate(name, interval, "other" if name in rivals else "ours")


def _line(one: Estimate, row: Row, panel: Panel, axis: Axis, unit: str) -> str:
    said = [f"{three_digits(one.interval.center)} {unit}"]
    said += [
        f"{three_digits(value)} times as fast as {key.removeprefix('x ')}"
        for key, value in row.items()
        if key.startswith("x ") and key != f"x {one.of}"
    ]
    words = f"{one.of}: {', '.join(said)}."
    return (
        f'<li><span class="forest-label">{escape(str(one.of))}<br>{escape(", ".join(said))}</span>'
        f"{lane(one, panel, axis, words)}</li>"
    )


def _printed(row: Row) -> dict[str, str]:
    return {key: three_digits(value) for key, value in row.items()}


def three_digits(value: object) -> str:
    """A number with three significant digits; anything else as text."""
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
