"""Figures that show pictures pixel for pixel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
import torch
from matplotlib.figure import Figure

from huelab.show.bundle import channels_last, to_bytes
from huelab.show.sheet import GAP, lay_out

Picture = torch.Tensor | np.ndarray

PAGE = 720  # the text column of the published page is about this many pixels wide


def choose(total: int, n: int, seed: int) -> list[int]:
    """`min(n, total)` different random indices below `total`, in rising order.

    The same seed always gives the same indices.

    Raises:
        ValueError: for n < 1 or total < 1.

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

    The seed alone chooses the rows, and the first line of the figure says so.

    Args:
        columns: title -> batch `(N, 1|3, H, W)` (arrays `(N, H, W[, 1|3])`), float in [0, 1]
            or uint8, with the same N in every column.
        n: number of rows; all N if there are fewer.
        seed: seed of the choice.
        size: longer side of a picture on screen, in pixels. Larger pictures are shrunk, and smaller
            ones are enlarged a whole number of times; `None` means 128 or what fits the page.
        profile: the stamp, if not the current profile.

    Raises:
        ValueError: for no columns, different N, and pictures that `to_bytes` refuses.

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
    return lay_out(
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
        ncols: pictures in a row; by default all, but at most four.
        size: longer side on screen as in `grid`; `None` means 256 or what fits the page.
        vmin, vmax: the values of a one-channel picture that get the first and the last color of
            `cmap`. Give both or neither; a range other than [0, 1] needs them. They are written
            under the label.
        cmap: matplotlib color map for one-channel pictures. For a and b take a diverging map that
            color-blind readers can follow, such as `"PuOr"`.
        profile: the stamp, if not the current profile.

    Raises:
        ValueError: for no pictures, a `vmin` without `vmax` or the reverse, and pictures that
            `to_bytes` refuses.

    Example:
        >>> figure = pictures({"noise": torch.rand(3, 32, 32)}, profile="quick")
        >>> figure.summary
        '1 pictures: noise.'
    """
    if (vmin is None) != (vmax is None):
        raise ValueError("give both vmin and vmax, or neither")
    if not len(images):
        raise ValueError("expected at least one picture, got none")
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
    return lay_out(cells, titles, ncols, size, profile)
