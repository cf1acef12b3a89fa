"""Which frames of a film to learn from: paper 004, section VI.A.

The paper drops a frame that is too similar to its neighbor "based on scores calculated by Frame
Subtraction Method", and gives neither the score nor the threshold. Here the score of two frames is
the mean absolute difference of their small gray copies: 0 for equal frames, 1 for black and white.
In a copy of 64 x 64 a pixel is the mean of an area, so that grain and compression hardly count.

This module also divides a film into scenes, since frames of one scene must not be on both sides of
a split.
"""

import hashlib
import math
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from huelab.images.video import Frame

#: A frame is kept if its score against the last kept one is at least this: 8 of 255 levels.
THRESHOLD = 0.03
#: At a cut, the score of two consecutive frames is at least this.
CUT = 0.15

SIDE = 64  # of the small gray copies, in pixels
_SUDDEN = 3.0  # at a cut, the score is this many times the one before: motion grows more slowly
_REMEMBERED = 8  # how many shots before are remembered by their last picture


@dataclass(frozen=True, slots=True)
class Settings:
    """How frames are chosen.

    Attributes:
        threshold, cut, every: as in `judge`.
        size: the longest that the shorter side of a frame may be, in pixels. Larger frames are
            resized, bicubic with antialiasing; None keeps their size.
        split: `scene` holds out whole scenes, about one frame in eleven; `train` or `test` puts
            the whole film into one split.
        seed: chooses which scenes are held out.

    Raises:
        ValueError: for a setting that is out of range.

    Example:
        >>> Settings(threshold=0.05, size=512).split
        'scene'
    """

    threshold: float = THRESHOLD
    cut: float = CUT
    every: float = 0.0
    size: int | None = None
    split: str = "scene"
    seed: int = 0

    def __post_init__(self) -> None:
        if not min(self.threshold, self.cut, self.every) >= 0:
            raise ValueError(
                "threshold, cut and every must not be negative; they are "
                f"{self.threshold}, {self.cut} and {self.every}"
            )
        if self.size is not None and self.size < 1:
            raise ValueError(f"size must be at least 1 or None, not {self.size}")
        if self.split not in ("scene", "train", "test"):
            raise ValueError(f"split must be scene, train or test, not {self.split!r}")


@dataclass(frozen=True, slots=True)
class Judged:
    """One frame and what `judge` found about it.

    Attributes:
        frame: the frame itself.
        score: its difference from the last kept frame, 0..1; NaN for the first frame.
        change: its difference from the frame before, 0..1; NaN for the first frame.
        scene: the number of its scene, counted from 0.
        kept: whether it is a frame to learn from.

    Example:
        >>> import io
        >>> from PIL import Image
        >>> black, white = (Image.new("RGB", (8, 6), name) for name in ("black", "white"))
        >>> film = io.BytesIO()
        >>> black.save(film, "GIF", save_all=True, append_images=[white], duration=40)
        >>> from huelab.images import video
        >>> [(each.score, each.kept) for each in judge(video.frames(film.getvalue()))]
        [(nan, True), (1.0, True)]
    """

    frame: Frame
    score: float
    change: float
    scene: int
    kept: bool


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """The score of two small gray copies: the mean absolute difference, 0..1.

    Args:
        one, other: uint8, of the same shape.

    Example:
        >>> black, white = np.zeros((2, 2), np.uint8), np.full((2, 2), 255, np.uint8)
        >>> difference(black, white), difference(white, white)
        (1.0, 0.0)
    """
    return float(np.abs(one.astype(np.int16) - other).mean()) / 255


