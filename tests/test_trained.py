"""Weights of record: what was saved is what is loaded, and nothing else is."""

import hashlib
import json
import shutil

import pytest
import torch
from safetensors.torch import load_file

from huelab import DEFAULT_MODEL, records
from huelab.color import rgb_to_gray
from huelab.data import describe, open_dataset
from huelab.methods import shipped, trained
from huelab.methods.baselines import GrayCopy
from huelab.methods.first import FirstColor
from huelab.storage import WeightsError

NOISE = records.DataUsed(train=records.DataSpec(name="noise"))
CONFIG = {"method": "huelab.methods.first:FirstColor", "method_args": {"width": 4}}


@pytest.fixture
def record(tmp_path, monkeypatch):
    monkeypatch.setenv("HUELAB_RESULTS", str(tmp_path / "results"))
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path / "cache"))
    torch.manual_seed(0)
    made = records.new_record("first", profile="full", config=CONFIG, data=NOISE, device="cpu")
    return altered(made, weights=trained.save(FirstColor(width=4), made.id))


def altered(record, **changes):
    if changes.get("weights"):
        changes["weights"] = records.Weights(**changes["weights"])
    return record.model_copy(update=changes)


def weights_file(record):
    return records.results_dir() / record.weights.path


def test_what_is_loaded_is_what_was_saved_to_half_precision(record):
    torch.manual_seed(0)
    saved = FirstColor(width=4).state_dict()
    loaded = trained.load(record)
    assert not loaded.training
    for name, tensor in loaded.state_dict().items():
        torch.testing.assert_close(tensor, saved[name], atol=1e-3, rtol=1e-3)
    assert loaded.ab.weight.dtype == torch.float32


def test_large_or_quick_weights_stay_in_the_cache(record, monkeypatch, tmp_path):
    quick = trained.save(FirstColor(width=4), "quick-one", in_cache=True)
    monkeypatch.setattr(trained, "LIMIT", 1000)
    large = trained.save(FirstColor(width=4), "large-one")
    assert quick["path"] is None and large["path"] is None
    names = sorted(path.name for path in (tmp_path / "cache" / "weights").iterdir())
    assert names == ["large-one.safetensors", "quick-one.safetensors"]
    assert trained.load(altered(record, id="large-one", weights=large))


def test_other_weights_are_refused(record):
    path = weights_file(record)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="sha256 differs"):
        trained.load(record)
    path.unlink()
    with pytest.raises(WeightsError, match=path.name):
        trained.load(record)


def test_weights_of_another_network_are_refused(record):
    record = altered(record, config=CONFIG | {"method_args": {"width": 5}})
    with pytest.raises(WeightsError, match="cannot be used as weights"):
        trained.load(record)


def test_a_record_without_weights_says_so(record):
    with pytest.raises(WeightsError, match="has no weights"):
        trained.load(altered(record, weights=None, status="incomplete"))


def test_loading_leaves_the_random_numbers_of_the_caller_alone(record):
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    trained.load(record)
    assert torch.equal(torch.rand(3), expected)


def test_the_newest_full_run_is_preferred_to_a_reduced_one(record):
    methods = {}
    for profile in ("reduced", "full"):
        methods[profile] = FirstColor(width=4)
        settings = {"config": CONFIG, "data": NOISE, "device": "cpu", "profile": profile}
        made = records.new_record("first", **settings)
        made = altered(made, weights=trained.save(methods[profile], made.id))
        records.write(made)
        found = trained.newest("first").state_dict()["ab.bias"]
        assert torch.allclose(found, methods[profile].ab.bias.half().float())
    weights_file(made).unlink()  # as of a run in another cache
    found = trained.newest("first").state_dict()["ab.bias"]
    assert torch.allclose(found, methods["reduced"].ab.bias.half().float())


def test_a_damaged_record_costs_no_other_run_its_weights(record):
    """That of another recipe is not even read; one of this recipe is told of and left out."""
    records.write(record)
    (records.results_dir() / "other--full--0--0123abcd.json").write_text("{")
    assert isinstance(trained.newest("first"), FirstColor)
    (records.results_dir() / "first--full--0--0123abcd.json").write_text("{")
    with pytest.raises(records.RecordError, match="first--full--0--0123abcd"):
        trained.newest("first")
    told = []
    assert isinstance(trained.newest("first", damaged=told.append), FirstColor)
    assert len(told) == 1


