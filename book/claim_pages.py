"""The pages about claims: measured claims, claims that did not hold, and all claims."""

import csv
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import cards
from forest import KEY, forest
from raw import raw

from huelab import records
from huelab.ledger import GOALS, PAPERS, Row, fragment, judged, panels, read_claims, resolve
from huelab.records import Record

_MEANINGS = Path(__file__).with_name("meanings.csv")
#: Verdicts against a claim, and their headings.
AGAINST = {
    "differs": "Full runs differ from the paper",
    "disagrees (reduced)": "Reduced runs point the other way",
    "fails": "Tests refute the paper",
}


def papers() -> str:
    """Every measured claim: the paper's value and ours on one axis."""
    found = records.find()
    rows = cards.measured(resolve(read_claims()))
    parts = [raw(f'{cards.HEAD}<p class="forest-keys">{KEY}</p>')]
    for number, title in PAPERS.items():
        own = [row for row in rows if row.claim.paper == number]
        if own:
            parts += [f"### {number}: {title}", raw("\n".join(cards.card(r, found) for r in own))]
    return "\n\n".join([*parts, raw(cards.FOOT)])


def ledger() -> str:
    """Coverage and all claims with their computed status."""
    return raw(fragment(resolve(read_claims())))


def negative() -> str:
    """Claims that did not hold, and our own goals, whether we reached them or not."""
    found, rows = records.find(), resolve(read_claims())
    meanings = read_meanings()
    parts = [raw(f'{cards.HEAD}<p class="forest-keys">{KEY}</p>')]
    for status, heading in AGAINST.items():
        against = [row for row in rows if row.status == status]
        if against:
            parts += [
                f"## {heading}",
                raw("\n".join(_against(r, found, meanings) for r in against)),
            ]
    goals = sorted(judged(GOALS, found), key=lambda row: row.status.startswith("reached"))
    parts += ["## Our own goals", raw("\n".join(_goal(row, found, meanings) for row in goals))]
    return "\n\n".join([*parts, raw(cards.FOOT)])


def _against(row: Row, found: Sequence[Record], meanings: Mapping[tuple[str, str], str]) -> str:
    """A claim that did not hold: with its plot if runs decide it, else with the ledger's note."""
    if row.samples:
        return cards.card(row, found, _meaning(row, meanings), "h3")
    claim = row.claim
    said = f" The paper reports: <b>{escape(claim.value)}</b>." if claim.value else ""
    return (
        f'<article class="claim" id="claim-{claim.id}" data-paper="{claim.paper}" '
        f'data-status="{row.status}"><h3>{escape(claim.claim)}</h3><p class="claim-about">'
        f'<a href="ledger.html#{claim.id}">{claim.id}</a>, {escape(claim.place)}.{said} '
        f"{escape(row.detail[:1].upper() + row.detail[1:])}.</p>"
        f"{_meaning(row, meanings) or f'<p>{escape(claim.note)}</p>'}</article>"
    )


def _goal(row: Row, found: Sequence[Record], meanings: Mapping[tuple[str, str], str]) -> str:
    """A goal of our own with its verdict."""
    plots = "".join(map(forest, panels(row)))
    runs = cards.runs_of(row, found)
    known = f" {escape(row.claim.note)}" if row.claim.note else ""
    below = f"{cards.beside(row, runs)}{cards.folded(row, runs)}" if row.samples else ""
    status = "undecided" if row.status == "inconclusive" else row.status
    return (
        f'<article class="claim" id="goal-{row.claim.id}" data-paper="ours" data-status="{status}">'
        f'<h3>{escape(row.claim.claim)}</h3><p class="claim-about">Verdict: '
        f'<b class="claim-status">{status}</b>.{known}</p><div class="forests">{plots}</div>'
        f"{_meaning(row, meanings)}{below}</article>"
    )


def _meaning(row: Row, meanings: Mapping[tuple[str, str], str]) -> str:
    """The words on what a verdict may mean, if they were written for exactly this verdict."""
    words = meanings.get((row.claim.id, row.status))
    return f"<p><b>What it may mean.</b> {escape(words)}</p>" if words else ""


def read_meanings() -> dict[tuple[str, str], str]:
    """The words of `meanings.csv` by claim or goal and verdict; another verdict hides them."""
    with open(_MEANINGS, newline="", encoding="utf-8") as file:
        return {(row["of"], row["verdict"]): row["meaning"] for row in csv.DictReader(file)}
