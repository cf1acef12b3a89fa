"""Colors of a film that do not flicker: each frame's colors are averaged with earlier ones.

A network colors each frame by itself. Where it is unsure, its colors change from frame to frame.
Here the colors of a frame are moved along the motion of the gray film and mixed with the colors
that are predicted for the next frame, wherever that motion can be trusted. At a cut the averaging
starts again.
"""

import math
from collections.abc import Mapping

import numpy as np

from huelab.apply.flow import Flow, Motion

#: Share of the earlier colors in the mean, where the motion has been sure for some frames.
MEMORY = 0.9
#: A frame follows a cut if the mean trust in its motion (0..1) is below this ...
LOST = 0.3
#: ... or if brightness changes by at least `CHANGE` (0..1), and `SUDDEN` times as much as before.
CHANGE, SUDDEN = 0.15, 3.0
#: Largest factor that makes colors stronger, see `Smoother`.
GAIN = 1.25


class Smoother:
    """Smooths the colors of a film frame by frame; it holds one frame, however long the film is.

    A mean of different colors is paler than those colors are. So one factor makes all colors of a
    frame stronger: their mean square becomes that of the colors that went into the means. The
    factor is at most `GAIN`.

    Example:
        >>> dots = np.random.default_rng(0).integers(0, 256, (48, 64), np.uint8)
        >>> smoother = Smoother()
        >>> red, gray = np.full((48, 64, 2), 40, np.float32), np.full((48, 64, 2), 20, np.float32)
        >>> _ = smoother(dots, red)
        >>> round(float(smoother(dots, gray).mean())), smoother.cuts  # of two frames
        (32, 0)
        >>> bool(smoother(255 - dots, gray).mean() == 20), smoother.cuts
        (True, 1)
    """

    def __init__(self, memory: float = MEMORY):
        """Args: memory: share of the earlier colors, 0..1; 0 leaves the colors as they are.

        Raises:
            FlowError: if OpenCV is not installed.
        """
        self.flow, self.memory, self.cuts = Flow(), memory, 0
        self.gray: np.ndarray | None = None
        # For each pixel: means of a*, b* and their squared length, and the number of frames.
        self.mean = np.empty((0, 0, 4), np.float32)
        self.change = 0.0

    def __call__(self, gray: np.ndarray, ab: np.ndarray) -> np.ndarray:
        """Smooth the colors of the next frame.

        Args:
            gray: uint8 `(H, W)`.
            ab: a*b* `(H, W, 2)` float32 in Lab units, as predicted for this frame alone.

        Returns:
            a*b* `(H, W, 2)` float32 in Lab units.
        """
        square = (ab**2).sum(-1, keepdims=True)
        mean = np.concatenate([ab, square, np.ones_like(square)], -1)
        if self.gray is not None:
            motion = self.flow.between(self.gray, gray)
            if self._is_cut(gray, float(motion.trust.mean())):
                self.cuts += 1
            else:
                mean = self._mixed(motion, mean)
        self.gray, self.mean = gray, mean
        return mean[..., :2] * self._gain()

    def _mixed(self, motion: Motion, now: np.ndarray) -> np.ndarray:
        """The new means. The first frame of a scene counts as much as the others."""
        before, trust = motion.carried(self.mean), motion.trust[..., None]
        age = before[..., 3:].clip(1, 100)
        part = trust * np.minimum(age / (age + 1), self.memory)
        mean = now + part * (before - now)
        mean[..., 3:] = 1 + trust * age
        return mean

    def _gain(self) -> np.float32:
        """The factor that makes the means as strong as the colors that went into them."""
        own = (self.mean[..., :2] ** 2).sum(-1, keepdims=True).mean()
        theirs = self.mean[..., 2:3].mean()
        return np.sqrt(np.clip(theirs / own, 1, GAIN**2)) if own > 0 else np.float32(1)

    def _is_cut(self, gray: np.ndarray, trust: float) -> bool:
        assert self.gray is not None
        change = float(np.abs(gray.astype(np.int16) - self.gray).mean()) / 255
        sudden = change >= CHANGE and change >= SUDDEN * self.change
        cut = trust < LOST or sudden
        # After a cut there is no earlier change to compare with, so no change counts as sudden.
        self.change = math.inf if cut else change
        return cut

    @property
    def state(self) -> dict[str, np.ndarray]:
        """Everything that the next frame depends on; see `resume`."""
        if self.gray is None:
            return {}
        last = np.array([self.change, self.cuts])
        return {"gray": self.gray, "mean": self.mean, "last": last}

    def resume(self, state: Mapping[str, np.ndarray]) -> None:
        """Continue from a state that `state` gave.

        Example:
            >>> one, other = Smoother(), Smoother()
            >>> _ = one(np.zeros((8, 8), np.uint8), np.ones((8, 8, 2), np.float32))
            >>> other.resume(one.state)
            >>> other.mean[0, 0]
            array([1., 1., 2., 1.], dtype=float32)
        """
        if state:
            self.gray, self.mean = state["gray"], state["mean"]
            self.change, self.cuts = float(state["last"][0]), int(state["last"][1])
