"""A recipe run from beginning to end, in miniature: trained, measured, recorded, resumed."""

import csv
import errno
import hashlib
import os
import shutil
from dataclasses import replace
from threading import Event, Thread
from types import SimpleNamespace

import pytest
import torch
from skimage.color import rgb2lab
from skimage.io import imsave
from typer.testing import CliRunner

from huelab import measure, records
from huelab.cli.main import app
from huelab.color import lightness_to_gray
from huelab.data import DataError, open_dataset
from huelab.data.processes import say
from huelab.methods import trained
from huelab.methods.baselines import MeanColor
from huelab.recipes import RECIPES, RecipeError, chosen, get
from huelab.reproduce import NotBegun, is_recorded, reproduce, verify
from huelab.reproduce.folder import RunFolder
from huelab.training import CannotTrainError, TrainingError

TEST = {"name": "embedded", "split": "test", "size": 32}


@pytest.fixture
def tiny(tiny, monkeypatch):
    """With all 48 test images, on which every metric has a value."""
    recipe = replace(tiny, tests=(TEST,))
    monkeypatch.setitem(RECIPES, "tiny", recipe)
    return recipe


class StubNetwork(torch.nn.Module):
    """Stands for SqueezeNet: features and answers from the mean color."""

    name, resizer, layer, dimension = "squeezenet", "bilinear224", "mean color", 3

    def forward(self, rgb):
        mean = rgb.mean((2, 3))
        return SimpleNamespace(features=mean, logits=mean)


@pytest.fixture(autouse=True)
def own_places(tmp_path, monkeypatch):
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HUELAB_RESULTS", str(tmp_path / "results"))


def test_a_run_is_measured_as_its_weights_deserve(tiny):
    record = reproduce(tiny, profile="reduced", device="cpu")
    assert records.find("tiny") == [record]
    assert (record.status, record.cost.epochs) == ("complete", 2)
    assert record.cost.steps == 4
    assert record.data.train.n == 16 and len(record.data.train.hash) == 64
    (test,) = record.data.tests
    assert (test.place, test.n) == ("embedded/test at 32", 48) and len(test.hash) == 64
    assert test.hash != record.data.train.hash
    # The recorded error, from the recorded weights, by hand and without the metrics' code.
    method = trained.load(record)
    truth = torch.stack(list(open_dataset(**TEST))).float() / 255
    light = torch.from_numpy(rgb2lab(truth.numpy(), channel_axis=1))[:, :1]
    colored = method.colorize(lightness_to_gray(light))
    expected = (colored - truth).abs().mean().item()
    found = records.value(record, "mae", data="embedded/test at 32", space="rgb")
    assert found == pytest.approx(expected, abs=2e-3)  # weights of record are rounded to half


def test_a_run_cut_short_is_incomplete_and_goes_on(tiny):
    first = reproduce(tiny, profile="reduced", device="cpu", max_minutes=0)
    assert (first.status, first.cost.epochs) == ("incomplete", 1)
    assert first.metrics == () and first.weights is None
    second = reproduce(tiny, profile="reduced", device="cpu")
    assert second.status == "complete"
    assert second.cost.seconds > first.cost.seconds
    assert records.find("tiny") == [second]  # the same experiment: its record is replaced
    whole = reproduce(tiny, profile="full", device="cpu")
    assert whole.id != second.id


def test_a_run_that_goes_on_under_changed_source_says_so(tiny, monkeypatch, capsys):
    states = [records.Source(commit=None, dirty=False, src_hash=digit * 64) for digit in "ab"]
    monkeypatch.setattr("huelab.records.provenance.source_state", lambda: states[0])
    first = reproduce(tiny, profile="reduced", device="cpu", max_minutes=0)
    assert (first.source, len(first.deviations)) == (states[0], 1)
    monkeypatch.setattr("huelab.records.provenance.source_state", lambda: states[1])
    second = reproduce(tiny, profile="reduced", device="cpu")
    assert (second.status, second.source) == ("complete", states[0])
    assert second.deviations[-1].sentence == (
        "The training continued with changed source after epoch 1 (src_hash bbbbbbbb instead of "
        "aaaaaaaa)."
    )
    assert "the source changed after epoch 1" in capsys.readouterr().err
    again = reproduce(tiny, profile="reduced", device="cpu")  # from its beginning
    assert (again.source, again.deviations) == (states[1], first.deviations)


