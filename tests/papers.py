"""What the tests of the papers' claims share: networks as recipes describe them, and what they do.

Networks are looked at through their layers and their numbers, so that a test sees what a network
computes and not how its class is written.
"""

import math
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from huelab import recipes
from huelab.color.batch import Batch
from huelab.data import Batches
from huelab.methods.colorizer import Learned


def claim(*values: Any, refutes: bool = False):
    """A case of a parametrized test that checks the claim whose id is its first value."""
    mark = pytest.mark.claim(values[0], refutes=True) if refutes else pytest.mark.claim(values[0])
    return pytest.param(*values, marks=mark, id=values[0])


class Call(NamedTuple):
    """One call of a layer: the layer, what it was given, and what it answered."""

    layer: nn.Module
    given: Tensor
    answer: Tensor


def built(recipe: str, **changed: Any) -> Learned:
    """The network of a recipe in training mode, with the same weights each time."""
    found = recipes.get(recipe)
    module, _, name = found.method.partition(":")
    torch.manual_seed(0)
    return getattr(import_module(module), name)(**(dict(found.method_args) | changed)).train()


def calls(network: nn.Module, *given: Tensor) -> list[Call]:
    """Every call of a layer without parts, in order, while the network answers."""
    found, before = [], {}

    def look(layer, given):
        # Now, because a layer that works in place changes it.
        before[layer] = given[0].clone()

    def keep(layer, _, answer):
        found.append(Call(layer, before.pop(layer), answer.clone()))

    leaves = [m for m in network.modules() if not list(m.children()) and m is not network]
    hooks = [leaf.register_forward_pre_hook(look) for leaf in leaves]
    hooks += [leaf.register_forward_hook(keep) for leaf in leaves]
    torch.manual_seed(0)
    with torch.no_grad():
        network(*given)
    for hook in hooks:
        hook.remove()
    return found


def batch_for(network: Learned, pixels: np.ndarray) -> Batch:
    """All of some uint8 pictures `(N, H, W, 3)`, in order, as the network is trained on them."""
    batches = Batches(
        pixels,
        len(pixels),
        targets=network.targets,
        gray_formula=network.gray_formula,
        shuffle=False,
    )
    return next(iter(batches))


def loss_of(network: Learned, batch: Batch) -> Tensor:
    """The loss of one training step, its terms added up."""
    return torch.stack(list(network.losses(batch, 0).values())).sum()


def loss_of_answer(network: Learned, batch: Batch, answer: Tensor) -> Tensor:
    """The loss of a training step in which the network gives this answer."""
    network.forward = lambda *_: answer
    try:
        return loss_of(network, batch)
    finally:
        del network.forward


def optimizer_of(network: Learned) -> torch.optim.Optimizer:
    """The one optimizer that a network is trained with."""
    (turn,) = network.optimizers()
    return turn.optimizer


def parameters(*modules: nn.Module) -> int:
    """How many numbers are trained."""
    return sum(p.numel() for m in modules for p in m.parameters() if p.requires_grad)


def random_pixels(n: int, height: int, width: int | None = None) -> np.ndarray:
    """uint8 pictures of noise, `(N, H, W, 3)`, the same ones each time."""
    shape = (n, height, width or height, 3)
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def keras_same(side: int) -> tuple[int, int]:
    """Rows that TensorFlow's padding "same" adds before and after, for 3x3 and stride 2.

    Its rule: the output has ceil(side / 2) rows, and an odd row of padding goes last.
    """
    total = max((math.ceil(side / 2) - 1) * 2 + 3 - side, 0)
    return total // 2, total - total // 2
