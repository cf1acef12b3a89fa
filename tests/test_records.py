"""Records: what goes in comes out, what is damaged is refused, what is half written is not seen."""

import hashlib
import json
import math
import os
import subprocess

import numpy as np
import pytest

from huelab import records
from huelab.records import DataSpec, DataUsed, Measurement, provenance
from huelab.records.compare import tolerance
from huelab.records.meter import Meter


def used(**changes):
    return DataUsed(train=DataSpec(**{"name": "noise", "n": 64, "size": 256} | changes))


def make(**changes):
    arguments = {
        "recipe": "bench-color",
        "profile": "full",
        "seed": 3,
        "config": {"pictures": 64, "size": 256},
        "data": used(),
        "device": "cpu",
        "metrics": [Measurement(name="milliseconds", value=0.5, averaging="median", n=5)],
    }
    return records.new_record(**(arguments | changes))


def test_a_record_survives_the_disk(tmp_path):
    record = make()
    path = records.write(record, tmp_path)
    assert records.read(path) == record
    assert path.name == f"bench-color--full--3--{record.id.rsplit('--')[-1]}.json"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_keys_are_those_of_the_contract():
    expected = (
        "id version recipe profile status seed command config config_hash source data environment",
        "device precision cost metrics weights deviations error created",
    )
    parts = {
        Measurement: "name data space range averaging n value",
        DataUsed: "train validation tests",
        DataSpec: "name split size n hash",
        records.Cost: "parameters steps epochs seconds peak_mb energy",
        records.Source: "commit dirty src_hash",
        records.Weights: "path sha256",
        records.Deviation: "sentence stand_in",
        records.Record: " ".join(expected),
    }
    for model, keys in parts.items():
        assert set(model.model_fields) == set(keys.split())
    assert make().version == 2


def test_the_hash_tells_experiments_apart_and_knows_them_again():
    again, other = make(), make(config={"pictures": 65, "size": 256})
    assert make().id == again.id != other.id
    assert make(data=used(n=63)).id != again.id
    canonical = json.dumps({"pictures": 64, "size": 256}, sort_keys=True).encode()
    assert again.config_hash == hashlib.sha256(canonical).hexdigest()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"profile": "fast"}, "profile"),
        ({"status": "done"}, "status"),
        ({"recipe": "Bad Name"}, "recipe"),
        ({"metrics": [{"name": "psnr", "value": "0.5"}]}, "metrics/0/value"),
        ({"metrics": [{"name": "psnr", "value": math.inf}]}, "metrics/0/value"),
        ({"metrics": [{"name": "psnr", "sharpness": 1.0}]}, "metrics/0/sharpness"),
        ({"cost": {"hours": 3}}, "cost"),
        ({"cost": {"epochs": 1.5}}, "cost/epochs"),
        ({"weights": {"path": None, "sha256": "abc"}}, "weights/sha256"),
    ],
)
def test_what_breaks_the_schema_is_refused_by_name(changes, named):
    with pytest.raises(records.RecordError, match=named):
        make(**changes)


def test_an_altered_record_is_refused(tmp_path):
    path = records.write(make(), tmp_path)
    record = json.loads(path.read_text())
    record["config"]["pictures"] = 640
    path.write_text(json.dumps(record))
    with pytest.raises(records.RecordError, match="config_hash"):
        records.read(path)
    record["config_hash"] = records.digest(record["config"])
    path.write_text(json.dumps(record))
    with pytest.raises(records.RecordError, match="does not belong to the run"):
        records.read(path)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"id": 1}', "\x00"])
def test_a_damaged_file_is_named(tmp_path, content):
    path = tmp_path / "x--full--0--12345678.json"
    path.write_text(content)
    with pytest.raises(records.RecordError, match=path.name):
        records.read(path)


def test_a_renamed_file_is_refused(tmp_path):
    path = records.write(make(), tmp_path)
    moved = path.rename(tmp_path / "other--full--3--00000000.json")
    with pytest.raises(records.RecordError, match="is not the id of its record"):
        records.read(moved)


