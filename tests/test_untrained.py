"""Methods without weights, where a person meets them: the command line and the page."""

import io

import numpy as np
import pytest
from PIL import Image
from skimage import data
from skimage.color import rgb2lab
from typer.testing import CliRunner

from huelab.cli.main import app
from huelab.methods import shipped
from huelab.page import work
from huelab.page.limits import Limits
from huelab.page.order import Hint, Options, Order


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A folder with a gray photograph of two halves, dark and light."""
    monkeypatch.chdir(tmp_path)
    photograph().save("photo.png")
    return tmp_path


def photograph():
    pixels = np.full((80, 120), 60, np.uint8)
    pixels[:, 60:] = 170
    return Image.fromarray(pixels)


def run(*words):
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})
    assert isinstance(result.exception, SystemExit | None), repr(result.exception)
    return result


def halves_of(pixels):
    """Mean a*b* of the left and of the right, away from the edge."""
    ab = rgb2lab(np.asarray(pixels))[..., 1:]
    return ab[:, :50].mean((0, 1)), ab[:, 70:].mean((0, 1))


def test_scribbles_on_the_command_line_color_what_they_lie_on():
    hints = Image.new("RGBA", (120, 80))
    hints.paste((150, 60, 60, 255), (10, 30, 30, 50))
    hints.paste((120, 170, 220, 255), (90, 30, 110, 50))
    hints.save("hints.png")
    result = run("colorize", "photo.png", "--model", "scribbles", "--hints", "hints.png")
    assert result.exit_code == 0, result.output
    left, right = halves_of(Image.open("photo-color.png"))
    for found, wanted in ((left, (150, 60, 60)), (right, (120, 170, 220))):
        true = rgb2lab(np.array([[wanted]], np.uint8))[0, 0, 1:]
        # Lightness is the photograph's, in which the color may not exist as strong.
        assert np.dot(found, true) > 0.9 * np.linalg.norm(found) * np.linalg.norm(true)
        assert np.linalg.norm(found) > 0.6 * np.linalg.norm(true)


def test_exemplar_on_the_command_line_takes_colors_by_lightness():
    reference = np.zeros((60, 90, 3), np.uint8)
    reference[:30], reference[30:] = (150, 170, 230), (90, 40, 30)
    Image.fromarray(reference).save("other.png")
    result = run("colorize", "photo.png", "--model", "exemplar", "--reference", "other.png")
    assert result.exit_code == 0, result.output
    left, right = halves_of(Image.open("photo-color.png"))
    assert left.min() > 10 and right[1] < -15


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--model scribbles", "the model scribbles needs --hints"),
        ("--model exemplar", "the model exemplar needs --reference"),
        ("--model exemplar --vivid 1 --reference photo.png", "does not use --vivid"),
        ("--model scribble", "huenet, first, scribbles, exemplar"),
    ],
)
def test_what_is_missing_or_unknown_is_one_clear_line(words, said):
    result = run("colorize", "photo.png", *words.split())
    assert result.exit_code in (1, 2) and said in result.output
    assert "Traceback" not in result.output


def test_the_list_says_what_each_needs():
    said = run("list", "weights").stdout
    assert "scribbles" in said and "--hints" in said and "--reference" in said


def test_the_page_offers_what_goes_by_hints_and_not_what_needs_a_reference():
    names = [method.name for method in work.methods()]
    assert names[0] == next(iter(shipped.index()))
    assert "scribbles" in names and "exemplar" not in names


def test_a_click_on_the_page_colors_what_it_lies_on():
    file = io.BytesIO()
    photograph().save(file, "PNG")
    spots = (Hint(x=20, y=40, color="#963c3c"), Hint(x=100, y=40, color="#78aadc"))
    answer = work.color(Order(file.getvalue(), Options(method="scribbles", hints=spots)), Limits())
    left, right = halves_of(Image.open(io.BytesIO(answer.picture)))
    assert left.min() > 10 and right[1] < -15 and answer.notes == ()


def test_without_a_click_the_page_says_what_to_do():
    file = io.BytesIO()
    Image.fromarray(data.chelsea()).convert("L").resize((60, 40)).save(file, "PNG")
    answer = work.color(Order(file.getvalue(), Options(method="scribbles")), Limits())
    assert "click the picture" in answer.notes[-1]
    ab = rgb2lab(np.asarray(Image.open(io.BytesIO(answer.picture))))[..., 1:]
    assert np.abs(ab).max() < 1
