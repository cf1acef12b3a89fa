"""The blind test: what it draws, what it hides, and real clicks and keys in a browser."""

import json
import re
from collections import Counter

import numpy as np
import pytest
from book_files import NOTEBOOKS, read
from bs4 import BeautifulSoup

from huelab import show

NAMES = ("plain", "network")
QUESTION = "Which is the red one?"


def colored(color, n):
    """n pictures of one color; the last channel tells them apart."""
    pictures = np.zeros((n, 20, 30, 3), np.uint8)
    pictures[:] = color
    pictures[..., 2] = np.arange(n)[:, None, None]
    return pictures


def make(n=4, seed=3, **more):
    """The network is red, the plain method green."""
    green, red = colored((0, 200, 0), n), colored((200, 0, 0), n)
    return show.blind_test(green, red, NAMES, question=QUESTION, seed=seed, **more)


def test_shuffled_is_fair():
    trials = [show.shuffled(12, seed) for seed in range(1000)]
    assert all(sorted(index for index, _ in one) == list(range(12)) for one in trials)
    # Twelve thousand tosses of a coin lie within four deviations of one half; so do the sides of
    # one picture, and the picture that comes first.
    assert abs(np.mean([left for one in trials for _, left in one]) - 0.5) < 4 * 0.5 / 12000**0.5
    of_first = [left for one in trials for index, left in one if index == 0]
    assert abs(np.mean(of_first) - 0.5) < 4 * 0.5 / 1000**0.5
    firsts = Counter(one[0][0] for one in trials)
    assert len(firsts) == 12 and max(firsts.values()) < 2 * min(firsts.values())


def test_shuffled_refuses_nothing_to_shuffle():
    with pytest.raises(ValueError, match="at least one"):
        show.shuffled(0, seed=1)


def test_no_method_is_named_before_the_end():
    page = BeautifulSoup(make(alt="a square").formats["text/html"], "html.parser")
    seen = page.get_text(" ") + " ".join(img["alt"] for img in page.find_all("img"))
    seen += " ".join(tag.get("aria-label", "") for tag in page.find_all(True))
    assert QUESTION in seen and "pair 4 of 4" in seen
    assert not any(name in seen for name in NAMES)


def test_stands_alone_and_has_a_still():
    formats = make().formats
    page = BeautifulSoup(formats["text/html"], "html.parser")
    assert not page.find_all(["script", "link", "a"]) and not page.find_all(id=True)
    assert all(img["src"].startswith("data:image/") for img in page.find_all("img"))
    assert "http" not in formats["text/html"] and "image/png" in formats
    assert formats["text/plain"] == f"blind test of 4 pairs: {QUESTION}"


@pytest.mark.parametrize(
    ("first", "second", "names", "said"),
    [
        (2, 3, NAMES, "equally many pictures"),
        (2, 2, ("same", "same"), "two different methods"),
        (0, 0, NAMES, "at least one"),
    ],
)
def test_refuses_what_is_no_test(first, second, names, said):
    with pytest.raises(ValueError, match=said):
        show.blind_test(colored(0, first), colored(9, second), names, question=QUESTION, seed=1)
    with pytest.raises(ValueError, match="one size"):
        show.blind_test(colored(0, 2), np.zeros((2, 9, 9)), NAMES, question=QUESTION, seed=1)


@pytest.fixture
def tab(browser):
    page = browser.new_page(viewport={"width": 800, "height": 900})
    page.errors, page.asked = [], []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    yield page
    assert page.errors == [] and not [url for url in page.asked if not url.startswith("data:")]
    page.close()


# Whether the picture in a button is red: what somebody would see, and no attribute of ours.
RED = """button => {
    const canvas = document.createElement('canvas'), image = button.querySelector('img');
    canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const [red, green] = context.getImageData(9, 9, 1, 1).data;
    return red > green;
}"""


def visible(tab):
    return [b for b in tab.query_selector_all("button[value]") if b.is_visible()]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("reds", [0, 3, 4])