def judge(
    frames: Iterable[Frame], *, threshold: float = THRESHOLD, cut: float = CUT, every: float = 0.0
) -> Iterator[Judged]:
    """Say for each frame how much it differs, to which scene it belongs, and whether it is kept.

    Memory holds only small gray copies of a few frames, however long the film is.

    **Kept frames** are the first frame of each scene, and every frame whose score against the last
    kept one is at least `threshold`.

    **A scene** ends with a cut. At a cut, the score of two consecutive frames is at least `cut`,
    and at least three times the score before. If the new frame differs by less than `cut` from the
    last frame of one of the eight shots before, then the scene of that shot goes on: the camera
    came back, or there was a flash. Two scenes with a fade between them count as one, which is
    safe: a split then has both on one side.

    Args:
        frames: in the order of time, such as those of `images.video.frames`.
        threshold: a score, 0..1. 0 keeps every frame, and 1 only the first of each scene.
        cut: a score, 0..1. Above 1 the film has one scene.
        every: the least number of seconds between two kept frames of a scene.

    Raises:
        ValueError: for a threshold, a cut or an interval that is negative.

    Example:
        >>> class Flat:
        ...     def __init__(self, time, level):
        ...         self.time, self.level = time, level
        ...     def small_gray(self, side):
        ...         return np.full((side, side), self.level, np.uint8)
        >>> film = [Flat(n, level) for n, level in enumerate([10, 11, 20, 200])]
        >>> [(each.kept, each.scene) for each in judge(film)]
        [(True, 0), (False, 0), (True, 0), (True, 1)]
    """
    if min(threshold, cut, every) < 0:
        raise ValueError(
            "threshold, cut and every must not be negative; they are "
            f"{threshold}, {cut} and {every}"
        )
    scenes, before, kept, when = _Scenes(cut), None, None, -math.inf
    for frame in frames:
        gray = frame.small_gray(SIDE)
        score = math.nan if kept is None else difference(gray, kept)
        change = math.nan if before is None else difference(gray, before)
        new = scenes.see(gray, change)
        keep = new or (score >= threshold and frame.time - when >= every)
        yield Judged(frame, score, change, scenes.now, keep)
        before = gray
        if keep:
            kept, when = gray, frame.time


class _Scenes:
    """The scene that a film is in, frame after frame."""

    def __init__(self, cut: float):
        self.cut, self.now, self.count = cut, 0, 0
        self.last: np.ndarray | None = None
        self.change = 0.0
        self.shots: deque[tuple[int, np.ndarray]] = deque(maxlen=_REMEMBERED)

    def see(self, gray: np.ndarray, change: float) -> bool:
        """Take the next frame, and say whether a new scene begins with it."""
        is_first, last, before = self.last is None, self.last, self.count
        is_cut = change >= self.cut and change >= _SUDDEN * self.change
        # Right after a cut, nothing is known about the motion in the new shot.
        self.last, self.change = gray, 0.0 if is_cut or is_first else change
        if is_cut and last is not None:
            self.shots.append((self.now, last))
            self.now = self._scene_of(gray)
        return is_first or self.count > before

    def _scene_of(self, gray: np.ndarray) -> int:
        near = min(self.shots, key=lambda shot: difference(gray, shot[1]))
        if difference(gray, near[1]) < self.cut:
            return near[0]
        self.count += 1
        return self.count


def held_out(groups: Sequence[str], *, share: float = 1 / 11, seed: int = 0) -> frozenset[str]:
    """Whole groups for the test, such as films or scenes, with about this share of the frames.

    A hash of `seed` and name gives the order of the groups, so that it depends neither on the order
    of the frames nor on any library. A group is taken if it brings the test closer to its share. If
    there are two groups or more, the test and the training have at least one each.

    Args:
        groups: the group of each frame.
        share: the share of all frames that the test should have, 0..1.
        seed: another seed gives another choice.

    Example:
        >>> groups = ["a"] * 50 + ["b"] * 30 + ["c"] * 20
        >>> sorted(held_out(groups, share=0.2))
        ['c']
    """
    count, wanted = Counter(groups), share * len(groups)
    order = sorted(count, key=lambda name: hashlib.sha256(f"{seed}:{name}".encode()).digest())
    held: list[str] = []
    for name in order:
        lacking = wanted - sum(count[each] for each in held)
        if abs(lacking - count[name]) < abs(lacking) and len(held) < len(order) - 1:
            held.append(name)
    if not held and len(order) > 1:
        held.append(min(order, key=lambda name: count[name]))
    return frozenset(held)
