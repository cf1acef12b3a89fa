"""Chapters keep the number of their file; figures and equations are counted within a chapter."""

import numbering  # book/numbering.py
import pytest
from bs4 import BeautifulSoup
from sphinx_build import build_strictly

INDEX = """# Book

```{toctree}
book/intro
notebooks/02_lab
notebooks/10_photos
```
"""
CHAPTER = """# Chapter

See {numref}`fig-a`, {eq}`first` and {eq}`second`.

## A section

$$ 1 $$ (first)

```{figure} /a.png
:name: fig-a
:alt: a

First.
```

## Another

$$ 2 $$ (second)

```{figure} /a.png
:name: fig-b
:alt: a

Second.
```

```{toctree}
02_lab_deeper
```
"""
DEEPER = """# Deeper

{numref}`fig-a` and {numref}`fig-b` and {numref}`fig-c`, {eq}`first` and {eq}`third`.

$$ 3 $$ (third)

```{figure} /a.png
:name: fig-c
:alt: a

Third.
```
"""
CONF = """
extensions = ["myst_parser", "numbering"]
myst_enable_extensions = ["dollarmath"]
root_doc = "index"
numfig = True
numfig_secnum_depth = 2
numfig_format = {"figure": "Figure %s"}
math_eqref_format = "Equation {number}"
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The pages of a book of three chapters that Sphinx built, strictly."""
    folder = tmp_path_factory.mktemp("book")
    files = {"conf.py": CONF, "index.md": INDEX, "a.png": "", "book/intro.md": "# Words"}
    files |= {"notebooks/02_lab.md": CHAPTER, "notebooks/02_lab_deeper.md": DEEPER}
    files |= {"notebooks/10_photos.md": "# Photographs\n\n## One\n\n## Two"}
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    out = build_strictly(folder)
    return {
        path.stem: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").select_one(
            "[role=main]"
        )
        for path in out.rglob("*.html")
    }


def headings(page):
    return [tag.get_text().removesuffix("¶") for tag in page.select("h1, h2")]


def test_chapter_has_the_number_of_its_file_and_sections_have_none(pages):
    assert headings(pages["02_lab"]) == ["2. Chapter", "A section", "Another"]
    assert headings(pages["10_photos"]) == ["10. Photographs", "One", "Two"]
    assert headings(pages["intro"]) == ["Words"]


def test_deeper_chapter_is_a_part_of_its_chapter(pages):
    assert headings(pages["02_lab_deeper"]) == ["2.1. Deeper"]


def test_contents_show_the_numbers(pages):
    entries = [tag.get_text() for tag in pages["index"].select("li.toctree-l1 > a")]
    assert entries == ["Words", "2. Chapter", "10. Photographs"]


def test_figures_and_equations_are_counted_within_a_chapter(pages):
    captions = [tag.get_text(" ", strip=True) for tag in pages["02_lab"].select(".caption-number")]
    assert captions == ["Figure 2.1", "Figure 2.2"]
    numbers = [tag.get_text() for tag in pages["02_lab"].select(".eqno")]
    assert [number.removesuffix("¶") for number in numbers] == ["(2.1)", "(2.2)"]
    (deeper,) = pages["02_lab_deeper"].select(".caption-number")
    assert deeper.get_text().strip() == "Figure 2.1.1"


def test_references_name_the_same_numbers(pages):
    shown = [page.select_one("p").get_text() for page in (pages["02_lab"], pages["02_lab_deeper"])]
    assert shown == [
        "See Figure 2.1, Equation 2.1 and Equation 2.2.",
        "Figure 2.1 and Figure 2.2 and Figure 2.1.1, Equation 2.1 and Equation 2.1.1.",
    ]


@pytest.mark.parametrize(
    ("docname", "expected"),
    [
        ("notebooks/00_first_color", (0,)),
        ("notebooks/07_metrics_deeper", (7, 1)),
        ("10_your_own_photos", (10,)),
        ("book/intro", None),
        ("book/00", None),
    ],
)
def test_number_is_read_off_the_name(docname, expected):
    assert numbering.number(docname) == expected
