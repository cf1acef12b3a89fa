"""Trained weights: small float16 files that belong to a record."""

import hashlib
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import nn

from huelab import records
from huelab.data import cache_dir

#: Larger files stay in the cache, and only their hash is recorded.
LIMIT = 10_000_000


def save(network: nn.Module, record_id: str, *, quick: bool = False) -> dict[str, Any]:
    """Write a network's weights as float16 safetensors, beside the records if they are small.

    Returns:
        The record's `weights`: path relative to the results folder (None in the cache), sha256.
    """
    tensors = {
        name: (value.half() if value.is_floating_point() else value).cpu().contiguous()
        for name, value in network.state_dict().items()
    }
    small = sum(t.numel() * t.element_size() for t in tensors.values()) < LIMIT and not quick
    folder = records.results_dir() / "weights" if small else cache_dir() / "weights"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{record_id}.safetensors"
    temporary = path.with_suffix(".tmp")
    save_file(tensors, temporary)
    temporary.chmod(0o644)  # safetensors makes files that only their owner can read
    temporary.replace(path)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"path": f"weights/{path.name}" if small else None, "sha256": sha256}


def load(network: nn.Module, path: Path) -> nn.Module:
    """Fill a network with weights of record; returns it in float32 and evaluation mode.

    Raises:
        RecordError: if the file is absent, damaged or of another network.
    """
    try:
        tensors = load_file(path)
        network.load_state_dict(tensors)
    except Exception as error:
        raise records.RecordError(f"{path}: cannot be used as weights: {error}") from error
    return network.float().eval()
