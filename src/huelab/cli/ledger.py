"""`huelab ledger`: what became of the papers' claims."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from huelab.cli.output import a_path, fail_with, print_rows

if TYPE_CHECKING:
    from huelab.ledger import Row


def ledger(
    paper: Annotated[
        str | None, typer.Option(help="Only claims of one paper, such as 000.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option(help="Only claims of one kind, such as inconsistency.")
    ] = None,
    status: Annotated[
        str | None, typer.Option(help="Only claims with one status, such as 'not run'.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Also write the site's table to this file.", parser=a_path)
    ] = None,
) -> None:
    """List the papers' claims with their status.

    The command fails if a check names something that does not exist.
    """
    from huelab import ledger, records

    for option, value, known in (
        ("--paper", paper, tuple(ledger.PAPERS)),
        ("--kind", kind, ledger.KINDS),
        ("--status", status, ledger.STATUSES),
    ):
        if value is not None and value not in known:
            wrong = f"{value!r} is not one of {', '.join(known)}"
            raise typer.BadParameter(wrong, param_hint=option)
    damaged: list[Exception] = []
    claims = ledger.read_claims()
    sources = ledger.Sources(records=records.find(damaged=damaged.append))
    rows = ledger.resolve(claims, sources)
    if html:
        html.write_text(ledger.fragment(rows), encoding="utf-8")
    chosen = [
        row
        for row in rows
        if paper in (None, row.claim.paper)
        and kind in (None, row.claim.kind)
        and status in (None, row.status)
    ]
    print_rows([_line(row) for row in chosen], title=f"{len(chosen)} of {len(rows)} rows")
    print_rows(ledger.coverage(chosen, "kind"), title="coverage by kind")
    print_rows(ledger.coverage(chosen, "paper"), title="coverage by paper")
    problems = [f"{row.claim.id}: {row.detail}" for row in rows if row.status == "broken"]
    problems += ledger.strays(claims, sources) + ledger.stale(claims, sources)
    fail_with([*problems, *damaged])


def _line(row: "Row") -> dict[str, str]:
    from huelab.ledger import disclosed

    said = f"{row.claim.claim} [{row.claim.value}]" if row.claim.value else row.claim.claim
    line = {"id": row.claim.id, "kind": row.claim.kind, "status": row.status, "claim": said}
    return line | {"check": row.claim.check, "": f"{row.detail} {disclosed(row)}".strip()}
