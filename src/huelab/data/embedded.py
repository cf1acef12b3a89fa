"""The embedded set: color photographs that ship inside packages HueLab needs anyway.

Nothing is downloaded: the files lie in the installed wheels of scikit-image, scikit-learn and
matplotlib. Of their pictures, these eight are color photographs of ordinary scenes. Left out are
the gray ones, drawings and test charts, `motorcycle_right` (the left one's stereo partner),
`retina` and `ihc` (medical images of two hues), and `hubble_deep_field` (colors assigned to
infrared and visible filters). rocket, china and flower are JPEGs with full chroma resolution;
grace_hopper stores chroma at half resolution (4:2:0).
"""

import hashlib
import math
import random
import warnings
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from huelab import images
from huelab.data.errors import DataError
from huelab.data.photographs import PHOTOGRAPHS, Photograph
from huelab.data.source import Picture, Source

# Square crops made of each photograph. The first is the whole photograph's center square.
CROPS = {"train": 64, "test": 16}


class EmbeddedSource(Source):
    """The embedded photographs of one split, or the crops made of them."""

    def read(self, picture: Picture) -> np.ndarray:
        path, box = picture.place
        pixels = _pixels(path)
        if box is None:
            return pixels
        left, top, side = box
        return pixels[top : top + side, left : left + side]


def embedded(split: str, size: int | None) -> EmbeddedSource:
    """The embedded set before decoding.

    Args:
        split: `train` (five photographs) or `test` (three).
        size: None for whole photographs; otherwise the side that the crops will be resized to.
            Each photograph gives `CROPS[split]` squares, the first its center square, the others
            at random places and scales that depend on nothing but its name and `size`.

    Raises:
        DataError: for an unknown split or a missing file. A file that differs from the pinned one
            (another release re-encoded it, say) only warns: a record's data hash is taken of the
            pixels that were used, so it stays true either way.
    """
    if split not in CROPS:
        raise DataError(f"embedded has the splits {', '.join(CROPS)}, not {split!r}")
    pictures = []
    for photograph in PHOTOGRAPHS:
        if photograph.split != split:
            continue
        path = photograph.locate()
        mark = _checked_hash(photograph, path)
        if size is None:
            pictures.append(Picture(photograph.name, photograph.name, mark, (path, None)))
            continue
        with Image.open(path) as image:
            boxes = [_box(photograph.name, k, image.size, size) for k in range(CROPS[split])]
        for k, box in enumerate(boxes):
            file = f"{photograph.name}/{k:02d}"
            pictures.append(Picture(file, photograph.name, f"{mark} {box}", (path, box)))
    return EmbeddedSource("embedded", split, "installed packages", tuple(pictures))


def _box(name: str, k: int, extent: tuple[int, int], size: int) -> tuple[int, int, int] | None:
    """Left, top and side of the k-th square crop; None for the first, the whole photograph."""
    if k == 0:
        return None
    # From a quarter of the shorter side up to all of it, evenly in the logarithm. A crop smaller
    # than `size` would be enlarged; that is allowed only from half of the shorter side.
    shorter = min(extent)
    smallest = min(max(size, shorter / 4), shorter / 2)
    draw = random.Random(f"{name}/{k}")  # a string seed means the same in every Python version
    side = round(math.exp(draw.uniform(math.log(smallest), math.log(shorter))))
    left, top = (int(draw.random() * (length - side + 1)) for length in extent)
    return left, top, side


def _checked_hash(photograph: Photograph, path: Path) -> str:
    actual = hashlib.sha256(path.read_bytes()).hexdigest()
    if actual != photograph.sha256:
        warnings.warn(
            f"{path} is not the file this book was made with (sha256 {actual[:12]}..., expected "
            f"{photograph.sha256[:12]}...); results on the embedded set may differ",
            stacklevel=2,
        )
    return actual


@lru_cache(maxsize=len(PHOTOGRAPHS))
def _pixels(path: Path) -> np.ndarray:
    pixels = images.read(path)
    pixels.setflags(write=False)  # shared by all crops
    return pixels
