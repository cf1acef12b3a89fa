"""`huelab bench film`: a film colored with and without smoothing, its speed and its flicker."""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass, field, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import Tensor

from huelab.apply import colorize_film
from huelab.apply.flow import Flow
from huelab.apply.frames import seen
from huelab.apply.small import as_float, shrink
from huelab.color import rgb_to_lab
from huelab.images.film_marks import written_as
from huelab.images.film_writing import Look, look_of
from huelab.images.video import frames, stored
from huelab.methods.colorizer import Colorizer
from huelab.metrics import color_histograms, color_inconsistency, colorfulness, warping_error

OURS, RIVAL, GRAY = "following what moves", "frame by frame", "gray"
#: A pixel counts as seen in both frames if the trust in its motion is above this.
SEEN = 0.5


@dataclass(frozen=True)
class FilmCost:
    """What the coloring of a film costs, and measures of its colors, as decoded from the file.

    Attributes:
        seconds: wall-clock seconds for the whole film.
        cpu_seconds: seconds of the processor, all threads together.
        frames_a_second: frames per second, including decoding and encoding.
        warping_error: mean of `metrics.warping_error`, along the motion of the gray film.
        cdc: `metrics.color_inconsistency`.
        colorfulness: mean of `metrics.colorfulness` over frames.

    Example:
        >>> FilmCost(10.0, 15.0, 25.0, 0.5, 0.001, 20.0).frames_a_second
        25.0
    """

    seconds: float | None
    cpu_seconds: float | None
    frames_a_second: float | None
    warping_error: float
    cdc: float
    colorfulness: float

    @property
    def values(self) -> dict[str, float]:
        """The quantities that were measured, by their names.

        Example:
            >>> list(FilmCost(None, None, None, 0.0, 0.001, 0.0).values)
            ['warping_error', 'cdc', 'colorfulness']
        """
        pairs = zip((each.name for each in fields(self)), astuple(self), strict=True)
        return {name: value for name, value in pairs if value is not None}


def bench_film(film: Path, method: Colorizer, *, size: int) -> tuple[dict[str, FilmCost], int, str]:
    """Color a film with and without smoothing, and measure the written files.

    Args:
        film: the file of a film.
        method: any colorizer.
        size: shorter side in pixels that the method sees.

    Returns:
        The costs by way, the number of frames, and the hash of the film.

    Raises:
        ImageError: if the file is not a film.
        FlowError: if OpenCV is not installed.
    """
    suffix = written_as(film) or ".mkv"
    with TemporaryDirectory() as folder:
        results, spent = {}, {}
        for way, smooth in ((OURS, True), (RIVAL, False)):
            results[way] = Path(folder, f"{smooth}{suffix}")
            start = time.perf_counter(), time.process_time()
            colorize_film(film, results[way], method=method, size=size, smooth=smooth)
            spent[way] = time.perf_counter() - start[0], time.process_time() - start[1]
        found, count = _measured(stored(film), look_of(film, suffix), results, size)
    costs = {}
    for way, values in found.items():
        took: tuple[float, float] | tuple[None, None] = spent.get(way, (None, None))
        rate = count / took[0] if took[0] else None
        costs[way] = FilmCost(took[0], took[1], rate, *values)
    return costs, count, hashlib.sha256(film.read_bytes()).hexdigest()


@dataclass
class _Colors:
    """Measurements of the frames of a result, and the colors of the last frame."""

    histograms: list[Tensor] = field(default_factory=list)
    colorfulness: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    before: Tensor | None = None

    def see(self, rgb: Tensor, flow: Tensor | None, seen: Tensor | None) -> None:
        self.histograms.append(color_histograms(rgb))
        self.colorfulness.append(float(colorfulness(rgb)))
        ab = rgb_to_lab(rgb)[:, 1:]
        if flow is not None and seen is not None and self.before is not None and seen.any():
            self.errors.append(float(warping_error(ab, self.before, flow, seen)))
        self.before = ab

    @property
    def values(self) -> tuple[float, float, float]:
        cdc = float(color_inconsistency(torch.cat(self.histograms)))
        return float(np.mean(self.errors)), cdc, float(np.mean(self.colorfulness))


def _measured(
    film: Iterator[Any], look: Look, results: dict[str, Path], size: int
) -> tuple[dict[str, tuple[float, float, float]], int]:
    """Warping error, CDC and colorfulness of each result and of the gray film itself."""
    flow = Flow("medium")  # finer than the flow that smooths the colors
    colors = {way: _Colors() for way in (*results, GRAY)}
    before: np.ndarray | None = None
    count = 0
    shown = zip(*(frames(path) for path in results.values()), strict=True)
    for frame, pair in zip(film, shown, strict=True):
        gray = seen(frame, look, size)
        now = np.ascontiguousarray((gray[0, 0] * 255).round().to(torch.uint8).numpy())
        way_back, both = None, None
        if before is not None:
            motion = flow.between(before, now)
            way_back = torch.from_numpy(motion.flow).permute(2, 0, 1)[None]
            both = torch.from_numpy(motion.trust > SEEN)[None, None]
        pictures = [torch.from_numpy(each.rgb).permute(2, 0, 1)[None] for each in pair]
        small = [as_float(shrink(each, size)) for each in pictures]
        for way, rgb in zip(results, small, strict=True):
            colors[way].see(rgb, way_back, both)
        colors[GRAY].see(gray.expand(-1, 3, -1, -1), way_back, both)
        before, count = now, count + 1
    return {way: each.values for way, each in colors.items()}, count
