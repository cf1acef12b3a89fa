"""A HueNet whose batch norm is measured again where 16-bit numbers could not hold its statistics.

Weights of record are 16-bit numbers, and the largest of these is 65,504. The first full runs of
HueNet had larger variances in one layer of the decoder, so their files hold infinity there. A
variance of batch norm is not learned. It is measured on training images, so it can be measured
again (Wu and Johnson 2021, "Rethinking 'Batch' in BatchNorm", call this precise batch norm).
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from huelab.color import rgb_to_lab
from huelab.methods.huenet import HueNet


class MeasuredHueNet(HueNet):
    """HueNet with the weights of a record, whose lost statistics are measured again.

    Example:
        >>> network = MeasuredHueNet(record="huenet--full--0--bab8bb1b", width=8, pretrained=False)
        >>> network.record
        'huenet--full--0--bab8bb1b'
        >>> from unittest.mock import patch
        >>> images = [torch.rand(2, 3, 64, 64)]
        >>> with patch("huelab.methods.trained.begin_with"):  # no record has so narrow a network
        ...     found = MeasuredHueNet.fit(images, record="none", width=8, pretrained=False)
        >>> found.training
        False
    """

    def __init__(self, *, record: str, **settings: Any):
        """Args: record: id of the record; settings: its arguments of `HueNet`."""
        super().__init__(**settings)
        self.record = record

    @classmethod
    def fit(cls, images: Iterable[Tensor], *, record: str, **settings: Any) -> "MeasuredHueNet":
        """The network of a record after it has seen batches of RGB images `(N, 3, H, W)`.

        Raises:
            WeightsError: if there is no such record with its weights.
        """
        from huelab.methods import trained

        network = cls(record=record, **settings)
        trained.begin_with(network, record)
        # The images may lie on a GPU. Moving a network to where it is costs nothing.
        seen = (network.to(rgb.device).brought(rgb_to_lab(rgb)[:, :1]) for rgb in images)
        measure_again(network, seen)
        return network.eval()


@torch.no_grad()
def measure_again(network: nn.Module, inputs: Iterable[Tensor]) -> list[str]:
    """Measure again the layers of batch norm whose mean or variance is not finite.

    Each of them gets the average of the means and variances of all batches. The other layers stay
    in evaluation mode.

    Args:
        network: the network, which is in evaluation mode afterward.
        inputs: batches of the network's input.

    Returns:
        The names of the layers that were measured again.

    Example:
        >>> layer = nn.BatchNorm2d(1)
        >>> layer.running_var.fill_(torch.inf)
        tensor([inf])
        >>> batch = torch.tensor([1.0, 5.0]).view(2, 1, 1, 1)
        >>> measure_again(nn.Sequential(layer), [batch]), layer.running_mean, layer.running_var
        (['0'], tensor([3.]), tensor([8.]))
    """
    network.eval()
    lost = {
        name: layer
        for name, layer in network.named_modules()
        if isinstance(layer, _BatchNorm) and not _is_finite(layer)
    }
    usual = {name: layer.momentum for name, layer in lost.items()}
    for layer in lost.values():
        layer.reset_running_stats()
        layer.momentum = None  # PyTorch then averages over all batches
        layer.train()
    for batch in inputs:
        network(batch)
    for name, layer in lost.items():
        layer.momentum = usual[name]
    network.eval()
    return list(lost)


def _is_finite(layer: _BatchNorm) -> bool:
    assert layer.running_mean is not None and layer.running_var is not None
    return bool(layer.running_mean.isfinite().all() and layer.running_var.isfinite().all())
