"""The page in a browser, and its HTTP interface: what paper 004 says of its web application."""

import base64
import io
import json
import re
import shutil
import subprocess
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from book_files import ROOT
from page_server import PageServer, pixels_of, png
from PIL import Image
from skimage.color import rgb2lab
from skimage.data import chelsea

from huelab.page.limits import Limits
from huelab.page.texts import instructions

#: Milliseconds that a step in the browser may take on a busy machine.
PATIENCE = 120_000
AXE = ROOT / "tests" / "vendor" / "axe" / "axe.min.js"
#: A picture of 27 megapixels in a small file, which takes seconds to color.
LARGE = png(np.full((4500, 6000), 99, np.uint8))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = PageServer(tmp_path_factory.mktemp("page"))
    yield server
    server.close()


@pytest.fixture(scope="module")
def gray():
    """A photograph of 301x200 pixels in gray, and its file."""
    image = Image.fromarray(chelsea()).convert("L").resize((301, 200))
    pixels = np.asarray(image)
    return pixels, png(pixels)


class Visitor:
    """A tab of the browser, on the page."""

    def __init__(self, browser, server, width=1000):
        self.tab = browser.new_page(viewport={"width": width, "height": 800})
        self.tab.set_default_timeout(PATIENCE)
        self.server, self.hosts, self.errors = server, set(), []
        self.tab.on("request", lambda request: self.hosts.add(request.url))
        self.tab.on("pageerror", lambda error: self.errors.append(str(error)))
        self.tab.goto(server.url)
        self.tab.wait_for_selector(".drop")

    def give(self, *files):
        """Choose files, each a name and its bytes."""
        payload = [{"name": name, "mimeType": "", "buffer": data} for name, data in files]
        self.tab.set_input_files(".stage input[type=file]", payload)

    def wait(self, version=1):
        """Until the picture that is shown was colored so often."""
        shown = f"!!document.querySelector('.view:not([hidden]) .after[src*=\"v={version}\"]')"
        self.tab.wait_for_function(f"{shown} && document.querySelector('.after').complete")

    def bytes_of(self, selector, attribute):
        """What an image shows, or a link leads to."""
        address = self.tab.get_attribute(selector, attribute)
        assert address.startswith(self.server.url)
        status, data = self.server.ask(address.removeprefix(self.server.url))
        assert status == 200
        return data

    def download(self, selector):
        with self.tab.expect_download() as download:
            self.tab.click(selector)
        with open(download.value.path(), "rb") as file:
            return download.value.suggested_filename, file.read()

    def close(self):
        assert self.errors == [] and self.tab.context.cookies() == []
        assert all(url.startswith((self.server.url, "data:", "blob:")) for url in self.hosts)
        self.tab.close()


@pytest.fixture
def visitor(browser, server):
    visitor = Visitor(browser, server)
    yield visitor
    visitor.close()


def chroma(pixels):
    return np.hypot(*np.moveaxis(rgb2lab(pixels)[..., 1:], -1, 0))


# ------------------------------------------------------------------ the HTTP interface


@pytest.mark.claim("004-A09")
def test_api_returns_a_colored_image(server, gray):
    """The result has colors, the size of the picture, and its lightness."""
    pixels, file = gray
    status, answer = server.colorize(file)
    file = base64.b64decode(answer["image"])
    result = pixels_of(file)
    assert "no evidence" in Image.open(io.BytesIO(file)).info["Comment"]
    assert status == 200 and (answer["width"], answer["height"]) == (301, 200)
    assert result.shape == (200, 301, 3) and chroma(result).mean() > 2
    lightness = rgb2lab(np.repeat(pixels[..., None], 3, 2))[..., 0]
    assert np.abs(rgb2lab(result)[..., 0] - lightness).max() < 1


