"""`huelab bench batches`: training batches next to the loader that most tutorials use."""

import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from skimage.color import rgb2lab
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from huelab.bench.race import Contestant, race
from huelab.data import Batches, open_dataset

RIVAL = "PIL and scikit-image per picture"
BATCH = 32


class UsualDataset(Dataset):
    """Opens, resizes, crops, flips and converts one picture at a time, as most tutorials do.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     files = _write_files(Path(folder), 2, 40)
        ...     lightness, lab = UsualDataset(files, stored=36, size=32)[0]
        >>> lightness.shape, lab.shape
        (torch.Size([1, 32, 32]), torch.Size([3, 32, 32]))
    """

    def __init__(self, files: list[Path], stored: int, size: int):
        self.files, self.stored, self.size = files, stored, size

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        with Image.open(self.files[index]) as file:
            image = file.convert("RGB").resize((self.stored, self.stored), Image.Resampling.BICUBIC)
        left, top = (random.randint(0, self.stored - self.size) for _ in range(2))
        image = image.crop((left, top, left + self.size, top + self.size))
        if random.random() < 0.5:
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        lab = rgb2lab(np.asarray(image)).astype(np.float32).transpose(2, 0, 1)
        return torch.from_numpy(lab[:1]), torch.from_numpy(lab)


def bench_batches(
    pictures: int, size: int, *, workers: int, device: torch.device, rounds: int
) -> tuple[list[Contestant], str]:
    """Time epochs of random crops with flip, gray and Lab, made from the same JPEG files.

    Args:
        pictures: how many pictures an epoch has.
        size: side of the crops in pixels.
        workers: how many processes the rival loads with; 0 loads in this process.
        device: where the batches end up.
        rounds: how many rounds count.

    Returns:
        The contestants, and the hash of the decoded pictures.

    Example:
        >>> about = {"workers": 0, "device": torch.device("cpu"), "rounds": 1}
        >>> ways, _ = bench_batches(2, 16, **about)
        >>> [way.name for way in ways][:2]
        ['PIL and scikit-image per picture', 'huelab.data.Batches']
    """
    stored = size * 9 // 8
    with tempfile.TemporaryDirectory() as folder, _cache_in(Path(folder) / "cache") as cache:
        files = _write_files(Path(folder) / "pictures", pictures, stored * 5 // 4)
        usual = DataLoader(
            UsualDataset(files, stored, size),
            BATCH,
            shuffle=True,
            num_workers=workers,
            # The workers start in the round that does not count.
            persistent_workers=workers > 0,
        )
        where = files[0].parents[1]
        dataset = open_dataset(where, "train", stored)

        def batches(*targets: str) -> Batches:
            return Batches(dataset, BATCH, crop=size, flip=True, targets=targets, device=device)

        def first_epoch() -> None:
            shutil.rmtree(cache)
            fresh = open_dataset(where, "train", stored)
            _consume(Batches(fresh, BATCH, crop=size, flip=True, targets=("lab",), device=device))

        # The rival's gray is the L of its Lab, and the first of our contestants does the same.
        same, more = batches("lab"), batches("gray", "lab")
        ways = [
            Contestant(RIVAL, lambda: _to_device(usual, device), pictures),
            Contestant("huelab.data.Batches", lambda: _consume(same), pictures),
            Contestant("the same, and encoded gray", lambda: _consume(more), pictures),
            Contestant("the first epoch, decoding", first_epoch, pictures),
        ]
        race(ways[:3], rounds=rounds, device=device)
        race(ways[3:], rounds=1, device=device)
        return ways, dataset.hash


def _write_files(root: Path, pictures: int, side: int) -> list[Path]:
    crops = open_dataset("embedded", "train", side).pixels
    folder = root / "train"
    folder.mkdir(parents=True)
    for i in range(pictures):
        picture = Image.fromarray(crops[i % len(crops)])
        picture.save(folder / f"{i:05d}.jpg", quality=92)
    return sorted(folder.iterdir())


@contextmanager
def _cache_in(folder: Path) -> Iterator[Path]:
    """Decode into a folder that only this run uses, so that no picture is decoded already."""
    before = os.environ.get("HUELAB_CACHE")
    os.environ["HUELAB_CACHE"] = str(folder)
    try:
        yield folder
    finally:
        if before is None:
            del os.environ["HUELAB_CACHE"]
        else:
            os.environ["HUELAB_CACHE"] = before


def _to_device(loader: DataLoader, device: torch.device) -> None:
    for lightness, lab in loader:
        lightness.to(device, non_blocking=True), lab.to(device, non_blocking=True)


def _consume(batches: Batches) -> None:
    for _ in batches:
        pass
