"""Batches made on the device: random crops, flips, gray and Lab of many pictures at once.

Which pictures, crops and flips a batch holds depends only on (seed, epoch, step). It does not
depend on the device, on the number of processes that share it, or on what was drawn before.
Training that resumes at an epoch on the same device therefore sees exactly what it would have seen.
Another device may round the last place of a float32 value differently.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Self

import numpy as np
import torch
from torch import Tensor

from huelab import color
from huelab.color.batch import TARGETS, Batch, sent, to_batch
from huelab.data.augment import DRAWS, Augment
from huelab.data.decode import PhotoSet
from huelab.data.pixels import Pixels, flip
from huelab.data.processes import rank_and_count


class Batches:
    """Iterate over a data set in batches; works wherever a `DataLoader` does, Lightning included.

    Call `set_epoch(e)` before each epoch (Lightning does so by itself): the same epoch gives the
    same batches again. In distributed training every process makes its own share of each batch of
    `batch_size` times the number of processes. No picture is ever repeated to fill a batch.

    Args:
        dataset: a `PhotoSet` opened with a size, or uint8 pixels `(N, H, W, 3)`.
        batch_size: pictures in each step of one process.
        crop: side of a random square cut out of every picture; None takes whole pictures.
        flip: whether to mirror half of the pictures, chosen at random, left to right.
        targets: which of `rgb`, `gray`, `lab` to make.
        gray_formula: how gray is made; see `color.rgb_to_gray`.
        device: where batches are made; None is the CPU. All pixels are kept there if they take at
            most half of its free memory. Otherwise the pixels of each batch are copied there.
        seed: of order, crops and flips.
        shuffle: whether each epoch has a new order; otherwise pictures come in order.
        drop_last: whether to leave out a last batch that is smaller than the others.
        augment: arguments of `Augment`, whose windows replace crops of one size. It works on Lab,
            so `targets` must be `lab` alone.

    Raises:
        ValueError: for a crop larger than the pictures, an unknown target or gray formula, a batch
            size below 1, pixels of another shape or dtype, a `PhotoSet` without a size, or an
            `augment` that does not fit the other arguments.

    Example:
        >>> import numpy as np
        >>> pixels = np.zeros((10, 20, 30, 3), np.uint8)
        >>> batches = Batches(pixels, 4, crop=16, targets=("gray", "lab"))
        >>> [tuple(batch.lab.shape) for batch in batches]
        [(4, 3, 16, 16), (4, 3, 16, 16), (2, 3, 16, 16)]
        >>> batches.set_epoch(1)  # another order, and other crops
        >>> batches.sampler is batches
        True
    """

    def __init__(
        self,
        dataset: PhotoSet | np.ndarray,
        batch_size: int,
        *,
        crop: int | None = None,
        flip: bool = False,
        targets: Sequence[str] = ("gray", "rgb"),
        gray_formula: str = "lightness",
        device: torch.device | str | None = None,
        seed: int = 0,
        shuffle: bool = True,
        drop_last: bool = False,
        augment: Mapping[str, float] | None = None,
    ):
        self.dataset, self.batch_size = dataset, batch_size
        self.crop, self.flip = crop, flip
        self.targets, self.gray_formula = tuple(targets), gray_formula
        self.device = torch.device(device or "cpu")
        self.seed, self.epoch = seed, 0
        self.shuffle, self.drop_last = shuffle, drop_last
        self.augment = Augment(**augment) if augment else None
        self._pixels = Pixels(dataset, self.device)
        self._check()

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch, counted from 0, whose batches come next."""
        self.epoch = epoch

    #: Lightning reads this attribute before it validates.
    batch_sampler = None

    @property
    def sampler(self) -> Self:
        """This object: Lightning calls `loader.sampler.set_epoch(epoch)`, also after resuming."""
        return self

    def __len__(self) -> int:
        rank, world = rank_and_count()
        whole, rest = divmod(len(self._pixels.array), self.batch_size * world)
        # All processes of a training must take the same number of steps, or they wait for each
        # other forever. So a rest with too few pictures for all processes is left out.
        enough = rest >= (world if self.shuffle else rank + 1)
        return whole + (enough and not self.drop_last)

    def __iter__(self) -> Iterator[Batch]:
        rank, world = rank_and_count()
        n, epoch = len(self._pixels.array), self.epoch
        order = torch.arange(n)
        if self.shuffle:
            order = torch.randperm(n, generator=generator_for(self.seed, epoch, purpose="order"))
        steps = islice(order.split(self.batch_size * world), len(self))
        for step, everyone in enumerate(steps):
            # One draw for all processes together, so that their number changes nothing.
            draws = self._draw(len(everyone), generator_for(self.seed, epoch, step, "crops"))
            mine = [everyone, *draws]
            if self.augment:
                mine += self._chance(
                    len(everyone), generator_for(self.seed, epoch, step, "augment")
                )
            yield self._make(*(each[rank::world] for each in mine))

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        height, width = self._pixels.array.shape[1:3]
        side_h, side_w = (self.crop, self.crop) if self.crop else (height, width)
        top = torch.randint(height - side_h + 1, (n,), generator=generator)
        left = torch.randint(width - side_w + 1, (n,), generator=generator)
        mirrored = torch.rand(n, generator=generator) < (0.5 if self.flip else 0.0)
        return top, left, mirrored

    def _chance(self, n: int, generator: torch.Generator) -> list[Tensor]:
        """Random numbers for `Augment`, on the device: uniform `(n, DRAWS)`, and one a pixel."""
        chance = sent(torch.rand(n, DRAWS, generator=generator), self.device)
        seed = int(torch.randint(1 << 31, (), generator=generator))
        side = self.crop or self._pixels.array.shape[1]
        own = torch.Generator(self.device).manual_seed(seed)
        return [chance, torch.randn(n, 1, side, side, generator=own, device=self.device)]

    def _make(
        self, index: Tensor, top: Tensor, left: Tensor, mirrored: Tensor, *chance: Tensor
    ) -> Batch:
        if self.crop and not self.augment:
            pictures = self._pixels.cut(index, top, left, self.crop)
        else:
            pictures = self._pixels.take(index)
        if self.augment:
            pictures = self.augment.windows(pictures, chance[0], self.crop or pictures.shape[1])
        if self.flip:
            pictures = flip(pictures, mirrored)
        batch = to_batch(index, pictures, self.targets, self.gray_formula)
        if self.augment:
            return batch._replace(lab=self.augment.degraded(batch.lab, *chance))
        return batch

    def _check(self) -> None:
        pixels = self._pixels.array
        if pixels.ndim != 4 or pixels.shape[3] != 3 or pixels.dtype != np.uint8:
            raise ValueError(
                f"pixels must be uint8 (N, H, W, 3), not {pixels.dtype} {pixels.shape}"
            )
        if self.augment and self.targets != ("lab",):
            raise ValueError(
                f"augment works on lab alone: targets must be ('lab',), not {self.targets}"
            )
        if self.augment and self.augment.jpeg and (self.crop or pixels.shape[1]) % 8:
            raise ValueError(
                "jpeg works on blocks of 8 pixels: crop must be a multiple of 8, not "
                f"{self.crop or pixels.shape[1]}"
            )
        if self.batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, not {self.batch_size}")
        if self.crop is not None and not 1 <= self.crop <= min(pixels.shape[1:3]):
            raise ValueError(
                f"crop must be 1 to {min(pixels.shape[1:3])}, the pictures' size, not {self.crop}"
            )
        unknown = set(self.targets) - set(TARGETS)
        if unknown:
            raise ValueError(f"unknown targets {sorted(unknown)}; there are {', '.join(TARGETS)}")
        if self.gray_formula not in color.GRAY_FORMULAS:
            raise ValueError(
                f"unknown gray formula {self.gray_formula!r}; there are "
                f"{', '.join(color.GRAY_FORMULAS)}"
            )


