"""What a claim looks like on an axis, against closed forms and the papers' own numbers."""

import math
from datetime import date

import pytest
from ledger_examples import claim, expected, recipe, runs, sources

from huelab import ledger
from huelab.ledger import EXPECTATIONS, GOALS, Goal, judged, panels
from huelab.ledger.combinations import every, provided
from huelab.ledger.judgments import Bound, Compared, Number, Unmeasured, greater, less
from huelab.ledger.quantities import Metric
from huelab.ledger.words import in_words

MSE = Metric("mse", space="rgb")
#: Student's t for two degrees of freedom, at 97.5 %; from any printed table.
T2 = 4.302653


def row(expects, found, value="", check="record:one.mse [space=rgb]"):
    recipes = [recipe("one"), recipe("two")]
    (made,) = ledger.resolve(
        [claim(check, value)], sources(recipes, found, expectations=expected(expects))
    )
    return made


def test_a_number_shares_the_axis_with_the_papers():
    found = row(Number(MSE.of("one"), 0.5), runs(recipe("one"), 1.0, 2.0, 3.0), "2–4")
    (panel,) = panels(found)
    paper, ours = panel.estimates
    assert (paper.role, paper.interval.low, paper.interval.high) == ("paper", 2.0, 4.0)
    assert ours.interval.high == pytest.approx(2 + T2 / math.sqrt(3), rel=1e-6)
    assert ours.seeds == (1.0, 2.0, 3.0) and panel.expected == (1.5, 4.5)
    assert panel.verdict == "inconclusive" and not panel.difference


@pytest.mark.parametrize(
    ("above", "expected_side", "verdict"),
    [(False, (-math.inf, 9.0), "agrees"), (True, (9.0, math.inf), "disagrees")],
)
def test_a_bound_shades_the_side_where_the_value_was_expected(above, expected_side, verdict):
    expects = Bound(MSE.of("one"), 9.0, above=above)
    (panel,) = panels(row(expects, runs(recipe("one"), 1.0, 2.0, 3.0)))
    assert (panel.expected, panel.verdict) == (expected_side, verdict)


def both(*more):
    """Two networks, of which the second has by 4 more."""
    return [*runs(recipe("one"), 1.0, 2.0, 3.0), *runs(recipe("two"), 5.0, 6.0, 7.0), *more]


def test_a_comparison_shows_both_means_and_their_difference():
    means, difference = panels(row(less(MSE.of("one"), MSE.of("two"), margin=1.0), both()))
    assert [(e.role, e.interval.center) for e in means.estimates] == [("ours", 2), ("other", 6)]
    assert means.expected is None and not means.difference
    (one,) = difference.estimates
    # Both vary as much, so that Welch's interval is Student's with four degrees of freedom.
    half = 2.776445 * math.sqrt(2 / 3)
    assert (one.interval.low, one.interval.high) == pytest.approx((-4 - half, -4 + half), rel=1e-6)
    assert difference.expected == (-math.inf, -1.0) and difference.verdict == "agrees"


@pytest.mark.parametrize(
    ("compare", "value", "size"),
    [
        (less, "0.5 dB", -0.5),
        (greater, "0.5 dB", 0.5),
        (less, "50 %", -3.0),  # of the other one's 6
        (less, "", None),
        (less, "32×32", None),
    ],
)
def test_a_difference_that_the_paper_reports_is_on_the_axis_of_differences(compare, value, size):
    found = panels(row(compare(MSE.of("one"), MSE.of("two")), both(), value))
    reported = [e.interval.center for p in found for e in p.estimates if e.role == "paper"]
    assert reported == ([] if size is None else [size])
    assert [p.difference for p in found if p.estimates[0].role == "paper"] == [True] * len(reported)


def test_two_bounds_on_one_difference_are_one_panel():
    """As in "slightly lower": below zero, and by no more than 5."""
    expects = every(
        less(MSE.of("one"), MSE.of("two")), greater(MSE.of("one"), MSE.of("two"), margin=-5.0)
    )
    found = panels(row(expects, both(), "0.5 dB"))
    assert len(found) == 2
    assert found[1].expected == (-5.0, 0.0)
    assert [e.interval.center for e in found[1].estimates] == [-0.5, -4.0]
    # The interval reaches below -5, so that the second half is open.
    assert found[1].verdict == "inconclusive"


def test_a_condition_has_panels_that_say_so():
    one, two = MSE.of("one"), MSE.of("two")
    found = panels(row(provided(less(one, two), Bound(one, 9.0)), both()))
    assert [panel.title.endswith("(a condition of any verdict)") for panel in found] == [
        False,
        False,
        True,
    ]
    assert found[2].verdict == "agrees" and found[2].expected == (-math.inf, 9.0)


def test_fewer_than_three_seeds_have_no_interval():
    few = [*runs(recipe("one"), 1.0, 2.0), *runs(recipe("two"), 5.0, 6.0, 7.0)]
    means, difference = panels(row(less(MSE.of("one"), MSE.of("two")), few))
    assert math.isinf(means.estimates[0].interval.low)
    assert math.isinf(difference.estimates[0].interval.high)


def test_what_nothing_measures_is_a_panel_without_estimates():
    expects = every(Bound(MSE.of("one"), 9.0), Unmeasured("contrast"))
    found = panels(row(expects, runs(recipe("one"), 1.0, 2.0, 3.0)))
    assert [bool(panel.estimates) for panel in found] == [True, False]
    assert "contrast" in found[1].title


def test_a_claim_that_waits_has_no_panel():
    assert panels(row(less(MSE.of("one"), MSE.of("two")), runs(recipe("one"), 1.0))) == []


def test_every_metric_that_an_expectation_names_has_words():
    named = {q.metric for e in (*EXPECTATIONS.values(), *GOALS) for q in e.expects.quantities}
    assert len(named) > 30
    assert [m.name for m in named if in_words(m) == m.name and m.name != "colorfulness"] == []


@pytest.mark.parametrize(
    ("line", "status"), [(9.0, "reached"), (1.0, "not reached"), (2.5, "inconclusive")]
)
def test_a_goal_is_judged_as_a_claim_is(line, status, monkeypatch):
    monkeypatch.setattr("huelab.ledger.goals.RECIPES", {"one": recipe("one")})
    goal = Goal("ours", "It is small.", date(2026, 11, 27), Bound(MSE.of("one"), line))
    # 2 with an interval of 0.25: below 9, above 1, and on both sides of 2.5 only if it is wide.
    spread = 0.1 if line != 2.5 else 1.0
    found = runs(recipe("one"), 2 - spread, 2.0, 2 + spread)
    assert [r.status for r in judged([goal], found)] == [status]
    assert [r.status for r in judged([goal], [])] == ["pending"]


def test_all_comparisons_of_the_book_have_two_panels_at_most_a_part():
    for made in ledger.resolve(ledger.read_claims()):
        if made.samples and made.expectation:
            assert 1 <= len(panels(made)) <= most_panels(made.expectation.expects)


def most_panels(judgment) -> int:
    if parts := getattr(judgment, "parts", ()):
        return sum(map(most_panels, parts))
    return 2 if isinstance(judgment, Compared) else 1