def test_clicks_are_counted_by_what_is_seen(tab, seed, reds):
    tab.set_content(make(seed=seed).formats["text/html"])
    for k in range(4):
        assert len(visible(tab)) == 2
        (button,) = [b for b in visible(tab) if b.evaluate(RED) == (k < reds)]
        side = "left" if button.bounding_box()["x"] < 100 else "right"
        button.click()
        if k < 3:
            said = tab.locator("[role=status]").inner_text()
            assert said == f"Pair {k + 1}: you chose {side}. {3 - k} to go."
            assert not any(name in tab.locator("body").inner_text() for name in NAMES)
    said = tab.locator("[role=status]").inner_text()
    assert said == f"Your score: network {reds}, plain {4 - reds}, of 4 pairs."
    for button in visible(tab):  # all pairs are shown, each picture with its method
        assert button.inner_text().startswith("network" if button.evaluate(RED) else "plain")
    text = tab.locator("body").inner_text()
    assert len(visible(tab)) == 8 and text.count("your choice") == 4
    assert text.count("network, your choice") == reds


def test_a_double_click_answers_one_pair(tab):
    tab.set_content(make().formats["text/html"])
    tab.locator("button[value]").first.dblclick()
    assert tab.locator("[role=status]").inner_text().endswith("3 to go.")


def test_starts_again_from_nothing(tab):
    tab.set_content(make(n=2).formats["text/html"])
    before = tab.locator("body").inner_text()
    for _ in range(2):
        for _ in range(2):
            (button,) = [b for b in visible(tab) if b.evaluate(RED)]
            button.click()
        assert "network 2, plain 0" in tab.locator("[role=status]").inner_text()
        tab.get_by_role("button", name="Start again").click()
        assert tab.locator("body").inner_text() == before and len(visible(tab)) == 2


def press(tab, name):
    """Walk to a button of the visible pair with Tab, and press it with the keyboard alone."""
    for _ in range(4):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.dataset.side") == name:
            tab.keyboard.press("Enter" if name == "left" else "Space")
            return
    raise AssertionError(f"Tab does not reach {name}")


def test_keyboard_alone_is_enough(tab):
    tab.set_content(make(n=3).formats["text/html"])
    for side in ("left", "right", "left"):
        press(tab, side)
    said = tab.locator("[role=status]")
    assert re.fullmatch(r"Your score: network \d, plain \d, of 3 pairs\.", said.inner_text())
    assert said.evaluate("element => element === document.activeElement")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    assert tab.locator("[role=status]").inner_text() == "" and len(visible(tab)) == 2


def test_buttons_have_names_that_hold_what_is_seen(tab):
    tab.set_content(make(alt="a square").formats["text/html"])
    assert tab.get_by_role("button", name="a square, pair 1 left").is_visible()
    assert tab.get_by_role("button", name="a square, pair 1 right").is_visible()


def test_fits_a_telephone(tab):
    tab.set_viewport_size({"width": 390, "height": 800})
    tab.set_content(make(width=256).formats["text/html"])
    for _ in range(4):
        visible(tab)[0].click()
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390


def stored_test():
    """The HTML of the test as the chapter on metrics stores it."""
    (path,) = (path for path in NOTEBOOKS if path.stem == "07_metrics")
    found = [
        output.data["text/html"]
        for cell in read(path).cells
        for output in cell.get("outputs", [])
        if "data-scores" in output.get("data", {}).get("text/html", "")
    ]
    (html,) = found
    return html


def test_chapter_holds_a_test_that_works(tab):
    html = stored_test()
    tab.set_content(html)
    page = BeautifulSoup(html, "html.parser")
    pairs = len(page.select("[data-pair]"))
    scores = json.loads(page.select_one("[data-scores]")["data-scores"])
    for _ in range(pairs):
        press(tab, "left")
    assert pairs == 12 and tab.locator("[role=status]").inner_text() in scores
    assert len(visible(tab)) == 24