@pytest.mark.claim("004-A11")
def test_image_inside_json_and_nothing_kept(server, gray):
    """Neither process has opened a file for writing, and no folder of theirs holds one."""
    status, answer = server.colorize(gray[1], filter="warm")
    assert status == 200 and set(answer) == {"image", "width", "height", "notes"}
    status, _ = server.ask("api/pictures?name=a.png", gray[1])
    assert status == 200
    assert server.written() == []
    assert server.files() == []
    assert server.noted("asked") == []


def test_methods_are_told_in_the_words_of_the_page(server):
    status, methods = server.ask("api/methods")
    assert status == 200 and json.loads(methods)[0]["vivid"]
    assert "--" not in "".join(method["about"] for method in json.loads(methods))


def test_options_of_the_interface_do_what_they_say(server, gray):
    plain, neutral, sepia, both = (
        pixels_of(base64.b64decode(server.colorize(gray[1], **options)[1]["image"])).astype(int)
        for options in ({}, {"strength": 0}, {"filter": "sepia"}, {"side_by_side": True})
    )
    assert chroma(neutral.astype(np.uint8)).max() < 1
    # Filter Effects Module Level 1, sepia(1).
    matrix = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])
    assert np.abs(np.minimum(plain @ matrix.T, 255) - sepia).max() <= 1
    assert (both[:, :301] == gray[0][..., None]).all() and (both[:, -301:] == plain).all()


def test_fifty_at_once_are_all_answered_within_bounded_memory(server):
    """Each gets the colors of its own picture: the lightness is that of the one that it sent."""
    server.colorize(png(np.full((512, 512), 99, np.uint8)))
    before = server.peak()
    levels = list(range(20, 220, 4))
    with ThreadPoolExecutor(50) as pool:
        files = [png(np.full((512, 512), level, np.uint8)) for level in levels]
        answers = list(pool.map(server.colorize, files))
    assert [status for status, _ in answers] == [200] * 50
    for level, (_, answer) in zip(levels, answers, strict=True):
        color = pixels_of(base64.b64decode(answer["image"]))[256, 256]
        expected = rgb2lab(np.full(3, level, np.uint8))[0]
        assert abs(rgb2lab(color)[0] - expected) < 1
    # One picture takes 60 MB to color. Fifty at a time would take gigabytes.
    assert server.peak() - before < 400


def test_work_stops_when_the_visitor_leaves(server):
    """A process that works for nobody is ended, and the next visitor gets an answer."""
    (worker,) = server.workers()
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    for seconds in (2, 6, 18):  # on a loaded machine the work may not have begun after two
        command = ["curl", "-s", "--max-time", str(seconds), "--data-binary", "@-"]
        left = subprocess.run([*command, server.url + "api/colorize.png"], input=LARGE)
        assert left.returncode == 28  # curl gave up
        status, _ = server.colorize(png(np.full((20, 30), 99, np.uint8)))
        assert status == 200
        if worker not in server.workers():
            break
    assert worker not in server.workers()


def test_work_stops_when_the_tab_is_closed(browser, server):
    (worker,) = server.workers()
    visitor = Visitor(browser, server)
    visitor.give(("large.png", LARGE))
    visitor.tab.wait_for_function("document.querySelector('.status').textContent == 'Coloring'")
    visitor.close()
    status, _ = server.colorize(png(np.full((20, 30), 99, np.uint8)))
    assert status == 200
    assert worker not in server.workers()


def test_the_lines_that_are_documented_work(server, gray, tmp_path):
    """The lines for a terminal and for Python, as the page of instructions shows them."""
    Image.fromarray(gray[0]).save(tmp_path / "old.jpg")
    text = instructions(Limits(), server.url)
    python = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    inside = python.replace('"old.jpg"', repr(str(tmp_path / "old.jpg")))
    exec(inside.replace('"old-color.png"', repr(str(tmp_path / "python.png"))))
    assert Image.open(tmp_path / "python.png").size == (301, 200)
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    for line in re.findall(r"```sh\n(.*?)\n```", text):
        subprocess.run(["bash", "-c", line], cwd=tmp_path, check=True)
        assert Image.open(tmp_path / "old-color.png").size == (301, 200)
        (tmp_path / "old-color.png").unlink()


