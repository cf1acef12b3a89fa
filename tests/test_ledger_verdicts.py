"""Verdicts on made-up records: which runs may say what, and when they say nothing."""

import math
from datetime import date
from itertools import chain

import pytest
from ledger_examples import KODAK, claim, expected, recipe, record, runs, sources, status

from huelab import ledger, measure, records
from huelab.ledger import tables
from huelab.ledger.combinations import every, provided
from huelab.ledger.judgments import Bound, Number, less
from huelab.ledger.quantities import Metric, parse
from huelab.ledger.statistics import Sample
from huelab.recipes import RECIPES

CHECK = "record:one.mse [space=rgb]"
MSE, SSIM = Metric("mse", space="rgb"), Metric("ssim")
ONE, TWO = recipe("one"), recipe("two")
LOW, HIGH, NOISY = (0.40, 0.41, 0.42), (0.60, 0.61, 0.62), (0.30, 0.42, 0.54)
LESS, NUMBER = less(*map(MSE.of, ("one", "two"))), Number(MSE.of("one"), 0.05)
STAND_IN = (records.Deviation(sentence="Others stand in.", stand_in=True),)
OPEN = (records.Deviation(sentence="The batch size is not stated."),)


def judged(expects, *found, recipes=(ONE, TWO), value="", check=CHECK, **more) -> str:
    expectations = expected(expects, **more) if expects else {}
    return status(check, recipes, [*chain(*found)], value=value, expectations=expectations)


def other_images(**changes) -> records.DataSpec:
    return KODAK.model_copy(update=changes)


# ---------------------------------------------------------------------------- statuses


def test_full_runs_on_the_papers_data_reproduce_or_differ():
    assert judged(LESS, runs(ONE, *LOW), runs(TWO, *HIGH)) == "reproduced"
    assert judged(LESS, runs(ONE, *HIGH), runs(TWO, *LOW)) == "differs"
    assert judged(NUMBER, runs(ONE, *LOW), value="0.41") == "reproduced"
    assert judged(NUMBER, runs(ONE, *LOW), value="0.5") == "differs"


def test_a_deviation_that_changes_no_data_keeps_that():
    found = runs(ONE, *LOW, deviations=OPEN), runs(TWO, *HIGH, deviations=OPEN)
    assert judged(LESS, *found) == "reproduced"


@pytest.mark.parametrize("changes", [{"profile": "reduced"}, {"deviations": STAND_IN}])
def test_reduced_runs_and_stand_ins_say_less(changes):
    low, high = runs(ONE, *LOW, **changes), runs(TWO, *HIGH, **changes)
    assert judged(LESS, low, high) == "agrees (reduced)"
    assert judged(LESS, runs(ONE, *HIGH, **changes), runs(TWO, *LOW, **changes)) == (
        "disagrees (reduced)"
    )
    assert judged(Bound(MSE.of("one"), 0.5), low) == "agrees (reduced)"
    assert judged(NUMBER, low, value="0.41") == "not comparable"


def test_one_stand_in_is_enough():
    found = runs(ONE, *LOW), runs(TWO, *HIGH, deviations=STAND_IN)
    assert judged(LESS, *found) == "agrees (reduced)"


def test_a_protocol_that_cannot_be_the_papers_reproduces_nothing():
    found = runs(ONE, *LOW), runs(TWO, *HIGH)
    assert judged(NUMBER, *found, value="0.41", protocol_known=False) == "not comparable"
    assert judged(NUMBER, *found, value="0.9", protocol_known=False) == "not comparable"
    assert judged(LESS, *found, protocol_known=False) == "agrees (reduced)"


def test_noise_is_inconclusive():
    assert judged(LESS, runs(ONE, *LOW), runs(TWO, *NOISY)) == "inconclusive"
    assert judged(NUMBER, runs(ONE, *NOISY), value="0.41") == "inconclusive"
    same = (0.40, 0.41, 0.42)
    assert judged(LESS, runs(ONE, *same), runs(TWO, *same)) == "inconclusive"