def test_a_damaged_checkpoint_costs_no_run_and_is_kept(tiny, tmp_path, capsys):
    whole = reproduce(tiny, profile="reduced", device="cpu")
    folder = tmp_path / "cache" / "runs" / whole.id
    reproduce(tiny, profile="reduced", device="cpu", max_minutes=0)
    (folder / "last.ckpt").write_bytes(b"")
    again = reproduce(tiny, profile="reduced", device="cpu")
    assert [m.value for m in again.metrics] == [m.value for m in whole.metrics]
    assert again.cost.steps == 4
    assert "last.ckpt is damaged" in capsys.readouterr().err
    assert [file.name for file in folder.iterdir()] == ["last.ckpt.kept-1"]


def test_of_the_same_run_twice_the_second_waits_and_takes_the_record_of_the_first(
    tiny, tmp_path, monkeypatch, capsys
):
    made = reproduce(tiny, profile="reduced", device="cpu")
    monkeypatch.setattr("huelab.reproduce.run.fit", lambda *a, **o: pytest.fail("trained"))
    folder, waiting, results = RunFolder(tmp_path / "cache" / "runs" / made.id), Event(), []
    monkeypatch.setattr("huelab.reproduce.recording.say", lambda text: (say(text), waiting.set()))
    second = Thread(target=lambda: results.append(reproduce(tiny, profile="reduced", device="cpu")))
    with folder.held(pytest.fail) as waited:
        with pytest.raises(NotBegun, match=f"process {os.getpid()} on .* is making this run"):
            reproduce(tiny, profile="reduced", device="cpu", seconds_left=1e6)
        second.start()
        assert waiting.wait(60)
        records.write(now := made.model_copy(update={"created": "9999-01-01T00:00:00+00:00"}))
    second.join(60)
    assert not waited and results == [now]
    assert f"{made.id}: waiting for process {os.getpid()} on " in capsys.readouterr().err


def test_of_the_same_run_twice_the_second_goes_on_where_the_first_was_killed(
    tiny, tmp_path, monkeypatch
):
    part = reproduce(tiny, profile="reduced", device="cpu", max_minutes=0)
    folder, waiting, results = RunFolder(tmp_path / "cache" / "runs" / part.id), Event(), []
    monkeypatch.setattr("huelab.reproduce.recording.say", lambda text: waiting.set())
    second = Thread(target=lambda: results.append(reproduce(tiny, profile="reduced", device="cpu")))
    with folder.held(pytest.fail):
        second.start()
        assert waiting.wait(60)
    second.join(120)
    assert [(record.status, record.cost.steps) for record in results] == [("complete", 4)]


def test_a_failed_second_run_does_not_replace_a_complete_first(tiny, monkeypatch):
    complete = reproduce(tiny, profile="reduced", device="cpu")

    def broken(*arguments, **options):
        raise TrainingError("the loss is nan")

    monkeypatch.setattr("huelab.reproduce.run.fit", broken)
    with pytest.raises(TrainingError):
        reproduce(tiny, profile="reduced", device="cpu")
    assert records.find("tiny") == [complete]


def test_what_is_recorded_is_not_missing(tiny):
    assert not is_recorded(tiny, "reduced", 0)
    reproduce(tiny, profile="reduced", device="cpu", max_minutes=0)
    assert not is_recorded(tiny, "reduced", 0)  # incomplete
    reproduce(tiny, profile="reduced", device="cpu")
    assert is_recorded(tiny, "reduced", 0)
    assert not is_recorded(tiny, "reduced", 1)
    assert not is_recorded(tiny, "full", 0)


