"""The site builds strictly from the stored notebooks, asks no other host, and drops solutions."""

import inspect
import json
import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import website  # book/website.py
from book_files import NOTEBOOKS, is_solution, read
from book_site import ANSWERS, build
from bs4 import BeautifulSoup
from errors import BuildError  # book/errors.py

from huelab import color, images, metrics, show


@pytest.fixture(scope="module")
def pages(site):
    """Path below the site -> parsed page."""
    return {
        path.relative_to(site): BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in sorted(site.rglob("*.html"))
        if "_static" not in path.parts
    }


def is_external(address: str) -> bool:
    parts = urlsplit(address.strip())
    return bool(parts.netloc) or parts.scheme in ("http", "https", "ftp", "ws", "wss")


def fetched(page: BeautifulSoup) -> list[str]:
    """The addresses that a browser asks for while it shows a page."""
    found = []
    for tag in page.find_all(True):
        if tag.name == "link" and not {"next", "prev", "canonical"} & set(tag.get("rel", [])):
            found.append(tag.get("href", ""))
        elif tag.name != "a":
            found += [tag[key] for key in ("src", "data", "poster", "action") if key in tag.attrs]
            found += [part.split()[0] for part in tag.get("srcset", "").split(",") if part.strip()]
        found += in_css(tag.get("style", ""))
        if tag.name == "style":
            found += in_css(tag.get_text())
    return [address for address in found if address]


def in_css(text: str) -> list[str]:
    urls = re.findall(r"url\(\s*(?:'([^']*)'|\"([^\"]*)\"|([^)'\"\s]+))\s*\)", text)
    imports = re.findall(r"@import\s+['\"]([^'\"]+)", text)
    return [a or b or c for a, b, c in urls] + imports


def test_search_for_addresses_finds_each_kind():
    page = """<link rel="stylesheet" href="//h/a"><link rel="next" href="https://h/no">
        <script src="https://h/b"></script><img src="https://h/c" srcset="https://h/d 2x">
        <iframe src="https://h/e"></iframe><object data="https://h/f"></object>
        <p style="background: url('https://h/g')"></p><a href="https://h/no">x</a>
        <style>@import "https://h/h"; @import url(https://h/i);</style><img src="own.png">"""
    found = [a for a in fetched(BeautifulSoup(page, "html.parser")) if is_external(a)]
    assert sorted(address[-1] for address in found) == list("abcdefghi")


def test_pages_ask_no_other_host(pages):
    asked = {
        str(name): [a for a in fetched(page) if is_external(a)] for name, page in pages.items()
    }
    assert {name: addresses for name, addresses in asked.items() if addresses} == {}


def test_scripts_in_pages_name_no_other_host(pages):
    texts = [script.get_text() for page in pages.values() for script in page.find_all("script")]
    scripts = [text for text in texts if re.search(r"https?://(?!www\.w3\.org/)", text)]
    assert [text[:200] for text in scripts] == []


def test_style_sheets_ask_no_other_host(site):
    sheets = [path.read_text(encoding="utf-8", errors="replace") for path in site.rglob("*.css")]
    assert [address for text in sheets for address in in_css(text) if is_external(address)] == []


def test_scripts_load_nothing_from_elsewhere(site):
    """Apart from the vendored widget manager, which asks its CDN for unknown widgets only."""
    hosts = r"cdn\.|unpkg|jsdelivr|cdnjs|googleapis|gstatic|mybinder|hypothes\.is|utteranc"
    scripts = [path for path in site.rglob("*.js") if "ipw" not in path.parts]
    text = {p: p.read_text(encoding="utf-8", errors="replace") for p in scripts}
    loads = re.compile(rf"(?:https?:)?//[\w.-]*(?:{hosts})")
    # MathJax names one for its speech engine, which only a reader turns on, in MathJax's own menu.
    found = [p.name for p in scripts if loads.search(text[p]) and p.name != "tex-chtml.js"]
    assert found == []


