"""The page that colors photographs in the browser gives what the library gives; it asks no host."""

import re
from io import BytesIO

import in_page  # book/in_page.py
import numpy as np
import onnx
import pytest
import torch
from book_files import ROOT
from onnx import helper, numpy_helper
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

import huelab
from huelab.color import rgb_to_lab
from huelab.methods.colorizer import Guide
from huelab.metrics import colorfulness

PIXELS = """() => {
  const canvas = document.querySelector(".after");
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return [canvas.width, canvas.height, [...pixels]];
}"""
SET = """([name, value]) => {
  const slider = document.querySelector(`.${name}`);
  slider.value = value;
  slider.dispatchEvent(new Event("change"));
}"""
RATIOS = [(240, 300), (300, 200), (150, 611), (70, 90), (700, 500), (4, 900)]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The page without the site around it, in a folder: no server runs."""
    folder = tmp_path_factory.mktemp("page")
    static = folder / "_static"
    static.mkdir()
    for path in (ROOT / "book" / "_static").iterdir():
        (static / path.name).symlink_to(path)
    (static / "in_page").symlink_to(in_page.scripts())
    text = (ROOT / "book" / "try_it.md").read_text(encoding="utf-8")
    (raw,) = re.findall(r"```\{raw\} html\n(.*?)```", text, re.DOTALL)
    (folder / "book").mkdir()
    (folder / "book" / "try_it.html").write_text(
        f"<!doctype html><meta charset=utf-8>\n{raw}", encoding="utf-8"
    )
    return (folder / "book" / "try_it.html").as_uri()


@pytest.fixture
def page(browser, address):
    page = browser.new_page()
    page.told, page.asked = [], []
    page.on("pageerror", lambda error: page.told.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(address)
    yield page
    assert page.told == []
    assert {url.partition(":")[0] for url in page.asked} <= {"file", "blob", "data"}
    page.close()


def scene(height, width):
    """A photograph-like picture: soft shapes, fine grain, black and white; 8-bit RGB."""
    generator = torch.Generator().manual_seed(height)
    coarse = torch.rand(1, 3, 6, 7, generator=generator) * 1.4 - 0.2
    soft = torch.nn.functional.interpolate(coarse, (height, width), mode="bicubic")[0]
    soft += 0.03 * torch.randn(1, height, width, generator=generator)
    return (soft.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()


def png(array):
    buffer = BytesIO()
    Image.fromarray(array).save(buffer, "PNG")
    return {"name": "my.photo.png", "mimeType": "image/png", "buffer": buffer.getvalue()}


def wait(page):
    page.wait_for_function("() => /^Colored/.test(document.querySelector('.status').textContent)")


def result(page):
    wait(page)
    width, height, values = page.evaluate(PIXELS)
    pixels = np.array(values, np.uint8).reshape(height, width, 4)
    assert (pixels[..., 3] == 255).all()
    return pixels[..., :3]


def change(page, **sliders):
    for name, value in sliders.items():
        page.evaluate("() => { document.querySelector('.status').textContent = ''; }")
        page.evaluate(SET, [name, value])
    wait(page)


def as_batch(rgb):
    return torch.from_numpy(rgb).permute(2, 0, 1)[None]


@pytest.mark.parametrize("size", RATIOS, ids=str)
def test_the_page_gives_what_the_library_gives(page, size):
    photograph = scene(*size)
    page.locator(".file").set_input_files(png(photograph))
    here = result(page)
    there = huelab.colorize(photograph)
    assert here.shape == there.shape == photograph.shape
    # The bound that holds for exported networks, too.
    assert deltaE_ciede2000(rgb2lab(here), rgb2lab(there)).mean() < 0.5
    if (
        min(size) <= 256
    ):  # the library first makes larger photographs smaller, and the page does not
        assert np.abs(here.astype(int) - there.astype(int)).max() <= 2
    # Neither is the gray photograph.
    assert np.ptp(here.astype(int), axis=2).mean() > 3


def test_lightness_is_that_of_the_photograph(page):
    photograph = scene(120, 160)
    page.locator(".file").set_input_files(png(photograph))
    lightness = (rgb_to_lab(as_batch(p))[:, 0] for p in (result(page), photograph))
    assert torch.dist(*lightness, p=float("inf")) < 1  # in units of L*


def test_sliders_do_what_they_say(page):
    photograph = scene(200, 200)
    page.locator(".file").set_input_files(png(photograph))
    accurate = result(page)
    change(page, vivid=1)
    vivid = result(page)
    expected = huelab.colorize(photograph, guide=Guide(vivid=1.0))
    assert np.abs(vivid.astype(int) - expected.astype(int)).mean() < 0.1
    made = [colorfulness(as_batch(picture) / 255.0).item() for picture in (accurate, vivid)]
    assert made[1] > made[0]
    change(page, strength=0)
    assert np.ptp(result(page).astype(int), axis=2).max() <= 1  # gray


def test_an_old_photograph_is_colored_and_saved_at_its_own_size(page):
    page.get_by_role("button", name="Migrant mother").click()
    shown = result(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save").click()
    assert download.value.suggested_filename == "migrant_mother-color.png"
    with Image.open(download.value.path()) as saved:
        original = ROOT / "book" / "_static" / "old" / "migrant_mother.jpg"
        assert saved.size == Image.open(original).size
        assert np.array_equal(np.asarray(saved.convert("RGB")), shown)


def test_other_files_are_refused_and_the_page_goes_on(page):
    text = {"name": "<b>notes</b>.png", "mimeType": "image/png", "buffer": b"no picture"}
    page.locator(".file").set_input_files(text)
    words = "This browser cannot read <b>notes</b>.png as a photograph."
    page.get_by_text(words).wait_for()
    assert not page.locator(".status b").count()
    page.locator(".file").set_input_files(png(scene(64, 64)))
    assert result(page).shape == (64, 64, 3)


def test_constants_keep_their_values_in_16_bits():
    """Only constants that lose nothing are shortened; the others would change the colors."""
    values = {"whole": [0.5, 2.0], "fine": [0.1, 1.0], "large": [1e6, 1.0]}
    constants = [
        numpy_helper.from_array(np.array(value, np.float32), name) for name, value in values.items()
    ]
    outputs = [helper.make_tensor_value_info(name, 1, [2]) for name in values]
    graph = helper.make_graph([], "constants", [], outputs, constants)
    model = in_page.in_16_bits(helper.make_model(graph))
    kinds = {c.name: c.data_type for c in model.graph.initializer}
    half, single = onnx.TensorProto.FLOAT16, onnx.TensorProto.FLOAT
    assert kinds == {"whole_16": half, "fine": single, "large": single}
