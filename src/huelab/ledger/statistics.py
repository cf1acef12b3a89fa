"""The uncertainty of a mean over seeds: 95 % intervals by Student's and Welch's t."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import stats

#: How many seeds of a trained network a verdict needs at least.
SEEDS = 3
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Sample:
    """A quantity in the runs of one recipe.

    Attributes:
        values: one value per seed, in the order of `seeds`.
        seeds: the seeds of the runs.
        exact: whether nothing is trained, so that every run gives the same value.

    Example:
        >>> str(Sample((0.1, 0.2, 0.3), seeds=(0, 1, 2))), str(Sample((0.1,), (0,), exact=True))
        ('0.2 [-0.04841, 0.4484] (n=3)', '0.1 (exact)')
        >>> sample = Sample((0.5, 0.5), seeds=(0, 1))
        >>> sample.enough, sample.constant
        (False, True)
    """

    values: tuple[float, ...]
    seeds: tuple[int, ...]
    exact: bool = False

    @property
    def mean(self) -> float:
        return statistics.fmean(self.values)

    @property
    def enough(self) -> bool:
        """Whether there are enough seeds for a verdict."""
        return self.exact or len(self.values) >= SEEDS

    @property
    def constant(self) -> bool:
        """Whether the value is the same for all seeds."""
        return self.exact or len(set(self.values)) == 1

    def __str__(self) -> str:
        if self.exact:
            return f"{self.mean:.4g} (exact)"
        if not self.enough:
            return f"{self.mean:.4g} (n={len(self.values)})"
        return f"{of_mean(self)} (n={len(self.values)})"


@dataclass(frozen=True)
class Interval:
    """An estimate and the ends of its 95 % interval; an exact estimate equals both ends.

    Example:
        >>> str(Interval(0.2, 0.1, 0.3)), str(Interval(0.2, 0.2, 0.2))
        ('0.2 [0.1, 0.3]', '0.2')
    """

    center: float
    low: float
    high: float

    def __str__(self) -> str:
        if self.low == self.high:
            return f"{self.center:.4g}"
        if math.isinf(self.low):
            return f"{self.center:.4g} (fewer than {SEEDS} seeds)"
        return f"{self.center:.4g} [{self.low:.4g}, {self.high:.4g}]"


def of_mean(sample: Sample) -> Interval:
    """The interval of the mean over seeds; it is unbounded with fewer than `SEEDS` seeds.

    Example:
        >>> interval = of_mean(Sample((1.0, 2.0, 3.0), seeds=(0, 1, 2)))
        >>> half = 4.302653 / 3**0.5  # Student's t for two degrees of freedom, deviation 1, n = 3
        >>> round(interval.high, 4) == round(2 + half, 4)
        True
    """
    if not sample.enough:
        return Interval(sample.mean, -math.inf, math.inf)
    return _student(sample.values, sample.constant)


def of_difference(first: Sample, second: Sample, paired: bool = False) -> Interval:
    """The interval of the difference of two means, first minus second.

    Args:
        first, second: the samples.
        paired: whether both are measured on the same runs; then differences are taken seed by
            seed. Otherwise the interval is Welch's, for deviations that may differ.

    Returns:
        The interval; it is unbounded with fewer than `SEEDS` seeds on either side.

    Example:
        >>> first, second = Sample((1.0, 2.0, 3.0), (0, 1, 2)), Sample((0.5, 1.5, 2.5), (0, 1, 2))
        >>> str(of_difference(first, second, paired=True)), of_difference(first, second).low < 0
        ('0.5', True)
    """
    center = first.mean - second.mean
    if not (first.enough and second.enough):
        return Interval(center, -math.inf, math.inf)
    if paired:
        return _student([a - b for a, b in zip(first.values, second.values, strict=True)])
    if second.constant:
        return _student([value - second.mean for value in first.values], first.constant)
    if first.constant:
        return _student([first.mean - value for value in second.values])
    test = stats.ttest_ind(first.values, second.values, equal_var=False)
    return Interval(center, *map(float, test.confidence_interval(CONFIDENCE)))


def _student(values: Sequence[float], constant: bool = False) -> Interval:
    """The interval of a mean; it is a point if nothing varies, where SciPy would divide by zero."""
    center = statistics.fmean(values)
    if constant or len(set(values)) == 1:
        return Interval(center, center, center)
    ends = stats.ttest_1samp(values, 0.0).confidence_interval(CONFIDENCE)
    return Interval(center, *map(float, ends))
