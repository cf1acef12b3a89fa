"""Trained weights as float16 safetensors: those that ship with the package, and those of records.

The index of the shipped weights has all that coloring needs. Only functions for recorded runs
import `huelab.records`, because a program that only colors should not wait for this import.
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
        name: the name that `huelab colorize --model` takes.
        file: name of the file in the folder of the index.
        sha256: hash of that file.
        method, method_args: the network's class, as `module:Class`, and its arguments.
        record: id of the record of the training run.
        license: license of the weights.
        trained_on: the training images, with their licenses.
        good_at: what to use the weights for.

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
        WeightsError: if the index is missing or damaged.

    Example:
        >>> DEFAULT_MODEL in shipped()
        True
    """
    path = SHIPPED / "index.json"
    try:
        entries = [Shipped(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        raise WeightsError(f"{path} is missing or damaged; install huelab again") from error
    return {entry.name: entry for entry in entries}


def load_shipped(name: str = DEFAULT_MODEL) -> Colorizer:
    """A method that ships with the package.

    It is trained and in float32 and evaluation mode, or it needs no training (see
    `huelab.methods.untrained`).

    Raises:
        WeightsError: if there is no method of that name, or the file of its weights is missing or
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
        raise WeightsError(f"no weights {name!r} ship with huelab; choose one of {there}")
    entry = known[name]
    config = {"method": entry.method, "method_args": entry.method_args}
    return _load(config, entry.path, entry.sha256)


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
    return _load(record.config, path, record.weights.sha256)


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


def as_saved(network: nn.Module) -> dict[str, torch.Tensor]:
    """The tensors of a network on the CPU as `save` writes them: float16 where that holds them.

    Example:
        >>> layer = nn.Linear(1, 2)
        >>> layer.bias.data = torch.tensor([0.5, 1e6])
        >>> {name: value.dtype for name, value in as_saved(layer).items()}
        {'weight': torch.float16, 'bias': torch.float32}
    """
    return {
        name: (value.half() if _fits(value) else value).cpu().contiguous()
        for name, value in network.state_dict().items()
    }


def round_weights(network: nn.Module) -> None:
    """Give a network the numbers that its file will hold, so that what is measured is the file.

    Example:
        >>> layer = nn.Linear(1, 1, bias=False)
        >>> layer.weight.data.fill_(0.1)
        tensor([[0.1000]])
        >>> round_weights(layer)
        >>> layer.weight.item() == 0.1, abs(layer.weight.item() - 0.1) < 1e-4
        (False, True)
    """
    network.load_state_dict(as_saved(network))


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


def _fits(value: torch.Tensor) -> bool:
    """Whether float16, whose largest number is 65,504, can hold all values."""
    largest = torch.finfo(torch.float16).max
    return value.is_floating_point() and not bool((value.abs() > largest).any())


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


def method_class(config: Mapping[str, Any]) -> type[Colorizer]:
    """The class that a recipe's configuration names as `module:Class`.

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
        WeightsError: if the file cannot be read, has another hash, or is of another network.

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
        args["pretrained"] = False  # the initial weights are replaced at once
    # The initialization is replaced at once too, so it must not change the caller's random numbers.
    with torch.random.fork_rng(devices=[]):
        method = build({**config, "method_args": args})
    if not isinstance(method, nn.Module):
        raise WeightsError(f"{path} cannot be used as weights: {config['method']} is not a network")
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
