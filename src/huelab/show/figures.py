"""Figures of pictures, pixel for pixel, and the profile stamp.

The figures are laid out in whole pixels at a fixed resolution and display themselves, because
a notebook crops every other figure to its contents, which moves pictures off the pixel raster
and blurs or doubles some of their rows.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine, TightLayoutEngine
from matplotlib.text import Text
from PIL import Image

from huelab.records.profiles import current_profile
from huelab.show.bundle import COMPRESSED, channels_last, draw, encode, to_bytes

Picture = torch.Tensor | np.ndarray

DPI, GAP, LINE, MARGIN = 100, 4, 16, 8  # pixels, but for the first, which is pixels per inch
PAGE = 720  # the text column of the published page is about this many pixels wide
CHARACTER = 6.6  # mean width of a character of an 8-point label in pixels, rounded up


class Sheet(Figure):
    """A matplotlib figure that a notebook shows at its own size, neither cropped nor scaled.

    `savefig` writes it as it is; in a notebook, where many photographs would weigh most of a
    megabyte, it may be compressed, and then the stamp says so.
    """

    summary = ""

    def _ipython_display_(self) -> None:
        # The only way past the PNG printer that matplotlib registers for every figure: it would
        # add its own, cropped and exact, to the formats below.
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


def stamp(fig: Figure, profile: str | None = None) -> None:
    """Write `profile: quick` small into the lower right corner of any matplotlib figure.

    Call it last in a cell that makes its own figure; `grid` and `pictures` do it themselves.
    A second call replaces the first. Plots are moved up, or their layout engine is told to, where
    they would not leave the strip free. `profile` defaults to the current one.

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


def choose(total: int, n: int, seed: int) -> list[int]:
    """`min(n, total)` different indices below `total`, at random, in rising order.

    The same seed always gives the same indices. Raises ValueError for n < 1 or an empty set.

    Example:
        >>> choose(100, 3, seed=0) == choose(100, 3, seed=0), choose(2, 8, seed=1)
        (True, [0, 1])
    """
    if n < 1 or total < 1:
        raise ValueError(f"cannot choose {n} of {total} pictures")
    order = torch.randperm(total, generator=torch.Generator().manual_seed(seed))
    return sorted(order[:n].tolist())


