"""The site of the tests: built from the stored notebooks, without executing anything."""

from pathlib import Path

import nbformat
import website  # book/website.py
from book_files import NOTEBOOKS, read

# Appended to the first chapter, so that there is always a solution to look for.
ADDED = [
    nbformat.v4.new_markdown_cell("Question {cite:p}`zhang2016colorful`, $\\Delta E_{00}$."),
    nbformat.v4.new_code_cell(
        "print('answer' + 'printed')  # answerincode",
        metadata={"tags": ["solution", "hide-cell"]},
        outputs=[nbformat.v4.new_output("stream", name="stdout", text="answerprinted\n")],
        execution_count=1,
    ),
    nbformat.v4.new_markdown_cell(
        ":::{dropdown} Solution\nanswerinwords\n:::", metadata={"tags": ["solution"]}
    ),
]
ANSWERS = ("answerincode", "answerprinted", "answerinwords")


def build(folder: Path, solutions: bool = True) -> Path:
    """Build the site from the stored notebooks, without executing anything."""
    notebooks = []
    for path in NOTEBOOKS:
        notebook = read(path)
        if not notebooks:
            notebook.cells += ADDED
        notebooks.append(folder / path.name)
        nbformat.write(notebook, notebooks[-1])
    website.build(folder / "html", notebooks, solutions)
    return folder / "html"
