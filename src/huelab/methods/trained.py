"""Trained weights, float16 safetensors: those that ship with the package, and those of records.

The index of those that ship says all that coloring needs. Only what deals with recorded runs
imports `huelab.records`, because a tool that colors should not wait for it.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as read_tensors
from safetensors.torch import save as tensor_bytes
from torch import nn

from huelab import DEFAULT_MODEL
from huelab.methods.colorizer import Colorizer
from huelab.methods.untrained import UNTRAINED
from huelab.storage import WeightsError, cache_dir, write_whole

if TYPE_CHECKING:
    from huelab.records import Record

#: Larger files stay in the cache, and only their hash is recorded.
LIMIT = 10_000_000
#: The folder of the weights that ship, with `index.json`.
SHIPPED = Path(__file__).parents[1] / "weights"


@dataclass(frozen=True)
class Shipped:
    """Weights that ship with the package: an entry of the index.

    Attributes:
        name: what `huelab colorize --model` calls them.
        file: in the folder of the index, with its `sha256`.
        method: the network's class, `module:Class`; it is built with `method_args`.
        record: the id of the run that made them.
        license: of the weights.
        trained_on: the images, with their licenses.
        good_at: what to use them for.

    Example:
        >>> entry = shipped()["first"]
        >>> entry.path.is_file(), entry.method
        (True, 'huelab.methods.first:FirstColor')
    """

    name: str
    file: str
    sha256: str
    method: str
    method_args: dict[str, Any]
    record: str
    license: str
    trained_on: str
    good_at: str

    @property
    def path(self) -> Path:
        return SHIPPED / self.file


@cache
def shipped() -> dict[str, Shipped]:
    """The weights that ship, by name.

    Raises:
        WeightsError: if the index is absent or damaged.

    Example:
        >>> DEFAULT_MODEL in shipped()
        True
    """
    path = SHIPPED / "index.json"
    try:
        entries = [Shipped(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        raise WeightsError(f"{path} is absent or damaged; install huelab again") from error
    return {entry.name: entry for entry in entries}


def load_shipped(name: str = DEFAULT_MODEL) -> Colorizer:
    """A method that ships with the package: trained, in float32 and evaluation mode, or one that
    needs no training (see `huelab.methods.untrained`).

    Raises:
        WeightsError: if there is no method of that name, or the file of its weights is absent or
            damaged.

    Example:
        >>> load_shipped().colorize(torch.full((1, 1, 40, 50), 0.5)).shape
        torch.Size([1, 3, 40, 50])
    """
    if name in UNTRAINED:
        return UNTRAINED[name].kind()
    known = shipped()
    if name not in known:
        there = ", ".join([*known, *UNTRAINED])
        raise WeightsError(f"no weights {name!r} ship with huelab; there are: {there}")
    entry = known[name]
    config = {"method": entry.method, "method_args": entry.method_args}
    return _load(config, entry.path, entry.sha256)


def load(record: "Record") -> Colorizer:
    """The trained method of a record, in float32 and evaluation mode.

    Raises:
        WeightsError: if the record has no weights, or their file is absent, damaged, of another
            network, or not the one that was recorded.

    Example:
        >>> from huelab.records import DataSpec, DataUsed, new_record
        >>> data = DataUsed(train=DataSpec(name="photos"))
        >>> load(new_record("a", profile="full", config={}, data=data, device="cpu"))
        Traceback (most recent call last):
            ...
        huelab.storage.WeightsError: a--full--0--... has no weights (complete)
    """
    path = _file(record)
    if path is None or record.weights is None:
        raise WeightsError(f"{record.id} has no weights ({record.status})")
    return _load(record.config, path, record.weights.sha256)


def newest(recipe: str, *, damaged: Callable[[Exception], object] | None = None) -> Colorizer:
    """The trained method of a recipe's newest full run, or of a reduced one if there is no other.

    Args:
        recipe: its name. Records of other recipes are not even read.
        damaged: called with the error of each damaged record of the recipe; the others are still
            used.

    Raises:
        WeightsError: if no run of it is recorded here with weights that are here, too.
        RecordError: if a record of it is damaged, unless `damaged` is given.

    Example:
        >>> import os
        >>> from unittest.mock import patch
        >>> with patch.dict(os.environ, HUELAB_RESULTS="/nowhere"):
        ...     newest("vgg-fruits")
        Traceback (most recent call last):
            ...
        huelab.storage.WeightsError: no run of 'vgg-fruits' with its weights is recorded in ...
    """
    from huelab import records

    found = records.find(recipe, damaged=damaged)
    usable = [record for record in found if record.status == "complete" and where(record)]
    for profile in ("full", "reduced"):
        if runs := [record for record in usable if record.profile == profile]:
            return load(max(runs, key=lambda record: record.created))
    raise WeightsError(
        f"no run of {recipe!r} with its weights is recorded in {records.results_dir()}; "
        f"`huelab reproduce {recipe} --profile full` makes one"
    )


def begin(method: nn.Module, recipe: str, profile: str, seed: int) -> None:
    """Give a method the weights of a recipe's run of this profile and seed, to go on from.

    Raises:
        WeightsError: if that run is not recorded, or its weights are not here or do not fit.

    Example:
        >>> import os
        >>> from unittest.mock import patch
        >>> with patch.dict(os.environ, HUELAB_RESULTS="/nowhere"):
        ...     begin(nn.Linear(1, 1), "vitgan", "full", 0)
        Traceback (most recent call last):
            ...
        huelab.storage.WeightsError: the weights of vitgan, full, seed 0, are not here; `huelab ...
    """
    from huelab import records

    for record in records.find(recipe, profile=profile):
        path = where(record)
        if path and record.weights and (record.status, record.seed) == ("complete", seed):
            fill(method, path, record.weights.sha256)
            return
    raise WeightsError(
        f"the weights of {recipe}, {profile}, seed {seed}, are not here; "
        f"`huelab reproduce {recipe} --profile {profile} --seeds {seed}` makes them"
    )


def where(record: "Record") -> Path | None:
    """The file of a record's weights; None if it has none, or they are in another cache.

    Example:
        >>> from huelab.records import DataSpec, DataUsed, new_record
        >>> data = DataUsed(train=DataSpec(name="photos"))
        >>> where(new_record("a", profile="full", config={}, data=data, device="cpu")) is None
        True
    """
    path = _file(record)
    return path if path is not None and path.is_file() else None


def save(network: nn.Module, record_id: str, *, in_cache: bool = False) -> dict[str, Any]:
    """Write a network's weights as float16 safetensors: into the folder of records if they are
    small and not meant for the cache.

    A tensor with numbers that float16 cannot hold, such as large variances, stays float32.

    Returns:
        The record's `weights`: path relative to the results folder (None in the cache), sha256.

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
    tensors = {
        name: (value.half() if _fits(value) else value).cpu().contiguous()
        for name, value in network.state_dict().items()
    }
    content = tensor_bytes(tensors)
    in_results = len(content) < LIMIT and not in_cache
    path = write_whole(_path(record_id, in_results), content)
    sha256 = hashlib.sha256(content).hexdigest()
    return {"path": f"weights/{path.name}" if in_results else None, "sha256": sha256}


def _fits(value: torch.Tensor) -> bool:
    """Whether float16 has numbers for all values; the largest of them is 65,504."""
    largest = torch.finfo(torch.float16).max
    return value.is_floating_point() and not bool((value.abs() > largest).any())


def begin_with(network: nn.Module, record_id: str) -> None:
    """Read the weights of a record into a network of the same shape.

    Raises:
        WeightsError: if no such run is recorded with its weights, or they are of another network.

    Example:
        >>> begin_with(nn.Linear(2, 2), "nothing--full--0--00000000")
        Traceback (most recent call last):
            ...
        huelab.storage.WeightsError: no run 'nothing--full--0--00000000' with its weights is ...
    """
    from huelab import records

    found = [r for r in records.find(record_id.split("--")[0]) if r.id == record_id]
    path = where(found[0]) if found else None
    if path is None or found[0].weights is None:
        raise WeightsError(f"no run {record_id!r} with its weights is recorded here")
    fill(network, path, found[0].weights.sha256)


def method_class(config: Mapping[str, Any]) -> type[Colorizer]:
    """The class of a recipe's configuration, which names it as `module:Class`.

    Example:
        >>> method_class({"method": "huelab.methods.first:FirstColor"}).gray_formula
        'lightness'
    """
    module, _, name = config["method"].partition(":")
    found: type[Colorizer] = getattr(import_module(module), name)
    return found


def build(config: Mapping[str, Any]) -> Colorizer:
    """The method of a recipe's configuration, untrained.

    Example:
        >>> config = {"method": "huelab.methods.first:FirstColor", "method_args": {"width": 8}}
        >>> sum(p.numel() for p in build(config).ab.parameters())  # 8 x 2 weights and 2 biases
        18
    """
    return method_class(config)(**config["method_args"])


def fill(method: nn.Module, path: Path, sha256: str) -> None:
    """Read the weights of a file into a network.

    Raises:
        WeightsError: if the file cannot be read, is another one, or is of another network.

    Example:
        >>> entry = shipped()["first"]
        >>> fill(build({"method": entry.method, "method_args": {}}), entry.path, entry.sha256)
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise WeightsError(f"{path} is not the file that was recorded: the sha256 differs")
    try:
        method.load_state_dict(read_tensors(content))
    except (SafetensorError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise WeightsError(f"{path} cannot be used as weights: {reason}") from error


def _load(config: Mapping[str, Any], path: Path, sha256: str) -> Colorizer:
    """The method of a configuration with the weights of a file."""
    args = dict(config["method_args"])
    if "pretrained" in args:
        args["pretrained"] = False  # what the network began with is not needed to load what became
    # The random numbers of an initialization that is overwritten at once are the caller's.
    with torch.random.fork_rng(devices=[]):
        method = build({**config, "method_args": args})
    if not isinstance(method, nn.Module):
        raise WeightsError(f"{path} cannot be used as weights: {config['method']} is no network")
    fill(method, path, sha256)
    return method.eval()


def _file(record: "Record") -> Path | None:
    if record.weights is None:
        return None
    return _path(record.id, in_results=record.weights.path is not None)


def _path(record_id: str, in_results: bool) -> Path:
    from huelab import records

    folder = records.results_dir() if in_results else cache_dir()
    return folder / "weights" / f"{record_id}.safetensors"
