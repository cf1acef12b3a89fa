"""Files with ImageNet weights of torchvision's networks: found, downloaded, checked, and read."""

import hashlib
import os
import pickle
import urllib.error
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from torch.hub import download_url_to_file
from torchvision import models

from huelab.storage import WeightsError, cache_dir, locked

#: The addresses of ImageNet weights, by torchvision's names of the networks. As in all file names
#: of PyTorch's weights, the digits are the first of the file's sha256. The last three networks are
#: backbones of LPIPS.
OFFICIAL_URLS: dict[str, str] = {
    "inception_v3": models.Inception_V3_Weights.IMAGENET1K_V1.url,
    "squeezenet1_0": models.SqueezeNet1_0_Weights.IMAGENET1K_V1.url,
    "squeezenet1_1": models.SqueezeNet1_1_Weights.IMAGENET1K_V1.url,
    "alexnet": models.AlexNet_Weights.IMAGENET1K_V1.url,
    "vgg16": models.VGG16_Weights.IMAGENET1K_V1.url,
}


def find_weights(architecture: str, *, fetch: bool = True) -> Path:
    """A file with the ImageNet weights of a torchvision network.

    HueLab looks for it in this order: the file that `$HUELAB_WEIGHTS` names; in the folder that it
    names, a file whose name begins with that of the network; the cache. If none is there, torch
    downloads the official file into the cache and checks its sha256.

    Args:
        architecture: torchvision's name of the network, a key of `OFFICIAL_URLS`.
        fetch: whether the official file may be downloaded.

    Raises:
        WeightsError: if there is none; the message says where to get it and where to put it.
        ValueError: for a network that is not in `OFFICIAL_URLS`.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from unittest.mock import patch
        >>> with TemporaryDirectory() as folder, patch.dict(os.environ, HUELAB_WEIGHTS=folder):
        ...     Path(folder, "vgg16-mine.pth").touch()
        ...     find_weights("vgg16").name
        'vgg16-mine.pth'
    """
    if found := weights_here(architecture):
        return found
    url = OFFICIAL_URLS[architecture]
    path = cache_dir() / "weights" / _file_name(url)
    if not fetch:
        raise WeightsError(_advice(architecture, path, "this call may not download them"))
    try:
        with locked(path.with_suffix(".lock")):
            if not path.is_file():  # another process may have downloaded it meanwhile
                _download(url, path)
    except urllib.error.URLError as error:
        raise WeightsError(_advice(architecture, path, f"{error.reason}")) from error
    except OSError as error:
        raise WeightsError(_advice(architecture, path, f"{error}")) from error
    return path


def weights_here(architecture: str) -> Path | None:
    """The file that `find_weights` finds without a download, or None.

    Raises:
        WeightsError: if `$HUELAB_WEIGHTS` is neither a file nor a folder.
        ValueError: for a network that is not in `OFFICIAL_URLS`.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from unittest.mock import patch
        >>> with TemporaryDirectory() as folder:
        ...     with patch.dict(os.environ, HUELAB_WEIGHTS=folder, HUELAB_CACHE=folder):
        ...         weights_here("vgg16") is None
        True
    """
    if architecture not in OFFICIAL_URLS:
        raise ValueError(f"unknown network {architecture!r}; there are {', '.join(OFFICIAL_URLS)}")
    path = cache_dir() / "weights" / _file_name(OFFICIAL_URLS[architecture])
    return _chosen(architecture) or (path if path.is_file() else None)


def read_weights(path: str | os.PathLike) -> Mapping[str, Tensor]:
    """The tensors of a `.safetensors` file, or of a `.pth` or `.pt` file that holds nothing else.

    Nothing in a file is ever executed: pickles are read with `weights_only=True`.

    Raises:
        WeightsError: for a file that is missing, damaged, or holds anything but tensors.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     torch.save({"weight": torch.ones(2)}, f"{folder}/a.pth")
        ...     read_weights(f"{folder}/a.pth")
        {'weight': tensor([1., 1.])}
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise WeightsError(f"there is no weights file {path}")
    official = any(path.name == _file_name(url) for url in OFFICIAL_URLS.values())
    if official and not sha256(path).startswith(_digits(path)):
        raise WeightsError(
            f"{path} is damaged: its sha256 does not begin with the digits in its name. Remove it "
            "and get it again"
        )
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise WeightsError(f"{path} cannot be read as weights: {reason}") from error
    if not isinstance(state, Mapping) or not all(isinstance(v, Tensor) for v in state.values()):
        raise WeightsError(f"{path} holds something other than the tensors of a network")
    return state


def _chosen(architecture: str) -> Path | None:
    """The file that `$HUELAB_WEIGHTS` has for a network; None if it is not set or has none."""
    value = os.environ.get("HUELAB_WEIGHTS", "").strip()
    if not value:
        return None
    path = Path(value).expanduser()
    if path.is_file():
        return path
    if not path.is_dir():
        raise WeightsError(f"HUELAB_WEIGHTS is {path}, which is neither a file nor a folder")
    files = (
        file
        for suffix in (".safetensors", ".pth", ".pt")
        for file in sorted(path.glob(f"{architecture}*{suffix}"))
    )
    return next(files, None)


def _download(url: str, path: Path) -> None:
    for left in path.parent.glob(f"{path.name}.*.partial"):  # left by processes that were killed
        left.unlink()
    try:
        download_url_to_file(url, os.fspath(path), hash_prefix=_digits(path))
    except RuntimeError as error:  # torch raises it if the hash differs
        wrong = f"the file from {url} has another sha256 or is not complete"
        raise OSError(f"{wrong}; the next call downloads it again") from error


def _advice(architecture: str, path: Path, reason: str) -> str:
    return (
        f"no weights of {architecture} are here ({reason}). Put {OFFICIAL_URLS[architecture]} into "
        f"{path.parent}, or set HUELAB_WEIGHTS to the file or to a folder of such files"
    )


def _file_name(url: str) -> str:
    return url.rpartition("/")[2]


def _digits(path: Path) -> str:
    """The first digits of an official file's sha256, which are in its name."""
    return path.stem.rpartition("-")[2]


def sha256(path: Path) -> str:
    """The sha256 of a file, in hexadecimal digits.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "empty")
        ...     path.touch()
        ...     sha256(path)[:8]
        'e3b0c442'
    """
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
