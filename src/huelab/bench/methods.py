"""`huelab bench methods`: what each method of chapter 09's comparison needs to color a photograph.

The networks have random weights, because coloring costs as much with these as after training.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_pre_hook

from huelab import recipes
from huelab.apply import colorize
from huelab.bench.photograph import in_own_process, photograph
from huelab.bench.race import Contestant, race
from huelab.methods.colorizer import Colorizer
from huelab.methods.weight_files import build
from huelab.recipes.same_pictures import SAME_PICTURES
from huelab.records.meter import peak_mb

#: It has no network, so that it takes what all others take besides theirs.
FLOOR = ("gray-copy-photos", "full")
#: The recipes and the profiles whose networks are measured; a reduced network can be smaller.
SUBJECTS = (
    FLOOR,
    *((recipe.name, profile) for recipe in SAME_PICTURES for profile in ("reduced", "full")),
)


@dataclass(frozen=True)
class MethodCost:
    """What a method takes to color one photograph.

    Attributes:
        recipe, profile: whose network it has.
        seconds: wall-clock seconds of each round.
        peak_mb: the largest memory (MB) that a process held which did nothing else.
        weights_mb: megabytes of the weights that coloring needs, as 16-bit numbers.

    Example:
        >>> cost = MethodCost("huenet", "full", (0.3, 0.1, 0.2), peak_mb=600.0, weights_mb=7.5)
        >>> cost.name, cost.median
        ('huenet, full', 0.2)
    """

    recipe: str
    profile: str
    seconds: tuple[float, ...]
    peak_mb: float
    weights_mb: float

    @property
    def name(self) -> str:
        """The recipe and the profile."""
        return f"{self.recipe}, {self.profile}"

    @property
    def median(self) -> float:
        """Median seconds over the rounds."""
        return statistics.median(self.seconds)


def bench_methods(
    width: int,
    height: int,
    *,
    size: int,
    rounds: int,
    threads: int,
    subjects: Sequence[tuple[str, str]] = SUBJECTS,
) -> list[MethodCost]:
    """Color an embedded photograph, enlarged to `width` x `height`, with each method.

    The methods take turns. The memory of each is measured in a process of its own.

    Args:
        width, height: in pixels.
        size: shorter side in pixels that the methods see.
        rounds: how many times each method colors the photograph.
        threads: how many processor threads PyTorch uses.
        subjects: recipes and profiles.

    Raises:
        WeightsError: if the classifier that a method asks is missing.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        picture = photograph(width, height)
        methods = {subject: _untrained(*subject) for subject in subjects}
        ways = {
            subject: Contestant(subject[0], partial(colorize, picture, method=m, size=size), 1)
            for subject, m in methods.items()
        }
        race([*ways.values()], rounds=rounds, device=torch.device("cpu"))
    finally:
        torch.set_num_threads(before)
    return [
        MethodCost(
            *subject,
            seconds=tuple(ways[subject].seconds),
            peak_mb=in_own_process(_peak, *subject, width, height, size, threads),
            weights_mb=weights_mb(method, size),
        )
        for subject, method in methods.items()
    ]


def weights_mb(method: Colorizer, size: int = 64) -> float:
    """Megabytes of the weights that coloring needs, as 16-bit numbers.

    Parts that only training needs, such as a discriminator, do not count. A classifier that the
    network asks does, although it is no part of the network's own file. The buffers of every part
    that runs count as well.

    Args:
        method: any colorizer.
        size: side in pixels of the square image that it colors for this.

    Example:
        >>> from huelab.methods.first import FirstColor
        >>> network = FirstColor(width=4)
        >>> numbers = [v.numel() for v in network.state_dict().values() if v.is_floating_point()]
        >>> 2 * sum(numbers) / 1e6 == weights_mb(network)
        True
    """
    ran: set[nn.Module] = {method} if isinstance(method, nn.Module) else set()
    hook = register_module_forward_pre_hook(lambda module, _: ran.add(module))
    try:
        method.colorize(torch.rand(1, 1, size, size))
    finally:
        hook.remove()
    own = [
        tensor
        for module in ran
        for tensor in (*module.parameters(recurse=False), *module.buffers(recurse=False))
    ]
    numbers = {id(tensor): tensor.numel() for tensor in own if tensor.is_floating_point()}
    return 2 * sum(numbers.values()) / 1e6


def _untrained(recipe: str, profile: str) -> Colorizer:
    torch.manual_seed(0)
    method = build(recipes.get(recipe).config(profile), pretrained=False)
    return method.eval() if isinstance(method, nn.Module) else method


def _peak(recipe: str, profile: str, width: int, height: int, size: int, threads: int) -> float:
    torch.set_num_threads(threads)
    colorize(photograph(width, height), method=_untrained(recipe, profile), size=size)
    return peak_mb()