def test_without_a_recorded_run_the_error_says_how_to_make_one(record):
    with pytest.raises(WeightsError, match="huelab reproduce first"):
        trained.newest("first")


def test_the_weights_of_the_book_can_be_loaded(monkeypatch):
    monkeypatch.delenv("HUELAB_RESULTS", raising=False)
    kept = [r for r in records.find() if r.weights and r.weights.path]
    assert kept
    for found in kept:
        assert trained.load(found).colorize(torch.rand(1, 1, 20, 30)).shape == (1, 3, 20, 30)


def test_weights_that_ship_are_those_of_their_records(monkeypatch):
    monkeypatch.delenv("HUELAB_RESULTS", raising=False)
    by_id = {found.id: found for found in records.find()}
    assert DEFAULT_MODEL in shipped.index()
    for entry in shipped.index().values():
        found = by_id[entry.record]
        assert entry.sha256 == found.weights.sha256
        assert entry.sha256 == hashlib.sha256(entry.path.read_bytes()).hexdigest()
        config = found.config
        assert (entry.method, entry.method_args) == (config["method"], config["method_args"])
        assert config["train"]["name"] in entry.trained_on
        assert found.profile == "full" and found.status == "complete"


def test_no_images_with_a_non_commercial_license_trained_what_ships():
    for entry in shipped.index().values():
        data = entry.trained_on.split(":")[0]
        terms = describe(data).license
        assert "non-commercial" not in terms and "research" not in terms
        assert "none stated" not in terms and "mixed" not in terms


def test_weights_that_ship_color_better_than_gray():
    """On photographs that the network never saw, closer to the truth than no color at all."""
    rgb = torch.stack([open_dataset("embedded", "test", 128)[i] for i in range(0, 48, 4)])
    gray = rgb_to_gray(rgb, "lightness")
    errors = {
        name: (method.colorize(gray) - rgb).square().mean().item()
        for name, method in {"first": shipped.load(), "gray": GrayCopy()}.items()
    }
    assert errors["first"] < errors["gray"]


def test_numbers_that_float16_does_not_have_stay_float32(tmp_path, monkeypatch):
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path))
    layer = torch.nn.BatchNorm2d(3)
    layer.running_var.copy_(torch.tensor([1.0, 65_504.0, 70_000.0]))
    layer.running_mean.copy_(torch.tensor([1.0, 65_504.0, -65_000.0]))
    trained.save(layer, "large", in_cache=True)
    found = load_file(tmp_path / "weights" / "large.safetensors")
    assert torch.equal(found["running_var"], layer.running_var)
    assert found["running_mean"].dtype == found["weight"].dtype == torch.float16


@pytest.fixture
def copy_of_shipped(tmp_path, monkeypatch):
    folder = tmp_path / "shipped"
    shutil.copytree(shipped.FOLDER, folder)
    monkeypatch.setattr(shipped, "FOLDER", folder)
    shipped.index.cache_clear()
    yield folder
    shipped.index.cache_clear()


def damage(path):
    path.write_bytes(path.read_bytes()[:-1] + b"?")


def swap(path):
    """Let the index name weights of another network, with the right hash."""
    entries = json.loads(path.read_text())
    next(e for e in entries if e["name"] == "first")["method_args"] = {"width": 5}
    path.write_text(json.dumps(entries))


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("first.safetensors", damage, "sha256 differs"),
        ("first.safetensors", lambda path: path.unlink(), "No such file"),
        ("index.json", damage, "missing or damaged"),
        ("index.json", lambda path: path.unlink(), "missing or damaged"),
        ("index.json", lambda path: path.write_text('[{"name": "first"}]'), "missing or damaged"),
        ("index.json", swap, "cannot be used as weights"),
    ],
)
def test_a_damaged_installation_is_one_clear_error(copy_of_shipped, name, change, said):
    shipped.load("first")
    shipped.index.cache_clear()
    change(copy_of_shipped / name)
    with pytest.raises(WeightsError, match=said) as error:
        shipped.load("first")
    assert name in str(error.value) or "first.safetensors" in str(error.value)


def test_an_unknown_name_is_told_the_known_ones():
    with pytest.raises(WeightsError, match="choose one of huenet, first, scribbles, exemplar"):
        shipped.load("second")