def test_what_pages_ask_for_exists(site, pages):
    missing = []
    for name, page in pages.items():
        for address in fetched(page):
            path = unquote(urlsplit(address).path)
            if address.startswith(("data:", "#")) or not path:
                continue
            if not (site / name).parent.joinpath(path).is_file():
                missing.append(f"{name}: {address}")
    assert missing == []


def test_links_within_the_site_lead_somewhere(site, pages):
    names = {
        name: {
            tag[key] for tag in page.find_all(True) for key in ("id", "name") if key in tag.attrs
        }
        for name, page in pages.items()
    }
    broken = []
    for name, page in pages.items():
        for link in page.find_all("a", href=True):
            parts = urlsplit(link["href"])
            if parts.scheme or parts.netloc:
                continue
            target = (site / name).parent / unquote(parts.path) if parts.path else site / name
            inside = Path(os.path.relpath(target, site))
            anchors = names.get(inside, {unquote(parts.fragment)})
            # Scripts give meaning to "#" alone and to what begins with "#!".
            if not target.exists() or (parts.fragment and unquote(parts.fragment) not in anchors):
                broken.append(f"{name}: {link['href']}")
    assert broken == []


#: Host -> the form of its addresses that name a work for good.
FORMS = {
    "doi.org": r"/10\.\d{4,9}/\S+",
    "arxiv.org": r"/abs/(\d{4}\.\d{4,5}|[a-z-]+/\d{7})(v\d+)?",
    "github.com": r"/[\w.-]+/[\w.-]+(/.*)?",
}


def fault(address: str) -> str | None:
    """What is wrong with the form of a link to another host, or None."""
    parts = urlsplit(address)
    if address != address.strip() or re.search(r"[\s<>\"{}|\\^`]", address):
        return "holds a character that no address has"
    if parts.scheme == "mailto":
        return None if re.fullmatch(r"[\w.+-]+@[\w.-]+\.\w+", parts.path) else "no mail address"
    if parts.scheme != "https":
        return "is not https"
    if not re.fullmatch(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", parts.netloc):
        return "names no host, or a port or a user"
    if re.search(r"[.,;:!?)\]]$", address):
        return "ends in a mark of the sentence around it"
    form = FORMS.get(parts.netloc)
    return None if form is None or re.fullmatch(form, parts.path) else f"is not {form}"


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("https://doi.org/10.1109/CVPR.2017.632", True),
        ("https://doi.org/CVPR.2017.632", False),
        ("https://arxiv.org/abs/1603.08511", True),
        ("https://arxiv.org/pdf/1603.08511", False),
        ("http://arxiv.org/abs/1603.08511", False),
        ("https://arxiv.org/abs/1603.08511.", False),
        ("https://localhost/page", False),
        ("https://user@example.org/", False),
        ("https://example.org:8000/", False),
        ("https://example.org/a b", False),
        ("https://example.org/page?id=1#part", True),
        ("https://github.com/only-an-owner", False),
        ("ftp://example.org/file", False),
        ("mailto:somebody@example.org", True),
    ],
)
def test_form_of_links_to_other_hosts_is_judged(address, good):
    assert (fault(address) is None) == good


def test_links_to_other_hosts_are_well_formed(pages):
    found = {
        link["href"]: str(name)
        for name, page in pages.items()
        for link in page.find_all("a", href=True)
        if is_external(link["href"]) or urlsplit(link["href"]).scheme
    }
    assert len(found) > 10
    faults = {a: (where, fault(a)) for a, where in found.items() if fault(a)}
    assert faults == {}


def test_page_of_the_library_lists_public_names(pages):
    names = {tag["id"] for tag in pages[Path("book/api.html")].select("dt[id]")}
    for module in (color, images, metrics, show):
        public = [name for name in module.__all__ if inspect.isfunction(getattr(module, name))]
        assert public and {f"{module.__name__}.{name}" for name in public} <= names


def test_vendored_scripts_are_in_place(site, pages):
    notation = pages[Path("book/notation.html")]
    scripts = [tag["src"] for tag in notation.find_all("script", src=True)]
    assert any("vendor/mathjax/tex-chtml.js" in source for source in scripts)
    vendor = site / "_static" / "vendor"
    assert list((vendor / "mathjax/output/chtml/fonts/woff-v2").glob("*.woff"))
    assert (vendor / "ipw/require.js").is_file() and (vendor / "ipw/embed-amd.js").is_file()


def test_math_and_citations_are_on_the_page(pages):
    notation = pages[Path("book/notation.html")]
    assert len(notation.select(".math")) > 20
    for page in pages.values():
        for citation in page.select(".bibtex-citation"):
            assert citation.find("a", href=True), citation
    references = pages[Path("book/references.html")]
    assert "Colorful" in references.select_one(".citation-list, .citation, dl").get_text()
    first = pages[Path(f"notebooks/{NOTEBOOKS[0].stem}.html")]
    assert first.select(".bibtex-citation") and first.select(".math")


def test_home_page_is_the_introduction(site):
    assert "book/intro.html" in (site / "index.html").read_text(encoding="utf-8")


def test_images_have_alt_text(pages):
    mute = {
        str(name): [
            str(tag)[:120] for tag in page.find_all("img") if not tag.get("alt", "").strip()
        ]
        for name, page in pages.items()
    }
    assert {name: tags for name, tags in mute.items() if tags} == {}


def holding(folder: Path, needle: str) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file() and "_static" not in path.parts]
    return [path.name for path in files if needle.encode() in path.read_bytes()]


def test_site_has_solutions(site):
    for answer in ANSWERS:
        assert holding(site, answer)


def test_site_without_solutions_holds_none(tmp_path):
    site = build(tmp_path, solutions=False)
    assert holding(site, "Question")
    lines = {
        line.strip()
        for path in NOTEBOOKS
        for cell in filter(is_solution, read(path).cells)
        for line in cell.source.splitlines()
        if len(line.strip()) > 40
    }
    # What a chapter shows anyway is no answer, also where a comment follows it there.
    shown = "\n".join(
        cell.source for path in NOTEBOOKS for cell in read(path).cells if not is_solution(cell)
    )
    for answer in [*ANSWERS, *(line for line in lines if line not in shown)]:
        assert holding(site, answer) == []


WORKS = {"filename": "a.md", "uri": "https://example.org/a", "status": "working", "info": ""}
BROKEN = {"filename": "b.md", "uri": "https://example.org/b", "status": "broken", "info": "404"}
INSIDE = {"filename": "c.md", "uri": "c.html", "status": "broken", "info": ""}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([WORKS, BROKEN, INSIDE], "b.md: https://example.org/b\n  404\n1 of 2 links are broken."),
        ([BROKEN, BROKEN], "None of 2 links could be checked: this machine seems offline."),
    ],
)
def test_broken_links_to_other_hosts_are_named(tmp_path, monkeypatch, rows, said):
    report_links(tmp_path, monkeypatch, rows)
    with pytest.raises(BuildError, match=f"^{re.escape(said)}$"):
        website.check_links(tmp_path / "links", [])


def test_links_that_lead_somewhere_are_counted(tmp_path, monkeypatch, capsys):
    report_links(tmp_path, monkeypatch, [WORKS, WORKS | {"status": "redirected"}, INSIDE])
    website.check_links(tmp_path / "links", [])
    assert capsys.readouterr().out == "All 2 links to other hosts work.\n"


def report_links(tmp_path, monkeypatch, rows):
    """Let Sphinx report these links, a line each, as its linkcheck builder does."""
    report = tmp_path / "links" / "_build" / "linkcheck" / "output.json"
    report.parent.mkdir(parents=True)
    report.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    monkeypatch.setattr(website, "stage", lambda *arguments: None)
    monkeypatch.setattr(website, "_jupyter_book", lambda *arguments: "printed")