def test_without_its_condition_a_claim_is_inconclusive_and_its_images_are_compared():
    won, lost = Bound(MSE.of("one"), 0.5), Bound(MSE.of("one"), 0.3)
    found = runs(ONE, *LOW), runs(TWO, *HIGH)
    assert judged(provided(LESS, won), *found) == "reproduced"
    assert judged(provided(LESS, lost), *found) == "inconclusive"
    assert sides(provided(won, LESS), hash="d" * 64).status == "not comparable"


def test_three_seeds_are_needed_on_both_sides():
    assert judged(LESS, runs(ONE, *LOW[:2]), runs(TWO, *HIGH)) == "inconclusive"
    assert judged(LESS, runs(ONE, *LOW), runs(TWO, HIGH[0])) == "inconclusive"
    assert judged(NUMBER, runs(ONE, *LOW[:2]), value="0.41") == "inconclusive"


def test_a_method_that_is_not_trained_needs_one_run():
    fixed = recipe("two", epochs=0, profiles={})
    assert judged(LESS, runs(ONE, *LOW), runs(fixed, 0.6), recipes=(ONE, fixed)) == "reproduced"
    reduced = runs(ONE, *LOW, profile="reduced")
    assert judged(LESS, reduced, runs(fixed, 0.6), recipes=(ONE, fixed)) == "agrees (reduced)"


def test_what_nothing_was_expected_of_is_not_comparable():
    assert judged(None, runs(ONE, *LOW)) == "not comparable"


# ---------------------------------------------------------------------------- which runs


def test_full_runs_count_before_reduced_ones_if_they_have_the_seeds():
    reduced = runs(ONE, *HIGH, profile="reduced"), runs(TWO, *LOW, profile="reduced")
    full = runs(ONE, *LOW), runs(TWO, *HIGH)
    assert judged(LESS, *reduced, *full) == "reproduced"
    few = runs(ONE, LOW[0]), runs(TWO, HIGH[0])
    assert judged(LESS, *reduced, *few) == "disagrees (reduced)"


def test_a_number_is_that_of_full_runs_however_few():
    found = [*runs(ONE, *HIGH, profile="reduced"), *runs(ONE, 0.41)]
    made = sources((ONE,), found, expectations=expected(NUMBER))
    (row,) = ledger.resolve([claim(CHECK, "0.41")], made)
    assert row.status == "inconclusive" and row.detail.endswith("; full")


def test_all_quantities_are_of_one_profile():
    found = runs(ONE, *LOW), runs(TWO, *HIGH, profile="reduced")
    assert judged(LESS, *found) == "pending"
    both = (*found, runs(ONE, *LOW, profile="reduced"))
    assert judged(LESS, *both) == "agrees (reduced)"


def test_a_result_waits_for_complete_runs_of_the_recipes_as_they_are():
    assert judged(LESS) == "pending"
    assert judged(LESS, runs(ONE, *LOW)) == "pending"
    assert judged(NUMBER, runs(ONE, *LOW, status="incomplete"), value="1") == "pending"
    assert judged(NUMBER, runs(ONE, 0.4, 0.4, None), value="1") == "pending"
    assert judged(NUMBER, runs(recipe("one", epochs=3), *LOW), value="1") == "pending"


def test_runs_on_different_data_are_not_averaged():
    found = runs(ONE, *LOW), [record(ONE, 0.4, seed=3, data_hash="b" * 64)]
    assert judged(NUMBER, *found, value="0.41") == "broken"


def test_reduced_runs_are_read_where_they_were_tested():
    small = {"name": "kodak24", "split": "test", "size": 64}
    one, two = (recipe(n, profiles={"reduced": {"tests": [small]}}) for n in ("one", "two"))
    where = {"profile": "reduced", "test": other_images(size=64)}
    found = runs(one, *LOW, **where), runs(two, *HIGH, **where)
    assert judged(LESS, *found, recipes=(one, two)) == "agrees (reduced)"


