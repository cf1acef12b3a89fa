"""Several networks of one kind, trained side by side, whose colors are averaged."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Generator, Tensor, nn

from huelab.color.batch import Batch
from huelab.methods.colorizer import Guide, Learned, Turn
from huelab.methods.weight_files import build


class Ensemble(Learned):
    """The mean in sRGB of its members, which differ in their initial weights and in their noise.

    All members learn from the same batches, one after another. Paper 004 assumes that an ensemble
    gives better results than a single network (section IV.B).

    Example:
        >>> both = Ensemble("huelab.methods.first:FirstColor", {"width": 2}, n=2)
        >>> len(both.members), both.gray_formula, len(both.optimizers())
        (2, 'lightness', 2)
        >>> batch = Batch(torch.arange(2), lab=torch.zeros(2, 3, 32, 32))
        >>> list(both.losses(batch, turn=1))  # of the second member
        ['loss 1']
        >>> both.prepare([batch], key="", device="cpu")  # each member looks at the images
    """

    def __init__(self, method: str, method_args: Mapping[str, Any], n: int = 3):
        """
        Args:
            method, method_args: class and arguments of a `Learned`, as in a recipe.
            n: number of members.

        Raises:
            ValueError: for fewer than one member, or a method that ends training with the average
                or the best of its weights.
            TypeError: for a method that is not trained.
        """
        super().__init__()
        if n < 1:
            raise ValueError(f"n must be at least 1, not {n}")
        config = {"method": method, "method_args": dict(method_args)}
        members = [build(config) for _ in range(n)]
        if not all(isinstance(member, Learned) for member in members):
            raise TypeError(f"{method} is not a method that can be trained")
        self.members = nn.ModuleList(members)  # type: ignore[arg-type]
        first = self._learned()[0]
        self.gray_formula, self.stays_training = first.gray_formula, first.stays_training
        self.targets, self.precision = first.targets, first.precision  # type: ignore[misc]
        self.guides = first.guides
        if first.averaging or first.judged_by:
            raise ValueError(f"{method} averages or chooses its weights, which no ensemble does")
        self._turns = len(first.optimizers())

    def prepare(self, images: Iterable[Batch], key: str, device: torch.device | str) -> None:
        """Let each member look at all training images."""
        for member in self._learned():
            member.prepare(images, key, device)

    def optimizers(self) -> Sequence[Turn]:
        """The optimizers of the first member, then those of the next."""
        return [turn for member in self._learned() for turn in member.optimizers()]

    def losses(self, batch: Batch, turn: int) -> Mapping[str, Tensor]:
        """The losses of the member whose turn it is, with its number in their names."""
        number, own = divmod(turn, self._turns)
        found = self._learned()[number].losses(batch, own)
        return {f"{name} {number}": term for name, term in found.items()}

    def predict_rgb(self, gray: Tensor, guide: Guide, generator: Generator | None) -> Tensor:
        made = [m.predict_rgb(gray, guide, generator).float() for m in self._learned()]
        return torch.stack(made).clamp(0, 1).mean(0)

    def _learned(self) -> list[Learned]:
        return list(self.members)  # type: ignore[arg-type]
