"""A chapter's .py and .ipynb hold the same cells."""

import jupytext
import pytest
from book_files import CHAPTERS, NOTEBOOKS, stem
from jupytext.compare import NotebookDifference, compare_notebooks


def unfolded(notebook):
    """What JupyterLab folds is no part of the .py; the tags say what a solution is."""
    for cell in notebook.cells:
        cell.metadata.pop("jupyter", None)
    return notebook


@pytest.mark.parametrize("chapter", CHAPTERS, ids=stem)
def test_pair_is_in_step(chapter):
    """Types, sources and tags of the cells; times of change say nothing, git does not keep them."""
    try:
        compare_notebooks(
            unfolded(jupytext.read(chapter.with_suffix(".ipynb"))),
            jupytext.read(chapter),
            fmt="py:percent",
            compare_outputs=False,
            compare_ids=False,
            raise_on_first_difference=False,
        )
        difference = None
    except NotebookDifference as error:
        difference = str(error)
    assert difference is None, f"{difference}\nrun: make notebooks"


def test_no_half_is_missing():
    assert [path.stem for path in CHAPTERS] == [path.stem for path in NOTEBOOKS]