def test_a_quantity_that_names_its_images_is_read_where_they_were_tested():
    small = {"name": "kodak24", "split": "test", "size": 64}
    one, two = (recipe(n, profiles={"reduced": {"tests": [small]}}) for n in ("one", "two"))
    named = Metric("mse", data=KODAK.place, space="rgb")
    expects, check = less(*map(named.of, ("one", "two"))), f"record:{named.of('one')}"
    where = {"profile": "reduced", "test": other_images(size=64)}
    small_runs = [*runs(one, *HIGH, **where), *runs(two, *LOW, **where)]
    few = [*runs(one, LOW[0]), *runs(two, HIGH[0])]
    found = {"recipes": (one, two), "check": check}
    assert judged(expects, small_runs, few, **found) == "inconclusive"
    assert judged(expects, small_runs, **found) == "broken"


def test_two_metrics_of_the_same_runs_are_compared_seed_by_seed():
    # SSIM is 0.50, 0.51, 0.52: each run is below it by nearly the same, while the means overlap.
    near = runs(ONE, 0.495, 0.505, 0.514)
    assert judged(less(MSE.of("one"), SSIM.of("one")), near) == "reproduced"


# ---------------------------------------------------------------------------- the same images

BOTH = less(*map(MSE.of, ("one", "two")), across_sets=True)
FACES = {"name": "faces", "split": "test", "size": 256}


def sides(expects, **images) -> ledger.Row:
    """The row of a comparison whose second recipe was measured on other images."""
    there = {key: value for key, value in images.items() if key in FACES}
    two = recipe("two", tests=(FACES | {"name": "kodak24"} | there,))
    found = [*runs(ONE, *LOW), *runs(two, *HIGH, test=other_images(**images))]
    made = sources((ONE, two), found, expectations=expected(expects))
    return ledger.resolve([claim(CHECK)], made)[0]


@pytest.mark.parametrize(
    "images", [{"hash": "d" * 64}, {"size": 64}, {"n": 23}, {"split": "all"}, {"name": "faces"}]
)
def test_recipes_that_were_measured_on_different_images_are_not_compared(images):
    row = sides(LESS, **images)
    assert row.status == "not comparable"
    assert "not measured on the same images: one.mse" in row.detail
    assert sides(every(Bound(MSE.of("one"), 0.5), LESS), **images).status == "not comparable"


def test_a_hash_that_nobody_took_fits_any():
    assert sides(LESS, hash=None).status == "reproduced"


def test_two_hashes_are_not_the_same_because_a_third_is_unknown():
    hashes = (None, "c" * 64, "d" * 64)
    two = [
        record(TWO, v, seed=i, test=other_images(hash=h))
        for i, (v, h) in enumerate(zip(HIGH, hashes, strict=True))
    ]
    one = runs(ONE, *LOW, test=other_images(hash=None))
    assert judged(LESS, one, two) == "not comparable"


def test_a_claim_about_two_sets_compares_them_at_one_size():
    assert sides(BOTH, **FACES, n=500, hash="d" * 64).status == "reproduced"
    row = sides(BOTH, **FACES | {"size": 64})
    assert row.status == "not comparable" and "the same size" in row.detail


# ---------------------------------------------------------------------------- checks


@pytest.mark.parametrize(
    "check",
    [
        "record:one.mse [space=xyz]",
        "record:one.mse [colour=rgb]",
        "record:one.mse: photos/test at 64 [space=rgb]",
        "record:one.beauty",
        "record:one",
        "record:one.ssim",  # not what was expected
    ],
)
def test_a_check_names_what_was_expected(check):
    assert judged(NUMBER, runs(ONE, *LOW), value="0.41", check=check) == "broken"


def test_a_metric_must_be_told_from_others_of_its_name():
    loose = Number(Metric("mse").of("one"), 0.1)
    assert judged(loose, runs(ONE, *LOW), value="0.41", check="record:one.mse") == "broken"


