"""A drawing of what is computed from what: every arrow joins the boxes it names, in words too."""

import itertools
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

from huelab import show

ROWS = {"in the file": ["R", "G"], "XYZ": ["X", "Y", "Z"], "a < b": ["L"]}
STEPS = {"matrix": [(0, 0), (1, 0), (1, 2)], "root": [(1, 0)]}
SVG = "{http://www.w3.org/2000/svg}"


def drawing():
    shown = show.flow(ROWS, STEPS, alt="A road").formats["text/html"]
    return ElementTree.fromstring(shown[shown.index("<svg") : shown.index("</svg>") + 6])


def boxes(svg):
    """Name of each box -> its left, top, right, and lower edge; a name stands in its middle."""
    texts = {(t.get("x"), t.get("y")): t.text for t in svg.iter(f"{SVG}text")}
    found = {}
    for rect in svg.iter(f"{SVG}rect"):
        x, y, w, h = (float(rect.get(key)) for key in ("x", "y", "width", "height"))
        found[texts[f"{x + w / 2:.1f}", f"{y + h / 2:.1f}"]] = (x, y, x + w, y + h)
    return found


def test_every_arrow_joins_the_boxes_it_names():
    svg = drawing()
    place = boxes(svg)
    assert list(place) == ["R", "G", "X", "Y", "Z", "L"]
    joined = []
    for line in svg.iter(f"{SVG}line"):
        x0, y0, x1, y1 = (float(line.get(key)) for key in ("x1", "y1", "x2", "y2"))
        (start,) = [n for n, (a, _, b, low) in place.items() if a < x0 < b and y0 == low]
        (end,) = [n for n, (a, top, b, _) in place.items() if a < x1 < b and y1 == top]
        joined.append(start + end)
    assert joined == ["RX", "GX", "GZ", "YL"]


def test_nothing_overlaps_and_nothing_leaves_the_drawing():
    svg = drawing()
    place = boxes(svg).values()
    width, height = (float(v) for v in svg.get("viewBox").split()[2:])
    assert all(a >= 0 and top >= 0 and b <= width and low <= height for a, top, b, low in place)
    for (a, top, b, low), (c, up, d, down) in itertools.combinations(place, 2):
        assert b < c or d < a or low < up or down < top
    # The words at the left end before the first box: about 6.5 units a character.
    assert max(map(len, [*ROWS, *STEPS])) * 6.5 < min(a for a, *_ in place)


def test_it_says_in_words_what_it_shows():
    shown = show.flow(ROWS, STEPS, alt="A road").formats
    told = (
        "A road. in the file: R, G. matrix: X from R and G, Z from G. XYZ: X, Y, Z. "
        "root: L from Y. a < b: L."
    )
    assert shown["text/plain"] == told
    assert BeautifulSoup(shown["text/html"], "html.parser").svg["aria-label"] == told


def test_it_has_the_color_of_the_text_around_it():
    """So that a dark page does not hide it, and nobody needs to tell colors apart."""
    svg = drawing()
    used = {e.get(key) for e in svg.iter() for key in ("fill", "stroke")} - {None}
    assert used == {"currentColor"}
    assert "fill:currentColor" in svg.get("style")


@pytest.mark.parametrize("steps", [{}, {"one": [], "two": [], "three": []}])
def test_a_step_too_few_or_too_many(steps):
    with pytest.raises(ValueError, match="one step fewer than rows"):
        show.flow(ROWS, steps, alt="A road")


@pytest.mark.parametrize("edge", [(2, 0), (0, 3), (-1, 0)])
def test_an_arrow_from_nowhere(edge):
    with pytest.raises(IndexError, match="matrix"):
        show.flow(ROWS, STEPS | {"matrix": [edge]}, alt="A road")
