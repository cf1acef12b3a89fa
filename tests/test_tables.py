"""Tables say what the records say, and refuse to mix what does not belong together."""

from dataclasses import replace
from statistics import stdev

import pytest
from typer.testing import CliRunner

from huelab import measure, recipes, records, show
from huelab.cli.main import app
from huelab.ledger import tables
from huelab.ledger.tables import COLUMNS, Table, cell, place

TEST = {"name": "noise", "split": "test", "size": 8}
RECIPE = replace(recipes.get("first"), name="one", title="One", tests=(TEST,))


def used(**changes):
    spec = {"name": "noise", "n": 4, "hash": "ab" * 32} | changes
    return records.DataUsed(train=records.DataSpec(**spec))


DATA = used()


def record(value, seed=0, recipe="one", **changes):
    metrics = [
        records.Measurement(value=value, data=place(TEST), **where) for where in COLUMNS.values()
    ]
    arguments = {
        "profile": "full",
        "seed": seed,
        "config": RECIPE.config("full"),
        "data": DATA,
        "device": "cpu",
        "metrics": metrics,
        "cost": records.Cost(epochs=16, seconds=10.0 + seed),
    }
    return records.new_record(recipe, **(arguments | changes))


def test_a_cell_is_mean_and_sample_deviation_over_seeds():
    values = [20.0, 21.0, 23.5]
    found = cell([record(v, seed) for seed, v in enumerate(values)], "ssim", data=place(TEST))
    assert (found.mean, found.seeds) == (21.5, 3)
    assert found.deviation == pytest.approx(stdev(values))
    assert str(found) == "21.5 ± 1.8 (n=3)" and found.profile == "full"
    assert str(cell([record(20.0)], "ssim", data=place(TEST))) == "20"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"profile": "reduced"}, "profile"),
        ({"data": records.DataUsed(train=DATA.train, tests=[DATA.train])}, "data"),
        ({"data": used(hash="cd" * 32)}, "data"),
        ({"config": {"epochs": 2}}, "config_hash"),
        ({"recipe": "two"}, "recipe"),
        ({"seed": 0}, "seed"),
    ],
)
def test_what_does_not_belong_together_is_refused(changes, named):
    runs = [record(1.0), record(2.0, **({"seed": 1} | changes))]
    with pytest.raises(records.RecordError, match=named):
        cell(runs, "ssim", data=place(TEST))


def test_rows_hold_numbers_and_how_to_get_them_again():
    table = Table("t", (RECIPE, replace(RECIPE, name="two", title="Two")), TEST)
    one, two = tables.rows(table, [record(20.0), record(22.0, 1), record(0.0, 2, status="failed")])
    assert one["PSNR pooled"].mean == 21
    assert one["training, s"] in (10, 11) and one["data"] == "abababab"
    assert one["again"] == "huelab reproduce one --profile full"
    assert two == {"recipe": "two", "again": "pending: huelab reproduce two --profile full"}
    assert tables.rows(table, [record(1.0)], "reduced")[0]["again"].startswith("pending")


def test_what_could_not_be_measured_is_no_number():
    runs = [record(None)]
    assert cell(runs, "ssim", data=place(TEST)) is None


def test_every_table_of_the_book_can_be_made():
    found = records.find()
    made = {table.title: tables.rows(table, found) for table in tables.all_tables()}
    assert "fruits360/test at 256" in made
    # Networks that were trained for 16 epochs and for 30 stand in tables of their own.
    assert {f"photos_open/test at 256, {epochs} epochs" for epochs in (16, 30)} <= made.keys()
    # Four baselines, and the network of paper 002.
    assert len(made["faces/test at 256"]) == 5
    reduced = {table.title: table for table in tables.all_tables("reduced")}
    for table in reduced.values():
        assert len(tables.rows(table, found, "reduced")) == len(table.recipes)


def test_what_is_not_trained_is_one_run_whatever_the_seeds():
    config = RECIPE.config("full") | {"epochs": 0}
    runs = [record(20.0, seed, config=config) for seed in range(3)]
    assert str(cell(runs, "ssim", data=place(TEST))) == "20"