def test_a_number_needs_a_value_of_the_paper():
    assert judged(NUMBER, runs(ONE, *LOW)) == "broken"


@pytest.mark.parametrize("check", ["recipe:later.epochs", "record:later.mse [space=rgb]"])
def test_what_is_planned_is_pending_and_named(check):
    planned = sources(plans=[("recipe", "later")])
    (row,) = ledger.resolve([claim(check)], planned)
    assert row.status == "pending" and "recipe later of 03_chapter" in row.detail
    assert status(check) == "broken"


@pytest.mark.parametrize(
    "text", ["a.mse", "a.mse [space=rgb]", "a-b.psnr: kodak24/test at 64 [space=rgb, range=1]"]
)
def test_quantities_are_written_as_they_are_read(text):
    assert str(parse(text)) == text


# ---------------------------------------------------------------------------- what is shown


def compared(expects, *found, value="", **more):
    made = sources((ONE, TWO), [*chain(*found)], expectations=expected(expects, **more))
    (row,) = ledger.compared(ledger.resolve([claim(CHECK, value)], made))
    return row


def test_measured_is_set_beside_the_paper_with_the_difference():
    row = compared(NUMBER, runs(ONE, 0.64, 0.65, 0.66), value="0.5")
    assert (row["id"], row["paper"], row["verdict"]) == ("000-R01", "0.5", "differs")
    assert row["difference"] == "+0.15" and row["written"] == "2026-11-21"
    half = 4.30265 * 0.01 / 3**0.5
    assert f"0.65 [{0.65 - half:.4g}, {0.65 + half:.4g}] (n=3)" in row["measured"]


def test_a_number_that_is_not_comparable_has_a_difference_all_the_same():
    row = compared(NUMBER, runs(ONE, *LOW, profile="reduced"), value="0.5")
    assert (row["difference"], row["verdict"]) == ("-0.09", "not comparable")


def test_a_change_after_the_first_run_stands_with_the_verdict():
    changed = ((date(2026, 11, 22), "The bound was moved."),)
    row = compared(LESS, runs(ONE, *LOW), runs(TWO, *HIGH), changed=changed)
    assert row["changed"] == "Changed on 2026-11-22: The bound was moved."
    assert compared(LESS, runs(ONE, *LOW), runs(TWO, *HIGH))["changed"] is None


# ---------------------------------------------------------------------------- the book's own

CLAIMS = {row.id: row for row in ledger.read_claims()}


def test_each_expectation_is_about_what_its_claim_checks():
    for expectation in ledger.EXPECTATIONS.values():
        row = CLAIMS[expectation.claim]
        assert row.form == "record", row.id
        assert parse(row.target) in expectation.expects.quantities, row.id


def test_each_result_of_a_recipe_that_is_built_is_expected_somehow():
    built = [r.id for r in CLAIMS.values() if r.form == "record" and _recipe_of(r) in RECIPES]
    assert sorted(built) == sorted(ledger.EXPECTATIONS)


def _recipe_of(row: ledger.Claim) -> str:
    return row.target.partition(".")[0]


def test_expectations_name_recipes_and_metrics_that_are_there():
    for expectation in ledger.EXPECTATIONS.values():
        for quantity in expectation.expects.quantities:
            assert quantity.recipe in RECIPES and measure.knows(quantity.metric.name)


def test_changes_after_the_first_run_are_disclosed():
    changed = {e.claim for e in ledger.EXPECTATIONS.values() if e.changed}
    assert {"000-R06", "002-Q10"} <= changed
    for expectation in ledger.EXPECTATIONS.values():
        assert all(day >= expectation.written for day, _ in expectation.changed)


def test_numbers_of_the_papers_are_readable():
    for expectation in ledger.EXPECTATIONS.values():
        if expectation.expects.is_number:
            said = CLAIMS[expectation.claim].value
            zero = Sample((0.0, 0.0, 0.0), (0, 1, 2))
            assert expectation.expects.judge(lambda _, zero=zero: zero, said).difference


