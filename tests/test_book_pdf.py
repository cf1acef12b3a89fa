"""The PDF of the whole book opens, and has every page in its order."""

import pdf  # book/pdf.py
import pytest
from book_files import toc
from bs4 import BeautifulSoup
from errors import BuildError  # book/errors.py
from page_server import chromium
from pypdf import PdfReader


@pytest.fixture(scope="module")
def printed(site, tmp_path_factory):
    if chromium() is None:
        pytest.skip("Chromium is not installed; .ci/run installs it where it can")
    return PdfReader(pdf.write(site, tmp_path_factory.mktemp("pdf") / "huelab.pdf"))


def titles(site):
    pages = [(site / f"{name}.html").read_text(encoding="utf-8") for name in toc()]
    heads = [BeautifulSoup(page, "html.parser").select_one("article h1") for page in pages]
    return [head.get_text().rstrip("#") for head in heads]


def flat(outline):
    for item in outline:
        yield from flat(item) if isinstance(item, list) else [item]


def squeeze(text):
    """Without spaces, as breaks of lines differ."""
    return "".join(text.split())


def test_every_page_is_a_bookmark_and_there_begins_with_its_title(site, printed):
    marks = list(flat(printed.outline))
    assert [mark.title for mark in marks] == titles(site)
    starts = [printed.get_destination_page_number(mark) for mark in marks]
    assert starts == sorted(set(starts)) and len(printed.pages) > 2 * len(marks)
    for mark, start in zip(marks, starts, strict=True):
        text = squeeze(printed.pages[start].extract_text())
        assert squeeze(mark.title) in text


def test_links_between_pages_stay_in_the_book(printed):
    kinds = {"inside": 0, "outside": 0}
    for page in printed.pages:
        for note in page.get("/Annots", []):
            address = str(note.get_object().get("/A", {}).get("/URI", ""))
            assert not address.startswith("file:")
            kinds["outside" if address else "inside"] += 1
    assert kinds["inside"] > 20 and kinds["outside"] > 20


def test_without_chromium_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf.shutil, "which", lambda name: None)
    with pytest.raises(BuildError, match="apt install chromium"):
        pdf.write(tmp_path, tmp_path / "a.pdf")


def test_contents_are_those_of_the_table():
    assert [name for _, name in pdf.contents()] == toc()