def test_what_is_measured_of_the_images_is_one_run_whatever_the_seeds():
    """In the book's records of three seeds, just these metrics have no deviation at all."""
    runs = tables.runs_of(recipes.get("autoencoder"), records.find(), "reduced")
    assert len(runs) >= 3
    compared = [
        (one, {records.value(run, one.name, **where) for run in runs})
        for one in runs[0].metrics
        if one.value is not None
        for where in [{key: getattr(one, key) for key in ("data", "space", "range", "averaging")}]
    ]
    assert {one.name for one, values in compared if len(values) == 1} == {
        one.name for one, _ in compared if measure.of_images(one.name)
    }
    truth = cell(runs, "colorfulness_truth", data="cifar10_jpeg/test at 32")
    assert truth.seeds == 1 and "±" not in str(truth)


def test_a_cell_that_pools_runs_of_different_source_says_so():
    one, two = record(20.0), record(22.0, 1)
    source = two.source.model_copy(update={"src_hash": "0" * 64})
    runs = [one, two.model_copy(update={"source": source})]
    assert str(cell(runs, "ssim", data=place(TEST))) == "21 ± 1.4 (n=2, 2 sources)"
    assert str(cell([one, two], "ssim", data=place(TEST))) == "21 ± 1.4 (n=2)"


def test_runs_that_broke_off_are_no_rows():
    runs = [record(20.0, status="incomplete"), record(22.0, 1, status="failed")]
    (row,) = tables.rows(Table("t", (RECIPE,), TEST), runs)
    assert row["again"].startswith("pending")


@pytest.mark.parametrize("profile", ["full", "reduced"])
def test_all_rows_of_a_table_share_their_epochs(profile):
    made = tables.all_tables(profile)
    assert len({table.title for table in made}) == len(made)
    for table in made:
        lengths = {recipe.config(profile)["epochs"] for recipe in table.recipes}
        assert lengths - {0} == ({table.epochs} if table.epochs else set())
    # Every recipe stands somewhere, on each of its test sets.
    shown = {(recipe.name, place(table.test)) for table in made for recipe in table.recipes}
    for recipe in recipes.RECIPES.values():
        if profile == "full" or profile in recipe.profiles:
            for test in recipe.config(profile)["tests"]:
                assert (recipe.name, place(test)) in shown


def test_a_table_is_stamped_with_the_profiles_of_its_cells():
    full = cell([record(1.0)], "ssim", data=place(TEST))
    reduced = replace(full, profile="reduced")

    def stamp(rows, **said):
        return repr(show.table(rows, **said)).splitlines()[-1]

    assert stamp([{"a": full}], profile="reduced") == "profile: full"
    assert stamp([{"a": full}, {"a": reduced}]) == "profile: reduced and full"
    assert stamp([{"a": full, "b": 1.0}], columns=["b"], profile="quick") == "profile: quick"
    assert stamp([{"a": full}], profile="one epoch of 100") == "profile: one epoch of 100"


def cli(*words):
    return CliRunner().invoke(app, ["tables", *words])


def test_the_command_prints_the_tables_of_each_profile(monkeypatch, tmp_path):
    monkeypatch.setenv("HUELAB_RESULTS", str(tmp_path))
    recipe = recipes.get("vgg-fruits")
    small = recipe.place("reduced")
    metrics = [records.Measurement(value=0.625, data=small, **m) for m in COLUMNS.values()]
    config = recipe.config("reduced")
    records.write(
        record(1.0, recipe=recipe.name, profile="reduced", config=config, metrics=metrics)
    )
    printed = cli("--profile", "reduced")
    assert printed.exit_code == 0, printed.output
    assert f"{small}, profile reduced" in printed.output and "0.625" in printed.output
    full = cli()
    assert full.exit_code == 0 and "0.625" not in full.output
    assert f"{recipe.place()}, 100 epochs, profile full" in full.output


@pytest.mark.parametrize("profile", ["nonsense", "quick", ""])
def test_a_profile_that_has_no_tables_is_wrong_usage(profile):
    refused = cli("--profile", profile)
    assert refused.exit_code == 2
    assert "is not one of reduced, full" in refused.output