class InOrder:
    """All pictures of a data set once, whole and in order, in every process that trains on it.

    Args:
        dataset: a `PhotoSet` opened with a size, or uint8 pixels `(N, H, W, 3)`.
        batch_size: pictures in each batch.
        targets: as in `Batches`.
        gray_formula: as in `Batches`.
        device: as in `Batches`.

    Example:
        >>> images = InOrder(np.zeros((10, 20, 30, 3), np.uint8), 4, targets=("lab",))
        >>> [batch.index.tolist() for batch in images]
        [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    """

    def __init__(
        self,
        dataset: PhotoSet | np.ndarray,
        batch_size: int,
        *,
        targets: Sequence[str],
        gray_formula: str = "lightness",
        device: torch.device | str = "cpu",
    ):
        self.pixels = dataset.pixels if isinstance(dataset, PhotoSet) else dataset
        self.batch_size, self.targets = batch_size, targets
        self.gray_formula, self.device = gray_formula, torch.device(device)

    def __iter__(self) -> Iterator[Batch]:
        for index in torch.arange(len(self.pixels)).split(self.batch_size):
            pictures = torch.from_numpy(np.array(self.pixels[index.numpy()]))
            yield to_batch(index, sent(pictures, self.device), self.targets, self.gray_formula)


def generator_for(seed: int, epoch: int, step: int = -1, purpose: str = "noise") -> torch.Generator:
    """A CPU generator that depends on (seed, epoch, step) alone; without a step, on (seed, epoch).

    Everything random in training draws from such a generator, and never from one that has a state
    of its own. Each purpose has its own numbers, so that dropout, for example, does not depend on
    where pictures were cropped.

    Example:
        >>> a, b = generator_for(0, epoch=3, step=5), generator_for(0, epoch=3, step=5)
        >>> torch.equal(torch.rand(4, generator=a), torch.rand(4, generator=b))
        True
    """
    digest = hashlib.sha256(f"{purpose} {seed} {epoch} {step}".encode()).digest()
    # torch's CPU generator uses 32 bits of its seed.
    return torch.Generator().manual_seed(int.from_bytes(digest[:4], "little"))
