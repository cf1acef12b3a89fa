"""Records: what goes in comes out, what is damaged is refused, what is half written is not seen."""

import hashlib
import json
import os
import subprocess

import pytest

from huelab import records
from huelab.records import provenance


def make(**changes):
    arguments = {
        "recipe": "bench-color",
        "profile": "full",
        "seed": 3,
        "config": {"pictures": 64, "size": 256},
        "data": {"name": "noise", "n": 64, "size": 256},
        "device": "cpu",
        "metrics": [{"name": "milliseconds", "value": 0.5, "averaging": "median", "n": 5}],
    }
    return records.new_record(**(arguments | changes))


def test_a_record_survives_the_disk(tmp_path):
    record = make()
    path = records.write(record, tmp_path)
    assert records.read(path) == record
    assert path.name == f"bench-color--full--3--{record['id'].rsplit('--')[-1]}.json"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_keys_are_those_of_the_contract():
    expected = (
        "id recipe claims profile status seed command config config_hash source data environment",
        "device cost metrics weights deviations error created",
    )
    assert set(make()) == set(" ".join(expected).split())


def test_the_hash_tells_experiments_apart_and_knows_them_again():
    again, other = make(), make(config={"pictures": 65, "size": 256})
    assert make()["id"] == again["id"] != other["id"]
    assert make(data={"name": "noise", "n": 63, "size": 256})["id"] != again["id"]
    canonical = json.dumps({"pictures": 64, "size": 256}, sort_keys=True).encode()
    assert again["config_hash"] == hashlib.sha256(canonical).hexdigest()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"profile": "fast"}, "profile"),
        ({"status": "done"}, "status"),
        ({"recipe": "Bad Name"}, "recipe"),
        ({"data": {"name": "x", "n": -1}}, "data/n"),
        ({"data": {"name": "x", "pixels": 3}}, "data"),
        ({"metrics": [{"name": "psnr", "value": "high"}]}, "metrics/0/value"),
        ({"cost": {"hours": 3}}, "cost"),
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


@pytest.mark.parametrize("content", ["", "{", "[]", '{"id": 1}', "\x00"])
def test_a_damaged_file_is_named(tmp_path, content):
    path = tmp_path / "x--full--0--12345678.json"
    path.write_text(content)
    with pytest.raises(records.RecordError, match=path.name):
        records.read(path)


def test_a_renamed_file_is_refused(tmp_path):
    path = records.write(make(), tmp_path)
    moved = path.rename(tmp_path / "other--full--3--00000000.json")
    with pytest.raises(records.RecordError, match="not its id"):
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


def test_find_and_value(tmp_path):
    records.write(make(), tmp_path)
    records.write(make(seed=4), tmp_path)
    records.write(make(recipe="other"), tmp_path)
    found = records.find("bench-color", folder=tmp_path)
    assert [r["seed"] for r in found] == [3, 4]
    assert len(records.find(folder=tmp_path)) == 3
    assert records.find(profile="reduced", folder=tmp_path) == []
    assert records.value(found[0], "milliseconds") == 0.5
    with pytest.raises(KeyError, match="0 metrics"):
        records.value(found[0], "psnr")


def test_a_metric_is_told_apart_by_its_range():
    record = make(
        metrics=[{"name": "psnr", "value": v, "range": r} for v, r in [(1, "1"), (2, "2")]]
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
    assert provenance.source_state()["commit"] is None
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    clean = provenance.source_state()
    assert len(clean["commit"]) == 40 and not clean["dirty"]
    text.write_text("two\n")
    assert provenance.source_state() == clean
    code.write_text("two\n")
    changed = provenance.source_state()
    assert changed["dirty"] and changed["src_hash"] != clean["src_hash"]


def test_every_record_of_the_book_is_valid():
    for record in records.find():
        assert record["profile"] in ("reduced", "full")
