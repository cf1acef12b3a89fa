"""The page's files: its texts, its styles, and its scripts."""

import base64
import html
import io
from functools import cache
from importlib.resources import files

from PIL import Image

from huelab.apply.filters import FILTERS
from huelab.page.limits import Limits

#: Embedded photographs that the page offers as examples, and what each one shows.
_EXAMPLES = {
    "chelsea": "a cat",
    "coffee": "a cup of coffee",
    "astronaut": "an astronaut",
    "china": "a Chinese temple",
}
#: The height of an example, in pixels.
_HEIGHT = 320


@cache
def static(name: str) -> str:
    """The text of one of the page's own files.

    Raises:
        FileNotFoundError: if there is no file of that name.

    Example:
        >>> "HueLab" in static("about.md")
        True
    """
    return files(__package__).joinpath("static", name).read_text(encoding="utf-8")


def instructions(limits: Limits, address: str) -> str:
    """The page of instructions, in Markdown, with the limits and the address of this server.

    Example:
        >>> text = instructions(Limits(megapixels=12), "http://127.0.0.1:7860/")
        >>> "12 million pixels" in text, "{" in text.split("##")[1]
        (True, False)
    """
    names = ", ".join(f"`{name}`" for name in FILTERS)
    return static("instructions.md").format(filters=names, address=address, **vars(limits))


def examples() -> str:
    """HTML with the examples, in gray; the text is empty if no photographs are installed.

    Example:
        >>> examples().count("<img")
        4
    """
    found = {name: data for name in _EXAMPLES if (data := _example(name))}
    if not found:
        return ""
    buttons = [
        f'<button type="button" class="example" data-name="{name}">'
        f'<img src="data:image/png;base64,{data}" alt="Example: {html.escape(_EXAMPLES[name])}">'
        "</button>"
        for name, data in found.items()
    ]
    return f'<div class="examples"><span>Or try one of these:</span>{"".join(buttons)}</div>'


def _example(name: str) -> str:
    """An embedded photograph as a small gray PNG in base64; empty if it is not installed."""
    try:
        from huelab.data.embedded import PHOTOGRAPHS
        from huelab.data.source import DataError
    except ModuleNotFoundError:  # only what colors is installed
        return ""
    (photograph,) = [each for each in PHOTOGRAPHS if each.name == name]
    try:
        image = Image.open(photograph.locate()).convert("L")
    except DataError:
        return ""
    image.thumbnail((2 * _HEIGHT, _HEIGHT), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()
