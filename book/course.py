"""How long a chapter takes a learner and a machine: what the instructor's page computes."""

from collections.abc import Sequence
from pathlib import Path

import nbformat
from exercises import QUESTION

from huelab import records, show

ROOT = Path(__file__).resolve().parents[1]
#: Words that one reads in a minute where every sentence counts: half of what one reads of a novel.
WORDS_A_MINUTE = 120
#: Minutes for running and looking at a cell with code, and for an exercise.
A_CELL, AN_EXERCISE = 0.75, 12


def learner_minutes(notebook: nbformat.NotebookNode) -> dict[str, int]:
    """Minutes that a chapter takes: reading with the cells, the exercises, rounded up to fives.

    Solutions do not count as reading.

    Example:
        >>> cells = [nbformat.v4.new_markdown_cell("word " * 1200 + "\\n\\n**Exercise 1.** Why?")]
        >>> learner_minutes(nbformat.v4.new_notebook(cells=cells))
        {'reading': 15, 'exercises': 15}
    """
    cells = [c for c in notebook.cells if "solution" not in c.metadata.get("tags", [])]
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    words = sum(len(text.split()) for text in texts)
    code = sum(cell.cell_type == "code" for cell in cells)
    asked = sum(len(QUESTION.findall(text)) for text in texts)
    return {
        "reading": _fives(words / WORDS_A_MINUTE + A_CELL * code),
        "exercises": _fives(AN_EXERCISE * asked),
    }


def _fives(minutes: float) -> int:
    return int(-(-minutes // 5) * 5)


def table(notebooks: Sequence[Path] | None = None) -> str:
    """A row for each chapter: minutes of a learner, and seconds and memory of a machine, HTML."""
    costs = machine_costs()
    rows = []
    for path in notebooks or sorted((ROOT / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        minutes = learner_minutes(notebook)
        rows.append(
            {
                "chapter": f"{path.stem[:2]} {title(notebook)}",
                "reading, min": minutes["reading"],
                "exercises, min": minutes["exercises"],
                "machine, s": costs.get(f"seconds: {path.stem}"),
                "memory, MB": costs.get(f"peak_mb: {path.stem}"),
            }
        )
    formats = {"machine, s": ".0f", "memory, MB": ",.0f"}
    caption = "Minutes of a learner are estimated; seconds and memory are measured"
    return show.table(rows, formats=formats, caption=caption).formats["text/html"]


def title(notebook: nbformat.NotebookNode) -> str:
    """The heading that a chapter begins with."""
    first = notebook.cells[0].source.splitlines()[0]
    return first.lstrip("# ")


def machine_costs() -> dict[str, float | None]:
    """Seconds and megabytes of each chapter in the quick profile, from the newest record."""
    runs = [run for run in records.find("bench-chapters") if run.config["profile"] == "quick"]
    if not runs:
        return {}
    newest = max(runs, key=lambda run: run.created)
    return {metric.name: metric.value for metric in newest.metrics}
