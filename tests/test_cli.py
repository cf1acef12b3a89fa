"""The command line as its users meet it: what it prints, where, and with which exit status."""

import sys

import pytest
from typer.testing import CliRunner

from huelab import cli, records
from huelab.cli.main import app
from huelab.records.provenance import source_root


@pytest.fixture(autouse=True)
def own_places(tmp_path, monkeypatch):
    monkeypatch.setenv("HUELAB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HUELAB_RESULTS", str(tmp_path / "results"))
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(app, list(arguments))


def run_main(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["huelab", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return end.value.code


@pytest.mark.parametrize(
    "words",
    [
        ["colour"],
        ["bench", "colour"],
        ["bench", "color", "--pictures", "0"],
        ["bench", "color", "--device", "abacus"],
        ["reproduce"],
        ["reproduce", "first", "--seeds", "one"],
        ["reproduce", "first", "--missing"],
    ],
)
def test_wrong_usage_is_2(words):
    result = run(*words)
    assert result.exit_code == 2
    assert "Usage" in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["data", "fetch", "imagnet"], "there is no data set 'imagnet'"),
        (["reproduce", "frist"], "there is no recipe 'frist'; there are: first, gray-copy-cifar10"),
        (["reproduce", "first", "--profile", "fast"], "no profile 'fast'"),
        (["reproduce", "first", "--profile", "full"], "photos_open"),
    ],
)
def test_what_cannot_be_done_is_1_and_one_line(monkeypatch, capsys, words, said):
    assert run_main(monkeypatch, *words) == 1
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("huelab: ")
    assert said in last


def test_help_names_every_command(monkeypatch, capsys):
    assert run_main(monkeypatch, "--help") == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("doctor", "bench", "list", "data", "reproduce"))


def test_doctor_says_where_things_are(own_places):
    result = run("doctor")
    assert result.exit_code == 0
    folded = result.output.replace("\n", "").replace(" ", "")
    for place in ("data", "cache", "results"):
        assert str(own_places / place)[-25:] in folded or str(own_places / place) in result.output
    assert "torch" in result.output and "embedded" in result.output


def test_doctor_finds_a_profile_that_is_none(monkeypatch):
    monkeypatch.setenv("HUELAB_PROFILE", "fast")
    result = run("doctor")
    assert result.exit_code == 1
    assert "problem" in result.output


def test_list_data_tells_what_is_here():
    result = run("list", "data")
    assert result.exit_code == 0
    assert "embedded" in result.output
    assert "kodak24" in result.output and "fetch" in result.output


def test_list_recipes_names_each_once():
    result = run("list", "recipes")
    assert result.exit_code == 0
    assert result.output.count("huelab.methods.first:FirstColor") == 1


def test_weights_are_listed_with_where_they_are(monkeypatch, tmp_path):
    (tmp_path / "vgg16-mine.safetensors").touch()
    monkeypatch.setenv("HUELAB_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("HUELAB_RESULTS", str(source_root() / "book" / "results"))
    result = run("list", "weights")
    assert result.exit_code == 0
    assert str(tmp_path / "vgg16-mine.safetensors") in result.output
    assert "first--full--0--" in result.output and "fetched when needed" in result.output


def test_a_small_bench_is_recorded_as_reduced(monkeypatch):
    import torch

    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    result = run("bench", "color", "--pictures", "2", "--size", "16", "--rounds", "1")
    assert result.exit_code == 0, result.output
    (record,) = records.find("bench-color")
    assert record.config["threads"] == torch.get_num_threads()
    assert record.config["wait_policy"] == "ACTIVE"
    assert record.profile == "reduced"
    assert records.value(record, "ms_per_picture: huelab, uint8 batch", space="sRGB to Lab") > 0
    assert record.data.train.hash


def test_a_small_bench_of_steps_is_recorded_as_reduced():
    result = run("bench", "steps", "--batch", "2", "--steps", "1", "--rounds", "1")
    assert result.exit_code == 0, result.output
    (record,) = records.find("bench-steps")
    assert record.profile == "reduced"
    names = {m.name for m in record.metrics}
    assert {"ms_per_picture: plain float32 loop", "ms_per_picture: bfloat16"} <= names


def test_bench_batches_without_a_record():
    words = ["--pictures", "32", "--size", "32", "--workers", "0", "--rounds", "1", "--no-record"]
    result = run("bench", "batches", *words)
    assert result.exit_code == 0, result.output
    assert "huelab.data.Batches" in result.output
    assert records.find("bench-batches") == []
