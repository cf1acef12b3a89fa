"""The finished parts of a film that is being colored, so that a run that was stopped can go on.

They are in the cache, in a folder whose name is a hash of everything that the result depends on. A
part counts as finished when its last file exists. That file holds everything that the next frame
depends on. So a film that was stopped has the same frames as one that was not.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import fields, is_dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from huelab.apply.frames import Painter
from huelab.images.film_writing import Look, Part, write_part
from huelab.storage import cache_dir, locked, write_whole

if TYPE_CHECKING:
    import av

#: Frames of a part. A run that is killed loses at most this many.
FRAMES = 240


class Parts:
    """The parts of one film; only one process at a time can open them.

    Attributes:
        folder: the folder that holds the parts.
        done: the finished parts, in order.

    Example:
        >>> import os
        >>> from fractions import Fraction
        >>> from tempfile import TemporaryDirectory
        >>> from types import SimpleNamespace
        >>> from unittest.mock import patch
        >>> look = Look(None, Fraction(25), Fraction(1, 25), Fraction(1), ".mp4")
        >>> with TemporaryDirectory() as folder, patch.dict(os.environ, HUELAB_CACHE=folder):
        ...     with Parts("0123") as parts:
        ...         parts.write(iter([]), SimpleNamespace(smoother=None, look=look), print)
        ...         parts.folder.name, parts.done
        ...         parts.remove()
        ('0123', [])
    """

    def __init__(self, key: str):
        self.folder = cache_dir() / "films" / key
        self.done: list[Part] = []
        self.frames = 0
        self._state: dict[str, np.ndarray] = {}
        self._held = ExitStack()

    def __enter__(self) -> Parts:
        self._held.enter_context(locked(self.folder.with_suffix(".lock")))
        self.folder.mkdir(exist_ok=True)
        for left in self.folder.glob(".*.tmp"):
            left.unlink()
        while (self._file(len(self.done), "npz")).is_file():
            self._found(len(self.done))
        return self

    def __exit__(self, *error: object) -> None:
        self._held.close()

    def write(
        self, frames: Iterator[av.VideoFrame], painter: Painter, told: Callable[[int], object]
    ) -> None:
        """Write all parts that are missing.

        Args:
            frames: all frames of the film, from the first one.
            painter: colors each frame.
            told: called after each frame with the number of finished frames.

        Raises:
            ImageError: if `frames` raises it, or if the frames change their size or bit depth.
        """
        if painter.smoother is not None:
            painter.smoother.resume(self._state)
        clock = _Clock(painter.look)
        timed = (clock(frame) for frame in frames)
        for _ in islice(timed, self.frames):  # seeking would not be exact in every format
            pass
        while (first := next(timed, None)) is not None:
            some = islice(chain([first], timed), FRAMES)
            self._write_one(some, painter, clock, told)

    def _write_one(
        self,
        some: Iterator[tuple[av.VideoFrame, int]],
        painter: Painter,
        clock: _Clock,
        told: Callable[[int], object],
    ) -> None:
        times: list[int] = []

        def colored() -> Iterator[av.VideoFrame]:
            for frame, time in some:
                made = painter(frame)
                made.pts, made.time_base = time, painter.look.time_base
                times.append(time)
                yield made
                told(self.frames + len(times))

        number = len(self.done)
        write_whole(
            self._file(number, "nut"), lambda file: write_part(file, colored(), painter.look)
        )
        state = painter.smoother.state if painter.smoother is not None else {}
        state["span"] = np.array([times[0], clock.end, len(times)])
        write_whole(self._file(number, "npz"), lambda file: np.savez(file, **state))  # type: ignore[arg-type]
        self._found(number)

    def _found(self, number: int) -> None:
        with np.load(self._file(number, "npz")) as stored:
            self._state = {name: stored[name] for name in stored.files}
        start, end, count = (int(value) for value in self._state["span"])
        if self.done:  # a frame lasts until the next one
            before = self.done[-1]
            self.done[-1] = Part(before.path, before.start, start)
        self.done.append(Part(self._file(number, "nut"), start, end))
        self.frames += count

    def _file(self, number: int, suffix: str) -> Path:
        return self.folder / f"{number:06d}.{suffix}"

    def remove(self) -> None:
        """Remove all parts: the film is finished, or it can never be finished."""
        shutil.rmtree(self.folder, ignore_errors=True)


class _Clock:
    """The time of each frame in the film's unit, always later than that of the frame before."""

    def __init__(self, look: Look):
        self.unit, self.last = look.time_base, -1
        self.step = max(1, round(1 / (look.rate * look.time_base)))
        self.end, self.started = 0, False

    def __call__(self, frame: av.VideoFrame) -> tuple[av.VideoFrame, int]:
        if frame.pts is None or not frame.time_base:
            time = self.last + self.step if self.started else 0
        else:
            time = round(frame.pts * frame.time_base / self.unit)
        if self.started:
            time = max(time, self.last + 1)
        self.started, self.last = True, time
        length = round((frame.duration or 0) * (frame.time_base or 0) / self.unit)
        self.end = time + (length or self.step)
        return frame, time


def key_of(mark: Mapping[str, str], painter: Painter) -> str:
    """A hash, 16 hexadecimal digits, of everything that the frames of a result depend on.

    Example:
        >>> from types import SimpleNamespace
        >>> one = SimpleNamespace(look=1, method=2, size=3, guide=4, smoother=None)
        >>> len(key_of({"HueLab-Content": "12ab"}, one))
        16
    """
    digest = hashlib.sha256()
    smooth = painter.smoother is not None
    things = (mark["HueLab-Content"], FRAMES, painter.look, painter.method)
    for thing in (*things, painter.size, painter.guide, smooth):
        _add(digest, thing)
    return digest.hexdigest()[:16]


def _add(digest: Any, thing: object) -> None:
    digest.update(f"{type(thing).__module__}:{type(thing).__qualname__};".encode())
    if isinstance(thing, torch.Tensor):
        _add(digest, thing.detach().cpu().numpy())
    elif isinstance(thing, np.ndarray):
        digest.update(
            f"{thing.dtype}{thing.shape}".encode() + np.ascontiguousarray(thing).tobytes()
        )
    elif isinstance(thing, nn.Module):
        _add(digest, dict(thing.state_dict()))
        _add(digest, {k: v for k, v in vars(thing).items() if not k.startswith("_")})
        for child in thing.children():
            _add(digest, child)
    elif isinstance(thing, Mapping):
        for name, value in thing.items():
            _add(digest, name)
            _add(digest, value)
    elif is_dataclass(thing):
        _add(digest, {each.name: getattr(thing, each.name) for each in fields(thing)})
    elif hasattr(thing, "__dict__") and type(thing).__repr__ is object.__repr__:
        _add(digest, vars(thing))
    else:
        digest.update(repr(thing).encode())
