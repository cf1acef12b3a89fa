"""Intervals over seeds against SciPy and closed forms, and what they decide."""

import math

import numpy as np
import pytest
from scipy import stats

from huelab.ledger.claims import CheckError
from huelab.ledger.combinations import Some, every, provided
from huelab.ledger.judgments import (
    Bound,
    Number,
    Unmeasured,
    greater,
    less,
    reported,
)
from huelab.ledger.quantities import Metric
from huelab.ledger.statistics import Sample, of_difference, of_mean

ERROR = Metric("error")


def sample(*values: float, exact: bool = False) -> Sample:
    return Sample(values, tuple(range(len(values))), exact)


def ends(interval) -> tuple[float, float]:
    return interval.low, interval.high


# ---------------------------------------------------------------------------- intervals


def test_interval_of_a_mean_is_students():
    # 12.706, 4.303: quantiles of Student's t for one and two degrees of freedom, from any table.
    values = (1.0, 2.0, 6.0)
    half = 4.30265 * np.std(values, ddof=1) / math.sqrt(3)
    assert ends(of_mean(sample(*values))) == pytest.approx((3 - half, 3 + half), rel=1e-5)


def test_interval_of_a_difference_is_welchs():
    first, second = (1.0, 1.2, 1.4), (3.0, 3.5, 2.0, 4.5)
    a, b = np.var(first, ddof=1) / 3, np.var(second, ddof=1) / 4
    freedom = (a + b) ** 2 / (a**2 / 2 + b**2 / 3)  # Welch-Satterthwaite
    half = stats.t.ppf(0.975, freedom) * math.sqrt(a + b)
    center = np.mean(first) - np.mean(second)
    found = of_difference(sample(*first), sample(*second))
    assert ends(found) == pytest.approx((center - half, center + half))


def test_one_side_without_deviation_leaves_the_other_sides_interval():
    other = sample(1.0, 2.0, 6.0)
    expected = ends(of_mean(sample(-1.0, 0.0, 4.0)))
    assert ends(of_difference(other, sample(2.0, exact=True))) == pytest.approx(expected)
    assert ends(of_difference(other, sample(2.0, 2.0, 2.0))) == pytest.approx(expected)
    mirrored = ends(of_difference(sample(2.0, exact=True), other))
    assert mirrored == pytest.approx((-expected[1], -expected[0]))


def test_runs_that_both_are_measured_on_are_compared_one_by_one():
    first, second = (1.0, 5.0, 9.0), (0.9, 4.88, 8.9)
    expected = stats.ttest_rel(first, second).confidence_interval(0.95)
    found = of_difference(sample(*first), sample(*second), paired=True)
    assert ends(found) == pytest.approx(tuple(expected))
    assert found.low > 0 > of_difference(sample(*first), sample(*second)).low


def test_equal_values_are_a_point_and_divide_by_nothing():
    assert ends(of_mean(sample(0.5, 0.5, 0.5))) == (0.5, 0.5)
    assert ends(of_difference(sample(3.0, 3.0, 3.0), sample(1.0, 1.0, 1.0))) == (2.0, 2.0)
    assert ends(of_difference(sample(3.0, exact=True), sample(1.0, exact=True))) == (2.0, 2.0)


def test_fewer_than_three_seeds_bound_nothing():
    assert ends(of_mean(sample(1.0, 1.0))) == (-math.inf, math.inf)
    found = of_difference(sample(1.0, 1.1), sample(5.0, 5.1, 5.2))
    assert ends(found) == (-math.inf, math.inf) and "fewer than 3 seeds" in str(found)


def test_nineteen_of_twenty_intervals_hold_the_truth():
    generator = np.random.default_rng(0)
    draws = [(generator.normal(0, 1, 3), generator.normal(2, 3, 3)) for _ in range(2000)]
    found = [of_difference(sample(*a), sample(*b)) for a, b in draws]
    held = np.mean([one.low <= -2 <= one.high for one in found])
    assert held == pytest.approx(0.95, abs=0.02)


# ---------------------------------------------------------------------------- judgments


def verdict(judgment, said: str = "", **samples: Sample) -> str:
    return judgment.judge(lambda quantity: samples[quantity.recipe], said).verdict


LOW, HIGH, SAME = sample(1.0, 1.1, 1.2), sample(2.0, 2.1, 2.2), sample(1.05, 1.15, 1.1)
A, B, C, Z = map(ERROR.of, "abcz")


