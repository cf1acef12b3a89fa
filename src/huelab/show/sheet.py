"""A sheet of pictures that is laid out in whole pixels, and the profile stamp.

Sheets have a fixed resolution and display themselves. A notebook crops every other figure to its
contents, which moves pictures off the pixel grid and blurs or doubles some of their rows.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine, TightLayoutEngine
from matplotlib.text import Text
from PIL import Image

from huelab.records.profiles import current_profile
from huelab.show.bundle import COMPRESSED, draw, encode

DPI, GAP, LINE, MARGIN = 100, 4, 16, 8  # pixels per inch for the first, pixels for the others
CHARACTER = 6.6  # mean width of a character of an 8-point label in pixels, rounded up


class Sheet(Figure):
    """A matplotlib figure that a notebook shows at its own size, neither cropped nor scaled.

    `savefig` writes it exactly. In a notebook, where many photographs would take almost a megabyte,
    it may be compressed, and then the stamp says so.

    Args:
        width, height: size in pixels.
        summary: text that is shown where images cannot be shown.

    Example:
        >>> page = Sheet(200, 100, "an empty page")
        >>> draw(page).shape
        (100, 200, 3)
    """

    def __init__(self, width: int, height: int, summary: str):
        super().__init__(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor="white")
        self.width, self.height, self.summary = width, height, summary

    def _ipython_display_(self) -> None:
        # Only this method bypasses the PNG printer that matplotlib registers for every figure. That
        # printer would add a cropped and exact image to the formats below.
        from IPython.display import display

        display(self._repr_mimebundle_(), raw=True)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        mime, data = encode(draw(self))
        if mime != "image/png":
            (text,) = _stamps(self)
            exact = text.get_text()
            text.set_text(f"{exact} · {COMPRESSED}")
            mime, data = encode(draw(self), mime)
            text.set_text(exact)
        return {mime: data, "text/plain": self.summary}

    def _write(self, x: float, y: float, text: str, **style: Any) -> None:
        """Write a text at a place in pixels from the upper left corner."""
        place = x / self.width, 1 - y / self.height
        self.text(*place, text, size=8, color="black", **style)

    def _paste(self, x: int, y: int, pixels: np.ndarray) -> None:
        """Put a picture, uint8 `(H, W, 3)`, with its upper left corner at a place in pixels."""
        high, wide = pixels.shape[0] / self.height, pixels.shape[1] / self.width
        axes = self.add_axes((x / self.width, 1 - y / self.height - high, wide, high))
        axes.imshow(pixels, interpolation="nearest", aspect="auto")
        axes.set_axis_off()


def stamp(fig: Figure, profile: str | None = None) -> None:
    """Write the profile, such as `profile: quick`, into the lower right corner of any figure.

    Call it last in a cell that makes its own matplotlib figure; `grid` and `pictures` do it
    themselves. A second call replaces the first. Plots that would cover the text are moved up,
    directly or by their layout engine. `profile` defaults to the current one.

    Example:
        >>> figure = Figure()
        >>> stamp(figure, "quick")
        >>> [text.get_text() for text in figure.texts]
        ['profile: quick']
    """
    for old in _stamps(fig):
        old.remove()
    engine, strip = fig.get_layout_engine(), LINE / DPI / fig.get_figheight()
    if engine is None:
        missing = strip - fig.get_tightbbox().y0 / fig.get_figheight()
        below, top = fig.subplotpars.bottom, fig.subplotpars.top
        if 0 < missing < top - below:
            fig.subplots_adjust(bottom=below + missing)
    elif isinstance(engine, ConstrainedLayoutEngine | TightLayoutEngine):
        engine.set(rect=(0, strip, 1, 1 - strip))
    right, low = 1 - 4 / DPI / fig.get_figwidth(), 3 / DPI / fig.get_figheight()
    text = f"profile: {profile or current_profile()}"
    fig.text(right, low, text, ha="right", va="bottom", size=7, color="0.35", gid="profile")


def _stamps(fig: Figure) -> list[Text]:
    return [text for text in fig.texts if text.get_gid() == "profile"]


def lay_out(
    cells: Sequence[np.ndarray],
    titles: Sequence[str],
    ncols: int,
    size: int,
    profile: str | None,
    *,
    heading: str = "",
    rows: Sequence[str] = (),
) -> Sheet:
    """Lay out pictures row by row, each below its title.

    Args:
        cells: uint8 `(H, W, 3)`, in any mixture of sizes.
        titles: one for each cell; "" for none.
        ncols: number of cells in a row.
        size: longer side of a picture in pixels; see `huelab.show.grid`.
        profile: the stamp, if not the current profile.
        heading: a line above all pictures; the scaling of the pictures is added to it.
        rows: labels at the left, one for each row.

    Example:
        >>> black = np.zeros((8, 16, 3), np.uint8)
        >>> page = lay_out([black] * 3, ["a", "b", "c"], ncols=2, size=32, profile="quick")
        >>> int((draw(page) == 0).all(-1).sum()) >= 3 * 32 * 16, page.summary
        (True, '3 pictures: a, b, c.')
    """
    shown = [_fit(cell, size) for cell in cells]
    width = max(cell.shape[1] for cell in shown)
    titles = [_wrap(title, width) for title in titles]
    left = MARGIN + (round(max(map(len, rows)) * CHARACTER) + GAP if rows else 0)
    total = max(left + ncols * (width + GAP) - GAP + MARGIN, 200)
    heading = _wrap(heading + _scaling(cells, shown), total - 2 * MARGIN) if heading else ""
    tops, end = _tops(shown, titles, ncols, heading)

    summary = f"{len(cells)} pictures: {', '.join(t for t in titles if t)}. {heading}"
    page = Sheet(total, end + LINE, " ".join(summary.split()))
    if heading:
        page._write(MARGIN, MARGIN, heading, va="top", linespacing=LINE / 13)
    for k, (cell, title) in enumerate(zip(shown, titles, strict=True)):
        row, column = divmod(k, ncols)
        x = left + column * (width + GAP) + (width - cell.shape[1]) // 2
        page._paste(x, tops[row], cell)
        if title:
            page._write(x + cell.shape[1] / 2, tops[row] - 3, title, ha="center", va="bottom")
        if rows and column == 0:
            page._write(left - GAP, tops[row] + cell.shape[0] / 2, rows[row], ha="right")
    stamp(page, profile)
    return page


def _scaling(cells: Sequence[np.ndarray], shown: Sequence[np.ndarray]) -> str:
    """The scaling of the cells as text; "" where all are shown pixel for pixel."""
    sizes = {(own.shape[1::-1], fit.shape[1::-1]) for own, fit in zip(cells, shown, strict=True)}
    if all(own == fit for own, fit in sizes):
        return ""
    if len(sizes) > 1:
        return " (scaled to fit)"
    ((own, fit),) = sizes
    return f" ({own[0]}×{own[1]} shown at {fit[0]}×{fit[1]})"


def _tops(
    shown: Sequence[np.ndarray], titles: Sequence[str], ncols: int, heading: str
) -> tuple[list[int], int]:
    """Where each row of pictures begins, and where the last ends, in pixels from the top."""
    top, tops = MARGIN + heading.count("\n") * LINE + (LINE + GAP if heading else 0), []
    for first in range(0, len(shown), ncols):
        lines = max(title.count("\n") + 1 if title else 0 for title in titles[first:][:ncols])
        top += lines * LINE
        tops.append(top)
        top += max(cell.shape[0] for cell in shown[first:][:ncols]) + GAP
    return tops, top


def _fit(pixels: np.ndarray, size: int) -> np.ndarray:
    """uint8 `(H, W, 3)`, shrunk to `size` or enlarged a whole number of times up to it."""
    height, width = pixels.shape[:2]
    longer = max(height, width)
    if longer > size:
        shape = max(1, round(width * size / longer)), max(1, round(height * size / longer))
        return np.asarray(Image.fromarray(pixels).resize(shape, Image.Resampling.LANCZOS))
    times = size // longer
    return pixels.repeat(times, 0).repeat(times, 1)


def _wrap(text: str, pixels: int) -> str:
    """Break `text` into lines that are at most `pixels` wide in 8-point type."""
    characters = max(6, int(pixels / CHARACTER))
    return "\n".join(
        part for line in text.split("\n") for part in textwrap.wrap(line, characters) or [""]
    )
