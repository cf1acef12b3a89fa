"""Decode once: every picture of a source as uint8 in one memory-mapped file.

Next to `<key>.npy`, `(N, size, size, 3)`, lies `<key>.json` with the hash of its pixels. The key
stands for everything that the pixels depend on: data set, split, size, the recipe of `fit`, and
the names and marks of all source files. A changed source therefore has a new key, and never an
outdated file.

A file with its final name is always whole, even if processes were killed. Processes that want the
same key wait at a lock for the first of them.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset

from huelab.data.source import DataError, Source
from huelab.storage import cache_dir, locked, remove_leftovers, write_whole

# A part of every cache key. Change it whenever the pixels that `fit` returns would change.
RECIPE = "bicubic-center-1"

# A picture longer than this many times its shorter side is also cropped before it is resized.
# Otherwise the parts that are cut off afterwards could need any amount of memory.
_LONGEST = 16

_BLOCK = 32  # pictures that one thread decodes at a time


class Decoded(NamedTuple):
    """A decoded source: its file, and the hash of its pixels (see `hash_pixels`).

    Example:
        >>> from huelab.data.datasets import find
        >>> decode(find("embedded", "test", 16), 16).path.suffix
        '.npy'
    """

    path: Path
    hash: str


class PhotoSet(Dataset[Tensor]):
    """Pictures of one split, numbered; `photos[i]` is uint8 `(3, H, W)`, sRGB, 0..255.

    Attributes:
        name, split, size: as given to `open_dataset`. If `size` is None, each picture has its own.
        files: the names of the pictures within the data set.
        labels: their classes, or None if the data set has no classes.
        where: the folder or package they came from.

    Example:
        >>> from huelab.data import open_dataset
        >>> photos = open_dataset("embedded", "test", None)
        >>> len(photos), photos[2].shape, photos.labels[2]
        (3, torch.Size([3, 427, 640]), 'rocket')
        >>> photos.picture(2).shape, len(photos.hash)
        ((427, 640, 3), 64)
        >>> open_dataset("embedded", "test", 16).pixels.shape  # one array, since all have one size
        (48, 16, 16, 3)
    """

    def __init__(self, source: Source, size: int | None):
        self.name, self.split, self.size = source.name, source.split, size
        self.where = source.where
        self.files = [picture.file for picture in source.pictures]
        labels = [picture.label for picture in source.pictures]
        self.labels = labels if any(labels) else None
        # Where its pictures are read from: their files, or the decoded pixels.
        self._from: Source | Decoded = source if size is None else decode(source, size)

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> Tensor:
        if not -len(self) <= index < len(self):
            raise IndexError(f"picture {index} of {len(self)}")
        return torch.from_numpy(np.ascontiguousarray(self.picture(index).transpose(2, 0, 1)))

    def picture(self, index: int) -> np.ndarray:
        """A copy of one picture: uint8 `(H, W, 3)`, sRGB, 0..255."""
        if isinstance(self._from, Source):
            return np.array(self._from.read(self._from.pictures[index]))
        return np.array(self.pixels[index])

    @cached_property
    def pixels(self) -> np.ndarray:
        """All pictures, uint8 `(N, size, size, 3)`: a read-only memory map of the decoded file.

        Raises:
            ValueError: if the set was opened with `size=None`, so that sizes differ.
        """
        if isinstance(self._from, Source):
            raise ValueError(
                f"{self.name}/{self.split} was opened with size=None, so its pictures have "
                "different sizes; open it with a size"
            )
        return open_pixels(self._from.path)

    @cached_property
    def hash(self) -> str:
        """The data hash of records: `hash_pixels` of all pictures in order."""
        return hash_of_whole(self._from) if isinstance(self._from, Source) else self._from.hash

    def __getstate__(self) -> dict[str, Any]:
        # A pickled memory map would carry all pixels to every worker; the file's path is enough.
        return {key: value for key, value in self.__dict__.items() if key != "pixels"}

    def __repr__(self) -> str:
        size = f"{self.size} x {self.size}" if self.size else "own sizes"
        return f"PhotoSet({self.name}/{self.split}: {len(self):,} pictures, {size})"


def fit(pixels: np.ndarray, size: int) -> np.ndarray:
    """Resize the shorter side to `size`, keep the aspect ratio, and crop the center square.

    Resizing is bicubic with antialiasing (Pillow's `resize`). Sizes are rounded as torchvision's
    `Resize` and `CenterCrop` round them, so that the result equals theirs on a PIL image.

    Args:
        pixels: uint8 `(H, W, 3)`.
        size: the side of the square, at least 1. A smaller picture is enlarged.

    Returns:
        uint8 `(size, size, 3)`, C-contiguous.

    Example:
        >>> fit(np.zeros((40, 60, 3), np.uint8), 16).shape
        (16, 16, 3)
    """
    pixels = _without_ends(pixels)
    height, width = pixels.shape[:2]
    shorter = min(height, width)
    if shorter != size:
        height, width = size * height // shorter, size * width // shorter
        image = Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC)
        pixels = np.asarray(image)
    # Python rounds halves to even, as torchvision does.
    top, left = round((height - size) / 2), round((width - size) / 2)
    return np.ascontiguousarray(pixels[top : top + size, left : left + size])


def _without_ends(pixels: np.ndarray) -> np.ndarray:
    height, width = pixels.shape[:2]
    long = _LONGEST * min(height, width)
    top, left = max(0, height - long) // 2, max(0, width - long) // 2
    return np.ascontiguousarray(pixels[top : top + long, left : left + long])


def decode(source: Source, size: int) -> Decoded:
    """The decoded pixels of `source`: from the cache, or decoded now on all CPU cores.

    Args:
        source: whose pictures are read.
        size: the side that `fit` gives them.

    Raises:
        DataError: if a picture cannot be read, or if the cache is full or cannot be written to.

    Example:
        >>> from huelab.data.datasets import find
        >>> decoded = decode(find("embedded", "test", 16), 16)
        >>> open_pixels(decoded.path).shape, hash_pixels(open_pixels(decoded.path)) == decoded.hash
        ((48, 16, 16, 3), True)
    """
    key = _key(source, str(size))
    shape = (len(source.pictures), size, size, 3)
    path = cache_dir() / "decoded" / f"{key}.npy"
    ready = _ready(path, shape)
    if ready:
        return ready
    try:
        with locked(path.with_suffix(".lock")):
            remove_leftovers(path)
            return _ready(path, shape) or _write(source, shape, path)
    except OSError as error:
        raise DataError(
            f"HueLab cannot write decoded pictures to {path.parent}: {error}. Set HUELAB_CACHE to "
            "a folder of your own"
        ) from error


def open_pixels(path: Path) -> np.memmap:
    """The pixels of a decoded file: uint8 `(N, H, W, 3)`, a read-only memory map.

    Example:
        >>> from huelab.data.datasets import find
        >>> open_pixels(decode(find("embedded", "test", 16), 16).path).dtype
        dtype('uint8')
    """
    return np.load(path, mmap_mode="r")


def hash_pixels(pictures: Iterable[np.ndarray]) -> str:
    """A sha256 (64 hex digits) over the height, width and uint8 `(H, W, 3)` pixels of each picture.

    Two hashes are equal exactly when the pictures, their number and their order are. The hash
    depends on decoded pixels, so another JPEG decoder may give another hash for the same files.

    Example:
        >>> black, white = np.zeros((2, 3, 3), np.uint8), np.full((2, 3, 3), 255, np.uint8)
        >>> hash_pixels([black, white])[:12]
        '3d53bd3be34b'
        >>> hash_pixels([black, white]) == hash_pixels([white, black])
        False
    """
    digest = hashlib.sha256()
    for picture in pictures:
        _add(digest, picture)
    return digest.hexdigest()


def hash_of_whole(source: Source) -> str:
    """`hash_pixels` of a source's pictures at their own sizes, kept in the cache.

    Example:
        >>> from huelab.data.datasets import find
        >>> source = find("embedded", "test", None)
        >>> hash_of_whole(source) == hash_pixels(source.read(each) for each in source.pictures)
        True
    """
    path = cache_dir() / "decoded" / f"{_key(source, 'whole')}.json"
    try:
        return json.loads(path.read_text())["hash"]
    except (OSError, ValueError, KeyError, TypeError):
        value = hash_pixels(source.read(picture) for picture in source.pictures)
    with suppress(OSError):  # if the cache cannot be written to, the next call hashes again
        _write_json(path, {"name": source.name, "split": source.split, "hash": value})
    return value


def _key(source: Source, size: str) -> str:
    marks = hashlib.sha256(f"{RECIPE} {source.digest()}".encode()).hexdigest()
    readable = re.sub(r"[^A-Za-z0-9_-]+", "_", f"{source.name}-{source.split}-{size}")
    return f"{readable[:80]}-{marks[:20]}"


def _ready(path: Path, shape: tuple[int, ...]) -> Decoded | None:
    """The decoded file if it is whole. Its JSON is written first, so no file is without one."""
    try:
        value = json.loads(path.with_suffix(".json").read_text())["hash"]
        pixels = open_pixels(path)
    except (OSError, ValueError, KeyError, TypeError, EOFError):
        return None
    whole = pixels.shape == shape and pixels.dtype == np.uint8
    return Decoded(path, value) if whole else None


def _write(source: Source, shape: tuple[int, ...], path: Path) -> Decoded:
    needed, free = int(np.prod(shape)), shutil.disk_usage(path.parent).free
    if needed > free:
        raise DataError(
            f"{path.parent} has {free / 1e9:.1f} GB left, but {source.name}/{source.split} at "
            f"{shape[1]} x {shape[2]} needs {needed / 1e9:.1f} GB. Free some space, or set "
            "HUELAB_CACHE to a folder on another disk"
        )
    digest = hashlib.sha256()
    about = {"name": source.name, "split": source.split, "shape": shape, "recipe": RECIPE}

    def write(file: BinaryIO) -> None:
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for block in _blocks(source, shape[1]):
            file.write(block.data)
            for picture in block:
                _add(digest, picture)
        # The JSON comes before the pixels get their name, so that they are never without it.
        _write_json(path.with_suffix(".json"), {**about, "hash": digest.hexdigest()})

    write_whole(path, write)
    return Decoded(path, digest.hexdigest())


def _blocks(source: Source, size: int) -> Iterator[np.ndarray]:
    """Decoded pictures in order, block by block. Pillow releases the GIL while it works."""

    def block(start: int) -> np.ndarray:
        chosen = source.pictures[start : start + _BLOCK]
        return np.stack([fit(source.read(picture), size) for picture in chosen])

    pool = ThreadPoolExecutor(cores(), "decode")
    try:
        yield from pool.map(block, range(0, len(source.pictures), _BLOCK))
    finally:
        pool.shutdown(cancel_futures=True)


def _add(digest: Any, picture: np.ndarray) -> None:
    height, width, _ = picture.shape
    digest.update(f"{height}x{width};".encode())
    digest.update(np.ascontiguousarray(picture).data)


def _write_json(path: Path, content: dict[str, Any]) -> None:
    write_whole(path, json.dumps(content, indent=1))


def cores() -> int:
    """How many CPU cores this process may use.

    Example:
        >>> cores() >= 1
        True
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
