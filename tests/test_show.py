"""Figures, sliders, code and tables for notebooks: what they show is what they were given."""

import ast
import base64
import functools
import importlib.util
import inspect
import io
import json
import re
import sys
import textwrap
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image
from PIL.JpegImagePlugin import get_sampling
from skimage import data

from huelab import show
from huelab.show.bundle import COMPRESSED, draw, encode, to_bytes


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.delenv("HUELAB_PROFILE", raising=False)


@pytest.fixture(scope="module")
def photo():
    """A real photograph, uint8 (3, 128, 128): noise and ramps compress unlike one."""
    small = Image.fromarray(data.astronaut()).resize((128, 128))
    return torch.from_numpy(np.asarray(small).copy()).permute(2, 0, 1)


def batch(n, size=8, channels=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    shape = (n, channels, size, size)
    return torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)


def text_of(fig):
    return " ".join(" ".join(text.get_text() for text in fig.texts).split())


def cells_of(fig):
    """The pixels in which each picture of a figure really was drawn, in order."""
    canvas = draw(fig)
    for axes in fig.axes:
        x0, y0, x1, y1 = (round(v) for v in axes.get_window_extent().extents)
        yield canvas[len(canvas) - y1 : len(canvas) - y0, x0:x1]


def decode(data):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))


class Elements(HTMLParser):
    """Every element of a piece of HTML as (tag, attributes), and its text."""

    def __init__(self, html):
        super().__init__()
        self.found, self.text = [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.found if name == tag]

    def images(self):
        return [decode(image["src"].split("base64,")[1]) for image in self.all("img")]


def assert_stands_alone(html):
    """Nothing to load, no element that a second slider on the page could be confused with."""
    elements = Elements(html)
    assert not elements.all("script") and not elements.all("link")
    assert not any("id" in attributes for _, attributes in elements.found)
    sources = [attributes["src"] for _, attributes in elements.found if "src" in attributes]
    assert sources and all(source.startswith("data:image/") for source in sources)
    assert "http" not in html


# Pixels


def test_floats_are_rounded_and_gray_is_repeated():
    gray = torch.tensor([[0.0, 0.6 / 255, 127.4 / 255, 1.0]])
    assert to_bytes(gray).tolist() == [[[0] * 3, [1] * 3, [127] * 3, [255] * 3]]


def test_tensors_are_channels_first_and_arrays_channels_last():
    image = batch(1)[0]
    expected = image.permute(1, 2, 0).numpy()
    for same in (image, image[None], expected, image.float() / 255, expected / 255.0):
        np.testing.assert_array_equal(to_bytes(same), expected)


@pytest.mark.parametrize(
    "bad",
    [
        torch.zeros(2, 4, 4),
        torch.zeros(2, 3, 4, 4),
        torch.zeros(3, 0, 4),
        np.zeros((3, 4, 4)),
        torch.full((3, 4, 4), 1.1),
        torch.full((3, 4, 4), -0.1),
        torch.full((3, 4, 4), float("nan")),
        torch.zeros(3, 4, 4, dtype=torch.int64),
    ],
)
def test_what_is_no_picture_is_refused(bad):
    with pytest.raises(ValueError, match="expected"):
        to_bytes(bad)


def test_encode_is_exact_for_flat_graphics():
    flat = np.zeros((50, 50, 3), np.uint8)
    flat[10:20] = (255, 0, 128)
    mime, text = encode(flat)
    assert mime == "image/png"
    np.testing.assert_array_equal(decode(text), flat)


def test_encode_keeps_the_color_resolution_of_photographs(photo):
    pixels = to_bytes(photo)
    mime, text = encode(pixels)
    assert mime == "image/jpeg"
    assert get_sampling(Image.open(io.BytesIO(base64.b64decode(text)))) == 0  # 4:4:4
    assert np.abs(decode(text).astype(int) - pixels).mean() < 3


def test_encode_takes_noise():
    noise = to_bytes(batch(1, 512)[0])
    _, text = encode(noise)
    assert decode(text).shape == noise.shape


