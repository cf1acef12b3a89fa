"""Forest plots: estimates with their intervals on one axis, as an HTML list of SVG drawings.

Positions are percentages, so that a plot fits any width and its marks keep their shape. Marks
differ in shape, and everything has the color of the text: no information depends on color alone.
"""

import math
from html import escape

from axis import Axis, short

from huelab.ledger import Estimate, Panel
from huelab.ledger.quantities import Quantity
from huelab.ledger.statistics import SEEDS
from huelab.ledger.words import in_words
from huelab.recipes import RECIPES

_VERDICTS = {
    "agrees": "as expected",
    "disagrees": "not as expected",
    "inconclusive": "undecided",
    "": "",
}
#: The mark of each role, drawn around the point (0, 0).
_MARKS = {
    "paper": '<path d="M-6 0 0-6 6 0 0 6z" fill="none" stroke="currentColor" stroke-width="2"/>',
    "ours": '<circle r="5" fill="currentColor"/>',
    "other": '<path d="M-4-4h8v8h-8z" fill="currentColor"/>',
}
KEY = "".join(
    f'<span><svg class="forest-key" width="16" height="16" aria-hidden="true">'
    f'<svg x="8" y="8" overflow="visible">{_MARKS[role]}</svg></svg> {words}</span> '
    for role, words in (
        ("paper", "what the paper reports"),
        ("ours", "what the claim is about, measured"),
        ("other", "what it is compared with, measured"),
    )
)


def forest(panel: Panel) -> str:
    """One panel as a figure, or a sentence if nothing measures that part of a claim.

    Every line has a sentence for readers who cannot see it.
    """
    if not panel.estimates:
        return f'<p class="forest-missing">{_capital(escape(panel.title))}.</p>'
    axis = Axis.of(panel)
    lines = "".join(_line(one, panel, axis) for one in panel.estimates)
    title = f"difference in {panel.title}" if panel.difference else panel.title
    caption = f"{_capital(escape(title))}{_expected(panel)}"
    return figure(caption, lines, axis)


def figure(caption: str, lines: str, axis: Axis) -> str:
    """Lines that share an axis, below a caption; both arguments are HTML."""
    ticks = f'<li aria-hidden="true">{axis.ticks()}</li>'
    return (
        f'<figure class="forest"><figcaption>{caption}</figcaption>'
        f'<ul role="list">{lines}{ticks}</ul></figure>'
    )


def _expected(panel: Panel) -> str:
    """The range in which the first of our estimates was expected, and the verdict."""
    if panel.expected is None:
        return ""
    low, high = panel.expected
    ends = f"{short(low)} to {short(high)}"
    where = f"above {short(low)}" if high == math.inf else f"below {short(high)}"
    words = ends if math.isfinite(low) and math.isfinite(high) else where
    return f". Expected: {words} (shaded). <b>{_VERDICTS[panel.verdict]}</b>"


def _line(one: Estimate, panel: Panel, axis: Axis) -> str:
    words, name = _label(one, panel)
    code = f" <code>{escape(name)}</code>" if name else ""
    value = _value(one, panel)
    return (
        f'<li><span class="forest-label">{_capital(escape(words))}{code}<br>{value}</span>'
        f"{lane(one, panel, axis, f'{words}: {value}.')}</li>"
    )


def _label(one: Estimate, panel: Panel) -> tuple[str, str]:
    """The words for an estimate, and the name of its recipe."""
    if not isinstance(one.of, Quantity):
        return one.of, ""
    words = RECIPES[one.of.recipe].title
    shown = [other.of.metric for other in panel.estimates if isinstance(other.of, Quantity)]
    # If a panel shows only one metric, its title names the metric.
    if one.of.metric != shown[0] or (panel.difference and in_words(one.of.metric) != panel.title):
        words = f"{in_words(one.of.metric)}: {words}"
    return (f"minus {words}" if panel.difference else words), one.of.recipe


def _value(one: Estimate, panel: Panel) -> str:
    """The numbers, as text."""
    interval, n = one.interval, len(one.seeds)
    if one.role == "paper":
        ends = f"{short(interval.low)} to {short(interval.high)}"
        return short(interval.center) if interval.low == interval.high else ends
    if math.isinf(interval.low):
        return f"{short(interval.center)}, no interval with fewer than {SEEDS} seeds"
    if panel.difference:
        return str(interval)
    return f"{interval}, {n} seeds" if n else f"{interval}, exact: nothing is trained"


def lane(one: Estimate, panel: Panel, axis: Axis, said: str) -> str:
    """The drawing of one estimate: the expected range, its interval, its seeds and its mark."""
    parts = []
    if panel.expected and any(math.isfinite(end) for end in panel.expected):
        left, right = (axis.at(end) for end in panel.expected)
        parts.append(
            f'<rect class="forest-expected" x="{left}%" width="{right - left:.2f}%" height="100%"/>'
        )
    if panel.difference:
        zero = axis.at(0.0)
        parts.append(
            f'<line x1="{zero}%" x2="{zero}%" y1="0" y2="100%" stroke="currentColor" '
            'stroke-dasharray="2 3"/>'
        )
    interval = one.interval
    if math.isfinite(interval.low) and interval.low < interval.high:
        left, right = axis.at(interval.low), axis.at(interval.high)
        ends = "".join(
            f'<line x1="{x}%" x2="{x}%" y1="35%" y2="65%" stroke="currentColor"/>'
            for x in (left, right)
        )
        parts.append(
            f'<line x1="{left}%" x2="{right}%" y1="50%" y2="50%" stroke="currentColor"/>{ends}'
        )
    parts += [
        f'<line class="forest-seed" x1="{axis.at(v)}%" x2="{axis.at(v)}%" y1="72%" y2="92%"/>'
        for v in one.seeds
    ]
    mark = _MARKS[one.role]
    parts.append(f'<svg x="{axis.at(interval.center)}%" y="50%" overflow="visible">{mark}</svg>')
    words = f"{_capital(said)} The axis goes from {short(axis.low)} to {short(axis.high)}."
    return (
        f'<svg class="forest-lane" role="img" aria-label="{escape(words)}">{"".join(parts)}</svg>'
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
