"""A network as a row of boxes: larger images make taller boxes, more channels make wider ones."""

from __future__ import annotations

import itertools
import math
import textwrap
from collections.abc import Sequence
from html import escape

from huelab.show.bundle import Bundle

Stage = tuple[str, tuple[int, ...]]

# All lengths are in units of the drawing, which are about one pixel on a wide page. Lines and text
# have the color of the page's text, so they can be read on a dark page as well.
_COLUMN, _TALLEST, _LINE, _ABOVE = 84, 92, 13, 8
# More stages than this do not fit the page with a name below each box. Their columns are narrow,
# and their names are written upright.
_LEVEL, _NARROW = 9, 40
_LETTER = 6.6  # the mean width of a bold letter
# How far a drawing may shrink, as a fraction of its own width: letters of 11 pixels stay above 9.
_SMALLEST = 0.82
_BOX = 'fill="currentColor" fill-opacity="0.12" stroke="currentColor" stroke-width="1.2"'
_BOLD = ' font-weight="600"'
_STROKE = 'fill="none" stroke="currentColor" stroke-width="1.2"'


def layers(
    stages: Sequence[Stage], *, skips: Sequence[tuple[int, int]] = (), alt: str = "A network"
) -> Bundle:
    """A network as boxes from left to right, one for each stage, with the shape of its output.

    The height of a box grows with the square root of the image's height, and its width with the
    logarithm of the number of channels. With more than nine stages, names and sizes are written
    upright, so that 17 stages fit a page without scrolling.

    Args:
        stages: pairs of a name and the shape of the stage's output, `(C, H, W)` or `(C,)`, without
            the batch. The first stage is the input.
        skips: pairs of indices of stages; an arc leads the output of the first past the stages
            between them to the second.
        alt: what the network is, for readers who cannot see it. The names and shapes are added.

    Raises:
        ValueError: for no stages, and for a shape that has neither one nor three sizes.
        IndexError: for a skip to a stage that does not exist.

    Example:
        >>> layers([("gray", (1, 32, 32)), ("3×3 convolution", (64, 16, 16))], alt="Half a network")
        Half a network: gray 1 × 32 × 32, 3×3 convolution 64 × 16 × 16
    """
    if not stages or any(len(shape) not in (1, 3) for _, shape in stages):
        raise ValueError("expected at least one stage, each of shape (C, H, W) or (C,)")
    largest = max(_side(shape) for _, shape in stages)
    kind = _Box if len(stages) <= _LEVEL else _NarrowBox
    boxes = [kind(k, name, shape, largest) for k, (name, shape) in enumerate(stages)]
    told = ", ".join(f"{box.name} {box.size}" for box in boxes)
    arcs = [(boxes[first], boxes[last]) for first, last in skips]
    text = f"{alt}: {told}" + "".join(f"; {a.name} also goes to {b.name}" for a, b in arcs)
    parts = [box.drawn() for box in boxes]
    parts += [_arrow(a, b) for a, b in itertools.pairwise(boxes)]
    parts += [_arc(a, b) for a, b in arcs]
    top = -_TALLEST - _ABOVE - max((_over(a, b) for a, b in arcs), default=0.0)
    width, below = kind.column * len(boxes), max(box.below for box in boxes)
    picture = (
        f'<svg role="img" aria-label="{escape(text)}" viewBox="0 {top} {width} {below - top:.0f}" '
        f'xmlns="http://www.w3.org/2000/svg" style="width:100%;max-width:{width}px;'
        f"min-width:{_SMALLEST * width:.0f}px;"
        f'font:11px sans-serif;fill:currentColor">{"".join(parts)}</svg>'
    )
    # Wide drawings shrink only a little and then scroll, so that readers can still read them.
    html = (
        f'<div tabindex="0" role="group" aria-label="{escape(alt)}" '
        f'style="overflow-x:auto;max-width:100%;margin:1em 0">{picture}</div>'
    )
    return Bundle({"text/html": html, "text/plain": text})


def _side(shape: tuple[int, ...]) -> int:
    return shape[1] if len(shape) == 3 else 1


class _Box:
    """One stage: the place of its box, whose bottom is at y = 0, and the text below it."""

    column, breadth = _COLUMN, 1.0

    def __init__(self, index: int, name: str, shape: tuple[int, ...], largest: int):
        self.name, self.size = name, " × ".join(map(str, shape))
        self.lines = textwrap.wrap(name, 13)
        self.middle = self.column * (index + 0.5)
        self.half = self.breadth * (3 + 1.6 * math.log2(shape[0] + 1))
        self.height = max(12.0, _TALLEST * math.sqrt(_side(shape) / largest))

    @property
    def below(self) -> float:
        """How far down the text reaches."""
        return _LINE * (2 + len(self.lines))

    def drawn(self) -> str:
        """The box, its name, and its size."""
        x, w, h = self.middle - self.half, 2 * self.half, self.height
        box = f'<rect x="{x:.1f}" y="{-h:.1f}" width="{w:.1f}" height="{h:.1f}" {_BOX}/>'
        return box + self.written()

    def written(self) -> str:
        """The name in as many lines as it needs, and the size."""
        styles = [_BOLD] * len(self.lines) + [""]
        return "".join(
            f'<text x="{self.middle:.1f}" y="{_LINE * (k + 1.2):.1f}" text-anchor="middle"{style}>'
            f"{escape(word)}</text>"
            for k, (word, style) in enumerate(zip([*self.lines, self.size], styles, strict=True))
        )


class _NarrowBox(_Box):
    """A stage among many: its name and size are read from the bottom to the top."""

    column, breadth = _NARROW, 0.6  # narrow boxes, so that the arrows keep their length

    @property
    def below(self) -> float:
        return _LINE + _LETTER * max(len(self.name), len(self.size))

    def written(self) -> str:
        """The name, and the size to the right of it; both end below the box."""
        return "".join(
            f'<text x="{x:.1f}" y="8" transform="rotate(-90 {x:.1f} 8)" text-anchor="end"{style}>'
            f"{escape(word)}</text>"
            for x, word, style in (
                (self.middle - 3, self.name, _BOLD),
                (self.middle + 10, self.size, ""),
            )
        )


def _arrow(a: _Box, b: _Box) -> str:
    """An arrow from the right side of a box to the left side of the next, near the bottom."""
    start, end = a.middle + a.half + 2, b.middle - b.half - 2
    tip = f'<path d="M{end:.1f} -6l-7 -3v6z"/>'
    return f'<path d="M{start:.1f} -6H{end - 6:.1f}" {_STROKE}/>{tip}'


def _arc(a: _Box, b: _Box) -> str:
    """A dashed line over all boxes from one stage to another; longer lines run higher."""
    top, end = -_TALLEST - _over(a, b), -b.height - 2
    path = f"M{a.middle:.1f} {-a.height:.1f}V{top:.1f}H{b.middle:.1f}V{end - 6:.1f}"
    tip = f'<path d="M{b.middle:.1f} {end:.1f}l-3 -7h6z"/>'
    return f'<path d="{path}" stroke-dasharray="4 3" {_STROKE}/>{tip}'


def _over(a: _Box, b: _Box) -> float:
    """How far above the tallest box the line between two stages runs."""
    return 6 + 4 * (b.middle - a.middle) / a.column
