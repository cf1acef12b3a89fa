"""Slides are the chapter's own words and figures, hold no answer, and run without a network."""

import re

import pytest
import slides  # book/slides.py
from bs4 import BeautifulSoup

PAGE = """<html><body><article><section id="gray"><h1>Gray<a class="headerlink" href="#">#</a></h1>
<p>One number. Not three, e.g. 0.5.</p>
<section id="why"><h2>Why</h2><p>The eye <em>sees</em> light.</p><p>More words.</p>
<figure><img src="../_images/eye.png" alt="an eye"></figure>
<p>After the figure.</p>
<div class="cell docutils container"><div class="cell_input"><pre>x = 1
y = 2</pre></div></div>
<div class="cell docutils container"><div class="cell_input"><pre>LONG</pre></div></div>
<div class="cell docutils container"><div class="cell_input"><pre>draw()</pre></div>
<div class="cell_output"><img src="../_images/plot.png" alt="a plot"></div></div>
<a href="01_grayscale.html">next</a></section>
<section id="exercises"><h2>Exercises</h2><p><strong>Exercise 1.</strong> Why?</p>
<div class="cell tag_solution"><div class="cell_input"><pre>secret</pre></div></div>
</section></section></article></body></html>""".replace(
    "LONG", "\n".join(f"line{n} = {n}" for n in range(40))
)


@pytest.fixture
def made():
    title, html = slides.slides(PAGE)
    assert title == "Gray"
    return BeautifulSoup(html, "html.parser")


def below(made, name):
    """The slides of the section of this name."""
    for stack in made.select(".slides > section"):
        if stack.find(["h1", "h2"]).get_text() == name:
            return stack.find_all("section", recursive=False)
    raise AssertionError(name)


def test_a_section_begins_with_its_heading_and_its_first_sentence(made):
    assert below(made, "Gray")[0].find("p").get_text() == "One number."
    assert below(made, "Why")[0].find("p").decode_contents() == "The eye <em>sees</em> light."


def test_figures_and_short_code_are_slides_and_long_code_is_not(made):
    _, figure, code, plot = below(made, "Why")
    assert figure.find("img")["src"] == "../_images/eye.png"
    assert "x = 1" in code.get_text() and plot.find("img")["src"] == "../_images/plot.png"
    assert "draw()" not in plot.get_text() and "line39" not in made.get_text()


def test_all_words_are_notes_of_the_slide_that_they_precede_or_explain(made):
    notes = [slide.find("aside").get_text() for slide in below(made, "Why")]
    assert notes == ["The eye sees light. More words.", "After the figure.", "", ""]


def test_answers_are_gone_and_questions_stay(made):
    assert "secret" not in made.get_text()
    assert "Exercise 1" in below(made, "Exercises")[0].get_text()


def opened(folder, browser, page):
    """The slides of one chapter in a browser, the list of slides, and what went wrong."""
    (folder / "_static").symlink_to(slides.Path(slides.__file__).parent / "_static")
    (folder / "notebooks").mkdir()
    (folder / "notebooks" / "00_gray.html").write_text(page, encoding="utf-8")
    index, deck = slides.write(folder)
    page, asked, wrong = browser.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(deck.as_uri())
    page.wait_for_function("Reveal.isReady()")
    return page, index.read_text(encoding="utf-8"), asked, wrong


def test_slides_run_in_a_browser_without_a_network(tmp_path, browser):
    page, index, asked, wrong = opened(tmp_path, browser, PAGE)
    assert 'href="00_gray.html"' in index and 'href="../index.html"' in index
    assert page.evaluate("Reveal.getTotalSlides()") == 6
    page.keyboard.press("ArrowRight")
    assert page.evaluate("Reveal.getIndices().h") == 1
    assert page.locator("section.present h2").first.inner_text() == "Why"
    page.close()
    assert wrong == [] and [url for url in asked if re.match("https?:", url)] == []


def test_a_tall_slide_is_made_smaller_until_it_fits(tmp_path, browser):
    rows = "".join(f"<tr><td>{row}</td></tr>" for row in range(40))
    table = f'<div class="cell"><div class="cell_output"><table>{rows}</table></div></div>'
    page, _, _, wrong = opened(
        tmp_path, browser, PAGE.replace("<p>After the", f"{table}<p>After the")
    )
    page.evaluate("Reveal.slide(1, 2)")
    last = page.locator("section.present section.present tr").last
    box = last.bounding_box()
    assert box["y"] + box["height"] <= page.viewport_size["height"]
    assert last.evaluate("(row) => row.closest('section').style.zoom") < "1"
    page.close()
    assert wrong == []