def test_a_run_of_an_older_recipe_is_no_row():
    older = record(20.0, config=RECIPE.config("full") | {"epochs": 99})
    (row,) = tables.rows(Table("t", (RECIPE,), TEST), [older])
    assert row["again"].startswith("pending")
    assert tables.measured(RECIPE, [older], "full", "ssim") is None


def test_a_table_takes_the_profile_that_all_of_it_has():
    both = replace(RECIPE, profiles={"reduced": {"epochs": 1}})
    two = replace(both, name="two")
    reduced = {"profile": "reduced", "config": both.config("reduced")}
    runs = [record(1.0), record(2.0, **reduced), record(3.0, recipe="two", **reduced)]
    assert tables.best_profile([both], runs) == "full"
    assert tables.best_profile([both, two], runs) == "reduced"
    assert tables.measured(both, runs, "reduced", "ssim").mean == 2
    assert tables.measured(two, runs, "full", "ssim") is None
    assert tables.measured(two, runs, "reduced", "ssim", data=place(TEST)).mean == 3
    assert tables.measured(two, runs, "reduced", "no_such_metric") is None


def test_a_reduced_run_on_smaller_pictures_is_found_where_it_was_measured():
    small = TEST | {"size": 4}
    recipe = replace(RECIPE, profiles={"reduced": {"tests": [small]}})
    config = recipe.config("reduced")
    metrics = [records.Measurement(name="ssim", data=place(small), value=0.5)]
    run = record(1.0, profile="reduced", config=config, metrics=metrics)
    assert recipe.place() == place(TEST) != recipe.place("reduced") == place(small)
    assert tables.measured(recipe, [run], "reduced", "ssim").mean == 0.5
    assert tables.measured(recipe, [run], "full", "ssim") is None


def test_rows_side_by_side_share_their_profile(monkeypatch):
    """Where one recipe has run in full and the other not, neither row is of the full profile."""
    small = {"reduced": {"epochs": 2}}
    both, two = (replace(RECIPE, name=name, profiles=small) for name in ("both", "two"))
    monkeypatch.setattr(recipes, "RECIPES", {"both": both, "two": two})
    runs = [record(21.5, recipe="both")]
    runs += [
        record(value, recipe=recipe.name, profile="reduced", config=recipe.config("reduced"))
        for recipe, value in ((both, 20.5), (two, 19.5))
    ]
    columns = {"similar": {"metric": "ssim"}, "absent": {"metric": "loss_variance"}}
    rows = tables.side_by_side({"first": "both", "second": "two"}, columns, runs)
    assert [(row["method"], row["similar"].mean, row["absent"]) for row in rows] == [
        ("first", 20.5, None),
        ("second", 19.5, None),
    ]
    assert {row["similar"].profile for row in rows} == {"reduced"}


def test_what_is_not_trained_stands_in_a_reduced_table_with_its_full_run(monkeypatch):
    """Unless it has a reduced run, whose images are then those of the other rows."""
    small = {"reduced": {"epochs": 2}}
    trained = replace(RECIPE, name="trained", profiles=small)
    whole = replace(RECIPE, name="whole", epochs=0, profiles={})
    part = replace(RECIPE, name="part", epochs=0, profiles={"reduced": {"epochs": 0}})
    known = {recipe.name: recipe for recipe in (trained, whole, part)}
    monkeypatch.setattr(recipes, "RECIPES", known)
    runs = [
        record(value, recipe=name, profile=profile, config=known[name].config(profile))
        for name, profile, value in (
            ("trained", "reduced", 1.0),
            ("whole", "full", 2.0),
            ("part", "full", 3.0),
            ("part", "reduced", 4.0),
        )
    ]
    chosen = {name: name for name in known}
    rows = tables.side_by_side(chosen, {"similar": {"metric": "ssim"}}, runs)
    cells = [row["similar"] for row in rows]
    assert [(cell.mean, cell.profile) for cell in cells] == [
        (1.0, "reduced"),
        (2.0, "full"),
        (4.0, "reduced"),
    ]
