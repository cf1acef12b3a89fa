"""Weights of record: what was saved is what is loaded, and nothing else is."""

import pytest
import torch

from huelab import records
from huelab.methods import trained
from huelab.methods.first import FirstColor

CONFIG = {"method": "huelab.methods.first:FirstColor", "method_args": {"width": 4}}


@pytest.fixture
def record(tmp_path, monkeypatch):
    monkeypatch.setenv("HUELAB_RESULTS", str(tmp_path / "results"))
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path / "cache"))
    torch.manual_seed(0)
    made = records.new_record(
        "first", profile="full", config=CONFIG, data={"name": "noise"}, device="cpu"
    )
    made["weights"] = trained.save(FirstColor(width=4), made["id"])
    return made


def weights_file(record):
    return records.results_dir() / record["weights"]["path"]


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
    assert trained.load(record | {"id": "large-one", "weights": large})


def test_other_weights_are_refused(record):
    path = weights_file(record)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(records.RecordError, match="sha256 differs"):
        trained.load(record)
    path.unlink()
    with pytest.raises(records.RecordError, match=path.name):
        trained.load(record)


def test_weights_of_another_network_are_refused(record):
    record["config"] = CONFIG | {"method_args": {"width": 5}}
    with pytest.raises(records.RecordError, match="cannot be used as weights"):
        trained.load(record)


def test_a_record_without_weights_says_so(record):
    with pytest.raises(records.RecordError, match="has no weights"):
        trained.load(record | {"weights": None, "status": "incomplete"})


def test_the_weights_of_the_book_can_be_loaded(monkeypatch):
    monkeypatch.delenv("HUELAB_RESULTS", raising=False)
    kept = [r for r in records.find() if r["weights"] and r["weights"]["path"]]
    assert kept
    for found in kept:
        assert trained.load(found).colorize(torch.rand(1, 1, 20, 30)).shape == (1, 3, 20, 30)
