"""Sliders over ready-made pictures: a before/after wipe, and a walk through frames.

They are HTML with the pictures inside and one line of script in an attribute. Unlike ipywidgets
they need no kernel, no widget manager and no saved widget state. So the same output works in
JupyterLab, on the published page without a network, and in an exported file. The arrow keys move
them. A notebook that is not trusted is shown without scripts; it shows the slider in its initial
state, half before and half after. Where HTML is not shown at all, as in a PDF, a still picture of
that state takes its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from string import Template

import numpy as np
import torch
from matplotlib.figure import Figure

from huelab.show.bundle import Bundle, draw, encode, to_bytes
from huelab.show.parts import INPUT, bundle, img, on_screen, size_of, walk

Picture = torch.Tensor | np.ndarray

# Only the width of the box that shows `after` changes. The slider runs from right to left, so its
# knob stays below the edge between the pictures and its value is the share of `after`.
WIPE = Template(
    '<div style="display:flex;justify-content:space-between">'
    "<span>$first</span><span>$second</span></div>"
    '<div style="position:relative;overflow:hidden;cursor:ew-resize;touch-action:pan-y;'
    'user-select:none;-webkit-user-select:none" onpointerdown="'
    'this.setPointerCapture(event.pointerId);this.onpointermove(event)" '
    'onpointermove="if(event.buttons){'
    "const box=this.getBoundingClientRect(),input=this.parentNode.querySelector('input');"
    'input.value=100*(box.right-event.clientX)/box.width;input.oninput()}">'
    '$below<div style="position:absolute;right:0;top:0;height:100%;width:50%;'
    "overflow:hidden;box-sizing:border-box;border-left:2px solid #fff;"
    'box-shadow:-1px 0 0 #000">$above</div></div>'
    f'{INPUT} dir="rtl" min="0" max="100" value="50" data-label="$second" '
    'aria-label="share of $second" aria-valuetext="50 percent $second" '
    "oninput=\"this.previousElementSibling.lastChild.style.width=this.value+'%';"
    "this.setAttribute('aria-valuetext',this.value+' percent '+this.dataset.label)\">"
)
# The two pictures of a wipe. The second has the height of its box, and so the width of the first
# picture, which it covers.
LAYERS = (
    "display:block;width:100%;",
    "position:absolute;right:0;top:0;height:100%;width:auto;max-width:none;",
)


def wipe(before: Picture, after: Picture, share: float) -> np.ndarray:
    """`before` with a share of its columns replaced by those of `after`, from the right.

    Args:
        before, after: pictures of equal height and width.
        share: in [0, 1]; 0 gives `before`, and 1 gives `after`.

    Returns:
        uint8 `(H, W, 3)`.

    Raises:
        ValueError: for different sizes, a share outside [0, 1], and pictures that `to_bytes`
            refuses.

    Example:
        >>> wipe(np.zeros((1, 4)), np.ones((1, 4)), 0.25)[0, :, 0]
        array([  0,   0,   0, 255], dtype=uint8)
    """
    before, after = to_bytes(before), to_bytes(after)
    if before.shape != after.shape:
        (h, w), (k, v) = before.shape[:2], after.shape[:2]
        raise ValueError(f"expected pictures of one size, got {w}×{h} and {v}×{k}")
    if not 0 <= share <= 1:
        raise ValueError(f"expected a share in [0, 1], got {share}")
    edge = round((1 - share) * before.shape[1])
    return np.concatenate([before[:, :edge], after[:, edge:]], axis=1)


def compare(
    before: Picture,
    after: Picture,
    labels: tuple[str, str] = ("before", "after"),
    *,
    alt: str = "picture",
    width: int | None = None,
    profile: str | None = None,
) -> Bundle:
    """A wipe between two pictures, which the reader drags or moves with the arrow keys.

    Args:
        before, after: pictures of equal height and width, tensors `(1|3, H, W)` or arrays
            `(H, W[, 1|3])`, float in [0, 1] or uint8; the first is on the left.
        labels: names of the two pictures.
        alt: text that describes the picture, for readers who cannot see it.
        width: width on screen; by default the picture's own, but at least 200 pixels.
        profile: the stamp, if not the current profile.

    Raises:
        ValueError: as `wipe` does.

    Example:
        >>> compare(np.zeros((8, 8)), np.ones((8, 8)), ("gray", "color"), alt="a square")
        gray | color: a square (8×8)
    """
    still = wipe(before, after, 0.5)
    files = [encode(to_bytes(before)), encode(to_bytes(after))]
    width, sharp = on_screen(still, width)
    below, above = (
        img(file, f"{alt}, {label}", style + sharp)
        for file, label, style in zip(files, labels, LAYERS, strict=True)
    )
    first, second = map(escape, labels)
    body = WIPE.substitute(first=first, second=second, below=below, above=above)
    text = f"{labels[0]} | {labels[1]}: {alt} ({size_of(still)})"
    return bundle(body, width, files, profile, still, text)


def frames(
    images: Sequence[Picture | Figure],
    labels: Sequence[object],
    *,
    description: str = "",
    start: int | None = None,
    alt: str = "picture",
    width: int | None = None,
    profile: str | None = None,
) -> Bundle:
    """A slider through ready-made pictures, such as the ab plane at each L*.

    Args:
        images: pictures of one size as in `compare`, or matplotlib figures.
        labels: one for each picture, shown beside the slider after `description`.
        description: what the slider changes, such as `"L*"`.
        start: index of the picture that is shown first, by default the middle one.
        alt, width, profile: as in `compare`; the label is added to `alt`.

    Raises:
        ValueError: for no pictures, too few or too many labels, different sizes, and pictures that
            `to_bytes` refuses.
        IndexError: for a `start` that is out of range.

    Example:
        >>> frames([np.zeros((8, 8)), np.ones((8, 8))], [0, 100], description="L*", alt="a square")
        2 pictures: L* = 0 to L* = 100, a square (8×8)
    """
    if not len(images) or len(images) != len(labels):
        raise ValueError(
            f"expected one label for each picture, got {len(labels)} labels for {len(images)} "
            "pictures"
        )
    pixels = [draw(image) if isinstance(image, Figure) else to_bytes(image) for image in images]
    sizes = {image.shape[:2] for image in pixels}
    if len(sizes) > 1:
        raise ValueError(f"expected pictures of one size, got (height, width) {sorted(sizes)}")
    start = range(len(pixels))[len(pixels) // 2 if start is None else start]
    files = [encode(image) for image in pixels]
    names = [f"{description} = {label}" if description else str(label) for label in labels]
    width, sharp = on_screen(pixels[0], width)
    shown = ["block" if k == start else "none" for k in range(len(pixels))]
    stack = [
        img(file, f"{alt}, {name}", f"width:100%;display:{display};{sharp}")
        for file, name, display in zip(files, names, shown, strict=True)
    ]
    body = walk(stack, names, description, start)
    text = f"{len(pixels)} pictures: {names[0]} to {names[-1]}, {alt} ({size_of(pixels[0])})"
    return bundle(body, width, files, profile, pixels[start], text)