# ------------------------------------------------------------------ what is refused


def bomb():
    """A PNG of 100 megapixels in 100 kB."""
    return png(np.zeros((10_000, 10_000), np.uint8))


@pytest.mark.parametrize(
    ("make", "status", "said"),
    [
        (lambda: b"", 422, "empty"),
        (lambda: b"Dear all", 422, "not a picture that HueLab can read"),
        (
            lambda: b"<svg><script>alert(1)</script></svg>",
            422,
            "not a picture that HueLab can read",
        ),
        (bomb, 422, "10000 x 10000 pixels are more than the limit of 30,000,000."),
        (lambda: png(np.arange(9999, dtype=np.uint8).reshape(99, 101))[:150], 422, "truncated"),
        (lambda: bytes(31_000_000), 413, "31.0 MB; this page takes at most 30 MB"),
    ],
    ids=["empty", "text", "svg", "bomb", "cut", "large"],
)
def test_hostile_pictures_are_refused_with_a_reason(server, make, status, said):
    """By either interface; what is refused says nothing of the server or of its options."""
    picture = make()
    for found, answer in (server.colorize(picture), raw(server, picture)):
        assert (found, set(answer)) == (status, {"error"})
        assert said in answer["error"]
        for private in ("Traceback", "/", "--", "<bytes>", "max_pixels"):
            assert private not in answer["error"]
    assert server.written() == [] and server.files() == []


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("api/nothing", 404, "nothing at this address"),
        ("api/pictures/guessed/result.png", 404, "not here any more"),
        ("api/colorize", 405, "does not take GET"),
    ],
)
def test_wrong_addresses_are_answered_as_the_instructions_say(server, path, status, said):
    found, answer = server.ask(path)
    assert found == status and set(json.loads(answer)) == {"error"}
    assert said in json.loads(answer)["error"]


def raw(server, picture):
    status, answer = server.ask("api/colorize.png", picture)
    return status, json.loads(answer)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "not JSON"),
        (b"[1]", "not a JSON object"),
        (b"[" * 100_000, "not JSON"),
        (b"{}", "image: expected"),
        (b'{"image": "%%%"}', "image: expected"),
        (b'{"image": "R0lGODlh", "strength": 2}', "strength: must be less than or equal to 1"),
        (b'{"image": "R0lGODlh", "colour": 2}', "colour: there is no such option"),
        (b'{"image": "R0lGODlh", "hints": 3}', "hints: must be a list"),
        (b'{"image": "R0lGODlh", "hints": [3]}', "hints.0: must be a JSON object"),
        (b'{"image": "R0lGODlh", "hints": [{"x": 1}]}', "hints.0.y: is missing"),
        (b'{"image": "R0lGODlh", "vivid": "very"}', "vivid: must be a number"),
        (b'{"image": "R0lGODlh", "method": "../../x"}', "method: '../../x' is not a method"),
        (b'{"image": "R0lGODlh", "filter": "pink"}', "filter: 'pink' is not one of none, vivid"),
        (
            b'{"image": "R0lGODlh", "hints": [{"x": 1, "y": 1, "color": "red"}]}',
            "hints.0.color: must",
        ),
    ],
)
def test_wrong_requests_are_refused_with_a_reason(server, body, said):
    status, answer = server.ask("api/colorize", body)
    assert status in (400, 422)
    assert said in json.loads(answer)["error"]


