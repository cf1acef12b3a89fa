"""Decode once: every picture of a source as uint8 in one memory-mapped file.

Beside `<key>.npy`, `(N, size, size, 3)`, lies `<key>.json` with the hash of its pixels. The key
names everything the pixels depend on: data set, split, size, the recipe of `fit`, and the names
and marks of all source files. A changed source is therefore a new key, never a stale file.

A file is written under a temporary name, brought to disk and then renamed, so that under its real
name there is always a whole one, whoever is killed when. Processes that want the same key wait for
the first by a lock; without locks each writes its own temporary file, and either's rename gives
the same bytes.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from huelab.data.errors import DataError
from huelab.data.fit import RECIPE, fit
from huelab.data.source import Source
from huelab.storage import cache_dir, locked, remove_leftovers, write_whole

_BLOCK = 32  # pictures that one thread decodes at a time


class Decoded(NamedTuple):
    """A decoded source: its file, and the hash of its pixels (see `hash_pixels`)."""

    path: Path
    hash: str


def decode(source: Source, size: int) -> Decoded:
    """The decoded pixels of `source`, from the cache or else made now, on all CPU cores.

    Args:
        source: whose pictures are read.
        size: the side that `fit` gives them.

    Raises:
        DataError: if a picture cannot be read, or the cache cannot be written to.
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
            f"cannot write decoded pictures to {path.parent}: {error}. Point HUELAB_CACHE at a "
            "folder that can be written to"
        ) from error


def open_pixels(path: Path) -> np.memmap:
    """The pixels of a decoded file: uint8 `(N, H, W, 3)`, read-only, read as they are touched."""
    return np.load(path, mmap_mode="r")


def hash_pixels(pictures: Iterable[np.ndarray]) -> str:
    """A sha256 (64 hex digits) over the height, width and uint8 `(H, W, 3)` pixels of each picture.

    Equal exactly when the pictures, their number and their order are. Since it is taken of decoded
    pixels, another JPEG decoder may give another hash for the same files.
    """
    digest = hashlib.sha256()
    for picture in pictures:
        _add(digest, picture)
    return digest.hexdigest()


def hash_of_whole(source: Source) -> str:
    """`hash_pixels` of a source's pictures at their own sizes, remembered in the cache."""
    path = cache_dir() / "decoded" / f"{_key(source, 'whole')}.json"
    try:
        return json.loads(path.read_text())["hash"]
    except (OSError, ValueError, KeyError, TypeError):
        value = hash_pixels(source.read(picture) for picture in source.pictures)
    with suppress(OSError):  # a cache that cannot be written to costs the time to hash again
        _write_json(path, {"name": source.name, "split": source.split, "hash": value})
    return value


def _key(source: Source, size: str) -> str:
    marks = hashlib.sha256(f"{RECIPE} {source.digest()}".encode()).hexdigest()
    readable = re.sub(r"[^A-Za-z0-9_-]+", "_", f"{source.name}-{source.split}-{size}")
    return f"{readable[:80]}-{marks[:20]}"


def _ready(path: Path, shape: tuple[int, ...]) -> Decoded | None:
    """The decoded file if it is whole. Its JSON is written first, so it is never without one."""
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
            f"{shape[1]} x {shape[2]} needs {needed / 1e9:.1f} GB. Free some, or set HUELAB_CACHE"
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
        # Before the pixels get their name, so that these are never without it.
        _write_json(path.with_suffix(".json"), {**about, "hash": digest.hexdigest()})

    write_whole(path, write)
    return Decoded(path, digest.hexdigest())


def _blocks(source: Source, size: int) -> Iterator[np.ndarray]:
    """Decoded pictures in order, some at a time. Pillow decodes and resizes without the GIL."""

    def block(start: int) -> np.ndarray:
        chosen = source.pictures[start : start + _BLOCK]
        return np.stack([fit(source.read(picture), size) for picture in chosen])

    pool = ThreadPoolExecutor(_cores(), "decode")
    try:
        yield from pool.map(block, range(0, len(source.pictures), _BLOCK))
    finally:
        pool.shutdown(cancel_futures=True)


def _add(digest, picture: np.ndarray) -> None:
    height, width, _ = picture.shape
    digest.update(f"{height}x{width};".encode())
    digest.update(np.ascontiguousarray(picture).data)


def _write_json(path: Path, content: dict) -> None:
    write_whole(path, json.dumps(content, indent=1))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
