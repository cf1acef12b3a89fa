"""A network as a row of boxes: the larger an image the taller, the more channels the wider."""

from __future__ import annotations

import itertools
import math
import textwrap
from collections.abc import Sequence
from html import escape

from huelab.show.bundle import Bundle

Stage = tuple[str, tuple[int, ...]]

# All lengths are in units of the drawing, about a pixel on a wide page. Lines and text take the
# color of the page's text, so that they can be read on a dark page as well.
_COLUMN, _TALLEST, _LINE, _ABOVE = 84, 92, 13, 8
# The least part of its own width that a network is shown in.
_SMALLEST = 0.85
_BOX = 'fill="currentColor" fill-opacity="0.12" stroke="currentColor" stroke-width="1.2"'
_STROKE = 'fill="none" stroke="currentColor" stroke-width="1.2"'


def layers(
    stages: Sequence[Stage], *, skips: Sequence[tuple[int, int]] = (), alt: str = "A network"
) -> Bundle:
    """A network as boxes from left to right, one a stage, with what each stage gives.

    The height of a box grows with the square root of the image's height, its width with the
    logarithm of the number of channels.

    Args:
        stages: pairs of a name and the shape of what the stage gives, `(C, H, W)` or `(C,)`,
            without the batch. The first stage is the input.
        skips: pairs of indices of stages; an arc leads what the first gives past the stages between
            them to the second.
        alt: what the network is, for those who cannot see it. The names and shapes are added to it.

    Raises ValueError for no stages and for a shape of other than one or three sizes; IndexError for
    a skip to a stage that is not there.

    Example:
        >>> layers([("gray", (1, 32, 32)), ("3×3 convolution", (64, 16, 16))], alt="Half a network")
        Half a network: gray 1 × 32 × 32, 3×3 convolution 64 × 16 × 16
    """
    if not stages or any(len(shape) not in (1, 3) for _, shape in stages):
        raise ValueError("expected stages of shape (C, H, W) or (C,), at least one")
    largest = max(_side(shape) for _, shape in stages)
    boxes = [_Box(k, name, shape, largest) for k, (name, shape) in enumerate(stages)]
    told = ", ".join(f"{box.name} {box.size}" for box in boxes)
    arcs = [(boxes[first], boxes[last]) for first, last in skips]
    text = f"{alt}: {told}" + "".join(f"; {a.name} also goes to {b.name}" for a, b in arcs)
    parts = [box.drawn() for box in boxes]
    parts += [_arrow(a, b) for a, b in itertools.pairwise(boxes)]
    parts += [_arc(a, b) for a, b in arcs]
    top = -_TALLEST - _ABOVE - max((_over(a, b) for a, b in arcs), default=0.0)
    width, below = _COLUMN * len(boxes), _LINE * (2 + max(len(box.lines) for box in boxes))
    picture = (
        f'<svg role="img" aria-label="{escape(text)}" viewBox="0 {top} {width} {below - top}" '
        f'xmlns="http://www.w3.org/2000/svg" style="width:100%;max-width:{width}px;'
        f"min-width:{_SMALLEST * width:.0f}px;"
        f'font:11px sans-serif;fill:currentColor">{"".join(parts)}</svg>'
    )
    # Wide networks shrink a little and then scroll, or nobody could read them.
    html = (
        f'<div tabindex="0" role="group" aria-label="{escape(alt)}" '
        f'style="overflow-x:auto;max-width:100%;margin:1em 0">{picture}</div>'
    )
    return Bundle({"text/html": html, "text/plain": text})


def _side(shape: tuple[int, ...]) -> int:
    return shape[1] if len(shape) == 3 else 1


class _Box:
    """One stage: where its box stands, on a floor at y = 0, and what is written below."""

    def __init__(self, index: int, name: str, shape: tuple[int, ...], largest: int):
        self.name, self.size = name, " × ".join(map(str, shape))
        self.lines = textwrap.wrap(name, 13)
        self.middle = _COLUMN * (index + 0.5)
        self.half = 3 + 1.6 * math.log2(shape[0] + 1)
        self.height = max(12.0, _TALLEST * math.sqrt(_side(shape) / largest))

    def drawn(self) -> str:
        """The box, its name, and its size."""
        x, w, h = self.middle - self.half, 2 * self.half, self.height
        box = f'<rect x="{x:.1f}" y="{-h:.1f}" width="{w:.1f}" height="{h:.1f}" {_BOX}/>'
        styles = [' font-weight="600"'] * len(self.lines) + [""]
        return box + "".join(
            f'<text x="{self.middle:.1f}" y="{_LINE * (k + 1.2):.1f}" text-anchor="middle"{style}>'
            f"{escape(word)}</text>"
            for k, (word, style) in enumerate(zip([*self.lines, self.size], styles, strict=True))
        )


def _arrow(a: _Box, b: _Box) -> str:
    """From the right side of a box to the left side of the next, near the floor."""
    start, end = a.middle + a.half + 2, b.middle - b.half - 2
    tip = f'<path d="M{end:.1f} -6l-7 -3v6z"/>'
    return f'<path d="M{start:.1f} -6H{end - 6:.1f}" {_STROKE}/>{tip}'


def _arc(a: _Box, b: _Box) -> str:
    """A dashed line over all boxes from one stage to another; the longer, the higher."""
    top, end = -_TALLEST - _over(a, b), -b.height - 2
    path = f"M{a.middle:.1f} {-a.height:.1f}V{top:.1f}H{b.middle:.1f}V{end - 6:.1f}"
    tip = f'<path d="M{b.middle:.1f} {end:.1f}l-3 -7h6z"/>'
    return f'<path d="{path}" stroke-dasharray="4 3" {_STROKE}/>{tip}'


def _over(a: _Box, b: _Box) -> float:
    """How far above the tallest box the line between two stages runs."""
    return 6 + 4 * (b.middle - a.middle) / _COLUMN
