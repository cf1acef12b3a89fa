"""The desk of the last chapter: uploads, spots, sliders, and a real click in a browser."""

from datetime import datetime

import nbformat
import numpy as np
import pytest
import website
from book_files import NOTEBOOKS, read
from page_server import png
from PIL import Image

from huelab.apply.desk import LONGEST, VIEW, Desk


def dots(picture, spots, strength, vivid):
    """A method that writes all that it is told into the picture."""
    made = np.zeros_like(picture)
    for x, y, color in spots:
        made[y, x] = color
    made[0, 0] = (round(100 * strength), round(100 * vivid), 0)
    return made


@pytest.fixture
def desk():
    return Desk(dots, np.full((30, 40, 3), 90, np.uint8))


def inside(box, kind):
    """All widgets of one class in a box, in order."""
    found = [box] if type(box).__name__ == kind else []
    return found + [each for child in getattr(box, "children", ()) for each in inside(child, kind)]


def test_spots_are_columns_before_rows_and_have_the_color_of_their_time(desk):
    desk.color = "#102030"
    desk.click(" 35,2 ")
    desk.color = "red"
    desk.click("3; 20")
    np.testing.assert_array_equal(desk.result[2, 35], (16, 32, 48))
    np.testing.assert_array_equal(desk.result[20, 3], (255, 0, 0))
    desk.undo()
    assert desk.result[20, 3].sum() == 0 and desk.spots == [(35, 2, (16, 32, 48))]


@pytest.mark.parametrize("place", ["40, 2", "2, 30", "", "2", "-1, 2", "2.5, 1", "two, three"])
def test_what_is_no_place_in_the_picture_changes_nothing(desk, place):
    before = desk.result
    desk.click(place)
    assert desk.spots == [] and desk.result is before
    assert "place" in desk.said or "outside" in desk.said


def test_uploads_replace_the_picture_and_its_spots(desk):
    desk.click("1, 1")
    desk.open(memoryview(png(np.full((LONGEST, 2 * LONGEST, 3), 7, np.uint8))))
    assert desk.picture.shape == (LONGEST // 2, LONGEST, 3) and desk.spots == []
    assert desk.result.shape == desk.picture.shape


@pytest.mark.parametrize("content", [b"", b"no picture", b"<svg onload='alert(1)'/>"])
def test_what_is_no_picture_is_refused_in_words(desk, content):
    desk.open(content)
    assert desk.said.startswith("HueLab cannot use the file") and desk.picture.shape == (30, 40, 3)


def test_widgets_do_what_the_desk_does(desk):
    box = desk.widget()
    (place,), (color,) = inside(box, "Text"), inside(box, "ColorPicker")
    (file,), (undo,) = inside(box, "FileUpload"), inside(box, "Button")
    color.value = "#0000ff"
    place.value = "5, 6"
    assert desk.spots == [(5, 6, (0, 0, 255))] and place.value == ""
    place.value = "5, 6"  # the same place again
    assert len(desk.spots) == 2
    undo.click()
    assert len(desk.spots) == 1
    for slider, value in zip(inside(box, "FloatSlider"), (0.25, 0.75), strict=True):
        slider.value = value
    assert (desk.strength, desk.vivid) == (0.25, 0.75)
    np.testing.assert_array_equal(desk.result[0, 0], (25, 75, 0))
    upload = {
        "name": "a.png",
        "type": "image/png",
        "size": 1,
        "last_modified": datetime(2026, 1, 1),
    }
    picture = memoryview(png(np.zeros((8, 9, 3), np.uint8)))
    file.value = ({**upload, "content": picture},)
    assert desk.picture.shape == (8, 9, 3)


def test_display_has_a_still_beside_the_widget(desk):
    formats = desk._repr_mimebundle_()
    assert set(formats) == {VIEW, "text/html", "text/plain", "image/png"}
    assert "<script" not in formats["text/html"] and "http" not in formats["text/html"]


def test_page_shows_the_still_and_holds_no_widget(desk):
    cell = nbformat.v4.new_code_cell("desk")
    cell.outputs = [nbformat.v4.new_output("display_data", data=desk._repr_mimebundle_())]
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"widgets": {"state": {}}})
    shown = website.without_kernel(notebook)
    assert set(shown.cells[0].outputs[0].data) == {"text/html", "text/plain", "image/png"}
    assert "widgets" not in shown.metadata


def test_widgets_without_a_still_stay():
    cell = nbformat.v4.new_code_cell("slider")
    cell.outputs = [nbformat.v4.new_output("display_data", data={VIEW: {}, "text/plain": "x"})]
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"widgets": {"state": {}}})
    shown = website.without_kernel(notebook)
    assert VIEW in shown.cells[0].outputs[0].data and "widgets" in shown.metadata


def test_chapter_stores_the_desk_with_its_widgets():
    (path,) = (path for path in NOTEBOOKS if path.stem == "10_your_own_photos")
    notebook = read(path)
    views = [
        o.data for c in notebook.cells for o in c.get("outputs", []) if VIEW in o.get("data", {})
    ]
    assert len(views) == 1 and "text/html" in views[0]
    stored = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    assert views[0][VIEW]["model_id"] in stored


@pytest.fixture
def tab(browser):
    page = browser.new_page(viewport={"width": 390, "height": 800})
    yield page
    page.close()


@pytest.mark.parametrize(("x", "y"), [(0, 0), (399, 299), (120, 255)])
def test_a_click_gives_the_pixel_below_the_pointer(tab, desk, x, y):
    """The picture has 400 x 300 pixels, and the screen shows it smaller."""
    desk._lay(np.asarray(Image.new("RGB", (400, 300))))
    field = '<div class="huelab-place"><input></div>'
    tab.set_content(
        f'<body style="margin:37px"><div class="huelab-desk">{field}{desk._clickable()}'
    )
    tab.evaluate(
        "window.heard = []; document.querySelector('input').parentNode"
        ".addEventListener('change', e => heard.push(e.target.value))"
    )
    box = tab.locator("img").bounding_box()
    assert box["width"] < 400
    scale = box["width"] / 400
    tab.mouse.click(box["x"] + (x + 0.5) * scale, box["y"] + (y + 0.5) * scale)
    (heard,) = tab.evaluate("heard")
    found = [int(number) for number in heard.split(", ")]
    assert abs(found[0] - x) <= 1 and abs(found[1] - y) <= 1
    desk.click(heard)
    assert desk.spots == [(*found, (255, 0, 0))]
