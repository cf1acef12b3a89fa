"""The weights that ship with the package: their index has all that coloring needs."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from huelab.methods.colorizer import Colorizer
from huelab.methods.untrained import UNTRAINED
from huelab.methods.weight_files import load_file
from huelab.storage import WeightsError
from huelab.weights import DEFAULT_MODEL

#: The folder of the weights that ship, with `index.json`.
FOLDER = Path(__file__).parents[1] / "weights"


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
        >>> entry = index()["first"]
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
        return FOLDER / self.file


@cache
def index() -> dict[str, Shipped]:
    """The weights that ship, by name.

    Raises:
        WeightsError: if the index is missing or damaged.

    Example:
        >>> DEFAULT_MODEL in index()
        True
    """
    path = FOLDER / "index.json"
    try:
        entries = [Shipped(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        raise WeightsError(f"{path} is missing or damaged; install huelab again") from error
    return {entry.name: entry for entry in entries}


def check(name: str) -> None:
    """Refuse the name of a method that does not ship with the package.

    Raises:
        WeightsError: if there is no method of that name; the message lists those that there are.

    Example:
        >>> check("first")
        >>> check("nothing")
        Traceback (most recent call last):
            ...
        huelab.storage.WeightsError: no weights 'nothing' ship with huelab; choose one of ...
    """
    there = [*index(), *UNTRAINED]
    if name not in there:
        known = ", ".join(there)
        raise WeightsError(f"no weights {name!r} ship with huelab; choose one of {known}")


def load(name: str = DEFAULT_MODEL) -> Colorizer:
    """A method that ships with the package.

    It is trained and in float32 and evaluation mode, or it needs no training (see
    `huelab.methods.untrained`).

    Raises:
        WeightsError: if there is no method of that name, or the file of its weights is missing or
            damaged.

    Example:
        >>> import torch
        >>> load().colorize(torch.full((1, 1, 40, 50), 0.5)).shape
        torch.Size([1, 3, 40, 50])
    """
    check(name)
    if name in UNTRAINED:
        return UNTRAINED[name].kind()
    entry = index()[name]
    config = {"method": entry.method, "method_args": entry.method_args}
    return load_file(config, entry.path, entry.sha256)
