"""HTML inside a page of Markdown."""

import re
from collections.abc import Mapping, Sequence
from html import escape

from huelab.show.text import NUMERIC

#: For a page with tables or plots of results.
STYLE = '<link rel="stylesheet" href="../_static/results.css">'
_NUMBER = re.compile(f"{NUMERIC.pattern}|–")


def raw(html: str) -> str:
    """HTML as a directive that MyST passes on unchanged."""
    return f"````{{raw}} html\n{html}\n````"


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose cells hold Markdown, such as links."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def table(rows: Sequence[Mapping[str, object]], label: str) -> str:
    """A table that scrolls sideways, also by keyboard; `label` says what the table holds.

    Columns of numbers are aligned to the right.
    """
    columns = list(dict.fromkeys(key for row in rows for key in row))
    cells = [[_text(row.get(key)) for key in columns] for row in rows]
    sides = [
        ' class="number"' if all(map(_NUMBER.fullmatch, column)) else ""
        for column in zip(*cells, strict=True)
    ]
    head = "".join(
        f'<th scope="col"{side}>{escape(column)}</th>'
        for column, side in zip(columns, sides, strict=True)
    )
    body = "".join(f"<tr>{_line(texts, sides)}</tr>" for texts in cells)
    return (
        f'<div class="scrolling" tabindex="0" role="region" aria-label="{escape(label)}">'
        f'<table class="table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _line(texts: Sequence[str], sides: Sequence[str]) -> str:
    pairs = zip(texts, sides, strict=True)
    return "".join(f"<td{side}>{escape(text)}</td>" for text, side in pairs)


def _text(value: object) -> str:
    return "–" if value is None else str(value)
