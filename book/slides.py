"""Slides of each chapter, made from the page of the chapter with reveal.js; they need no network.

The first slide of a section has its heading and its first sentence. Each figure, table, equation
and short piece of code is a slide below it. The whole text becomes the notes that a speaker sees
with the key S. Solutions of exercises are left out.
"""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from string import Template

from bs4 import BeautifulSoup, Tag

#: The longest piece of code that a slide shows, in lines.
LINES = 16
_STATIC = "../_static"
_WHOLE = ("p", "ul", "ol", "figure", "table")
_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<link rel="stylesheet" href="$static/vendor/reveal/reveal.css">
<link rel="stylesheet" href="$static/pygments.css">
<link rel="stylesheet" href="$static/slides.css">
</head>
<body>
<div class="reveal"><div class="slides">
$slides
</div></div>
<script>
window.MathJax = {options: {processHtmlClass: "tex2jax_process|mathjax_process|math"}};
</script>
<script defer src="$static/vendor/mathjax/tex-chtml.js"></script>
<script src="$static/vendor/reveal/reveal.js"></script>
<script src="$static/vendor/reveal/notes.js"></script>
<script src="$static/slides.js"></script>
</body>
</html>
""")


def write(site: Path) -> list[Path]:
    """Write `slides/NN_name.html` for each chapter of a built site, and a list of them.

    Returns:
        The written files; the list of slides is the first.
    """
    folder = site / "slides"
    folder.mkdir(exist_ok=True)
    written, items = [], []
    for page in sorted((site / "notebooks").glob("*.html")):
        title, html = slides(page.read_text(encoding="utf-8"))
        written.append(folder / page.name)
        written[-1].write_text(html, encoding="utf-8")
        items.append(f'<li><a href="{page.name}">{escape(title)}</a></li>')
    index = folder / "index.html"
    index.write_text(
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Slides</title></head>'
        f"<body><h1>Slides</h1><ul>{''.join(items)}</ul>"
        '<p><a href="../index.html">To the book</a></p></body></html>',
        encoding="utf-8",
    )
    return [index, *written]


def slides(page: str) -> tuple[str, str]:
    """The title of a chapter and its slides as one HTML page, from the page of the chapter.

    Example:
        >>> page = "<article><section><h1>Gray</h1><section><h2>Why</h2><p>Light. And more.</p>"
        >>> title, html = slides(page)
        >>> title, html.count("<section"), "Light." in html
        ('Gray', 4, True)
    """
    soup = BeautifulSoup(page, "html.parser")
    article = soup.find("article")
    assert isinstance(article, Tag), "a page of the site has an article"
    for gone in article.select("a.headerlink, .tag_solution, script.copybtn, .admonition.dropdown"):
        gone.decompose()
    _move_addresses(article)
    top = article.find("section") or article
    title = _text(top.find("h1"))
    stacks = [_stack(top, f"<h1>{escape(title)}</h1>")]
    for section in top.find_all("section", recursive=False):
        name = _text(section.find(["h2", "h3"]))
        stacks.append(_stack(section, f"<h2>{escape(name)}</h2>"))
    html = _PAGE.substitute(title=escape(title), static=_STATIC, slides="\n".join(stacks))
    return title, html


def _stack(section: Tag, heading: str) -> str:
    """The slides of one section, one below the other."""
    parts = list(_parts(section))
    first = next((part for part in parts if part.name == "p"), None)
    notes: list[str] = []
    made = [heading + (f"<p>{_sentence(first)}</p>" if first else "")]
    spoken: list[list[str]] = [notes]
    small = re.sub(r"</?h\d>", "", heading)
    for part in parts:
        if part.name == "p":
            spoken[-1].append(_text(part))
        else:
            made.append(f'<p class="of">{small}</p>{part}')
            spoken.append([])
    inner = "".join(
        f'<section>{slide}<aside class="notes">{escape(" ".join(words))}</aside></section>'
        for slide, words in zip(made, spoken, strict=True)
    )
    return f"<section>{inner}</section>"


def _parts(section: Tag) -> Iterator[Tag]:
    """The paragraphs of a section, and the parts that become slides, in order."""
    for child in section.find_all(True, recursive=False):
        kinds = set(child.get("class", []))
        if child.name == "section" and child.find(["h3", "h4"]):
            yield from _parts(child)
        elif "cell" in kinds:
            yield from _of_cell(child)
        elif child.name in _WHOLE or kinds & {"math", "amsmath"}:
            yield child
        elif child.name == "div":
            yield from _parts(child)


def _of_cell(cell: Tag) -> Iterator[Tag]:
    """The output of a cell, or the whole cell if its code is short and its output is only text."""
    output = cell.select_one(".cell_output")
    rich = output is not None and output.select_one("img, svg, table, .highlight-python, input")
    code = cell.select_one(".cell_input")
    if code is not None and not rich and len(code.get_text().strip().splitlines()) <= LINES:
        yield cell
    elif rich and output is not None:
        yield output


def _sentence(part: Tag) -> str:
    """The first sentence of a paragraph; if there is no other, it keeps its markup."""
    text = _text(part)
    found = re.match(r".+?[.!?](?= [A-Z*]|$)", text)
    whole = found is None or found[0] == text
    return part.decode_contents() if whole else escape(found[0]) if found else ""


def _text(part: Tag | None) -> str:
    return "" if part is None else " ".join(part.get_text().split())


def _move_addresses(article: Tag) -> None:
    """Make addresses relative to the folder of the slides; links to chapters lead to pages."""
    for tag in article.find_all(True):
        for key in ("src", "href"):
            address = tag.get(key)
            if isinstance(address, str) and not re.match(r"[a-z]+:|#|\.\./", address):
                tag[key] = f"../notebooks/{address}"
