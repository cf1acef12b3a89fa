"""Two editions to hand out: one for students, without any solution, and one for instructors.

Each is a folder with the notebooks, the library that they run on, and the site.
"""

import shutil
from pathlib import Path

import nbformat
from exercises import QUESTION
from website import build, without_kernel

ROOT = Path(__file__).resolve().parents[1]
#: Files and folders that an edition holds in addition to the notebooks.
PARTS = (
    *("src", "pyproject.toml", "requirements.txt", "requirements.lock", "Makefile"),
    *("README.md", "LICENSE", "LICENSE-text", "CITATION.cff"),
    # The chapters read these.
    *("book/results", "book/claims.csv", "book/planned.csv", "book/_static/old"),
)
SITE = (
    "Open `site/index.html` to read the book. It needs no network.\n\n"
    "`README.md` describes the whole repository. Here, `make lab` works, and so do the `huelab` "
    "commands that color, fetch data, and run recipes. The other `make` commands and "
    "`huelab ledger` need the repository; the site shows the ledger.\n"
)
FIRST = {
    True: "# HueLab, the edition for instructors\n\nThe notebooks hold the solutions.\n",
    False: "# HueLab, the edition for students\n\n"
    "Type `make lab` and open the first notebook. After each exercise there is an empty cell for "
    "your answer.\n",
}


def write(target: Path, notebooks: list[Path], solutions: bool) -> Path:
    """Write an edition into the folder `target`, from scratch, and pack it as a zip archive.

    Args:
        target: the folder; the archive lies next to it and gets its name.
        notebooks: the executed chapters.
        solutions: whether it is for instructors.

    Returns:
        The archive.

    Raises:
        BuildError: if the site cannot be built.
    """
    shutil.rmtree(target, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in PARTS:
        source, copy = ROOT / name, target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy, ignore=ignored)
        elif source.exists():
            shutil.copy(source, copy)
    (target / "notebooks").mkdir(parents=True)
    for path in notebooks:
        notebook = nbformat.read(path, as_version=4)
        given = notebook if solutions else to_answer(notebook)
        nbformat.write(unpaired(given), target / "notebooks" / path.name)
    (target / "READ_ME_FIRST.md").write_text(FIRST[solutions] + "\n" + SITE, encoding="utf-8")
    build(target / "site", notebooks, solutions)
    return Path(shutil.make_archive(str(target), "zip", target.parent, target.name))


def to_answer(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook with an empty cell after each exercise, without solutions and outputs.

    Students make the outputs themselves. An output could also show a solution in a widget.
    """
    cells = []
    for number, cell in enumerate(notebook.cells):
        if is_solution(cell):
            continue
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        cells.append(cell)
        after = notebook.cells[number + 1 : number + 2]
        if after and is_solution(after[0]):
            cells += _answers(cell, after[0])
    notebook.cells = cells
    return without_kernel(notebook)


def is_solution(cell: nbformat.NotebookNode) -> bool:
    """Whether a cell answers an exercise."""
    return "solution" in cell.metadata.get("tags", [])


def _answers(question: nbformat.NotebookNode, solution: nbformat.NotebookNode) -> list:
    """An empty cell of the solution's kind, named after the last question before it."""
    numbers = QUESTION.findall(question.source)
    title = f"Your answer to exercise {numbers[-1]}" if numbers else "Your answer"
    metadata = {"tags": ["answer"]}
    if solution.cell_type == "code":
        return [nbformat.v4.new_code_cell(f"# {title}:\n", metadata=metadata)]
    return [nbformat.v4.new_markdown_cell(f"*{title}:*", metadata=metadata)]


def unpaired(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook without its pair: JupyterLab then writes no `.py` file next to it."""
    notebook.metadata.pop("jupytext", None)
    return notebook