FOUND = records.find()
SETS = {"vgg-faces": "faces", "vgg-fruits": "fruits360_random", "autoencoder-dropout": "cifar10"}
BASELINES = ("gray-copy", "mean-color", "color-per-gray", "middle-gray")


def baseline_value(quantity, name: str) -> Sample:
    """What a recipe has recorded of a metric; not a number where it has nothing of it."""
    profile = "reduced" if "reduced" in RECIPES[name].profiles else "full"
    metric = quantity.metric
    cell = tables.measured(RECIPES[name], FOUND, profile, metric.name, **metric.conditions)
    return Sample((cell.mean if cell else math.nan,), (0,), exact=True)


WITH_BASELINES = ["R07", "R08", "Q01", "Q03", "Q04", "Q05", "Q06", "Q07", "Q08", "Q12"]


@pytest.mark.parametrize("claim_id", [*(f"002-{key}" for key in WITH_BASELINES), "003-Q05"])
def test_no_baseline_in_the_networks_place_agrees(claim_id):
    """What a gray copy, one color, or one color per level of gray passes checks nothing."""
    expects = ledger.EXPECTATIONS[claim_id].expects
    own = expects.quantities[0].recipe
    names = [name for b in BASELINES if (name := f"{b}-{SETS[own]}") in RECIPES]
    assert len(names) >= 3
    for name in names:
        found = expects.judge(
            lambda q, name=name: baseline_value(q, name if q.recipe == own else q.recipe), ""
        )
        assert found.verdict != "agrees", name


@pytest.mark.parametrize("claim_id", [f"002-{key}" for key in WITH_BASELINES])
def test_no_baseline_in_the_place_of_a_network_of_paper_002_disagrees(claim_id):
    """A method that recognizes nothing says nothing against the paper's network."""
    expects = ledger.EXPECTATIONS[claim_id].expects
    for own in {q.recipe for q in expects.quantities} & set(SETS):
        for b in BASELINES[:3]:
            name = f"{b}-{SETS[own]}"
            found = expects.judge(
                lambda q, own=own, name=name: baseline_value(
                    q, name if q.recipe == own else q.recipe
                ),
                "",
            )
            assert found.verdict == "inconclusive", (own, b)


@pytest.mark.parametrize("claim_id", ["000-R01", "003-R01", "003-R02"])
def test_optimizers_are_judged_only_where_all_have_begun_to_learn(claim_id):
    """With the gray of any one of the networks, nothing is decided."""
    expects = ledger.EXPECTATIONS[claim_id].expects
    gray = "middle-gray-cifar10"
    for own in {q.recipe for q in expects.quantities} - {gray}:
        found = expects.judge(
            lambda q, own=own: Sample(({gray: 0.063, own: 0.062}.get(q.recipe, 0.01),), (0,), True),
            "",
        )
        assert found.verdict == "inconclusive", own


def test_two_claims_on_one_difference_have_one_bound():
    """002-R08 and 002-Q08 quote one sentence: the PSNR of faces is marginally lower."""

    def verdict(claim_id, lower):
        def value(q):
            better = {"vgg-fruits": 30.0, "vgg-faces": 30.0 - lower}
            psnr = better.get(q.recipe, 20.0)
            error = 1.0 if q.recipe in better else 9.0
            leaking = {"vgg-fruits": 0.1, "vgg-faces": 0.3}.get(q.recipe, 0.5)
            values = {"psnr": psnr, "delta_e_2000": error, "color_leaking": leaking}
            return Sample((values[q.metric.name],), (0,), exact=True)

        return ledger.EXPECTATIONS[claim_id].expects.judge(value, "").verdict

    for lower, expected_verdict in ((-1.0, "disagrees"), (1.0, "agrees"), (3.0, "disagrees")):
        assert verdict("002-R08", lower) == verdict("002-Q08", lower) == expected_verdict
