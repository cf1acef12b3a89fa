"""Colors of a film that do not flicker: each frame's are averaged with those carried from before.

A network colors each frame by itself, and what it is unsure of changes from frame to frame. Here
the colors of a frame are moved along the motion of the gray film and mixed with those predicted
next, where that motion can be trusted. At a cut everything begins anew.
"""

from collections.abc import Mapping

import numpy as np

from huelab.apply.flow import Flow, Motion

#: Part of the colors carried from before where the motion is sure and has been for some frames.
MEMORY = 0.9
#: A cut is where the motion of a frame can be trusted so little on average ...
LOST = 0.3
#: ... or where brightness changes by so much (0..1), and three times as much as just before.
CHANGE, SUDDEN = 0.15, 3.0


class Smoother:
    """Takes frame after frame; holds one of them, however long the film.

    Example:
        >>> dots = np.random.default_rng(0).integers(0, 256, (48, 64), np.uint8)
        >>> smoother = Smoother()
        >>> red, gray = np.full((48, 64, 2), 50, np.float32), np.zeros((48, 64, 2), np.float32)
        >>> _ = smoother(dots, red)
        >>> round(float(smoother(dots, gray).mean())), smoother.cuts  # of two frames
        (25, 0)
        >>> bool(smoother(255 - dots, gray).mean() == 0), smoother.cuts
        (True, 1)
    """

    def __init__(self, memory: float = MEMORY):
        """Args: memory: 0 leaves the colors as they are.

        Raises:
            FlowError: if OpenCV is not installed.
        """
        self.flow, self.memory, self.cuts = Flow(), memory, 0
        self.gray: np.ndarray | None = None
        self.ab = self.age = np.empty(0)
        self.change = 0.0

    def __call__(self, gray: np.ndarray, ab: np.ndarray) -> np.ndarray:
        """Smooth the colors of the next frame.

        Args:
            gray: uint8 `(H, W)`.
            ab: a*b* `(H, W, 2)` float32, as predicted for this frame alone.

        Returns:
            a*b* `(H, W, 2)` float32.
        """
        if self.gray is not None:
            motion = self.flow.between(self.gray, gray)
            if self._is_cut(gray, float(motion.trust.mean())):
                self.cuts += 1
                self.gray = None
            else:
                ab, age = self._mixed(motion, ab)
        if self.gray is None:
            age = np.ones((*gray.shape, 1), np.float32)
        self.gray, self.ab, self.age = gray, ab, age
        return ab

    def _mixed(self, motion: Motion, ab: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The colors, and of how many frames they are a mean: the first frame counts as others."""
        before = motion.carried(np.concatenate([self.ab, self.age], -1))
        trust, age = motion.trust[..., None], before[..., 2:].clip(1, 100)
        part = trust * np.minimum(age / (age + 1), self.memory)
        return ab + part * (before[..., :2] - ab), 1 + trust * age

    def _is_cut(self, gray: np.ndarray, trust: float) -> bool:
        assert self.gray is not None
        change = float(np.abs(gray.astype(np.int16) - self.gray).mean()) / 255
        sudden = change >= CHANGE and change >= SUDDEN * self.change
        cut = trust < LOST or sudden
        # After a cut nothing is known of the new motion.
        self.change = 0.0 if cut else change
        return cut

    @property
    def state(self) -> dict[str, np.ndarray]:
        """All that the next frame depends on; see `resume`."""
        if self.gray is None:
            return {}
        kept = {"gray": self.gray, "ab": self.ab, "age": self.age}
        return kept | {"last": np.array([self.change, self.cuts])}

    def resume(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from a state.

        Example:
            >>> one, other = Smoother(), Smoother()
            >>> _ = one(np.zeros((8, 8), np.uint8), np.ones((8, 8, 2), np.float32))
            >>> other.resume(one.state)
            >>> other.ab[0, 0]
            array([1., 1.], dtype=float32)
        """
        if state:
            self.gray, self.ab, self.age = state["gray"], state["ab"], state["age"]
            self.change, self.cuts = float(state["last"][0]), int(state["last"][1])