def test_a_method_without_training_looks_at_the_training_pictures(tiny):
    looking = replace(
        tiny, name="mean", method="huelab.methods.baselines:MeanColor", method_args={}, epochs=0
    )
    record = reproduce(looking, profile="full", device="cpu")
    assert (record.status, record.weights) == ("complete", None)
    seen = torch.stack(list(open_dataset(**tiny.train))).numpy()
    mean = MeanColor(torch.tensor(rgb2lab(seen, channel_axis=1)[:, 1:].mean((0, 2, 3))))
    truth = torch.stack(list(open_dataset(**TEST))).numpy()
    lab = rgb2lab(truth, channel_axis=1)
    colored = mean.colorize(lightness_to_gray(torch.tensor(lab[:, :1]).float())).numpy()
    expected = abs(rgb2lab(colored, channel_axis=1) - lab)[:, 1:].mean() / 128
    found = records.value(record, "mae", data="embedded/test at 32", space="ab/128")
    assert found == pytest.approx(expected, rel=1e-3)


def test_a_changed_test_set_makes_a_run_missing_again(tiny, monkeypatch):
    reproduce(tiny, profile="reduced", device="cpu")
    assert is_recorded(tiny, "reduced", 0)
    (record,) = records.find("tiny")

    def kept(**changes):
        tests = [spec.model_copy(update=changes) for spec in record.data.tests]
        data = record.data.model_copy(update={"tests": tuple(tests)})
        records.write(record.model_copy(update={"data": data}))

    kept(hash="0" * 64)
    assert not is_recorded(tiny, "reduced", 0)
    kept(hash=None)  # as in a record of the first version
    assert is_recorded(tiny, "reduced", 0)
    kept(hash=None, n=47)
    assert not is_recorded(tiny, "reduced", 0)


def test_deviations_say_what_the_profile_changes_and_what_stands_in(tiny):
    recipe = replace(tiny, stand_ins=("Others stand in.",), deviations=("No rate is stated.",))
    found = reproduce(recipe, profile="reduced", device="cpu", max_minutes=0).deviations
    assert [(d.sentence, d.stand_in) for d in found] == [
        ("Others stand in.", True),
        ("No rate is stated.", False),
        ("2 of 3 epochs.", False),
    ]


def test_a_run_is_verified_against_its_record_and_nothing_is_written(tiny, tmp_path):
    with pytest.raises(records.RecordError, match="no complete reduced run of seed 0"):
        verify(tiny, profile="reduced", device="cpu")
    record = reproduce(tiny, profile="reduced", device="cpu")
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / "results").rglob("*")}
    found = verify(tiny, profile="reduced", device="cpu")
    assert len(found) == len(record.metrics) > 30
    assert all(one.agrees and one.difference in (0, None) for one in found)
    changed = [m.model_copy(update={"value": m.value and m.value + 1e-9}) for m in record.metrics]
    records.write(record.model_copy(update={"metrics": tuple(changed)}))
    found = verify(tiny, profile="reduced", device="cpu")
    assert [one.agrees for one in found] == [m.value in (None, 0) for m in record.metrics]
    assert before.keys() == set((tmp_path / "results").rglob("*"))


def test_weights_that_are_not_here_do_not_empty_a_record(tiny, tmp_path, monkeypatch):
    """Seven values of SqueezeNet's stay where a second run finds no file of its weights."""
    network, weights = StubNetwork(), tmp_path / "squeezenet.pth"
    weights.write_bytes(b"weights")
    recipe = replace(tiny, tests=(TEST | {"size": 128},))
    monkeypatch.setattr("huelab.features.load", lambda name, fetch: network)
    monkeypatch.setattr("huelab.features.weights_file", lambda name: weights)
    first = reproduce(recipe, profile="reduced", device="cpu")
    digest = hashlib.sha256(b"weights").hexdigest()
    assert first.environment["weights"] == {"squeezenet": digest}
    lost = {m.name for m in first.metrics if "squeezenet" in m.name and m.value is not None}
    assert len(lost) == 4 and "fd_squeezenet_bilinear224_n48" in lost

    monkeypatch.setattr("huelab.features.weights_file", lambda name: None)
    with pytest.warns(UserWarning, match="measured more and stays"):
        second = reproduce(recipe, profile="reduced", device="cpu")
    empty = {m.name for m in second.metrics if m.value is None}
    assert lost < empty  # listed by the names that they have where they can be measured
    assert records.find("tiny") == [first]
    assert trained.load(first)  # its weights are still those that were recorded