# Which pictures


def test_choice_follows_from_the_seed():
    assert show.choose(100, 8, seed=0) == show.choose(100, 8, seed=0)
    assert show.choose(100, 8, seed=0) != show.choose(100, 8, seed=1)


def test_choice_never_repeats_and_favors_nobody():
    counts = Counter()
    for seed in range(300):
        chosen = show.choose(10, 4, seed)
        assert len(set(chosen)) == 4 and chosen == sorted(chosen)
        counts.update(chosen)
    # Each is expected 120 times with a deviation of 8.5.
    assert set(counts) == set(range(10)) and all(80 < k < 160 for k in counts.values())


def test_choice_takes_all_where_there_are_few():
    assert show.choose(3, 8, seed=5) == [0, 1, 2]
    for total, n in ((0, 8), (5, 0)):
        with pytest.raises(ValueError, match="cannot choose"):
            show.choose(total, n, 0)


# Figures


def test_grid_draws_the_chosen_pictures_pixel_for_pixel():
    truth, gray = batch(20, 24), batch(20, 24, channels=1, seed=1)
    fig = show.grid({"gray": gray / 255, "truth": truth}, n=5, seed=3, size=24)
    chosen = show.choose(20, 5, 3)
    expected = [to_bytes(column[k]) for k in chosen for column in (gray, truth)]
    drawn = list(cells_of(fig))
    assert len(drawn) == len(expected) == 10
    for cell, pixels in zip(drawn, expected, strict=True):
        np.testing.assert_array_equal(cell, pixels)


def test_grid_says_how_its_rows_were_chosen():
    fig = show.grid({"ours": batch(20)}, n=3, seed=7)
    chosen = show.choose(20, 3, 7)
    said = f"3 of 20 pictures, chosen by seed 7: {', '.join(map(str, chosen))}"
    assert said in text_of(fig) and said in fig._repr_mimebundle_()["text/plain"]
    assert all(f"#{k}" in text_of(fig) for k in chosen)
    assert "ours" in text_of(fig) and "profile: quick" in text_of(fig)


