"""LPIPS, a distance between the features of two pictures, fitted to people's judgments."""

import re
from collections.abc import Mapping
from typing import Literal, cast

import torch
from torch import Tensor, nn
from torchmetrics.functional.image.lpips import _NoTrainLpips

from huelab.metrics.inputs import check_pictures

#: LPIPS backbone -> the torchvision network whose ImageNet weights it takes.
LPIPS_BACKBONES = {"alex": "alexnet", "vgg": "vgg16", "squeeze": "squeezenet1_1"}


def lpips_network(backbone: str, weights: Mapping[str, Tensor]) -> nn.Module:
    """torchmetrics' LPIPS with given weights of the backbone, which it would otherwise download.

    The weights of the linear layers (version 0.1 of the authors') come with torchmetrics. The
    public functions of torchmetrics download the backbone at every call, without a time limit, and
    unpickle it without checking what it contains.

    Args:
        backbone: `alex` (the one that papers report), `vgg` or `squeeze`.
        weights: the state dict of torchvision's network of that name in `LPIPS_BACKBONES`, see
            `huelab.imagenet.read_weights`.

    Returns:
        A frozen network; `.name` is the name of its numbers in records, such as `lpips_alex`.

    Raises:
        ValueError: for another backbone, or for weights of another network.

    Example:
        >>> from torchvision.models import squeezenet1_1
        >>> lpips_network("squeeze", squeezenet1_1().state_dict()).name
        'lpips_squeeze'
    """
    if backbone not in LPIPS_BACKBONES:
        raise ValueError(
            f"unknown backbone {backbone!r}; choose one of {', '.join(LPIPS_BACKBONES)}"
        )
    network = _NoTrainLpips(net=cast("Literal['alex', 'vgg', 'squeeze']", backbone), pnet_rand=True)
    state = network.net.state_dict()
    # torchmetrics cuts the network into slices but keeps the numbers of its layers.
    names = {key: re.sub(r"^(slice\d|slices\.\d)\.", "features.", key) for key in state}
    if missing := sorted(set(names.values()) - set(weights)):
        raise ValueError(f"no weights of {LPIPS_BACKBONES[backbone]}: {missing[0]} is missing")
    network.net.load_state_dict({key: weights[name] for key, name in names.items()})
    vars(network)["name"] = f"lpips_{backbone}"
    return network


def lpips(pred: Tensor, true: Tensor, network: nn.Module) -> Tensor:
    """Learned perceptual image patch similarity (LPIPS) of each picture, Zhang et al. 2018.

    Args:
        pred, true: sRGB `(N, 3, H, W)` in [0, 1], at their own size, on the network's device.
        network: from `lpips_network`.

    Returns:
        `(N,)`; 0 for equal pictures, and larger the less they are alike.

    Raises:
        ValueError: for other shapes.
        TypeError: for values that are not floating point.

    Example:
        >>> from torchvision.models import squeezenet1_1
        >>> network = lpips_network("squeeze", squeezenet1_1().state_dict())  # of random weights
        >>> images = torch.rand(2, 3, 64, 64)
        >>> lpips(images, images, network)
        tensor([0., 0.])
    """
    check_pictures(pred, true)
    with torch.no_grad(), torch.autocast(pred.device.type, enabled=False):
        return network(pred.float(), true.float(), normalize=True).flatten()