def test_what_is_measured_is_the_file_of_the_weights(tiny):
    """The file holds 16-bit numbers, and the training computed with more."""
    record = reproduce(tiny, profile="reduced", device="cpu")
    again = measure.evaluate(trained.load(record), record.config, "cpu")
    # Without rounding some differ by more than 1e-4.
    before, after = ([m.value for m in metrics if m.value] for metrics in (record.metrics, again))
    assert after == pytest.approx(before, rel=1e-5)


def test_a_run_starts_from_the_run_of_the_present_recipe(tiny, monkeypatch):
    older = replace(tiny, method_args={**tiny.method_args}, epochs=tiny.epochs)
    first = reproduce(older, profile="reduced", device="cpu")
    changed = replace(tiny, batches={**tiny.batches, "flip": True}, profiles={})
    monkeypatch.setitem(RECIPES, "tiny", changed)
    later = replace(changed, name="later", start="tiny")
    with pytest.raises(CannotTrainError, match="the weights of tiny, full, seed 0, are missing"):
        reproduce(later, profile="full", device="cpu")
    start = reproduce(changed, profile="full", device="cpu")
    record = reproduce(later, profile="full", device="cpu")
    assert start.id != first.id
    assert record.environment["weights"] == {start.id: start.weights.sha256}


def test_groups_and_names():
    names = [recipe.name for recipe in chosen(["first", "baselines", "first"])]
    assert names[0] == "first" and len(names) == len(set(names)) == 38
    assert "gray-copy-fruits360" in names


def test_a_quick_run_leaves_no_record(tiny):
    assert reproduce(tiny, profile="quick", device="cpu").status == "complete"
    assert records.find() == []


def test_a_run_that_fails_is_recorded_with_its_reason(tiny):
    broken = replace(tiny, name="broken", method_args={"width": 4, "learning_rate": 1e30})
    with pytest.raises(TrainingError, match="the loss was not finite"):
        reproduce(broken, profile="full", device="cpu")
    (record,) = records.find("broken")
    assert record.status == "failed"
    assert "the loss was not finite" in record.error


def test_what_is_missing_is_named(tiny):
    with pytest.raises(RecipeError, match="no profile 'fast'; it has: full, quick, reduced"):
        reproduce(tiny, profile="fast")
    with pytest.raises(RecipeError, match=r"no recipe 'last'\. `huelab list recipes` lists them"):
        get("last")
    with pytest.raises(RecipeError, match=r"did you mean 'first'\?"):
        get("frist")


def test_a_run_without_its_data_leaves_no_record(tiny, monkeypatch, tmp_path):
    monkeypatch.setenv("HUELAB_DATA", str(tmp_path / "data"))
    away = replace(tiny, train={"name": "kodak24", "split": "test", "size": 32})
    with pytest.raises(DataError, match="kodak24 is not here"):
        reproduce(away, profile="full", device="cpu")
    assert records.find() == []
    folder = tmp_path / "data" / "kodak24" / "test"
    folder.mkdir(parents=True)
    for row in range(8):
        imsave(folder / f"{row}.png", open_dataset(**TEST).picture(row))
    done = reproduce(away, profile="full", device="cpu")
    assert records.find("tiny") == [done] and done.status == "complete"
    # Gone again: the run that is recorded stays the one that counts.
    shutil.rmtree(folder)
    with pytest.raises(DataError):
        reproduce(away, profile="full", device="cpu")
    assert records.find("tiny") == [done]


