"""What sliders and tests are made of: HTML that holds its pictures, and asks for nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from string import Template

import numpy as np

from huelab.records.profiles import current_profile
from huelab.show.bundle import COMPRESSED, Bundle, encode

SMALLEST = 200  # pixels of width that a slider can be moved in
# The published page's dark theme dims every image but `dark-light`; colors must not be dimmed.
IMG = '<img class="dark-light" draggable="false" alt="{alt}" src="data:{mime};base64,{data}" '
IMG += 'style="margin:0;filter:none;border-radius:0;background:none;{style}">'
# JupyterLab takes the arrow keys for moving between cells, unless this attribute stands on the
# very element that has the focus. At the ends of its way the middle of the knob, which is about
# 16 pixels wide, stands at the edge of the picture.
INPUT = '<input type="range" data-lm-suppress-shortcuts="true" '
INPUT += 'style="display:block;width:calc(100% + 16px);margin:6px -8px" '
GROUP = '<div role="group" style="max-width:{width}px;margin:0 8px">{body}</div>'
# All children are there, and only one is displayed.
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
    """The width that a picture is shown in, and the style that keeps enlarged pixels sharp.

    Args:
        picture: `(H, W, 3)`.
        width: in pixels; by default the picture's own, but at least `SMALLEST`.

    Example:
        >>> on_screen(np.zeros((8, 300, 3)), None), on_screen(np.zeros((8, 8, 3)), None)
        ((300, ''), (200, 'image-rendering:pixelated;'))
    """
    own = picture.shape[1]
    width = width or max(own, SMALLEST)
    return width, "image-rendering:pixelated;" if width >= 2 * own else ""


def img(file: tuple[str, str], alt: str, style: str) -> str:
    """An image element that holds its file, as `encode` gives it, and is not dimmed in the dark.

    Example:
        >>> img(("image/png", "AAAA"), "a cat & a dog", "width:100%")[-72:]
        'style="margin:0;filter:none;border-radius:0;background:none;width:100%">'
    """
    mime, data = file
    return IMG.format(alt=escape(alt), mime=mime, data=data, style=style)


def size_of(picture: np.ndarray) -> str:
    """Width and height of `(H, W, 3)`, in words.

    Example:
        >>> size_of(np.zeros((8, 16, 3)))
        '16×8'
    """
    height, width = picture.shape[:2]
    return f"{width}×{height}"


def walk(children: Sequence[str], names: Sequence[str], description: str, start: int) -> str:
    """A slider that displays one of its children at a time, with the name of that one.

    Args:
        children: elements of HTML, all of them with `display:none` but the one at `start`.
        names: one a child, as plain text.
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
    """Something to move or to click in all its formats: HTML, a still picture, a line of text.

    Args:
        body: the HTML, but for the stamp, which says whether all `files` are exact.
        width: the largest, in pixels.
        files: all that `encode` made for it.
        profile: the stamp, if not the current profile.
        still: uint8 `(H, W, 3)`, for where no HTML is shown.
        text: for where no picture is shown either.

    Example:
        >>> bundle("<b>moves</b>", 200, [], "quick", np.zeros((8, 8, 3), np.uint8), "it moves")
        it moves
    """
    html = GROUP.format(width=width, body=body + _note(files, profile))
    mime, data = encode(still)
    return Bundle({"text/html": html, mime: data, "text/plain": text})


def _note(files: Sequence[tuple[str, str]], profile: str | None) -> str:
    """The stamp, and whether what is seen is exact."""
    lossy = any(mime == "image/jpeg" for mime, _ in files)
    note = f"profile: {escape(profile or current_profile())}"
    note += f" · {COMPRESSED}" if lossy else ""
    return f'<div style="font-size:.75em;opacity:.75">{note}</div>'
