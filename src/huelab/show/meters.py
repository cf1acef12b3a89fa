"""A slider through pictures, with the readings of several meters for each picture."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import torch

from huelab.show.bundle import Bundle, encode, to_bytes
from huelab.show.parts import bundle, img, on_screen, size_of, walk

Picture = torch.Tensor | np.ndarray
#: A reading of a meter: its text, and how full the bar is, a share in [0, 1] or NaN for no value.
Reading = tuple[str, float]

PANEL = 420  # pixels of width for the names, the readings and the bars
# Name, reading, bar, and the bar's share in percent. The bar has the color of the page's text, on
# light and on dark pages.
ROW = (
    '<div style="display:grid;grid-template-columns:4.5em 4em 1fr 3.5em;gap:0 .6em;'
    'align-items:center;font-variant-numeric:tabular-nums"><span>{name}</span>'
    '<span style="text-align:right">{text}</span>'
    '<span style="height:.7em;border:1px solid currentColor">'
    '<span style="display:block;height:100%;width:{percent:.1f}%;background:currentColor"></span>'
    '</span><span style="text-align:right">{share}</span></div>'
)
CHILD = (
    '<div style="display:{display}"><div style="display:flex;flex-wrap:wrap;gap:.5em 1.5em">'
    '<div style="flex:0 1 {width}px">{picture}</div>'
    '<div style="flex:1 1 260px;min-width:0">{rows}</div></div></div>'
)


def meters(
    images: Sequence[Picture],
    labels: Sequence[object],
    readings: Sequence[Mapping[str, Reading]],
    *,
    description: str = "",
    start: int = 0,
    alt: str = "picture",
    width: int | None = None,
    profile: str | None = None,
) -> Bundle:
    """A slider through pictures with a bar for each of several numbers, such as metrics.

    Args:
        images: pictures of one size, tensors `(1|3, H, W)` or arrays `(H, W[, 1|3])`, float in
            [0, 1] or uint8.
        labels: one for each picture, shown beside the slider after `description`.
        readings: for each picture, meter -> `(text, share)`: the text is shown as it is, and the
            share says how full the bar is, in [0, 1]. NaN gives an empty bar and a dash.
        description: what the slider changes, such as `"shift of the color"`.
        start: index of the picture that is shown first.
        alt: text that describes the pictures; the label is added.
        width: width of a picture on screen; by default its own, but at least 200 pixels.
        profile: the stamp, if not the current profile.

    Raises:
        ValueError: for no pictures, too few or too many labels or readings, meters that differ from
            picture to picture, different sizes, a share outside [0, 1], and pictures that
            `to_bytes` refuses.
        IndexError: for a `start` that is out of range.

    Example:
        >>> black, white = np.zeros((8, 8)), np.ones((8, 8))
        >>> read = [{"lightness": ("0", 0.0)}, {"lightness": ("100", 1.0)}]
        >>> meters([black, white], [0, 1], read, description="gray", alt="a square", start=-1)
        2 pictures: gray = 0 to gray = 1, a square (8×8); gray = 1: lightness 100
    """
    _check(images, labels, readings)
    pixels = [to_bytes(image) for image in images]
    if len(sizes := {image.shape[:2] for image in pixels}) > 1:
        raise ValueError(f"expected pictures of one size, got (height, width) {sorted(sizes)}")
    start = range(len(pixels))[start]
    names = [f"{description} = {label}" if description else str(label) for label in labels]
    files = [encode(image) for image in pixels]
    width, sharp = on_screen(pixels[0], width)
    children = [
        CHILD.format(
            display="block" if k == start else "none",
            width=width,
            picture=img(file, f"{alt}, {names[k]}", f"display:block;width:100%;{sharp}"),
            rows="".join(_row(name, *reading) for name, reading in readings[k].items()),
        )
        for k, file in enumerate(files)
    ]
    body = walk(children, names, description, start)
    told = ", ".join(f"{name} {text}" for name, (text, _) in readings[start].items())
    text = f"{len(pixels)} pictures: {names[0]} to {names[-1]}, {alt} ({size_of(pixels[0])}); "
    text += f"{names[start]}: {told}"
    return bundle(body, width + PANEL, files, profile, pixels[start], text)


def _check(
    images: Sequence[Picture], labels: Sequence[object], readings: Sequence[Mapping[str, Reading]]
) -> None:
    counts = len(images), len(labels), len(readings)
    if not counts[0] or len(set(counts)) > 1:
        raise ValueError(
            f"expected one label and one set of readings for each picture, got {counts[1]} labels "
            f"and {counts[2]} sets of readings for {counts[0]} pictures"
        )
    if len({tuple(row) for row in readings}) > 1:
        raise ValueError("expected the same meters for every picture")
    shares = [share for row in readings for _, share in row.values()]
    if wrong := [share for share in shares if share < 0 or share > 1]:
        raise ValueError(f"expected shares in [0, 1], got {wrong[0]}")


def _row(name: str, text: str, share: float) -> str:
    """One meter; a share of NaN has an empty bar."""
    known = not math.isnan(share)
    percent = 100 * share if known else 0.0
    shown = f"{percent:.0f} %" if known else "–"
    return ROW.format(name=escape(name), text=escape(text), percent=percent, share=shown)
