"""The slider with meters: what it is given is what it shows, also in a browser."""

import base64
import io

import numpy as np
import pytest
import torch
from bs4 import BeautifulSoup
from PIL import Image

from huelab import show

READ = [
    {"PSNR": ("40.0 dB", 0.1), "hue": ("–", float("nan"))},
    {"PSNR": ("30.0 dB", 0.25), "hue": ("12°", 0.5)},
    {"PSNR": ("20.0 dB", 1.0), "hue": ("40°", 1.0)},
]


def steps(n=3, size=12):
    return [torch.full((3, size, size), k / n) for k in range(n)]


def make(**more):
    return show.meters(steps(), [0, 20, 40], READ, description="turned by", alt="a cat", **more)


def test_holds_every_picture_and_every_reading():
    page = BeautifulSoup(make().formats["text/html"], "html.parser")
    for img, picture in zip(page.find_all("img"), steps(), strict=True):
        data = base64.b64decode(img["src"].split("base64,")[1])
        shown = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
        assert (shown == round(255 * picture[0, 0, 0].item())).all()
    text = page.get_text(" ")
    for row in READ:
        assert all(said in text for said, _ in row.values())
    widths = [tag["style"] for tag in page.select("span span")]
    shares = [float(style.split("width:")[1].split("%")[0]) for style in widths]
    assert shares == [10.0, 0.0, 25.0, 50.0, 100.0, 100.0]
    assert page.input["aria-label"] == "turned by"
    assert not page.find_all(["script", "link"]) and not page.find_all(id=True)


def test_text_says_where_it_starts():
    assert repr(make(start=1)) == (
        "3 pictures: turned by = 0 to turned by = 40, a cat (12×12); "
        "turned by = 20: PSNR 30.0 dB, hue 12°"
    )


@pytest.mark.parametrize(
    ("pictures", "labels", "readings", "said"),
    [
        ([], [], [], "expected one label and one set of readings"),
        (steps(), [1, 2], READ, "expected one label and one set of readings"),
        (steps(), [1, 2, 3], READ[:2], "expected one label and one set of readings"),
        (steps(2), [1, 2], [READ[0], {"PSNR": ("1", 0.5)}], "same meters"),
        (steps(1), [1], [{"PSNR": ("1", 1.5)}], "shares in"),
        (steps(1), [1], [{"PSNR": ("1", -0.1)}], "shares in"),
        ([*steps(1), torch.zeros(3, 5, 5)], [1, 2], READ[:2], "one size"),
    ],
)
def test_refuses_what_does_not_match(pictures, labels, readings, said):
    with pytest.raises(ValueError, match=said):
        show.meters(pictures, labels, readings)


def test_names_cannot_break_out_of_the_html():
    nasty = "\"'><script>alert(1)</script>&"
    bundle = show.meters(steps(1), [nasty], [{nasty: (nasty, 0.5)}], description=nasty, alt=nasty)
    page = BeautifulSoup(bundle.formats["text/html"], "html.parser")
    assert not page.find_all("script") and nasty in page.get_text()


@pytest.fixture
def tab(browser):
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.set_content(make(width=256).formats["text/html"])
    yield page
    page.close()


def shown(tab):
    return [img.get_attribute("alt") for img in tab.query_selector_all("img") if img.is_visible()]


def test_arrow_keys_move_picture_and_meters(tab):
    assert shown(tab) == ["a cat, turned by = 0"]
    tab.locator("input").focus()
    for step, label in ((1, "turned by = 20"), (2, "turned by = 40")):
        tab.keyboard.press("ArrowRight")
        assert shown(tab) == [f"a cat, {label}"]
        assert tab.locator("output").inner_text() == label
        text = tab.locator("body").inner_text()
        assert [row["PSNR"][0] in text for row in READ] == [k == step for k in range(3)]


def test_bars_are_as_long_as_their_shares(tab):
    tab.locator("input").focus()
    tab.keyboard.press("ArrowRight")
    bars = [bar for bar in tab.query_selector_all("span span") if bar.is_visible()]
    inside = "bar => bar.offsetWidth / bar.parentNode.clientWidth"
    assert [bar.evaluate(inside) for bar in bars] == pytest.approx([0.25, 0.5], abs=0.02)


def test_fits_a_telephone(tab):
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
