"""A Sphinx extension: it repairs mistakes of the theme in the finished pages.

Each row of `REPAIRS` is a pattern and its replacement.
"""

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

REPAIRS = (
    # Browsers refuse to preload fonts if a page was opened from a folder.
    (r'<link rel="preload"[^>]*/>\s*', ""),
    # People who control a page by voice say the words on a button, so its name must be the same.
    (r'<summary aria-label="[^"]*"', "<summary"),
    # The arrow in the contents that unfolds deeper chapters has no text.
    (r'<summary>(?=\s*<span class="toctree-toggle")', '<summary aria-label="deeper chapters">'),
    (r'(<button class="btn search-button-field[^"]*") title="\w+" aria-label="\w+"', r"\1"),
    # Entries of a list need the role of list items; the role for bibliography entries is obsolete.
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