def grid(
    columns: Mapping[str, Picture],
    *,
    n: int = 8,
    seed: int = 0,
    size: int | None = None,
    profile: str | None = None,
) -> Figure:
    """Compare columns, such as gray, ours and truth, on a random choice of pictures.

    Which rows are shown is the seed's choice alone; the first line says how it was made.

    Args:
        columns: title -> batch `(N, 1|3, H, W)` (arrays `(N, H, W[, 1|3])`), float in [0, 1]
            or uint8, the same N everywhere.
        n: rows; all N where there are fewer.
        seed: of the choice.
        size: longer side of a picture on screen. Larger ones are shrunk, smaller ones enlarged
            a whole number of times; `None` means 128 or what fits the page.
        profile: the stamp, if not the current profile.

    Raises ValueError for no columns, different N, and what `to_bytes` refuses.

    Example:
        >>> gray, truth = torch.rand(9, 1, 32, 32), torch.rand(9, 3, 32, 32)
        >>> figure = grid({"gray": gray, "truth": truth}, n=2, profile="quick")
        >>> figure.summary[:32]
        '4 pictures: gray, truth. 2 of 9 '
    """
    counts = {title: len(batch) for title, batch in columns.items()}
    if len(set(counts.values())) != 1:
        raise ValueError(f"expected columns of equally many pictures, got {counts}")
    total = next(iter(counts.values()))
    chosen = choose(total, n, seed)
    size = size or min(128, (PAGE - 40) // len(columns) - GAP)
    cells = [to_bytes(batch[index]) for index in chosen for batch in columns.values()]
    heading = f"{len(chosen)} of {total} pictures, chosen by seed {seed}: "
    heading += ", ".join(map(str, chosen))
    titles = [*columns, *[""] * (len(cells) - len(columns))]
    return _sheet(
        cells, titles, len(columns), size, profile, heading=heading, rows=[f"#{i}" for i in chosen]
    )


def pictures(
    images: Mapping[str, Picture] | Sequence[Picture],
    *,
    ncols: int | None = None,
    size: int | None = None,
    vmin: float | None = None,
    vmax: float | None = None,
    cmap: str = "gray",
    profile: str | None = None,
) -> Figure:
    """A few pictures side by side, each under its label.

    Args:
        images: label -> picture, or pictures without labels; tensors `(1|3, H, W)` or
            arrays `(H, W[, 1|3])`, in any mixture of sizes.
        ncols: pictures in a row, all by default up to four.
        size: longer side on screen as in `grid`; `None` means 256 or what fits the page.
        vmin, vmax: the values of a one-channel picture drawn in the first and the last color
            of `cmap`, both or neither; needed for anything but [0, 1]. They are written
            under the label.
        cmap: matplotlib color map for one-channel pictures. For a and b take a diverging one
            that color-blind readers can follow, such as `"PuOr"`.
        profile: the stamp, if not the current profile.

    Raises ValueError for no pictures, a lone `vmin` or `vmax`, and what `to_bytes` refuses.

    Example:
        >>> figure = pictures({"noise": torch.rand(3, 32, 32)}, profile="quick")
        >>> figure.summary
        '1 pictures: noise.'
    """
    if (vmin is None) != (vmax is None):
        raise ValueError("give both vmin and vmax, or neither")
    if not len(images):
        raise ValueError("no pictures to show")
    if isinstance(images, Mapping):
        titles, images = list(images), list(images.values())
    else:
        titles = [""] * len(images)
    cells = []
    for k, image in enumerate(images):
        array = channels_last(image)
        if array.shape[2] == 3 or (cmap == "gray" and vmin is None):
            cells.append(to_bytes(array))
            continue
        scale = matplotlib.colors.Normalize(vmin or 0, 1 if vmax is None else vmax)
        cells.append(matplotlib.colormaps[cmap](scale(array[:, :, 0]), bytes=True)[:, :, :3])
        if vmin is not None:
            titles[k] = f"{titles[k]}\n{vmin:g} to {vmax:g}".strip()
    ncols = ncols or min(4, len(cells))
    size = size or min(256, PAGE // ncols - GAP)
    return _sheet(cells, titles, ncols, size, profile)


def _fit(pixels: np.ndarray, size: int) -> np.ndarray:
    """uint8 `(H, W, 3)` shrunk to, or enlarged a whole number of times up to, `size`."""
    height, width = pixels.shape[:2]
    longer = max(height, width)
    if longer > size:
        shape = max(1, round(width * size / longer)), max(1, round(height * size / longer))
        return np.asarray(Image.fromarray(pixels).resize(shape, Image.Resampling.LANCZOS))
    times = size // longer
    return pixels.repeat(times, 0).repeat(times, 1)


def _sheet(
    cells: Sequence[np.ndarray],
    titles: Sequence[str],
    ncols: int,
    size: int,
    profile: str | None,
    *,
    heading: str = "",
    rows: Sequence[str] = (),
) -> Sheet:
    """Lay out cells, row by row, in whole pixels; `rows` are labels to the left of each row."""
    shown = [_fit(cell, size) for cell in cells]
    width = max(cell.shape[1] for cell in shown)
    titles = [_wrap(title, width) for title in titles]
    left = MARGIN + (round(max(map(len, rows)) * CHARACTER) + GAP if rows else 0)
    total = max(left + ncols * (width + GAP) - GAP + MARGIN, 200)

    sizes = {(cell.shape[1::-1], fit.shape[1::-1]) for cell, fit in zip(cells, shown, strict=True)}
    if heading and any(own != fitted for own, fitted in sizes):
        own, fitted = sizes.pop()
        one = f"{own[0]}×{own[1]} shown at {fitted[0]}×{fitted[1]}"
        heading += " (scaled to fit)" if sizes else f" ({one})"
    heading = _wrap(heading, total - 2 * MARGIN)

    # First pass: where each row of pictures begins, counted in pixels from the top.
    top, tops = MARGIN + heading.count("\n") * LINE + (LINE + GAP if heading else 0), []
    for first in range(0, len(shown), ncols):
        lines = max(title.count("\n") + 1 if title else 0 for title in titles[first:][:ncols])
        top += lines * LINE
        tops.append(top)
        top += max(cell.shape[0] for cell in shown[first:][:ncols]) + GAP
    height = top + LINE

    fig = Sheet(figsize=(total / DPI, height / DPI), dpi=DPI, facecolor="white")
    fig.summary = f"{len(cells)} pictures: {', '.join(t for t in titles if t)}. {heading}"
    fig.summary = " ".join(fig.summary.split())
    if heading:
        fig.text(
            MARGIN / total,
            1 - MARGIN / height,
            heading,
            size=8,
            color="black",
            va="top",
            linespacing=LINE / 13,
        )
    for k, cell in enumerate(shown):
        row, column = divmod(k, ncols)
        h, w = cell.shape[:2]
        x, y = left + column * (width + GAP) + (width - w) // 2, height - tops[row] - h
        axes = fig.add_axes((x / total, y / height, w / total, h / height))
        axes.imshow(cell, interpolation="nearest", aspect="auto")
        axes.set_axis_off()
        if titles[k]:
            middle, above = (x + w / 2) / total, (y + h + 3) / height
            fig.text(middle, above, titles[k], size=8, color="black", ha="center", va="bottom")
        if rows and column == 0:
            fig.text(
                (left - GAP) / total,
                (y + h / 2) / height,
                rows[row],
                size=8,
                color="black",
                ha="right",
            )
    stamp(fig, profile)
    return fig


def _wrap(text: str, pixels: int) -> str:
    """Break `text` into lines that an 8-point label fits into `pixels`."""
    characters = max(6, int(pixels / CHARACTER))
    return "\n".join(
        part for line in text.split("\n") for part in textwrap.wrap(line, characters) or [""]
    )
