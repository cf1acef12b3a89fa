"""A Sphinx extension: chapters have the number of their file, and so do figures and equations.

Sphinx counts the pages of each part from 1. Here `02_lab` is chapter 2 in any part, and
`02_lab_deeper`, which readers may skip, is 2.1. Figures and equations are counted in each chapter.
"""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors.toctree import TocTreeCollector

_CHAPTER = re.compile(r"(?:.*/)?(\d\d)_\w+?(_deeper)?")


def number(docname: str) -> tuple[int, ...] | None:
    """The number of a chapter, or None for a page that is not a chapter.

    Example:
        >>> number("notebooks/10_your_own_photos"), number("notebooks/04_vgg_deeper")
        ((10,), (4, 1))
    """
    found = _CHAPTER.fullmatch(docname)
    if found is None:
        return None
    return (int(found[1]), 1) if found[2] else (int(found[1]),)


def assign(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Number the chapters, then figures and equations; return the pages to write again."""
    before = dict(env.toc_secnumbers)
    for docname, toc in env.tocs.items():
        found = number(docname)
        if found is not None:
            env.toc_secnumbers[docname] = _numbers(toc, found)
            env.titles[docname]["secnumber"] = found
    changed = [name for name, own in env.toc_secnumbers.items() if own != before.get(name)]
    # Sphinx counted the figures before the chapters had their numbers, so they are counted again.
    return changed + TocTreeCollector().assign_figure_numbers(env)


def _numbers(toc: nodes.Node, found: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    """The numbers of a page's headings: the title has the chapter's number, others have none."""
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
