"""Frozen ImageNet networks: what they see in a picture (features) and what they call it (logits).

They are torchvision's Inception-v3 and SqueezeNet 1.0. Distances made with them are called
`fd_inception_tv` and `fd_squeezenet` (see `metrics.distance_name`). They are never called FID,
because FID stands for other weights of Inception-v3 and another resizer.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.backends import cudnn
from torchvision import models
from torchvision.models.feature_extraction import create_feature_extractor

from huelab.imagenet import find_weights, read_weights, sha256, weights_here
from huelab.storage import WeightsError

_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Seen(NamedTuple):
    """What a network gives for N pictures: features `(N, D)` and ImageNet logits `(N, 1000)`.

    Example:
        >>> seen = Seen(features=torch.zeros(2, 512), logits=torch.eye(2, 1000))
        >>> seen.logits.argmax(1)
        tensor([0, 1])
    """

    features: Tensor
    logits: Tensor


class Network(nn.Module):
    """A frozen network that takes sRGB pictures of any size.

    Attributes:
        name: its name in distances and records, `inception_tv` or `squeezenet`.
        size: height and width of the pictures that it works on, in pixels.
        resizer: how pictures are resized to that: `bilinear299` or `bilinear224`.
        layer: the layer that gives its features.
        dimension: D, the number of features of a picture.
        weights_sha256: of the file that its weights were read from, for records; None if they are
            random.

    Example:
        >>> kind = _KINDS["squeezenet"]
        >>> network = Network(kind.build(), kind)  # its weights are random
        >>> network(torch.rand(2, 3, 40, 50)).features.shape, network.resizer
        (torch.Size([2, 512]), 'bilinear224')
        >>> network.train().training  # it stays frozen
        False
    """

    def __init__(self, body: nn.Module, kind: "_Kind", weights_sha256: str | None = None):
        super().__init__()
        features, logits = kind.nodes
        nodes = {features: "features", logits: "logits"}
        self.body = create_feature_extractor(body.eval(), nodes)
        self.name, self.size = kind.name, kind.size
        self.resizer, self.layer, self.dimension = (
            f"bilinear{kind.size}",
            kind.layer,
            kind.dimension,
        )
        self.weights_sha256 = weights_sha256
        # Channels last halves the time that convolutions take on a CPU.
        self.requires_grad_(False).eval().to(memory_format=torch.channels_last)

    def train(self, mode: bool = True) -> "Network":
        """Keep the network frozen and its dropout off, also when it is part of another module."""
        return super().train(False)

    @torch.no_grad()
    def forward(self, rgb: Tensor) -> Seen:
        """Features and logits of sRGB pictures `(N, 3, H, W)` in [0, 1], always in float32."""
        with torch.autocast(rgb.device.type, enabled=False):
            pictures = prepare(rgb.float(), self.size)
            with cudnn.flags(enabled=True, allow_tf32=False):  # TF32 would round to 10 bits
                seen = self.body(pictures.contiguous(memory_format=torch.channels_last))
            return Seen(seen["features"].mean((2, 3)), seen["logits"])


def prepare(rgb: Tensor, size: int) -> Tensor:
    """Turn sRGB `(N, 3, H, W)` in [0, 1] into the `(N, 3, size, size)` that ImageNet networks take.

    The whole picture is resized, bilinear with antialiasing. Height and width are scaled
    independently, and nothing is cut off. Then each channel is normalized with ImageNet's mean and
    standard deviation.

    Example:
        >>> prepare(torch.zeros(2, 3, 40, 50), 224).shape
        torch.Size([2, 3, 224, 224])
    """
    rgb = F.interpolate(rgb, (size, size), mode="bilinear", antialias=True, align_corners=False)
    mean, deviation = (rgb.new_tensor(values).view(3, 1, 1) for values in (_MEAN, _DEVIATION))
    return (rgb - mean) / deviation


def load(name: str, weights: str | os.PathLike | None = None, *, fetch: bool = True) -> Network:
    """A frozen network with ImageNet weights, on the CPU.

    Args:
        name: `inception_tv` or `squeezenet`. The first is torchvision's Inception-v3 at 299 x 299,
            with the 2048 features of its last average pooling. The second is SqueezeNet 1.0 at
            224 x 224, with the 512 channels of its last feature map averaged over the picture.
        weights: a file of weights; None uses the one that `find_weights` finds.
        fetch: whether the official file may be downloaded.

    Raises:
        WeightsError: for weights that are damaged, of another network, or missing and cannot be
            downloaded. The message then says what to put where.
        ValueError: for an unknown name.

    Example:
        >>> load("resnet50")
        Traceback (most recent call last):
            ...
        ValueError: unknown network 'resnet50'; there are inception_tv, squeezenet
    """
    if name not in _KINDS:
        raise ValueError(f"unknown network {name!r}; there are {', '.join(_KINDS)}")
    kind = _KINDS[name]
    path = find_weights(kind.architecture, fetch=fetch) if weights is None else Path(weights)
    state = {key: value for key, value in read_weights(path).items() if "AuxLogits" not in key}
    body = kind.build()
    try:
        body.load_state_dict(state)
    except RuntimeError as error:
        reason = str(error).splitlines()[1].strip().split(",")[0]
        raise WeightsError(f"{path} holds no weights of {kind.architecture}: {reason}") from error
    return Network(body, kind, sha256(path))


def weights_file(name: str) -> Path | None:
    """The file that `load` reads if nothing may be downloaded; None if there is none.

    Args:
        name: as in `load`.

    Raises:
        WeightsError: if `HUELAB_WEIGHTS` is neither a file nor a folder.

    Example:
        >>> path = weights_file("squeezenet")
        >>> path is None or path.name.startswith("squeezenet1_0")
        True
    """
    return weights_here(_KINDS[name].architecture)


def untrained(name: str) -> Network:
    """A frozen network with the random weights that its layers begin with.

    Args:
        name: as in `load`.

    Raises:
        KeyError: for an unknown name.

    Example:
        >>> untrained("squeezenet").weights_sha256 is None
        True
    """
    kind = _KINDS[name]
    return Network(kind.build(), kind)


def extract(network: Network, rgb: Tensor) -> Tensor:
    """Features `(N, D)` of sRGB pictures `(N, 3, H, W)` in [0, 1]; see `load` for the layer.

    Example:
        >>> kind = _KINDS["squeezenet"]
        >>> extract(Network(kind.build(), kind), torch.rand(2, 3, 40, 50)).shape
        torch.Size([2, 512])
    """
    return network(rgb).features


def classify(network: Network, rgb: Tensor) -> Tensor:
    """ImageNet logits `(N, 1000)` of sRGB pictures `(N, 3, H, W)` in [0, 1]; argmax is the class.

    Pictures are resized whole and not cropped, so that accuracies differ a little from those that
    torchvision states.

    Example:
        >>> kind = _KINDS["squeezenet"]
        >>> classify(Network(kind.build(), kind), torch.rand(2, 3, 40, 50)).argmax(1).shape
        torch.Size([2])
    """
    return network(rgb).logits


@dataclass(frozen=True)
class _Kind:
    """One network: how it is built, which of its layers are read, and its name in results.

    `nodes` are the names of its features and logits in torchvision's feature extraction.
    """

    name: str
    architecture: str
    size: int
    layer: str
    dimension: int
    nodes: tuple[str, str]
    build: Callable[[], nn.Module]


_KINDS = {
    kind.name: kind
    for kind in (
        _Kind(
            name="inception_tv",
            architecture="inception_v3",
            size=299,
            layer="pool3",
            dimension=2048,
            nodes=("avgpool", "fc"),
            # The weights come from TensorFlow and need transform_input. aux_logits serve training.
            build=partial(
                models.inception_v3, transform_input=True, aux_logits=False, init_weights=False
            ),
        ),
        _Kind(
            name="squeezenet",
            architecture="squeezenet1_0",
            size=224,
            layer="average of the last feature map",
            dimension=512,
            nodes=("features.12.cat", "flatten"),
            build=models.squeezenet1_0,
        ),
    )
}
