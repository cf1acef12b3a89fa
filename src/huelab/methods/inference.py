"""How a network is used after training: which layers stay in training mode, and their noise."""

from collections.abc import Collection, Container, Iterator
from contextlib import contextmanager

import torch
from torch import Generator, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd


@contextmanager
def inference(colorizer: object, stays_training: Container[str]) -> Iterator[None]:
    """Put a network into evaluation mode, except for the layers of `stays_training`.

    Batch normalization that stays in training mode uses the statistics of the batch, and its
    running statistics do not change. Every layer's mode is restored afterward.

    Args:
        colorizer: a network; nothing happens to any other object.
        stays_training: any of `dropout` and `batch_norm`.

    Example:
        >>> dropout = nn.Dropout2d()
        >>> with inference(dropout, {"dropout"}):
        ...     dropout.training
        True
    """
    if not isinstance(colorizer, nn.Module):
        yield
        return
    modes = [(layer, layer.training) for layer in colorizer.modules()]
    tracking = [layer for layer in colorizer.modules() if isinstance(layer, _BatchNorm)]
    tracked = [layer.track_running_stats for layer in tracking]
    colorizer.eval()
    try:
        for layer in colorizer.modules():
            if isinstance(layer, _DropoutNd):
                layer.training = "dropout" in stays_training
        if "batch_norm" in stays_training:
            for layer in tracking:
                layer.training, layer.track_running_stats = True, False
        yield
    finally:
        for layer, training in modes:
            layer.training = training
        for layer, track in zip(tracking, tracked, strict=True):
            layer.track_running_stats = track


@contextmanager
def seeded(stays_training: Collection[str], generator: Generator | None) -> Iterator[None]:
    """Let active dropout draw from the generator, without changing PyTorch's default generator.

    Example:
        >>> with seeded({"dropout"}, Generator().manual_seed(0)):
        ...     first = torch.rand(1)
        >>> with seeded({"dropout"}, Generator().manual_seed(0)):
        ...     bool(torch.rand(1) == first)
        True
    """
    if generator is None or not stays_training:
        yield
        return
    seed = int(torch.randint(1 << 31, (), generator=generator, device=generator.device))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield
