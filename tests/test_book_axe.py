"""Everybody can read and use every page: axe-core in Chromium, in light and dark, wide and narrow.

Each page is opened once from its folder and once from a server; the tests look at what was seen.
"""

import json
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from book_files import NOTEBOOKS, ROOT, read

AXE = ROOT / "tests" / "vendor" / "axe" / "axe.min.js"
GRAVE = ("serious", "critical")
# Colors are all that differs between light and dark, so in the dark only they are judged again.
RUN = """async ([dark, only]) => {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  const rules = only ? {runOnly: {type: "rule", values: only}} : {};
  const found = await axe.run(document, {resultTypes: ["violations"], preload: false, ...rules});
  return found.violations.map(({id, impact, nodes}) => [id, impact, nodes.map((n) => n.html)]);
}"""
# The filter, and the color behind what is transparent, of each picture.
FILTERS = """() => [...document.querySelectorAll("img")].map((i) => getComputedStyle(i).filter)"""
# What is cut off at the right edge of a narrow page without a way to scroll to it.
WIDTH = "() => document.documentElement.scrollWidth"
# Whatever scrolls sideways and cannot be reached, and tables that do not say that they scroll.
SILENT = """() => [...document.querySelectorAll(".bd-article *")].filter((e) =>
  e.scrollWidth > e.clientWidth + 1 && e.checkVisibility() && e.querySelector("table") &&
  ["auto", "scroll"].includes(getComputedStyle(e).overflowX) &&
  !(e.tabIndex === 0 && e.previousElementSibling?.matches(".scroll-cue:not([hidden])"))
).map((e) => e.textContent.slice(0, 80))"""
# Equations and drawings of networks of which a part is out of sight, on a wide page.
CUT = """() => [...document.querySelectorAll(".bd-article mjx-container[display], .bd-article div")]
  .filter((e) => e.scrollWidth > e.clientWidth + 2 && e.checkVisibility() &&
    (e.matches("mjx-container") || e.querySelector(":scope > svg")))
  .map((e) => e.textContent.slice(0, 80))"""
STILL = "*, *::before, *::after {transition: none !important; animation: none !important}"


@dataclass
class Seen:
    """What was seen of one page."""

    light: list = field(default_factory=list)
    dark: list = field(default_factory=list)
    filters: list = field(default_factory=list)
    console: list = field(default_factory=list)
    width: int = 0
    cut: list = field(default_factory=list)
    silent: list = field(default_factory=list)


def grave(found):
    """Findings of a page that keep somebody out: the rule, and the first three elements."""
    return [(rule, len(nodes), nodes[:3]) for rule, impact, nodes in found if impact in GRAVE]


def look(page, path) -> Seen:
    seen = Seen()
    watch(page, seen.console)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(path.as_uri())
    page.add_style_tag(content=STILL)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    seen.light = grave(page.evaluate(RUN, [False, None]))
    seen.dark = grave(page.evaluate(RUN, [True, ["color-contrast"]]))
    seen.filters = page.evaluate(FILTERS)
    page.evaluate("window.MathJax?.startup?.promise")  # until equations are set
    seen.cut = page.evaluate(CUT)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(100)  # until the page has noticed what is too wide now
    seen.width, seen.silent = page.evaluate(WIDTH), page.evaluate(SILENT)
    return seen


def watch(page, told):
    """Write down errors, and warnings of the console, into `told`."""
    page.on("console", lambda m: told.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: told.append(str(error)))


@pytest.fixture(scope="module")
def names(site):
    """The pages of the site, without the one that leads on to the first page at once."""
    paths = [path for path in site.rglob("*.html") if "_static" not in path.parts]
    paths.remove(site / "index.html")
    return sorted(path.relative_to(site).as_posix() for path in paths)


@pytest.fixture(scope="module")
def seen(site, names, browser):
    """Page -> what was seen of it, opened from the folder."""
    found = {}
    for name in names:
        page = browser.new_page()
        found[name] = look(page, site / name)
        page.close()
    return found


@pytest.fixture(scope="module")
def served(site):
    """The address of the site on a web server of this computer."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site))
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def some(found):
    """The pages with findings."""
    return {name: findings for name, findings in found.items() if findings}


def test_axe_finds_what_is_wrong(browser):
    page = browser.new_page()
    page.set_content(
        "<html lang=en><title>a</title><main><img src=a.png>"
        "<p style='color:#999;background:#fff'>pale</p></main>"
    )
    page.evaluate(AXE.read_text(encoding="utf-8"))
    rules = {rule for rule, *_ in grave(page.evaluate(RUN, [False, None]))}
    assert rules == {"image-alt", "color-contrast"}
    page.close()


def test_every_page_can_be_read_in_the_light(seen):
    assert len(seen) > 15
    assert some({name: page.light for name, page in seen.items()}) == {}


def test_every_page_can_be_read_in_the_dark(seen):
    assert some({name: page.dark for name, page in seen.items()}) == {}


def test_equations_and_drawings_fit_a_wide_page(seen):
    assert some({name: page.cut for name, page in seen.items()}) == {}


def test_what_does_not_fit_is_found(browser):
    page = browser.new_page()
    page.set_content(
        "<main class=bd-article><div style='width:300px;overflow-x:auto'><svg width=400 height=9>"
        "</svg></div><mjx-container display=true style='display:block;width:90px;overflow:auto'>"
        "<p style='width:95px'>wide</p></mjx-container></main>"
    )
    assert page.evaluate(CUT) == ["", "wide"]
    page.close()


def test_pictures_keep_their_colors_in_the_dark(seen):
    filters = {kind for page in seen.values() for kind in page.filters}
    assert filters == {"none"}


def test_no_page_scrolls_sideways_on_a_telephone(seen):
    assert {name: page.width for name, page in seen.items() if page.width > 390} == {}


def test_wide_tables_say_so_and_scroll_by_keyboard(seen):
    assert some({name: page.silent for name, page in seen.items()}) == {}


def test_pages_from_a_folder_have_no_errors(seen):
    assert some({name: page.console for name, page in seen.items()}) == {}


def test_pages_from_a_server_miss_nothing(names, served, browser):
    page, told, missing = browser.new_page(), [], []
    watch(page, told)
    page.on("response", lambda got: missing.append(got.url) if got.status >= 400 else None)
    for name in names:
        page.goto(f"{served}/{name}")
    page.goto(f"{served}/index.html")  # leads to the introduction at once
    page.wait_for_url("**/book/intro.html")
    page.close()
    assert (missing, told) == ([], [])


def sentence() -> tuple[str, str]:
    """A chapter and a sentence of plain words in the middle of it."""
    path = NOTEBOOKS[2]
    texts = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
    parts = [part.strip() for text in texts for part in text.replace("\n", " ").split(". ")]
    plain = [part for part in parts if part.replace(" ", "").isalpha() and len(part) > 60]
    return path.stem, plain[len(plain) // 2]


def test_search_finds_a_sentence_within_a_chapter(served, browser):
    chapter, words = sentence()
    page = browser.new_page()
    page.goto(f"{served}/search.html?q={words.replace(' ', '+')}")
    page.wait_for_selector("#search-results li p.context")
    links = page.eval_on_selector_all("#search-results li a", "all => all.map((a) => a.href)")
    assert any(f"/notebooks/{chapter}.html" in link for link in links), json.dumps(links)
    page.close()