def test_nothing_escapes(server, gray):
    """Neither files of the server, nor pictures of others, nor Gradio's own way to upload."""
    status, answer = server.ask("api/pictures?name=../../../etc/x%00y.png", gray[1])
    token = json.loads(answer)["token"]
    assert status == 200 and len(token) > 20
    for path in (
        *(f"api/pictures/{token}/result.png", f"api/pictures/{token}/../../x.png"),
        *("api/pictures/guessed/result.png", "gradio_api/file=/etc/passwd"),
        *("gradio_api/file%3D/etc/passwd", "gradio_api/proxy=http://example.com/", "docs"),
        *("monitoring", "gradio_api/stream/x/y/z", "file=/etc/passwd"),
    ):
        assert server.ask(path)[0] in (403, 404, 405), path
    upload = {"Content-Type": "multipart/form-data; boundary=x"}
    part = (
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\nabc\r\n--x--'
    )
    assert server.ask("gradio_api/upload", part, **upload)[0] == 404
    assert server.ask("api/colorize.png", gray[1], **{"Sec-Fetch-Site": "cross-site"})[0] == 403
    assert server.written() == [] and server.files() == [] and server.noted("asked") == []


# ------------------------------------------------------------------ the page


@pytest.mark.claim("004-A12")
def test_upload_preview_and_download(visitor, gray):
    """Upload, see, choose a filter and a method, and download in the size of the original."""
    tab = visitor.tab
    visitor.give(("old photo.png", gray[1]))
    visitor.wait(1)
    name, file = visitor.download(".save")
    result = pixels_of(file)
    assert name == "old photo-color.png" and result.shape == (200, 301, 3)
    # What is shown is what is downloaded, and the other side what was uploaded: no pixel is lost.
    assert (pixels_of(visitor.bytes_of(".after", "src")) == result).all()
    assert (pixels_of(visitor.bytes_of(".before", "src")) == gray[0][..., None]).all()
    tab.get_by_role("button", name="Options").click()
    tab.get_by_label("sepia").check()
    visitor.wait(2)
    brown = pixels_of(visitor.bytes_of(".save", "href")).astype(int)
    assert (brown[..., 0] >= brown[..., 1]).all() and (brown[..., 1] >= brown[..., 2]).all()
    tab.get_by_label("none").check()
    visitor.wait(3)
    tab.get_by_label("Method").click()
    offered = tab.get_by_role("option").all_inner_texts()
    assert any("first" in each for each in offered)
    for page, title in (("Instructions", "How to color a photograph"), ("About", "About")):
        tab.get_by_role("tab", name=page).click()
        tab.get_by_role("heading", name=title).wait_for()


@pytest.mark.claim("004-A13")
def test_result_beside_the_original(visitor, gray):
    visitor.give(("a.png", gray[1]))
    visitor.wait()
    visitor.tab.click("text=Side by side >> nth=0")
    visitor.tab.locator(".beside").wait_for()  # until the picture is here, it has no height
    assert not visitor.tab.is_visible(".after")
    both = pixels_of(visitor.bytes_of(".beside", "src"))
    result = pixels_of(visitor.bytes_of(".save", "href"))
    assert (both[:, :301] == gray[0][..., None]).all() and (both[:, -301:] == result).all()


def test_slider_shows_the_original_on_its_left(visitor, gray):
    """In the pixels of the screen: gray on the left of the line, colors on its right."""
    visitor.give(("a.png", gray[1]))
    visitor.wait()
    visitor.tab.get_by_role("button", name="Options").click()
    visitor.tab.get_by_label("sepia").check()
    visitor.wait(2)

    def halves():
        screen = pixels_of(visitor.tab.locator(".frame").screenshot())
        third = screen.shape[1] // 3
        left, right = chroma(screen[10:-10, 10:third]), chroma(screen[10:-10, -third:-10])
        return np.median(left), np.median(right)

    for at, colored in ((50, (False, True)), (0, (True, True)), (100, (False, False))):
        visitor.tab.locator(".at").fill(str(at))
        assert tuple(value > 5 for value in halves()) == colored
    # The keyboard moves it as well.
    visitor.tab.locator(".at").press("Home")
    assert tuple(value > 5 for value in halves()) == (True, True)


