"""A Sphinx extension: chapters keep the number of their file, figures and equations follow it.

Sphinx counts the pages of each part from 1. Here `02_lab` is chapter 2 wherever it stands, and
`02_lab_deeper`, which may be skipped, is 2.1. Figures and equations are counted within a chapter.
"""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors.toctree import TocTreeCollector

_CHAPTER = re.compile(r"(?:.*/)?(\d\d)_\w+?(_deeper)?")


def number(docname: str) -> tuple[int, ...] | None:
    """The number of a chapter, None for a page that is no chapter.

    Example:
        >>> number("notebooks/10_your_own_photos"), number("notebooks/04_vgg_deeper")
        ((10,), (4, 1))
    """
    found = _CHAPTER.fullmatch(docname)
    if found is None:
        return None
    return (int(found[1]), 1) if found[2] else (int(found[1]),)


def assign(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Number the chapters, then figures and equations; the pages to be written again."""
    before = dict(env.toc_secnumbers)
    for docname, toc in env.tocs.items():
        found = number(docname)
        if found is not None:
            env.toc_secnumbers[docname] = _numbers(toc, found)
            env.titles[docname]["secnumber"] = found
    changed = [name for name, own in env.toc_secnumbers.items() if own != before.get(name)]
    # Anew, as Sphinx has counted the figures when the chapters had no number yet.
    return changed + TocTreeCollector().assign_figure_numbers(env)


def _numbers(toc: nodes.Node, found: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    """The numbers of a page's headings: the title has the chapter's, all others have none."""
    numbers: dict[str, tuple[int, ...]] = {}
    for heading in toc.findall(nodes.reference):
        anchor = heading["anchorname"]
        numbers[anchor] = () if anchor else found
        if not anchor:
            heading["secnumber"] = found
    return numbers


def setup(app: Sphinx) -> dict[str, Any]:
    # After Sphinx's own count, which has the priority 500.
    app.connect("env-get-updated", assign, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
