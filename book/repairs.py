"""A Sphinx extension: repairs what the theme gets wrong, in the pages that were written.

Each row of `REPAIRS` is a pattern and what takes its place.
"""

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

REPAIRS = (
    # Browsers refuse to preload fonts of a page that was opened from a folder.
    (r'<link rel="preload"[^>]*/>\s*', ""),
    # A name that differs from the words on a button hides it from those who speak its words.
    (r'<summary aria-label="[^"]*"', "<summary"),
    # The arrow in the contents that unfolds deeper chapters has no words of its own.
    (r'<summary>(?=\s*<span class="toctree-toggle")', '<summary aria-label="deeper chapters">'),
    (r'(<button class="btn search-button-field[^"]*") title="\w+" aria-label="\w+"', r"\1"),
    # What stands in a list is its items; the role of entries is out of use.
    (r'role="doc-biblioentry"', 'role="listitem"'),
)


def repair(page: str) -> str:
    """The text of a page with all repairs.

    Example:
        >>> repair('<summary aria-label="Toggle hidden content">')
        '<summary>'
    """
    for pattern, right in REPAIRS:
        page = re.sub(pattern, right, page)
    return page


def repair_all(app: Sphinx, exception: Exception | None) -> None:
    """Repair every page of the site."""
    if exception is None and app.builder.format == "html":
        for path in Path(app.outdir).rglob("*.html"):
            page = path.read_text(encoding="utf-8")
            path.write_text(repair(page), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("build-finished", repair_all)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
