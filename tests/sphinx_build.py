"""A small book that Sphinx builds strictly, in a test."""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils


def build_strictly(folder: Path) -> Path:
    """Build the pages of `folder`, which holds a conf.py, into `folder/out`; warnings are errors.

    What Sphinx tells docutils is forgotten afterward: a second book in one process would be warned
    that it tells the same again.
    """
    out = folder / "out"
    with patch_docutils(folder), docutils_namespace():
        app = Sphinx(
            folder, folder, out, folder / "trees", "html", status=None, warningiserror=True
        )
        app.build()
    return out
