"""HTML within a page of Markdown."""

from collections.abc import Mapping, Sequence
from html import escape


def raw(html: str) -> str:
    """HTML as a directive that MyST passes on as it is."""
    return f"````{{raw}} html\n{html}\n````"


def table(rows: Sequence[Mapping[str, object]], label: str) -> str:
    """A table that can be scrolled sideways, by keyboard as well; `label` says what it holds."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(_text(row.get(key)))}</td>' for key in columns)}</tr>"
        for row in rows
    )
    return (
        f'<div class="scrolling" tabindex="0" role="region" aria-label="{escape(label)}">'
        f'<table class="table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _text(value: object) -> str:
    return "–" if value is None else str(value)
