"""Optical flow of a film, computed by OpenCV, and colors that are carried along with it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from huelab.storage import HueLabError

# The flow there and the flow back cancel out where both frames show a pixel. They may differ by
# this part of their squared length, plus this many squared pixels (Sundaram et al. 2010).
_PART, _PIXELS = 0.05, 1.0
# The brightness of a point may change by the standard deviation of the frame. Here are the smallest
# and the largest change, in levels of 255.
_LEVELS = 5.0, 50.0


class FlowError(HueLabError, RuntimeError):
    """OpenCV is not installed.

    Example:
        >>> issubclass(FlowError, HueLabError)
        True
    """


@dataclass(frozen=True)
class Motion:
    """Where each pixel of a frame was in the frame before, and how sure that is.

    Attributes:
        flow: `(H, W, 2)` float32, in pixels: add it to x and y to find the place before.
        trust: `(H, W)` float32: from 0 (the frame before does not show it) to 1.

    Example:
        >>> still = Motion(np.zeros((2, 2, 2), np.float32), np.ones((2, 2), np.float32))
        >>> still.carried(np.array([[[1.0], [2.0]], [[3.0], [4.0]]], np.float32))[..., 0]
        array([[1., 2.],
               [3., 4.]], dtype=float32)
    """

    flow: np.ndarray
    trust: np.ndarray

    def carried(self, before: np.ndarray) -> np.ndarray:
        """Values of the frame before, `(H, W, C)`, moved to their places in this frame."""
        return _warped(before, self.flow, cubic=True)


class Flow:
    """Dense inverse search (Kroeger et al. 2016), forward and backward.

    Example:
        >>> dots = np.random.default_rng(0).integers(0, 256, (40, 60), np.uint8)
        >>> picture = np.repeat(np.repeat(dots, 4, 0), 4, 1)
        >>> motion = Flow().between(picture[:, :200], picture[:, 3:203])  # 3 pixels to the left
        >>> np.median(motion.flow, (0, 1)).round().astype(int), bool(motion.trust.mean() > 0.8)
        (array([3, 0]), True)
    """

    def __init__(self, preset: str = "fast"):
        """Args: preset: `ultrafast`, `fast` or `medium`.

        Raises:
            FlowError: if OpenCV is not installed.
        """
        cv2 = _opencv()
        self.preset = getattr(cv2, f"DISOPTICAL_FLOW_PRESET_{preset.upper()}")

    def between(self, before: np.ndarray, now: np.ndarray) -> Motion:
        """The motion from one gray picture to the next; both are uint8 `(H, W)`."""
        with one_thread():
            now = np.ascontiguousarray(now)
            evened = np.ascontiguousarray(_as_bright(before, now))
            back, there = self._search(now, evened), self._search(evened, now)
            return Motion(back, _trust(evened, now, back, there))

    def _search(self, here: np.ndarray, there: np.ndarray) -> np.ndarray:
        # A search object that is used twice would depend on its first use.
        search = _opencv().DISOpticalFlow_create(self.preset)
        return search.calc(here, there, None)


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Let OpenCV use one thread, because the number of threads changes what it finds.

    Raises:
        FlowError: if OpenCV is not installed.

    Example:
        >>> with one_thread():
        ...     import cv2
        ...     cv2.getNumThreads()
        1
    """
    cv2 = _opencv()
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(threads)


def _trust(before: np.ndarray, now: np.ndarray, back: np.ndarray, there: np.ndarray) -> np.ndarray:
    again = _warped(there, back)
    gap = ((back + again) ** 2).sum(-1)
    length = (back**2).sum(-1) + (again**2).sum(-1)
    x, y = np.moveaxis(_grid(*now.shape) + back, -1, 0)
    seen = (x >= 0) & (x <= now.shape[1] - 1) & (y >= 0) & (y <= now.shape[0] - 1)
    change = now.astype(np.float32) - _warped(before.astype(np.float32), back)
    usual = float(np.clip(now.std(), *_LEVELS))
    trust = np.exp(-gap / (_PART * length + _PIXELS) - (change / usual) ** 2)
    return np.where(seen, trust, 0).astype(np.float32)


def _as_bright(picture: np.ndarray, other: np.ndarray) -> np.ndarray:
    """A picture with the mean and contrast of another, since a fade changes brightness too."""
    mean, deviation = picture.mean(), max(picture.std(), 1.0)
    gain = np.clip(max(other.std(), 1.0) / deviation, 0.5, 2)
    levels = (picture - mean) * gain + other.mean()
    return levels.round().clip(0, 255).astype(np.uint8)


def _warped(image: np.ndarray, flow: np.ndarray, cubic: bool = False) -> np.ndarray:
    """An image `(H, W, ...)` read at each place plus its flow; its edges are repeated outside."""
    cv2 = _opencv()
    way = cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR
    places = _grid(*flow.shape[:2]) + flow
    read = cv2.remap(image, places, None, way, borderMode=cv2.BORDER_REPLICATE)
    return read.reshape(image.shape)


def _grid(height: int, width: int) -> np.ndarray:
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    return np.stack(np.meshgrid(x, y), -1)


def _opencv() -> Any:
    try:
        import cv2
    except ModuleNotFoundError as error:
        raise FlowError(
            "smooth colors in films need OpenCV; `pip install 'huelab[film]'` installs it, and "
            "--no-smooth (smooth=False) colors films without it"
        ) from error
    return cv2
