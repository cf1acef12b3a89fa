"""Networks of a configuration, and their weights in files of float16 safetensors."""

import hashlib
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as read_tensors
from torch import nn

from huelab.methods.colorizer import Colorizer
from huelab.storage import WeightsError


def method_class(config: Mapping[str, Any]) -> type[Colorizer]:
    """The class that a recipe's configuration names as `module:Class`.

    Example:
        >>> method_class({"method": "huelab.methods.first:FirstColor"}).gray_formula
        'lightness'
    """
    module, _, name = config["method"].partition(":")
    found: type[Colorizer] = getattr(import_module(module), name)
    return found


def build(config: Mapping[str, Any], *, pretrained: bool = True) -> Colorizer:
    """The method of a recipe's configuration, untrained.

    Args:
        config: `method`, as `module:Class`, and `method_args`.
        pretrained: whether an encoder may begin with weights of another task. Where False, all
            weights are random, and the files of those weights are not needed.

    Example:
        >>> config = {"method": "huelab.methods.first:FirstColor", "method_args": {"width": 8}}
        >>> sum(p.numel() for p in build(config).ab.parameters())  # 8 x 2 weights and 2 biases
        18
    """
    args = dict(config["method_args"])
    if not pretrained and "pretrained" in args:
        args["pretrained"] = False
    return method_class(config)(**args)


def as_saved(network: nn.Module) -> dict[str, torch.Tensor]:
    """The tensors of a network on the CPU as their file holds them: float16 where that holds them.

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


def fill(method: nn.Module, path: Path, sha256: str) -> None:
    """Read the weights of a file into a network.

    Raises:
        WeightsError: if the file cannot be read, has another hash, or is of another network.

    Example:
        >>> from huelab.methods import shipped
        >>> entry = shipped.index()["first"]
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


def load_file(config: Mapping[str, Any], path: Path, sha256: str) -> Colorizer:
    """The method of a configuration with the weights of a file, in float32 and evaluation mode.

    Args:
        config: `method`, as `module:Class`, and `method_args`.
        path: a file of safetensors.
        sha256: the hash that the file must have.

    Raises:
        WeightsError: if the file cannot be read, has another hash, or is of another network.

    Example:
        >>> from huelab.methods import shipped
        >>> entry = shipped.index()["first"]
        >>> config = {"method": entry.method, "method_args": entry.method_args}
        >>> load_file(config, entry.path, entry.sha256).training
        False
    """
    # The initial weights are replaced at once, so they must not change the caller's random numbers.
    with torch.random.fork_rng(devices=[]):
        method = build(config, pretrained=False)
    if not isinstance(method, nn.Module):
        raise WeightsError(f"{path} cannot be used as weights: {config['method']} is not a network")
    fill(method, path, sha256)
    return method.eval()


def _fits(value: torch.Tensor) -> bool:
    """Whether float16, whose largest number is 65,504, can hold all values."""
    largest = torch.finfo(torch.float16).max
    return value.is_floating_point() and not bool((value.abs() > largest).any())
