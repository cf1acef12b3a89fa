"""Which value is computed from which: rows of small boxes, from top to bottom, with arrows."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from html import escape

from huelab.show.bundle import Bundle

Edges = Sequence[tuple[int, int]]

# Lengths are in units of the drawing, which are 1.25 pixels if the page is wide enough. Lines and
# text have the color of the page's text, so they can be read on a dark page as well.
_LEFT, _COLUMN, _ROW = 152, 66, 84
_WIDE, _HIGH, _TOP = 46, 26, 4
_BOX = 'rx="4" fill="currentColor" fill-opacity="0.12" stroke="currentColor"'


def flow(rows: Mapping[str, Sequence[str]], steps: Mapping[str, Edges], *, alt: str) -> Bundle:
    """Values as rows of boxes, and arrows from each row to the one below.

    Args:
        rows: title of a row -> the names of its values, from left to right.
        steps: name of the step between two rows -> pairs of positions, `(from, to)`, counted from
            0. There must be one step fewer than rows.
        alt: what the drawing shows, for readers who cannot see it. The rows and the steps, with
            the sources of each value, are added to it.

    Raises:
        ValueError: unless there is one step fewer than rows.
        IndexError: for an arrow that begins or ends where no value is.

    Example:
        >>> flow({"in": "xy", "out": "z"}, {"add": [(0, 0), (1, 0)]}, alt="A sum")
        A sum. in: x, y. add: z from x and y. out: z.
    """
    names = [list(row) for row in rows.values()]
    if len(steps) != len(rows) - 1:
        raise ValueError(f"expected one step fewer than rows, got {len(steps)} and {len(rows)}")
    text = _told(list(rows), names, steps, alt)
    parts = [
        _words(name, _middle(k)) + "".join(_box(k, place, each) for place, each in enumerate(row))
        for k, (name, row) in enumerate(zip(rows, names, strict=True))
    ]
    for k, (step, edges) in enumerate(steps.items()):
        parts.append(_words(step, _middle(k + 0.5), ' font-style="italic"'))
        parts += [_arrow(k, start, end) for start, end in edges]
    width = _LEFT + _COLUMN * max(map(len, names))
    height = _ROW * (len(rows) - 1) + _HIGH + 2 * _TOP
    picture = (
        f'<svg role="img" aria-label="{escape(text)}" viewBox="0 0 {width} {height}" '
        f'xmlns="http://www.w3.org/2000/svg" style="width:{width * 1.25:.0f}px;max-width:100%;'
        f'font:12px sans-serif;fill:currentColor">{"".join(parts)}</svg>'
    )
    return Bundle({"text/html": f'<div style="margin:1em 0">{picture}</div>', "text/plain": text})


def _told(
    titles: Sequence[str], names: Sequence[Sequence[str]], steps: Mapping[str, Edges], alt: str
) -> str:
    """The drawing in sentences."""
    told = [f"{title}: {', '.join(row)}" for title, row in zip(titles, names, strict=True)]
    between = []
    for (step, edges), (above, below) in zip(steps.items(), itertools.pairwise(names), strict=True):
        if not all(0 <= i < len(above) and 0 <= j < len(below) for i, j in edges):
            raise IndexError(f"an arrow of step {step!r} begins or ends where no value is")
        sources = {
            name: " and ".join(above[i] for i, j in edges if j == place)
            for place, name in enumerate(below)
        }
        made = ", ".join(f"{name} from {source}" for name, source in sources.items() if source)
        between.append(f"{step}: {made}")
    lines = [told[0]] + [line for pair in zip(between, told[1:], strict=True) for line in pair]
    return f"{alt}. {'. '.join(lines)}."


def _middle(row: float) -> float:
    return _TOP + _HIGH / 2 + _ROW * row


def _center(place: int) -> float:
    return _LEFT + _COLUMN * (place + 0.5)


def _words(text: str, y: float, style: str = "") -> str:
    return f'<text x="0" y="{y:.1f}" dominant-baseline="central"{style}>{escape(text)}</text>'


def _box(row: int, place: int, name: str) -> str:
    x, y = _center(place), _middle(row)
    corner = f'x="{x - _WIDE / 2:.1f}" y="{y - _HIGH / 2:.1f}"'
    return (
        f'<rect {corner} width="{_WIDE}" height="{_HIGH}" {_BOX}/>'
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" dominant-baseline="central" '
        f'font-weight="600">{escape(name)}</text>'
    )


def _arrow(row: int, start: int, end: int) -> str:
    """From the lower edge of a box to the upper edge of one in the next row."""
    x0, y0 = _center(start), _middle(row) + _HIGH / 2
    x1, y1 = _center(end), _middle(row + 1) - _HIGH / 2
    angle = math.degrees(math.atan2(y1 - y0, x1 - x0))
    return (
        f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" stroke="currentColor"/>'
        f'<path transform="translate({x1:.1f} {y1:.1f}) rotate({angle:.1f})" d="M0 0l-8 -3v6z"/>'
    )