def test_grid_differs_between_seeds_only():
    columns = {"truth": batch(50)}
    first, again, other = (draw(show.grid(columns, n=4, seed=seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert first.shape != other.shape or (first != other).any()


def test_grid_keeps_all_its_text_inside():
    title = "a title that is much wider than its column"
    fig = show.grid({title: batch(400, 16), "b": batch(400, 16)}, n=30, size=16)
    fig.canvas.draw()
    width, height = fig.bbox.size
    boxes = [text.get_window_extent() for text in fig.texts]
    assert all(b.x0 >= 0 and b.y0 >= 0 and b.x1 <= width and b.y1 <= height for b in boxes)


def test_grid_refuses_columns_that_do_not_match():
    with pytest.raises(ValueError, match="equally many"):
        show.grid({"a": batch(4), "b": batch(5)})
    with pytest.raises(ValueError, match="equally many"):
        show.grid({})


def test_large_pictures_are_shrunk_and_small_ones_enlarged_whole_times():
    large, small = torch.full((3, 40, 80), 0.5), batch(1, 7)[0]
    drawn = list(cells_of(show.pictures({"large": large, "small": small}, size=20)))
    assert drawn[0].shape == (10, 20, 3) and (drawn[0] == 128).all()
    np.testing.assert_array_equal(drawn[1], to_bytes(small).repeat(2, 0).repeat(2, 1))
    assert "8×8 shown at 16×16" in text_of(show.grid({"a": batch(4)}, size=16))


def test_pictures_breaks_rows_and_takes_lists():
    images = list(batch(5, 12))
    fig = show.pictures(images, ncols=2, size=12)
    for cell, image in zip(cells_of(fig), images, strict=True):
        np.testing.assert_array_equal(cell, to_bytes(image))
    assert len({axes.get_position().y0 for axes in fig.axes}) == 3
    with pytest.raises(ValueError, match="at least one picture"):
        show.pictures({})


def test_pictures_maps_values_to_colors_and_says_which():
    values = torch.tensor([[[-110.0, 0.0, 110.0]]])
    fig = show.pictures({"a*": values}, vmin=-110, vmax=110, cmap="PuOr", size=3)
    (cell,) = cells_of(fig)
    import matplotlib

    ends = matplotlib.colormaps["PuOr"]([0.0, 1.0], bytes=True)[:, :3]
    np.testing.assert_array_equal(cell[0, [0, 2]], ends)
    assert "a* -110 to 110" in text_of(fig)
    with pytest.raises(ValueError, match="both"):
        show.pictures({"a*": values}, vmin=-110)
    with pytest.raises(ValueError, match="expected values"):
        show.pictures({"a*": values})


def test_pictures_with_a_range_from_zero_keeps_it():
    lightness = torch.tensor([[[0.0, 50.0, 100.0]]])
    (cell,) = cells_of(show.pictures([lightness], vmin=0, vmax=100, size=3))
    assert cell[0, :, 0].tolist() == [0, 128, 255]


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg"])
def test_a_notebook_shows_a_figure_uncropped(kind, photo, monkeypatch):
    formatters = pytest.importorskip("IPython.core.formatters")
    formatter = formatters.DisplayFormatter()
    # What matplotlib's notebook backend does for every figure.
    formatter.formatters["image/png"].for_type(Figure, lambda fig: b"cropped")
    displayed = []
    monkeypatch.setattr(
        "IPython.display.display", lambda formats, raw: displayed.append((formats, raw))
    )
    fig = show.pictures([photo if kind == "image/jpeg" else photo // 255], size=128)
    assert formatter.format(fig) == ({}, {})
    ((formats, raw),) = displayed
    assert raw and set(formats) == {kind, "text/plain"}
    assert decode(formats[kind]).shape == draw(fig).shape


def test_a_compressed_figure_says_so_and_stays_exact_itself(photo):
    fig = show.pictures([photo], size=128)
    formats = fig._repr_mimebundle_()
    assert "image/jpeg" in formats and COMPRESSED not in text_of(fig)
    with_note = decode(formats["image/jpeg"]).astype(int)
    difference = np.abs(with_note - draw(fig))
    stamp = difference[-16:].max()
    assert stamp > 100  # the note stands in the strip at the bottom
    np.testing.assert_array_equal(next(cells_of(fig)), to_bytes(photo))


def test_figures_do_not_depend_on_the_style_of_the_notebook():
    import matplotlib

    columns = {"truth": batch(4)}
    expected = draw(show.grid(columns))
    with matplotlib.rc_context({"text.color": "white", "savefig.bbox": "tight"}):
        np.testing.assert_array_equal(draw(show.grid(columns)), expected)


# The stamp


def test_stamp_follows_the_profile(monkeypatch):
    monkeypatch.setenv("HUELAB_PROFILE", "reduced")
    fig = Figure()
    show.stamp(fig)
    assert text_of(fig) == "profile: reduced"
    show.stamp(fig, "full")
    assert text_of(fig) == "profile: full"


def test_an_unknown_profile_is_refused(monkeypatch):
    monkeypatch.setenv("HUELAB_PROFILE", "fast")
    with pytest.raises(ValueError, match="quick, reduced, full"):
        show.stamp(Figure())


@pytest.mark.parametrize("layout", ["constrained", "tight", None])
def test_stamp_covers_nothing(layout):
    fig = Figure(figsize=(3, 2), layout=layout)
    axes = fig.add_subplot()
    if layout:
        axes.set_xlabel("a label that is as long as the whole figure is wide")
    show.stamp(fig)
    draw(fig)
    box = fig.texts[0].get_window_extent()
    assert box.x0 > 0 and box.y0 >= 0 and box.x1 <= fig.bbox.width
    assert not box.overlaps(axes.get_tightbbox())


# Sliders


def test_wipe_goes_from_before_to_after():
    before, after = batch(2, 10)
    first, second = to_bytes(before), to_bytes(after)
    np.testing.assert_array_equal(show.wipe(before, after, 0), first)
    np.testing.assert_array_equal(show.wipe(before, after, 1), second)
    half = show.wipe(before, after, 0.5)
    np.testing.assert_array_equal(half[:, :5], first[:, :5])
    np.testing.assert_array_equal(half[:, 5:], second[:, 5:])
    np.testing.assert_array_equal(show.wipe(before, after, 0.2)[:, :8], first[:, :8])


def test_wipe_refuses_what_does_not_match():
    with pytest.raises(ValueError, match="one size, got 8×8 and 9×9"):
        show.wipe(batch(1)[0], batch(1, 9)[0], 0.5)
    with pytest.raises(ValueError, match="share"):
        show.wipe(batch(1)[0], batch(1)[0], 50)


def test_compare_holds_both_pictures_and_a_still():
    before, after = batch(2, 10)
    bundle = show.compare(before, after, ("gray", "ours"), alt="a dog")
    formats = bundle._repr_mimebundle_()
    assert set(formats) == {"text/html", "image/png", "text/plain"}
    np.testing.assert_array_equal(decode(formats["image/png"]), show.wipe(before, after, 0.5))
    elements = Elements(formats["text/html"])
    first, second = elements.images()
    np.testing.assert_array_equal(first, to_bytes(before))
    np.testing.assert_array_equal(second, to_bytes(after))
    assert [image["alt"] for image in elements.all("img")] == ["a dog, gray", "a dog, ours"]
    assert_stands_alone(formats["text/html"])
    assert repr(bundle) == "gray | ours: a dog (10×10)"


def test_compare_starts_where_its_slider_stands():
    elements = Elements(show.compare(*batch(2)).formats["text/html"])
    (slider,) = elements.all("input")
    assert (slider["type"], slider["min"], slider["value"], slider["max"]) == (
        ("range", "0", "50", "100")
    )
    windows = [box for box in elements.all("div") if "width:50%" in box.get("style", "")]
    assert len(windows) == 1 and "right:0" in windows[0]["style"]
    # The knob must follow the edge, and the arrow keys must reach it in JupyterLab.
    assert slider["dir"] == "rtl" and "data-lm-suppress-shortcuts" in slider
    assert slider["aria-label"] == "share of after"


def test_sliders_say_whether_they_are_exact(photo, monkeypatch):
    monkeypatch.setenv("HUELAB_PROFILE", "full")
    lossy = show.compare(photo, photo.flip(2)).formats
    assert "image/jpeg" in lossy and f"profile: full · {COMPRESSED}" in lossy["text/html"]
    assert len(lossy["text/html"]) < 128 * 128 * 3  # both together less than one as it is
    exact = show.compare(*batch(2)).formats["text/html"]
    assert "profile: full" in exact and COMPRESSED not in exact


def test_frames_show_one_picture_at_a_time():
    images = batch(5, 10)
    bundle = show.frames(list(images), [0, 25, 50, 75, 100], description="L*", alt="the plane")
    html = bundle.formats["text/html"]
    elements = Elements(html)
    for shown, image in zip(elements.images(), images, strict=True):
        np.testing.assert_array_equal(shown, to_bytes(image))
    assert ["display:block" in image["style"] for image in elements.all("img")] == [
        False, False, True, False, False,
    ]  # fmt: skip
    (slider,) = elements.all("input")
    assert (slider["value"], slider["max"], slider["aria-valuetext"]) == ("2", "4", "L* = 50")
    assert "L* = 50" in elements.text and elements.all("img")[4]["alt"] == "the plane, L* = 100"
    assert "data-lm-suppress-shortcuts" in slider
    np.testing.assert_array_equal(decode(bundle.formats["image/png"]), to_bytes(images[2]))
    assert_stands_alone(html)


def test_frames_take_figures_and_a_start():
    figures = []
    for color in ("red", "blue"):
        figures.append(Figure(figsize=(1, 0.5), dpi=100, facecolor=color))
    bundle = show.frames(figures, ["red", "blue"], start=-1)
    first, second = Elements(bundle.formats["text/html"]).images()
    assert first.shape == (50, 100, 3)
    assert (first == [255, 0, 0]).all() and (second == [0, 0, 255]).all()
    np.testing.assert_array_equal(decode(bundle.formats["image/png"]), second)


def test_frames_refuse_what_does_not_match():
    with pytest.raises(ValueError, match="one label for each picture"):
        show.frames(batch(3), [1, 2])
    with pytest.raises(ValueError, match="one label for each picture"):
        show.frames([], [])
    with pytest.raises(ValueError, match="one size"):
        show.frames([batch(1)[0], batch(1, 9)[0]], [1, 2])
    with pytest.raises(IndexError):
        show.frames(batch(3), [1, 2, 3], start=3)


def test_twenty_frames_stay_small():
    ramp = np.linspace(0, 1, 200)
    planes = [
        np.stack([*np.meshgrid(ramp, ramp), np.full((200, 200), k / 20)], 2) for k in range(20)
    ]
    formats = show.frames(planes, range(20)).formats
    assert sum(map(len, formats.values())) < 300_000


def boxes(shown):
    """Width and height of each box of a drawn network."""
    rects = re.findall(r'<rect [^>]*width="([\d.]+)" height="([\d.]+)"', shown.formats["text/html"])
    return [(float(w), float(h)) for w, h in rects]


STAGES = [("gray", (1, 64, 64)), ("half", (8, 32, 32)), ("code", (16,)), ("a*b*", (2, 64, 64))]


def test_layers_draw_larger_images_taller_and_more_channels_wider():
    (w0, h0), (w1, h1), (w2, h2), (w3, h3) = boxes(show.layers(STAGES))
    assert w0 < w3 < w1 < w2 and h2 < h1 < h0 == h3
    assert h1 / h0 == pytest.approx(0.5**0.5, abs=0.01)


def test_layers_can_be_read_aloud_and_say_all_that_is_drawn():
    shown = show.layers(STAGES, skips=[(0, 3)], alt="A <small> network")
    assert repr(shown) == (
        "A <small> network: gray 1 × 64 × 64, half 8 × 32 × 32, code 16, a*b* 2 × 64 × 64; "
        "gray also goes to a*b*"
    )
    html = shown.formats["text/html"]
    assert "<small>" not in html and html.count("stroke-dasharray") == 1
    svg = html[html.index("<svg") : html.index("</svg>") + 6]
    root = ElementTree.fromstring(svg)
    assert root.get("aria-label") == repr(shown)
    left, top, width, height = map(float, root.get("viewBox").split())
    texts = root.findall("{http://www.w3.org/2000/svg}text")
    assert all(left < float(t.get("x")) < width and float(t.get("y")) < top + height for t in texts)
    # All lines of the arc are inside.
    ups = [
        float(y)
        for path in re.findall(r' d="([^"]*)"', svg)
        for y in re.findall(r"V(\S+?)[HV ]", path)
    ]
    assert min(ups) >= top


@pytest.mark.parametrize("count", [9, 10, 17])
def test_layers_fit_the_page_and_can_be_read(count):
    """A page of 1280 pixels leaves them 660 or more; letters of 11 pixels stay above 9."""
    html = show.layers([("256 × 256", (512, 8, 8))] * count).formats["text/html"]
    (least,) = map(int, re.findall(r"min-width:(\d+)px", html))
    (largest,) = map(int, re.findall(r"max-width:(\d+)px", html))
    assert least <= 660
    assert 11 * min(660, largest) / largest > 9


def test_arrows_of_a_long_network_lead_to_the_right():
    html = show.layers([("widest", (2048, 8, 8))] * 17).formats["text/html"]
    arrows = re.findall(r'd="M([\d.]+) -6H([\d.]+)"', html)
    assert len(arrows) == 16
    assert all(float(end) - float(start) > 3 for start, end in arrows)


@pytest.mark.parametrize(
    ("stages", "skips", "error"),
    [([], [], ValueError), ([("x", (2, 2))], [], ValueError), (STAGES, [(0, 4)], IndexError)],
)
def test_layers_refuse_what_is_no_network(stages, skips, error):
    with pytest.raises(error):
        show.layers(stages, skips=skips)


def test_labels_cannot_break_out_of_the_html():
    nasty = "\"'><script>alert(1)</script>&"
    for bundle in (
        show.compare(*batch(2), (nasty, nasty), alt=nasty),
        show.frames(batch(2), [nasty, nasty], description=nasty, alt=nasty),
    ):
        elements = Elements(bundle.formats["text/html"])
        assert not elements.all("script")
        assert all(nasty in image["alt"] for image in elements.all("img"))
    (slider,) = elements.all("input")
    assert json.loads(slider["data-labels"]) == [f"{nasty} = {nasty}"] * 2


# Code

QUIRKS = '''"""Module."""
import functools


class Empty(Exception):
    """Only this."""


class Block:
    """Summary with 'quotes' and a # sign.

def not_code(): pass
    """

    size = 3  # a comment that stays

    def forward(self, x):
        """Do it."""  # noqa

        # Before the work: é.
        """a string, but not a docstring"""
        y = """also
    not"""

        def inner():
            """Inside."""
            return y

        return x, inner

    @property
    def width(self):
        r"""Raw \\d."""
        return self.size

    @functools.cached_property
    def height(self):
        """Cached."""
        return 1

    def short(self): "one line"; return 1

    def brief(self): "only line"

    async def wait(self):
        """Only this, too."""


def twice(f):
    """A decorator."""

    @functools.wraps(f)
    def wrapped(*args):
        """Never shown."""
        return f(f(*args))

    return wrapped


@twice
def decorated(x):
    """Doc."""
    return f"```{x}"
'''


@pytest.fixture(scope="module")
def quirks(tmp_path_factory):
    path = tmp_path_factory.mktemp("code") / "quirks.py"
    path.write_text(QUIRKS, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("quirks", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["quirks"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["quirks"]


class Strip(ast.NodeTransformer):
    """Docstrings out of a tree, `...` for a body that would be empty."""

    def generic_visit(self, node):
        super().generic_visit(node)
        kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        shares_its_line = getattr(node, "name", "") in ("short", "brief")
        if isinstance(node, kinds) and ast.get_docstring(node) is not None and not shares_its_line:
            node.body = node.body[1:] or [ast.Expr(ast.Constant(...))]
        return node


def dump(code, strip=False):
    tree = ast.parse(textwrap.dedent(code))
    return ast.dump(Strip().visit(tree) if strip else tree)


def test_source_is_the_real_one_without_docstrings(quirks):
    objects = [
        quirks, quirks.Empty, quirks.Block, quirks.Block.forward, quirks.Block.short,
        quirks.Block.wait, quirks.twice, quirks.decorated,
        show.grid, show.pictures, show.compare, show.source, show.Bundle, Figure,
    ]  # fmt: skip
    for obj in objects:
        code, real = repr(show.source(obj)), inspect.getsource(obj)
        assert dump(code) == dump(real, strip=True), obj
        assert repr(show.source(obj, docstring=True)) == textwrap.dedent(real).strip("\n")


def test_source_keeps_comments_and_mere_strings(quirks):
    code = repr(show.source(quirks.Block))
    for kept in ("# a comment that stays", "# Before the work: é.", "not a docstring", "also\n"):
        assert kept in code
    for gone in ("Summary", "not_code", "Do it", "Inside", "Raw", "Cached", "Only this"):
        assert gone not in code
    assert code.startswith("class Block:\n    size = 3")


def test_source_of_named_parts(quirks):
    bundle = show.source(quirks.Block, "width", "height")
    assert repr(bundle) == (
        "@property\ndef width(self):\n    return self.size\n\n"
        "@functools.cached_property\ndef height(self):\n    return 1"
    )
    assert repr(show.source(quirks.Block, "forward")) == repr(show.source(quirks.Block.forward))
    with pytest.raises(AttributeError):
        show.source(quirks.Block, "backward")


def test_source_says_where_it_stands():
    markdown = show.source(show.Bundle).formats["text/markdown"]
    _, line = inspect.getsourcelines(show.Bundle)
    assert f"`huelab/show/bundle.py`: `Bundle`, line {line} (docstrings left out)" in markdown
    assert "left out" not in show.source(show.Bundle, "__repr__").formats["text/markdown"]
    assert "`huelab/show/__init__.py`: line 1" in show.source(show).formats["text/markdown"]


def test_source_fences_code_that_holds_a_fence(quirks):
    markdown = show.source(quirks.decorated).formats["text/markdown"]
    assert markdown.startswith("````python\n@twice\n") and "\n````\n" in markdown


def test_source_refuses_what_has_none():
    with pytest.raises(TypeError):
        show.source(3)
    with pytest.raises(TypeError):
        show.source(len)
    partial = functools.partial(show.choose, 3)
    assert repr(show.source(partial)) == repr(show.source(show.choose))


# Tables

ROWS = [
    {"paper": "000", "name": "auto<b>", "PSNR": 18.951, "n": 100, "sd": "1.5 ± 0.2"},
    {"paper": "002", "name": "vgg & co", "PSNR": None, "n": 5000},
]


def test_table_escapes_html():
    html = show.table(ROWS, caption="<i>A</i>", profile="<u>").formats["text/html"]
    elements = Elements(html)
    assert not elements.all("b") and not elements.all("i") and not elements.all("u")
    assert {"auto<b>", "vgg & co", "<i>A</i>", "profile: <u>"} <= set(elements.text)


def test_table_puts_numbers_to_the_right():
    elements = Elements(show.table(ROWS, formats={"PSNR": ".2f"}).formats["text/html"])
    sides = ["right" if "right" in cell["style"] else "left" for cell in elements.all("td")]
    assert sides == ["left", "left", "right", "right", "right"] * 2
    assert elements.text[5:10] == ["000", "auto<b>", "18.95", "100", "1.5 ± 0.2"]
    assert elements.text[10:15] == ["002", "vgg & co", "–", "5000", "–"]


def test_table_as_text():
    text = repr(show.table(ROWS, columns=["n", "name"], caption="Two"))
    assert text.splitlines() == [
        "Two",
        "   n  name",
        "----  --------",
        " 100  auto<b>",
        "5000  vgg & co",
        "profile: quick",
    ]


def test_table_formats():
    rows = [{"share": 0.256, "ok": True, "when": 3}, {"share": "none", "ok": False, "when": 4}]
    text = repr(show.table(rows, formats={"share": ".1%", "when": lambda k: f"{k} ms"}))
    lines = [line.split() for line in text.splitlines()[2:4]]
    assert lines == [["25.6%", "True", "3", "ms"], ["none", "False", "4", "ms"]]
    with pytest.raises(ValueError, match="psnr"):
        show.table(rows, formats={"psnr": ".2f"})


def test_table_without_rows_keeps_its_heading():
    formats = show.table([], columns=["recipe", "PSNR"]).formats
    assert formats["text/plain"].split()[:2] == ["recipe", "PSNR"]
    assert len(Elements(formats["text/html"]).all("th")) == 2


# Where it stands


def test_show_stands_low_and_needs_no_notebook():
    """Jupyter may be imported where something is displayed, never with the module."""
    allowed = {"matplotlib", "numpy", "torch", "PIL"} | set(sys.stdlib_module_names)
    for path in Path(show.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            else:
                continue
            low = ("huelab.records.profiles", "huelab.show.", "huelab")
            names = [name for name in names if not name.startswith(low)]
            late = set() if node in tree.body else {"IPython"}
            assert {name.split(".")[0] for name in names} <= allowed | late, (path.name, names)
