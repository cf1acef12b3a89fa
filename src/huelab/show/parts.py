"""The parts of sliders and blind tests: HTML that holds its pictures and loads nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from string import Template

import numpy as np

from huelab.records.profiles import current_profile
from huelab.show.bundle import COMPRESSED, Bundle, encode

SMALLEST = 200  # smallest width, in pixels, in which a reader can move a slider
# The dark theme of the published page dims every image except those of the class `dark-light`.
# Dimming would show false colors.
IMG = '<img class="dark-light" draggable="false" alt="{alt}" src="data:{mime};base64,{data}" '
IMG += 'style="margin:0;filter:none;border-radius:0;background:none;{style}">'
# JupyterLab uses the arrow keys to move between cells, unless the element with the focus has this
# attribute. The knob is about 16 pixels wide, and the margins let its middle reach both edges of
# the picture.
INPUT = '<input type="range" data-lm-suppress-shortcuts="true" '
INPUT += 'style="display:block;width:calc(100% + 16px);margin:6px -8px" '
GROUP = '<div role="group" style="max-width:{width}px;margin:0 8px">{body}</div>'
# The HTML holds all children, and only one of them is displayed.
WALK = Template(
    "<div>$stack</div>"
    f'{INPUT} min="0" max="$last" value="$start" '
    'aria-label="$description" aria-valuetext="$name" '
    'data-labels="$names" '
    'oninput="const label=JSON.parse(this.dataset.labels)[this.value];'
    "[...this.previousElementSibling.children].forEach("
    "(child,k)=>child.style.display=k==this.value?'block':'none');"
    "this.nextElementSibling.textContent=label;this.setAttribute('aria-valuetext',label)\">"
    "<output>$name</output>"
)


def on_screen(picture: np.ndarray, width: int | None) -> tuple[int, str]:
    """The width of a picture on screen, and the style that keeps enlarged pixels sharp.

    Args:
        picture: `(H, W, 3)`.
        width: width in pixels; by default the picture's own, but at least `SMALLEST`.

    Example:
        >>> on_screen(np.zeros((8, 300, 3)), None), on_screen(np.zeros((8, 8, 3)), None)
        ((300, ''), (200, 'image-rendering:pixelated;'))
    """
    own = picture.shape[1]
    width = width or max(own, SMALLEST)
    return width, "image-rendering:pixelated;" if width >= 2 * own else ""


def img(file: tuple[str, str], alt: str, style: str) -> str:
    """An image element that holds its file, as `encode` gives it, and that no dark theme dims.

    `alt` is plain text, and `style` is CSS.

    Example:
        >>> img(("image/png", "AAAA"), "a cat & a dog", "width:100%")[-72:]
        'style="margin:0;filter:none;border-radius:0;background:none;width:100%">'
    """
    mime, data = file
    return IMG.format(alt=escape(alt), mime=mime, data=data, style=style)


def size_of(picture: np.ndarray) -> str:
    """Width and height of a picture `(H, W, 3)`, as text.

    Example:
        >>> size_of(np.zeros((8, 16, 3)))
        '16×8'
    """
    height, width = picture.shape[:2]
    return f"{width}×{height}"


def walk(children: Sequence[str], names: Sequence[str], description: str, start: int) -> str:
    """A slider that displays one of its children at a time, with that child's name.

    Args:
        children: elements of HTML, all with `display:none` except the one at `start`.
        names: one for each child, as plain text.
        description: what the slider changes; "" for pictures.
        start: index of the child that is displayed first.

    Example:
        >>> html = walk(["<i>a</i>", "<i>b</i>"], ["first", "second"], "", 1)
        >>> html.endswith("<output>second</output>")
        True
    """
    return WALK.substitute(
        stack="".join(children),
        last=len(children) - 1,
        start=start,
        description=escape(description) or "picture",
        name=escape(names[start]),
        names=escape(json.dumps(names)),
    )


def bundle(
    body: str,
    width: int,
    files: Sequence[tuple[str, str]],
    profile: str | None,
    still: np.ndarray,
    text: str,
) -> Bundle:
    """An interactive element in all its formats: HTML, a still picture, a line of text.

    Args:
        body: the HTML without the stamp, which says whether all `files` are exact.
        width: largest width on screen, in pixels.
        files: all image files in the body, as `encode` gives them.
        profile: the stamp, if not the current profile.
        still: uint8 `(H, W, 3)`, shown where HTML cannot be shown.
        text: shown where pictures cannot be shown either.

    Example:
        >>> bundle("<b>moves</b>", 200, [], "quick", np.zeros((8, 8, 3), np.uint8), "it moves")
        it moves
    """
    html = GROUP.format(width=width, body=body + _note(files, profile))
    mime, data = encode(still)
    return Bundle({"text/html": html, mime: data, "text/plain": text})


def _note(files: Sequence[tuple[str, str]], profile: str | None) -> str:
    """The stamp, and a note if pictures were compressed with loss."""
    lossy = any(mime == "image/jpeg" for mime, _ in files)
    note = f"profile: {escape(profile or current_profile())}"
    note += f" · {COMPRESSED}" if lossy else ""
    return f'<div style="font-size:.75em;opacity:.75">{note}</div>'