@pytest.mark.parametrize("by", ["pointer", "keyboard"])
def test_a_spot_of_a_chosen_color_colors_what_it_lies_on(visitor, by):
    """A light disk on black: a blue spot in it makes it blue, and not what is around it."""
    rows, columns = np.mgrid[:200, :300]
    disk = np.hypot(rows - 100, columns - 150) < 50
    visitor.give(("disk.png", png(np.where(disk, 140, 20).astype(np.uint8))))
    visitor.wait()
    before = rgb2lab(pixels_of(visitor.bytes_of(".save", "href")))
    visitor.tab.click("text=Choose colors")
    visitor.tab.locator(".color").fill("#2040d0")
    if by == "pointer":
        box = visitor.tab.locator(".after").bounding_box()
        visitor.tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    else:  # up to the edge of the picture, and back to its middle
        pins, mark = visitor.tab.locator(".pins"), visitor.tab.locator(".mark")
        for _ in range(7):
            pins.press("Shift+ArrowUp")
        assert mark.is_visible() and mark.evaluate("mark => mark.style.top") == "0%"
        for key in [*["Shift+ArrowDown"] * 4, *["ArrowDown"] * 10]:
            pins.press(key)
        pins.press("Enter")
    visitor.wait(2)
    after = rgb2lab(pixels_of(visitor.bytes_of(".save", "href")))
    assert visitor.tab.locator(".pins i").count() == 1
    inside = np.hypot(rows - 100, columns - 150) < 20
    assert np.median((after - before)[inside, 2]) < -25
    assert after[100, 150, 2] < -60
    assert np.abs(after - before)[:40].max() < 5
    visitor.tab.click("text=Remove the last spot")
    visitor.wait(3)
    again = rgb2lab(pixels_of(visitor.bytes_of(".save", "href")))
    assert (again == before).all()


@pytest.mark.claim("004-R02")
def test_several_images_at_once(visitor, gray):
    """All are colored, each can be seen, and one archive holds them; a bad file costs no other."""
    files = [(f"{n}.png", png(gray[0][: 50 + n])) for n in range(3)]
    visitor.give(files[0], ("notes.txt", b"no picture"), *files[1:])
    visitor.tab.wait_for_selector(".strip button:nth-child(3)")
    assert "not a picture that HueLab can read" in visitor.tab.inner_text(".refusals")
    visitor.tab.click(".strip button:nth-child(3)")
    assert "2.png" in visitor.tab.inner_text("figcaption")
    with zipfile.ZipFile(io.BytesIO(visitor.download(".save-all")[1])) as archive:
        sizes = {name: Image.open(archive.open(name)).size for name in archive.namelist()}
    assert sizes == {f"{n}-color.png": (301, 50 + n) for n in range(3)}


def test_a_refusal_stays_beside_a_good_picture(visitor, gray):
    """Also that of a file that the server does not even take; a bad file hides no good picture."""
    visitor.give(("empty.png", b""), ("good.png", gray[1]))
    visitor.wait()
    visitor.tab.wait_for_function("!document.querySelector('.status').textContent")
    assert "empty.png: The file is empty" in visitor.tab.inner_text(".refusals")
    visitor.give(("notes.txt", b"no picture"))
    visitor.tab.wait_for_selector(".refusals:has-text('notes.txt')")
    visitor.tab.wait_for_selector("figcaption:has-text('good.png')")
    assert "empty.png" not in visitor.tab.inner_text(".refusals")


DROPPED = """([selector, data, name]) => {
  const files = new DataTransfer();
  files.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name));
  const wanted = { bubbles: true, cancelable: true, dataTransfer: files };
  const event = (kind) => new DragEvent(kind, wanted);
  const target = document.querySelector(selector);
  return ["dragover", "drop"].map((kind) => !target.dispatchEvent(event(kind)));
}"""


def test_a_file_may_fall_anywhere_on_the_page(visitor, gray):
    """A browser would leave the page for a file whose drop nobody takes."""
    given = [".masthead", base64.b64encode(gray[1]).decode(), "fallen.png"]
    assert visitor.tab.evaluate(DROPPED, given) == [True, True]
    visitor.wait()
    assert "fallen.png" in visitor.tab.inner_text("figcaption")


