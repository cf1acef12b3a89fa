"""One frame of a film in a folder: its file, and its row in the manifest."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from huelab import images
from huelab.data.film import Judged, held_out

#: What the manifest says about a frame, by its columns.
Row = dict[str, str]


def row_of(name: str, judged: Judged, path: Path, taken: set[str]) -> Row:
    """The manifest's row of a frame, still without the sha256 and the split.

    Args:
        name: the name of the film in the data set.
        judged: the frame.
        path: the file of the film.
        taken: the files of its other frames.

    Example:
        >>> from types import SimpleNamespace
        >>> frame = SimpleNamespace(time=83.458, number=2086)
        >>> judged = Judged(frame, score=0.5, change=0.5, scene=4, kept=True)
        >>> row = row_of("bunny", judged, Path("bunny.mp4"), set())
        >>> row["file"], row["label"], row["score"]
        ('bunny/00h01m23.458s.png', 'bunny/004', '0.50000')
    """
    frame = judged.frame
    minutes, milliseconds = divmod(round(frame.time * 1000), 60_000)
    stamp = f"{minutes // 60:02d}h{minutes % 60:02d}m{milliseconds / 1000:06.3f}s"
    if f"{name}/{stamp}.png" in taken:  # two frames of the film have the same time
        stamp += f"-{frame.number}"
    return {
        "file": f"{name}/{stamp}.png",
        "split": "",
        "label": f"{name}/{judged.scene:03d}",
        "film": name,
        "source": path.name,
        "time": f"{frame.time:.6f}",
        "scene": str(judged.scene),
        "score": "" if math.isnan(judged.score) else f"{judged.score:.5f}",
    }


def put_into_parts(rows: Sequence[Row], settings: Mapping[str, Any]) -> None:
    """Give the frames of one film their splits, in place, by its `film.Settings` as a mapping.

    Example:
        >>> rows = [{"label": "bunny/000", "split": ""}]
        >>> put_into_parts(rows, {"split": "test", "seed": 0})
        >>> rows[0]["split"]
        'test'
    """
    whole = settings["split"]
    held = held_out([row["label"] for row in rows], seed=settings["seed"])
    for row in rows:
        by_scene = "test" if row["label"] in held else "train"
        row["split"] = by_scene if whole == "scene" else whole


def write_frame(path: Path, rgb: np.ndarray, size: int | None) -> str:
    """Write a frame as a PNG file, and return the sha256 of the file.

    Args:
        path: the file; an older one is replaced.
        rgb: uint8 `(H, W, 3)`, sRGB.
        size: the longest that the shorter side may be, in pixels. A larger frame is resized,
            bicubic with antialiasing; None keeps its size.

    Raises:
        ImageError: if it cannot be written.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "a.png")
        ...     sha256 = write_frame(path, np.zeros((40, 60, 3), np.uint8), size=20)
        ...     images.read(path).shape, sha256 == sha256_of(path)
        ((20, 30, 3), True)
    """
    height, width = rgb.shape[:2]
    if size is not None and min(height, width) > size:
        scale = size / min(height, width)
        extent = (round(width * scale), round(height * scale))
        rgb = np.asarray(Image.fromarray(rgb).resize(extent, Image.Resampling.BICUBIC))
    images.write(path, rgb, overwrite=True)
    return sha256_of(path)


def sha256_of(path: Path) -> str:
    """The sha256 of a file, 64 hex digits; "" if it cannot be read.

    Example:
        >>> sha256_of(Path("absent.png"))
        ''
    """
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
