"""Print the site as one PDF: all pages in the order of the contents, with bookmarks.

Chromium prints, so that pictures and formulas look as on the screen. Solutions are unfolded.
"""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml
from errors import BuildError
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link
from pypdf.generic import Fit

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
MARGINS = {"top": "15mm", "bottom": "15mm", "left": "15mm", "right": "15mm"}
UNFOLD = "() => document.querySelectorAll('details').forEach((part) => { part.open = true; })"
# The theme prints the title again, above a page's contents, and omits its number.
TITLE = """() => {
  const [printed, own] = ["#jb-print-docs-body h1", "article h1"].map((name) =>
    document.querySelector(name));
  if (printed) printed.textContent = own.innerText.replace(/#\\s*$/, "");
}"""
# MathJax sets formulas after the page has loaded.
READY = "async () => { await window.MathJax?.startup?.promise; }"


def contents() -> list[tuple[int, str]]:
    """The pages in the order of `_toc.yml`: the depth and the name of each."""
    return list(_files(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")), 0))


def _files(node: dict, depth: int) -> Iterator[tuple[int, str]]:
    name = node.get("root") or node.get("file")
    if name:
        yield depth, name
    for key in ("parts", "chapters", "sections"):
        for child in node.get(key, []):
            yield from _files(child, depth + (key == "sections"))


def write(site: Path, target: Path, pages: list[tuple[int, str]] | None = None) -> Path:
    """Print a site, or some `pages` of it, into the file `target`, and return that file.

    Raises:
        BuildError: if there is no Chromium.
    """
    browser = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if browser is None:
        raise BuildError("A PDF needs Chromium. On Debian and Ubuntu: sudo apt install chromium")
    pages = pages or contents()
    writer, starts = PdfWriter(), {}
    parents: dict[int, Any] = {}
    for (depth, name), (title, printed) in zip(pages, _print(browser, site, pages), strict=True):
        start = len(writer.pages)
        starts[(site / f"{name}.html").resolve()] = start
        writer.append(PdfReader(io.BytesIO(printed)), import_outline=False)
        parents[depth] = writer.add_outline_item(
            title=title, page_number=start, parent=parents.get(depth - 1)
        )
    _link(writer, starts)
    writer.add_metadata({"/Title": "HueLab"})
    writer.write(target)
    return target


def _print(browser: str, site: Path, pages: list[tuple[int, str]]) -> Iterator[tuple[str, bytes]]:
    """The title of each page, and the page as a PDF of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=list(FLAGS))
        page = chromium.new_page()
        for _, name in pages:
            page.goto((site / f"{name}.html").as_uri())
            page.evaluate(UNFOLD)
            page.evaluate(TITLE)
            page.evaluate(READY)
            title = page.inner_text("article h1").rstrip("# ")
            yield title, page.pdf(format="A4", margin=MARGINS, print_background=True)
        chromium.close()


def _link(writer: PdfWriter, starts: dict[Path, int]) -> None:
    """Make links between pages of the site lead to the beginning of the page in the PDF."""
    for number, page in enumerate(writer.pages):
        for reference in list(page.get("/Annots", [])):
            action = reference.get_object().get("/A", {})
            parts = urlsplit(str(action.get("/URI", "")))
            if parts.scheme == "file":
                page["/Annots"].remove(reference)
                target = starts.get(Path(unquote(parts.path)))
                if target is not None:
                    rect = reference.get_object()["/Rect"]
                    link = Link(rect=rect, target_page_index=target, fit=Fit.fit_horizontally())
                    writer.add_annotation(number, link)
