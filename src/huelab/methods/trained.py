"""Trained weights: small float16 files that belong to a record, and the methods they make."""

import hashlib
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import safetensors.torch
from safetensors.torch import load_file
from torch import nn

from huelab import records
from huelab.methods.colorizer import Colorizer
from huelab.records import Record, RecordError
from huelab.storage import cache_dir, write_whole

#: Larger files stay in the cache, and only their hash is recorded.
LIMIT = 10_000_000


def method_class(config: Mapping[str, Any]) -> type[Colorizer]:
    """The class of a recipe's configuration, which names it as `module:Class`."""
    module, _, name = config["method"].partition(":")
    return getattr(import_module(module), name)


def build(config: Mapping[str, Any]) -> Colorizer:
    """The method of a recipe's configuration, untrained."""
    return method_class(config)(**config["method_args"])


def load(record: Record) -> Colorizer:
    """The trained method of a record, in float32 and evaluation mode.

    Raises:
        RecordError: if the record has no weights, or their file is absent, damaged, of another
            network, or not the one that was recorded.
    """
    weights = record["weights"]
    if weights is None:
        raise RecordError(f"{record['id']} has no weights ({record['status']})")
    path = _path(record["id"], in_results=weights["path"] is not None)
    method = build(record["config"])
    try:
        if hashlib.sha256(path.read_bytes()).hexdigest() != weights["sha256"]:
            raise RecordError(f"{path} is not the file that was recorded: the sha256 differs")
        method.load_state_dict(load_file(path))
    except RecordError:
        raise
    except Exception as error:
        raise RecordError(f"{path} cannot be used as weights: {error}") from error
    return method.float().eval()


def where(record: Record) -> Path | None:
    """The file of a record's weights; None if it has none, or they are in another cache."""
    weights = record["weights"]
    if weights is None:
        return None
    path = _path(record["id"], in_results=weights["path"] is not None)
    return path if path.is_file() else None


def save(network: nn.Module, record_id: str, *, in_cache: bool = False) -> dict[str, Any]:
    """Write a network's weights as float16 safetensors: beside the records if they are small and
    not meant for the cache.

    Returns:
        The record's `weights`: path relative to the results folder (None in the cache), sha256.
    """
    tensors = {
        name: (value.half() if value.is_floating_point() else value).cpu().contiguous()
        for name, value in network.state_dict().items()
    }
    size = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    in_results = size < LIMIT and not in_cache
    path = _path(record_id, in_results)
    content = safetensors.torch.save(tensors)
    write_whole(path, content)
    sha256 = hashlib.sha256(content).hexdigest()
    return {"path": f"weights/{path.name}" if in_results else None, "sha256": sha256}


def _path(record_id: str, in_results: bool) -> Path:
    folder = records.results_dir() if in_results else cache_dir()
    return folder / "weights" / f"{record_id}.safetensors"
