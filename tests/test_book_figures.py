"""Pictures of a chapter are numbered figures; those of solutions and other pages are not."""

import base64
import io

import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image
from sphinx_build import build_strictly

CONF = """
extensions = ["myst_nb", "numbering", "figures"]
nb_execution_mode = "off"
suppress_warnings = ["myst-nb.lexer"]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb"}
root_doc = "index"
numfig = True
numfig_secnum_depth = 2
numfig_format = {"figure": "Figure %s"}
"""
INDEX = "# Book\n\n```{toctree}\nnotebooks/02_lab\nnotebooks/03_net_deeper\nother\n```\n"


def png() -> str:
    file = io.BytesIO()
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def cell(*tags, **data):
    output = nbformat.v4.new_output("display_data", {**data, "text/plain": "a"})
    return nbformat.v4.new_code_cell("1", outputs=[output], metadata={"tags": list(tags)})


def chapter():
    text = nbformat.v4.new_markdown_cell
    return nbformat.v4.new_notebook(
        cells=[
            text("# Chapter"),
            text("## One"),
            cell(**{"image/png": png()}),
            cell(**{"text/html": "<table><tr><td>1</td></tr></table>"}),
            text("## Two"),
            cell("solution", **{"image/png": png()}),
            cell(**{"text/html": "<svg role='img' aria-label='a'></svg>"}),
        ]
    )


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    (folder / "notebooks").mkdir()
    (folder / "conf.py").write_text(CONF)
    (folder / "index.md").write_text(INDEX)
    for name in ("notebooks/02_lab", "notebooks/03_net_deeper", "other"):
        nbformat.write(chapter(), folder / f"{name}.ipynb")
    out = build_strictly(folder)
    return {
        path.stem: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in out.rglob("*.html")
    }


def captions(page):
    return [tag.get_text(" ", strip=True).rstrip("¶ ") for tag in page.select("figcaption")]


def test_pictures_of_a_chapter_are_numbered_under_their_headings(pages):
    assert captions(pages["02_lab"]) == ["Figure 2.1 One", "Figure 2.2 Two"]
    assert captions(pages["03_net_deeper"]) == ["Figure 3.1.1 One", "Figure 3.1.2 Two"]


def test_pictures_stay_what_they_are(pages):
    first, second = pages["02_lab"].select("figure")
    assert first.find("img") and second.find("svg")
    assert len(pages["02_lab"].select("img, svg[role=img]")) == 3


def test_other_pages_have_no_numbers(pages):
    assert captions(pages["other"]) == []