@pytest.mark.parametrize("device", ["cuda:77", "abacus"])
def test_a_run_without_its_device_leaves_no_record(tiny, device):
    with pytest.raises(TrainingError, match=f"cannot use the device '{device}'"):
        reproduce(tiny, profile="full", device=device)
    assert records.find() == []


def test_a_full_disk_is_a_failed_run(tiny, monkeypatch):
    def full(trainer, path, *arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr("lightning.Trainer.save_checkpoint", full)
    with pytest.raises(TrainingError, match=r"cannot write the checkpoint .* No space left"):
        reproduce(tiny, profile="full", device="cpu")
    (record,) = records.find("tiny")
    assert record.status == "failed" and "No space left" in record.error


def test_a_batch_that_devices_cannot_share_is_refused(tiny):
    with pytest.raises(TrainingError, match="3 devices cannot share a batch of 8 evenly"):
        reproduce(tiny, profile="full", device="cpu", devices=3)


def test_recipes_never_test_on_what_they_train_on():
    for recipe in RECIPES.values():
        for profile in ("full", *recipe.profiles):
            config = recipe.config(profile)
            trained_on = (config["train"]["name"], config["train"]["split"])
            assert trained_on not in [(t["name"], t["split"]) for t in config["tests"]]


def test_a_config_is_a_copy(tiny):
    config = tiny.config("full")
    config["batches"]["crop"] = 1
    assert tiny.config("full")["batches"]["crop"] == 16


def test_verifying_leaves_a_line_in_a_log(tiny, tmp_path):
    log = tmp_path / "reruns.csv"
    words = ["reproduce", "tiny", "--profile", "reduced", "--device", "cpu", "--verify"]
    record = reproduce(tiny, profile="reduced", device="cpu")
    known = [m for m in record.metrics if m.value is not None]
    assert CliRunner().invoke(app, [*words, "--log", str(log)]).exit_code == 0
    doubled = [m.model_copy(update={"value": m.value and 2 * m.value}) for m in record.metrics]
    records.write(record.model_copy(update={"metrics": tuple(doubled)}))
    assert CliRunner().invoke(app, [*words, "--log", str(log)]).exit_code == 1
    with open(log, newline="", encoding="utf-8") as file:
        same, other = csv.DictReader(file)
    assert (same["record"], same["source"], same["machine"]) == (record.id, "True", "True")
    assert same["metrics"] == same["equal"] == same["close"] == str(len(known))
    assert (same["largest"], same["of"]) == ("0.0", "")
    # Each recorded value is twice the new one: a half of it is missing.
    zeros = sum(m.value == 0 for m in known)
    assert (other["equal"], float(other["largest"])) == (str(zeros), 0.5)


def test_verifying_on_the_command_line(tiny):
    words = ["reproduce", "tiny", "--profile", "reduced", "--device", "cpu", "--verify"]
    unrecorded = CliRunner().invoke(app, words)
    assert unrecorded.exit_code == 1 and "no complete reduced run" in unrecorded.output
    record = reproduce(tiny, profile="reduced", device="cpu")
    agreeing = CliRunner().invoke(app, words)
    assert agreeing.exit_code == 0, agreeing.output
    assert f"0 of {len(record.metrics)} do not agree" in agreeing.output
    first, *others = record.metrics
    moved = first.model_copy(update={"value": 2 * first.value})
    records.write(record.model_copy(update={"metrics": (moved, *others)}))
    differing = CliRunner().invoke(app, words)
    assert differing.exit_code == 1
    assert f"1 of {len(record.metrics)} do not agree" in differing.output
    for wrong in ("--missing", "--devices=2"):
        names = [] if wrong == "--missing" else ["tiny"]
        assert CliRunner().invoke(app, ["reproduce", *names, "--verify", wrong]).exit_code == 2