def test_quick_runs_are_not_results(tmp_path):
    with pytest.raises(records.RecordError, match="quick"):
        records.write(make(profile="quick"), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_the_old_record_and_nothing_else(tmp_path, monkeypatch):
    path = records.write(make(), tmp_path)
    before = path.read_bytes()

    def full_disk(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        records.write(make(device="cuda"), tmp_path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_models_are_frozen_and_know_their_keys():
    with pytest.raises(ValueError, match="frozen"):
        make().metrics[0].value = 1.0
    with pytest.raises(ValueError, match="pixels"):
        DataSpec(name="x", pixels=3)
    with pytest.raises(ValueError, match="greater than or equal to 0"):
        DataSpec(name="x", n=-1)


def test_the_schema_is_that_of_the_files():
    """An independent validator reads the generated schema as the models do."""
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(records.schema())
    written = json.loads(json.dumps(make().model_dump()))
    validator.validate(written)
    for key, wrong in {"status": "done", "seed": "3", "metrics": [{"name": 1}]}.items():
        assert not validator.is_valid(written | {key: wrong})
    assert not validator.is_valid(written | {"claims": []})
    del written["source"]
    assert not validator.is_valid(written)


def measured(*values, **changes):
    names = [f"metric{number}" for number in range(len(values))]
    metrics = [Measurement(name=n, value=v) for n, v in zip(names, values, strict=True)]
    return make(metrics=metrics, **changes)


@pytest.mark.parametrize(
    ("second", "stays"),
    [
        (measured(1.0, 2.0, 9.0), False),
        (measured(3.0, 4.0, 5.0, 6.0), False),
        (measured(3.0, 4.0), True),  # fewer
        (measured(3.0, 4.0, None), True),  # as many, but one without a value
        (measured(3.0, 4.0, 5.0, 6.0, status="incomplete"), True),
        (measured(status="failed"), True),
    ],
)
def test_a_poorer_record_replaces_no_richer_one(tmp_path, second, stays):
    first = measured(1.0, 2.0, 3.0)
    assert records.keep(first, tmp_path)
    if stays:
        with pytest.warns(UserWarning, match="measured more and stays"):
            assert not records.keep(second, tmp_path)
    else:
        assert records.keep(second, tmp_path)
    assert records.find(folder=tmp_path) == [first if stays else second]


def test_a_record_of_fewer_test_images_is_poorer(tmp_path):
    """Such as that of a data set of which only half is here."""
    whole = DataSpec(name="kodak24", split="test", size=256, n=24, hash="a" * 64)
    half = whole.model_copy(update={"n": 12, "hash": "b" * 64})
    first, second = (
        measured(1.0, 2.0, data=DataUsed(train=whole, tests=(tests,))) for tests in (whole, half)
    )
    assert records.poorer(second, first) and not records.poorer(first, second)


def test_whatever_is_better_than_a_failure_replaces_it(tmp_path):
    for record in (make(status="failed"), make(status="incomplete", metrics=()), make()):
        assert records.keep(record, tmp_path)


def test_what_nobody_hashed_may_be_the_same():
    spec = DataSpec(name="kodak24", split="test", size=256, n=24, hash="a" * 64)
    assert spec.matches(spec.model_copy(update={"hash": None}))
    assert spec.model_copy(update={"hash": None, "n": None}).matches(spec)
    for change in ({"hash": "b" * 64}, {"n": 23}, {"size": 64}, {"split": "train"}, {"size": None}):
        assert not spec.matches(spec.model_copy(update=change))
    whole = DataUsed(train=spec, tests=(spec,))
    assert not whole.matches(DataUsed(train=spec))
    assert not whole.matches(DataUsed(train=spec, tests=(spec,), validation=spec))


def on(machine, values, epochs=1, **changes):
    run = measured(*values, cost=records.Cost(epochs=epochs), **changes)
    return run.model_copy(update={"environment": run.environment | {"cpu": machine}})


def agreed(recorded, now):
    return [one.agrees for one in records.compare(recorded, now)]


def test_the_same_machine_must_give_the_same_bits():
    recorded = on("A", (0.5, None, 0.5, None))
    now = on("A", (0.5, None, np.nextafter(0.5, 1).item(), 1.0))
    assert agreed(recorded, now) == [True, True, False, False]
    assert [one.difference for one in records.compare(recorded, now)] == [0, None, 2**-53, None]
    # What one of them does not list, it could not measure.
    assert agreed(recorded, on("A", (0.5,))) == [True, True, False, True]
    assert agreed(on("A", (0.5,)), recorded) == [True, True, False, True]


def test_another_machine_may_differ_as_far_as_was_said():
    def run(machine, value, name, epochs):
        made = on(machine, (value,), epochs=epochs)
        (metric,) = made.metrics
        return made.model_copy(update={"metrics": (metric.model_copy(update={"name": name}),)})

    for name, value, near, far in (
        ("psnr", 20.0, 20.49, 20.51),
        ("ssim", 0.80, 0.815, 0.825),
        ("mae", 0.1, 0.1049, 0.1051),
    ):
        assert agreed(run("A", value, name, 3), run("B", near, name, 3)) == [True]
        assert agreed(run("A", value, name, 3), run("B", far, name, 3)) == [False]
        # What is not trained has nothing that could carry small differences far.
        assert agreed(run("A", value, name, 0), run("B", near, name, 0)) == [False]
        assert agreed(run("A", value, name, 0), run("B", value * 1.00005, name, 0)) == [True]


def test_a_gpu_and_a_cpu_have_records_of_their_own():
    config = {"pictures": 64, "device": "cpu"}
    names = ("cpu", "cuda (NVIDIA H100 80GB HBM3)", "cuda (NVIDIA H200)")
    made = [make(config=config | {"device": name}, device=name) for name in names]
    assert len({record.id for record in made}) == 3
    kept = [record.device for record in records.find("bench-color")]
    assert "cpu" in kept and "cuda (NVIDIA H100 80GB HBM3)" in kept


def test_a_command_names_files_and_not_where_they_are(monkeypatch):
    monkeypatch.setattr(
        "sys.argv", ["huelab", "bench", "film", "/home/me/a film.mp4", "--size", "9"]
    )
    assert make().command == "huelab bench film 'a film.mp4' --size 9"


def test_no_record_holds_the_path_of_a_machine():
    for record in records.find():
        assert not any(word.startswith("/") for word in record.command.split()), record.id


def test_memory_is_that_of_the_work_alone():
    with Meter("cpu") as idle:
        pass
    with Meter("cpu") as busy:
        block = np.ones(25_000_000)  # 200 MB
        del block
    with Meter("cpu") as again:
        pass
    assert busy.peak_mb - idle.peak_mb == pytest.approx(200, abs=20)
    assert again.peak_mb - idle.peak_mb < 50
    assert busy.seconds > 0


def test_find_and_value(tmp_path):
    records.write(make(), tmp_path)
    records.write(make(seed=4), tmp_path)
    records.write(make(recipe="other"), tmp_path)
    found = records.find("bench-color", folder=tmp_path)
    assert [r.seed for r in found] == [3, 4]
    assert len(records.find(folder=tmp_path)) == 3
    assert records.find(profile="reduced", folder=tmp_path) == []
    assert records.value(found[0], "milliseconds") == 0.5
    with pytest.raises(KeyError, match="0 metrics"):
        records.value(found[0], "psnr")


@pytest.mark.parametrize("content", ["", "{", "[]", "\xff", "[" * 200_000, "9" * 5000, "{}"])
def test_a_damaged_record_is_in_nobodys_way(tmp_path, content):
    records.write(make(recipe="other"), tmp_path)
    name = "bench-color--full--0--0123abcd.json"
    (tmp_path / name).write_text(content, encoding="latin-1")
    assert [r.recipe for r in records.find("other", folder=tmp_path)] == ["other"]
    with pytest.raises(records.RecordError, match=name):
        records.find(folder=tmp_path)
    told = []
    assert [r.recipe for r in records.find(folder=tmp_path, damaged=told.append)] == ["other"]
    assert [name in str(error) for error in told] == [True]


def test_a_metric_is_told_apart_by_its_range():
    record = make(
        metrics=[Measurement(name="psnr", value=v, range=r) for v, r in [(1.0, "1"), (2.0, "2")]]
    )
    assert records.value(record, "psnr", range="2") == 2
    with pytest.raises(KeyError, match="2 metrics"):
        records.value(record, "psnr")


def test_results_folder_follows_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("HUELAB_RESULTS", str(tmp_path))
    assert records.results_dir() == tmp_path
    monkeypatch.delenv("HUELAB_RESULTS")
    root = provenance.source_root()
    assert records.results_dir() == root / "book" / "results"


def git(folder, *arguments):
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.org"]
    subprocess.run(["git", "-C", folder, *identity, *arguments], check=True, capture_output=True)


def test_source_state_judges_code_and_not_text(tmp_path, monkeypatch):
    (tmp_path / "src" / "huelab").mkdir(parents=True)
    (tmp_path / "book").mkdir()
    code, text = tmp_path / "src" / "huelab" / "a.py", tmp_path / "book" / "a.md"
    for file in (code, text, tmp_path / "pyproject.toml"):
        file.write_text("one\n")
    monkeypatch.setattr(provenance, "source_root", lambda: tmp_path)
    assert provenance.source_state().commit is None
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    clean = provenance.source_state()
    assert len(clean.commit) == 40 and not clean.dirty
    text.write_text("two\n")
    assert provenance.source_state() == clean
    code.write_text("two\n")
    changed = provenance.source_state()
    assert changed.dirty and changed.src_hash != clean.src_hash


def test_every_record_of_the_book_is_valid():
    for record in records.find():
        assert record.profile in ("reduced", "full")


@pytest.mark.parametrize(
    ("name", "value", "n", "expected"),
    [
        ("vivid_psnr", 22.0, 504, 0.5),
        ("draw_agreement_squeezenet", 0.5, 504, 0.02),
        ("vivid_uncolored_share", 0.018, 504, 0.02),
        ("red_on_faces", 0.06, 80, 0.02),
        ("mse", 0.5, 504, 0.025),
    ],
)
def test_tolerances_of_trained_methods(name, value, n, expected):
    assert tolerance(Measurement(name=name, value=value, n=n), trained=True) == expected


def test_rounding_may_change_the_class_of_a_picture():
    share = Measurement(name="vivid_agreement_squeezenet", value=0.5, n=504)
    assert 1 / 504 < tolerance(share, trained=False) < 5 / 504
    error = Measurement(name="mse", value=0.5, n=504)
    assert tolerance(error, trained=False) == pytest.approx(0.5e-4)