def test_the_keyboard_moves_the_sliders(visitor, gray):
    """A key counts as much as a pointer, and so does a number that is typed."""
    tab = visitor.tab
    visitor.give(("a.png", gray[1]))
    visitor.wait(1)
    tab.locator(".at").press("ArrowLeft")
    assert float(tab.locator(".at").input_value()) == 49  # and not a tenth of a percent
    tab.get_by_role("button", name="Options").click()
    tab.locator("input[type=range]:not(.at)").first.press("Home")
    visitor.wait(2)
    assert chroma(pixels_of(visitor.bytes_of(".save", "href"))).max() < 1
    strength = tab.locator("input[type=number]").first
    for version, (typed, value) in enumerate([("0.5", 0.5), ("5", 1), ("", 0)], 3):
        strength.fill(typed)
        strength.press("Enter")
        visitor.wait(version)
        assert float(strength.input_value()) == value
    assert tab.locator(".toast-body").count() == 0


def test_everybody_can_read_and_use_each_tab(visitor, gray):
    """By axe-core, with all that can be unfolded; the other tabs hold text only."""
    tab = visitor.tab
    visitor.give(("a.png", gray[1]))
    visitor.wait()
    tab.get_by_role("button", name="Choose colors").click()
    tab.get_by_role("button", name="Options").click()
    tab.locator(".info-text").first.wait_for()
    tab.evaluate(AXE.read_text(encoding="utf-8"))
    for page in ("Color", "Instructions", "About"):
        tab.get_by_role("tab", name=page).click()
        tab.locator("[role=tabpanel]:visible").wait_for()
        found = tab.evaluate("async () => (await axe.run(document)).violations")
        grave = [each["id"] for each in found if each["impact"] in ("serious", "critical")]
        assert (page, grave) == (page, [])


def test_the_lines_for_programs_name_the_address_that_is_visited(browser, server):
    """Behind `--host 0.0.0.0`, 127.0.0.1 would be the visitor's own computer."""
    visited = server.url.replace("127.0.0.1", "localhost")
    tab = browser.new_page()
    tab.set_default_timeout(PATIENCE)
    tab.goto(visited)
    tab.get_by_role("tab", name="Instructions").click()
    tab.locator(f"pre:has-text('{visited}api/colorize')").first.wait_for()
    assert server.url not in tab.inner_text("body")
    tab.close()


def test_examples_are_colored_by_a_click(visitor):
    visitor.tab.locator(".example").first.click()
    visitor.wait()
    assert "chelsea" in visitor.tab.inner_text("figcaption")


def test_a_telephone_shows_all_without_moving_sideways(browser, server, gray):
    visitor = Visitor(browser, server, width=390)
    wide = "document.documentElement.scrollWidth"
    visitor.give(("a name that is long enough to be wider than any telephone.png" * 3, gray[1]))
    visitor.wait()
    for mode in ("Choose colors", "Side by side", "Compare"):
        visitor.tab.get_by_role("button", name=mode, exact=True).click()
        assert visitor.tab.evaluate(wide) == 390
    visitor.tab.get_by_role("button", name="Options").click()
    for page in ("Color", "Instructions", "About"):
        visitor.tab.get_by_role("tab", name=page).click()
        assert visitor.tab.evaluate(wide) == 390
    visitor.close()


def test_names_of_files_are_text(visitor, gray):
    name = "<img src=x onerror=\"document.title='taken'\">.png"
    visitor.give((name, gray[1]), ("<script>document.title='taken'</script>.txt", b"text"))
    visitor.wait()
    visitor.tab.wait_for_selector(".refusals li")
    assert name in visitor.tab.inner_text("figcaption")
    assert visitor.tab.title() == "HueLab"
    assert visitor.tab.locator(".stage img[src=x], .stage script").count() == 0
    assert visitor.download(".save")[0] == "_img src_x onerror__document.title__taken___-color.png"
