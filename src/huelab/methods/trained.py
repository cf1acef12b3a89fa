"""The weights of records: in the folder of records if they are small, else in the cache.

Only this module of the methods reads records, and each function imports `huelab.records` itself:
a program that only colors should not wait for this import.
"""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors.torch import save as tensor_bytes
from torch import nn

from huelab.methods.colorizer import Colorizer
from huelab.methods.weight_files import as_saved, fill, load_file
from huelab.storage import WeightsError, cache_dir, write_whole

if TYPE_CHECKING:
    from huelab.records import Record

#: Larger files stay in the cache, and only their hash is recorded.
LIMIT = 10_000_000


def load(record: "Record") -> Colorizer:
    """The trained method of a record, in float32 and evaluation mode.

    Raises:
        WeightsError: if the record has no weights, or their file is missing, damaged, of another
            network, or not the one that was recorded.

    Example:
        >>> from huelab.records import DataSpec, DataUsed, new_record
        >>> data = DataUsed(train=DataSpec(name="photos"))
        >>> load(new_record("a", profile="full", config={}, data=data, device="cpu"))
        Traceback (most recent call last):
            ...
        huelab.storage.WeightsError: the record a--full--0--... has no weights (complete)
    """
    path = _file(record)
    if path is None or record.weights is None:
        raise WeightsError(f"the record {record.id} has no weights ({record.status})")
    return load_file(record.config, path, record.weights.sha256)


def newest(recipe: str, *, damaged: Callable[[Exception], object] | None = None) -> Colorizer:
    """The trained method of a recipe's newest full run, or of a reduced one if there is no other.

    Args:
        recipe: name of the recipe. Records of other recipes are not read.
        damaged: called with the error of each damaged record of the recipe; the others are still
            used.

    Raises:
        WeightsError: if no run of the recipe has a record and weights here.
        RecordError: if a record of the recipe is damaged, unless `damaged` is given.

    Example:
        >>> import os
        >>> from unittest.mock import patch
        >>> with patch.dict(os.environ, HUELAB_RESULTS="/nowhere"):
        ...     newest("vgg-fruits")
        Traceback (most recent call last):
            ...
        huelab.storage.WeightsError: no run of 'vgg-fruits' has a record with weights in ...
    """
    from huelab import records

    found = records.find(recipe, damaged=damaged)
    usable = [record for record in found if record.status == "complete" and where(record)]
    for profile in ("full", "reduced"):
        if runs := [record for record in usable if record.profile == profile]:
            return load(max(runs, key=lambda record: record.created))
    raise WeightsError(
        f"no run of {recipe!r} has a record with weights in {records.results_dir()}; "
        f"`huelab reproduce {recipe} --profile full` makes one"
    )


def begin(
    method: nn.Module, recipe: str, profile: str, seed: int, config: Mapping[str, Any]
) -> tuple[str, str]:
    """Load into a method the weights of a recipe's run of this profile and seed, to train further.

    Args:
        method: a network of the same shape.
        recipe, profile, seed: the run whose weights it gets.
        config: the configuration of that run. Records of other configurations do not count.

    Returns:
        The id of the run's record, and the sha256 of its weights.

    Raises:
        WeightsError: if that run is not recorded, or its weights are missing or do not fit.

    Example:
        >>> import os
        >>> from unittest.mock import patch
        >>> with patch.dict(os.environ, HUELAB_RESULTS="/nowhere"):
        ...     begin(nn.Linear(1, 1), "vitgan", "full", 0, config={})
        Traceback (most recent call last):
            ...
        huelab.storage.WeightsError: the weights of vitgan, full, seed 0, are missing; `huelab ...
    """
    from huelab import records

    wanted = ("complete", seed, records.digest(dict(config)))
    for record in records.find(recipe, profile=profile):
        path = where(record)
        found = (record.status, record.seed, record.config_hash)
        if path and record.weights and found == wanted:
            fill(method, path, record.weights.sha256)
            return record.id, record.weights.sha256
    raise WeightsError(
        f"the weights of {recipe}, {profile}, seed {seed}, are missing; "
        f"`huelab reproduce {recipe} --profile {profile} --seeds {seed}` makes them"
    )


def begin_with(network: nn.Module, record_id: str) -> None:
    """Read the weights of a record into a network of the same shape.

    Raises:
        WeightsError: if no such run has a record and weights here, or they are of another network.

    Example:
        >>> begin_with(nn.Linear(2, 2), "nothing--full--0--00000000")
        Traceback (most recent call last):
            ...
        huelab.storage.WeightsError: the run 'nothing--full--0--00000000' has no record with ...
    """
    from huelab import records

    found = [r for r in records.find(record_id.split("--")[0]) if r.id == record_id]
    path = where(found[0]) if found else None
    if path is None or found[0].weights is None:
        raise WeightsError(f"the run {record_id!r} has no record with weights here")
    fill(network, path, found[0].weights.sha256)


def where(record: "Record") -> Path | None:
    """The file of a record's weights; None if it has none or the file is not on this machine.

    Example:
        >>> from huelab.records import DataSpec, DataUsed, new_record
        >>> data = DataUsed(train=DataSpec(name="photos"))
        >>> where(new_record("a", profile="full", config={}, data=data, device="cpu")) is None
        True
    """
    path = _file(record)
    return path if path is not None and path.is_file() else None


def save(network: nn.Module, record_id: str, *, in_cache: bool = False) -> dict[str, Any]:
    """Write a network's weights as float16 safetensors, in a file named after the record's id.

    The file goes into the folder of records if it is small and `in_cache` is False, else into the
    cache. A tensor with numbers that float16 cannot hold, such as large variances, stays float32.

    Returns:
        The `weights` of a record, which are `path`, relative to the results folder (None in the
        cache), and `sha256`.

    Example:
        >>> import os
        >>> from tempfile import TemporaryDirectory
        >>> from unittest.mock import patch
        >>> with TemporaryDirectory() as folder, patch.dict(os.environ, HUELAB_CACHE=folder):
        ...     save(nn.Linear(2, 2), "trial", in_cache=True)["path"] is None
        ...     Path(folder, "weights", "trial.safetensors").is_file()
        True
        True
    """
    content = tensor_bytes(as_saved(network))
    in_results = len(content) < LIMIT and not in_cache
    path = write_whole(_path(record_id, in_results), content)
    sha256 = hashlib.sha256(content).hexdigest()
    return {"path": f"weights/{path.name}" if in_results else None, "sha256": sha256}


def _file(record: "Record") -> Path | None:
    if record.weights is None:
        return None
    return _path(record.id, in_results=record.weights.path is not None)


def _path(record_id: str, in_results: bool) -> Path:
    from huelab import records

    folder = records.results_dir() if in_results else cache_dir()
    return folder / "weights" / f"{record_id}.safetensors"
