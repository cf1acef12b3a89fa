"""The ledger in tables: coverage by paper or kind, and all rows as HTML for the site."""

from collections import Counter
from collections.abc import Sequence
from html import escape

from huelab.ledger.claims import PAPERS, STATUSES
from huelab.ledger.row import Row

_HEADINGS = ("Claim", "What the paper says", "Status", "Check and note")
# Every other row has a gray background, on which the theme's blue is too pale. So links have the
# color of the text and an underline.
_STYLE = """<style>
.ledger, .coverage-scroll { overflow-x: auto; }
.ledger table { font-size: 0.8rem; min-width: 36rem; table-layout: fixed; width: 100%; }
.ledger th:nth-child(1) { width: 16%; }
.ledger th:nth-child(2) { width: 36%; }
.ledger th:nth-child(3) { width: 16%; }
.ledger td, .ledger code { overflow-wrap: anywhere; }
.ledger code { background: none; border: 0; color: inherit; padding: 0; }
.ledger a { color: inherit; text-decoration: underline; }
.ledger small { font-size: 0.72rem; }
.filters { align-items: center; display: flex; flex-wrap: wrap; gap: 0.25rem 0.75rem; }
</style>"""


def coverage(rows: Sequence[Row], by: str = "paper") -> list[dict[str, object]]:
    """How many claims have each status, by paper or by kind, and in total.

    Args:
        rows: the result of `resolve`.
        by: `paper` or `kind`.

    Example:
        >>> from huelab.ledger import read_claims
        >>> claim = next(claim for claim in read_claims() if claim.id == "002-R01")
        >>> coverage([Row(claim, "not comparable", "0.03")])[0]
        {'paper': '002', 'claims': 1, 'inconsistencies': 0, 'not comparable': 1}
    """
    groups = list(dict.fromkeys(getattr(row.claim, by) for row in rows))
    parts = [(name, [row for row in rows if getattr(row.claim, by) == name]) for name in groups]
    shown = [status for status in STATUSES if any(row.status == status for row in rows)]
    table = []
    for name, part in [*parts, ("all", rows)]:
        found = sum(row.claim.kind == "inconsistency" for row in part)
        counts = Counter(row.status for row in part)
        sizes = {"claims": len(part) - found, "inconsistencies": found}
        table.append({by: name} | sizes | {status: counts[status] for status in shown})
    return table


def compared(rows: Sequence[Row]) -> list[dict[str, object]]:
    """The claims that records decide: what the paper says, what was measured, and the verdict.

    Args:
        rows: the result of `resolve`; claims that need no record are left out.

    Returns:
        A dictionary for each claim. `measured` has means with their 95 % intervals. `difference` is
        the measured value minus the reported one, or minus that of the only rival; it is None if
        there are several rivals. `written` is the day of the expectation, and `changed` says what
        was changed after the first run.

    Example:
        >>> from huelab.ledger import read_claims
        >>> claim = next(claim for claim in read_claims() if claim.id == "002-R01")
        >>> (row,) = compared([Row(claim, "not comparable", "0.027", difference=-0.05)])
        >>> row["paper"], row["measured"], row["difference"]
        ('0.077', '0.027', '-0.05')
    """
    return [
        {
            "id": row.claim.id,
            "paper": row.claim.value or None,
            "measured": None if row.status == "pending" else row.detail,
            "difference": None if row.difference is None else f"{row.difference:+.2g}",
            "verdict": row.status,
            "written": row.expectation.written.isoformat() if row.expectation else None,
            "changed": disclosed(row) or None,
        }
        for row in rows
        if row.claim.form == "record"
    ]


def disclosed(row: Row) -> str:
    """The changes of an expectation after its first run, each with its day; "" if there are none.

    Example:
        >>> from huelab.ledger import EXPECTATIONS, read_claims
        >>> claim = next(claim for claim in read_claims() if claim.id == "000-R06")
        >>> disclosed(Row(claim, "inconclusive", "", expectation=EXPECTATIONS[claim.id]))[:21]
        'Changed on 2026-11-21'
    """
    changes = row.expectation.changed if row.expectation else ()
    return " ".join(f"Changed on {day.isoformat()}: {sentence}" for day, sentence in changes)


def fragment(rows: Sequence[Row], script: str = "../_static/ledger.js") -> str:
    """Coverage and all rows as HTML; `script` is the address of the script that filters them.

    Example:
        >>> from huelab.ledger import read_claims
        >>> claim = read_claims()[0]
        >>> f'<td id="{claim.id}">' in fragment([Row(claim, "not run", "")])
        True
    """
    head = "".join(f'<th scope="col">{heading}</th>' for heading in _HEADINGS)
    return "\n".join(
        [
            _STYLE,
            *(_small_table(coverage(rows, by), by) for by in ("paper", "kind")),
            '<p class="filters" data-of="#ledger tr[data-paper]" data-by="paper kind status"></p>',
            '<div class="ledger" tabindex="0" role="region" aria-label="All claims">',
            '<table class="table" id="ledger">',
            f"<thead><tr>{head}</tr></thead>",
            "<tbody>",
            *map(_row, rows),
            "</tbody></table></div>",
            f'<script defer src="{escape(script)}"></script>',
        ]
    )


def _row(row: Row) -> str:
    claim = row.claim
    value = f" <b>{escape(claim.value)}</b>" if claim.value else ""
    in_words = claim.form in ("none", "reading")  # their target is a reason in words
    check = escape(claim.target) if in_words else f"<code>{escape(claim.check)}</code>"
    written = f"expected on {row.expectation.written.isoformat()}" if row.expectation else ""
    about = "" if in_words else "".join(map(_below, (row.detail, written, disclosed(row))))
    cells = (
        f'<td id="{claim.id}"><a href="#{claim.id}">{claim.id}</a>{_below(claim.kind)}</td>',
        f"<td>{escape(claim.claim)}{value}{_below(claim.place)}</td>",
        f"<td>{row.status}{_plot(row)}{about}</td>",
        f"<td>{check}{_below(claim.note)}</td>",
    )
    data = f'data-paper="{claim.paper}" data-kind="{claim.kind}" data-status="{row.status}"'
    return f"<tr {data}>{''.join(cells)}</tr>"


def _plot(row: Row) -> str:
    """A link to a claim's plot on the page of results; "" if no run has measured it."""
    return f' (<a href="results.html#claim-{row.claim.id}">plot</a>)' if row.samples else ""


def _below(text: str) -> str:
    return f"<br><small>{escape(text)}</small>" if text else ""


def _small_table(table: list[dict[str, object]], by: str) -> str:
    head = "".join(f'<th scope="col">{key}</th>' for key in table[0])
    lines = []
    for line in table:
        name = str(line[by])
        title = f"{name}: {PAPERS[name]}" if name in PAPERS else name
        numbers = "".join(f"<td>{line[key]}</td>" for key in line if key != by)
        lines.append(f'<tr><th scope="row">{escape(title)}</th>{numbers}</tr>')
    body = "\n".join(lines)
    return (
        f'<div class="coverage-scroll" tabindex="0" role="region" aria-label="Coverage by {by}">'
        f'<table class="table coverage"><thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n'
        "</tbody></table></div>"
    )