@pytest.mark.parametrize(
    ("judgment", "expected"),
    [
        (less(A, B), "agrees"),
        (less(B, A), "disagrees"),
        (greater(B, A), "agrees"),
        (greater(A, B), "disagrees"),
        (less(A, C), "inconclusive"),
        (greater(A, C), "inconclusive"),
        (less(A, B, C), "inconclusive"),
        (less(B, A, C), "disagrees"),
        (greater(B, A, C), "agrees"),
        (less(A, B, margin=0.7), "agrees"),
        (less(A, B, margin=0.95), "inconclusive"),
        (less(A, B, margin=1.5), "disagrees"),
        (greater(A, B, margin=-1.5), "agrees"),
        (greater(A, B, margin=-0.5), "disagrees"),
        (greater(A, C, margin=-0.5), "agrees"),
        (Bound(A, 2.0), "agrees"),
        (Bound(A, 0.5), "disagrees"),
        (Bound(A, 1.2), "inconclusive"),
        (Bound(A, 0.5, above=True), "agrees"),
        (Bound(A, 2.0, above=True), "disagrees"),
        (every(less(A, B), greater(B, A)), "agrees"),
        (every(less(A, B), less(A, C)), "inconclusive"),
        (every(less(A, C), less(B, A)), "disagrees"),
        (every(less(A, B), Unmeasured("beauty")), "inconclusive"),
        (every(less(B, A), Unmeasured("beauty")), "disagrees"),
        # One exception may be undecided or wrong, and two may not.
        (greater(A, B, Z, exceptions=1), "agrees"),
        (greater(B, A, C, exceptions=1), "agrees"),
        (greater(A, B, C, exceptions=1), "inconclusive"),
        (greater(A, B, B, exceptions=1), "disagrees"),
        (Some((less(B, A), less(A, B))), "agrees"),
        (Some((less(B, A), less(A, C))), "inconclusive"),
        (Some((less(B, A), less(B, C))), "disagrees"),
        # Only a condition that agrees lets a verdict through, for or against.
        (provided(less(A, B), less(A, B)), "agrees"),
        (provided(less(B, A), less(A, B)), "disagrees"),
        (provided(less(A, B), less(A, C)), "inconclusive"),
        (provided(less(B, A), less(B, A)), "inconclusive"),
        (provided(less(B, A), less(A, B), less(A, C)), "inconclusive"),
        (every(less(A, B), provided(less(B, A), less(A, C))), "inconclusive"),
    ],
)
def test_all_of_the_interval_must_be_where_it_is_expected(judgment, expected):
    assert verdict(judgment, a=LOW, b=HIGH, c=SAME, z=sample(0.0, exact=True)) == expected


@pytest.mark.parametrize(
    ("said", "tolerance", "expected"),
    [
        ("1.1", 0.3, "agrees"),
        ("1.1", 0.2, "inconclusive"),  # the interval is 1.1 ± 0.25
        ("1.6", 0.2, "disagrees"),
        ("0.7–1.5", 0.0, "agrees"),
        ("140–160 %", 0.01, "disagrees"),
        ("80–150 %", 0.0, "agrees"),
    ],
)
def test_a_reported_number_is_met_by_the_whole_interval(said, tolerance, expected):
    assert verdict(Number(A, tolerance), said, a=LOW) == expected


def test_two_seeds_or_one_decide_nothing():
    few = sample(1.0, 1.0)
    assert verdict(less(A, B), a=few, b=HIGH) == "inconclusive"
    assert verdict(Number(A, 1.0), "1", a=sample(1.0)) == "inconclusive"
    assert verdict(Bound(A, 9.0), a=few) == "inconclusive"


def test_what_is_not_trained_needs_no_seeds():
    exact = sample(3.0, exact=True)
    assert verdict(less(A, B), a=LOW, b=exact) == "agrees"
    assert verdict(Number(B, 0.1), "3", b=exact) == "agrees"


def test_noise_decides_nothing():
    """Of networks that differ by their seeds alone, one in twenty is called different."""
    generator = np.random.default_rng(0)
    draws = generator.normal(5, 1, (1000, 2, 3))
    pairs = [(sample(*a), sample(*b)) for a, b in draws]
    found = [verdict(less(A, B), a=a, b=b) for a, b in pairs]
    assert found.count("inconclusive") > 930
    by_means = [a.mean < b.mean for a, b in pairs]  # what means alone would have said
    assert 400 < sum(by_means) < 600


def test_quantities_are_listed_once_and_the_claims_own_first():
    both = every(less(A, B), greater(A, C), Unmeasured("beauty"))
    assert both.quantities == (A, B, C)
    assert not both.is_number and every(Number(A, 0.1)).is_number
    assert provided(less(A, B), less(C, B)).quantities == (A, B, C)


def test_the_words_say_which_part_is_a_condition():
    judgment = provided(every(less(A, B), less(A, C)), less(B, A))
    samples = {"a": LOW, "b": HIGH, "c": SAME}
    words = judgment.judge(lambda quantity: samples[quantity.recipe], "").words
    claimed, _, condition = words.partition(" | condition: ")
    assert claimed.startswith("(a.error") and claimed.endswith("): inconclusive")
    assert condition.startswith("b.error") and condition.endswith(": disagrees")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.077", (0.077, 0.077)),
        ("0.3–0.4", (0.3, 0.4)),
        ("53–55 %", (0.53, 0.55)),
        ("27.721", (27.721, 27.721)),
        ("0.863 dB", (0.863, 0.863)),
    ],
)
def test_values_of_the_papers_are_read(text, expected):
    assert reported(text) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["", "MSE", "32×32", "1e-7", "1.2.3"])
def test_what_is_no_value_is_refused(text):
    with pytest.raises(CheckError):
        reported(text)
