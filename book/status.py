"""The page of status: what ran for this site, when, in which profile, and for how long."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import nbformat
from course import machine_costs, title
from raw import markdown_table

from huelab.ledger import outcomes
from huelab.records.provenance import environment, source_state

ROOT = Path(__file__).resolve().parents[1]
HEAD = ("chapter", "profile", "finished (UTC)", "seconds", "seconds, quiet", "memory, quiet, MB")


def status(built: Path = ROOT / "_build" / "notebooks") -> str:
    """The source and the machine of this site, the tests of claims, and a row for each chapter.

    `built` is the folder of executed chapters. A chapter that has not been executed there shows its
    stored outputs, and its row says so.
    """
    return "\n\n".join([_source(), _tests(), chapters(built)])


def _source() -> str:
    found, here = source_state(), environment()
    if found.commit is None:
        source = "The source of this site is not a checkout"
    else:
        also = ", with changes that are not committed" if found.dirty else ""
        source = f"The source of this site is commit `{found.commit[:10]}`{also}"
    packages = ", ".join(f"{name} {version}" for name, version in here["packages"].items())
    return (
        f"{source}. It was built on {here['platform']} with Python {here['python']} and these "
        f"packages: {packages}."
    )


def _tests() -> str:
    found = outcomes.read(ROOT)
    if not found.tests:
        return "The tests of claims have not run on this source."
    counts = Counter(test.result for test in found.tests)
    said = ", ".join(f"{counts[name]} {name}" for name in outcomes.RESULTS if counts[name])
    return f"Tests of claims on this source: {said}. A test of two claims counts twice."


def chapters(built: Path, notebooks: Sequence[Path] | None = None) -> str:
    """A table in Markdown: each chapter, when it ran for this site, and what it costs."""
    quiet = machine_costs()
    lines = []
    for path in notebooks or sorted((ROOT / "notebooks").glob("*.ipynb")):
        name = f"[{title(nbformat.read(path, as_version=4))}](../notebooks/{path.name})"
        costs = [quiet.get(f"{kind}: {path.stem}") for kind in ("seconds", "peak_mb")]
        known = [f"{value:,.0f}" if value is not None else "–" for value in costs]
        lines.append([f"{path.stem[:2]} {name}", *_run(built / f"{path.stem}.json"), *known])
    return markdown_table(HEAD, lines)


def _run(account: Path) -> list[str]:
    """Profile, time and seconds from what the execution of a chapter left; dashes without it."""
    if not account.exists():
        return ["stored outputs", "–", "–"]
    found = json.loads(account.read_text(encoding="utf-8"))
    finished = found["finished"][:16].replace("T", " ")
    return [found["profile"], finished, f"{found['seconds']:.0f}"]
