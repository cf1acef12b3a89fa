"""CIFAR-10's training pictures parted in two: 45,000 to learn from and 5,000 for validation.

The official archive has no validation split. Validation pictures are its first 4,000, which are
also to be had pixel by pixel as `cifar10_exact`, and 1,000 others drawn by a fixed seed. What was
trained on the 45,000, be it as JPEG files, can so be measured on exact pixels it has never seen.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from functools import cache

from huelab.data.source import Picture
from huelab.data.sources import manifests

SPLITS = {"train_45k": 45_000, "validation_5k": 5_000}
_DRAWN = 1_000


def part(pictures: Sequence[Picture], split: str) -> list[Picture]:
    """The pictures of one of `SPLITS`, in their order.

    Args:
        pictures: all training pictures, in the archive's order within each class.
    """
    held = held_out([picture.label for picture in pictures])
    wanted = split == "validation_5k"
    return [picture for row, picture in enumerate(pictures) if (row in held) == wanted]


def held_out(labels: Sequence[str]) -> frozenset[int]:
    """Rows of the validation pictures among training pictures with these classes.

    A picture is known by its class and its number within it, so that the choice is the same for
    the archive and for copies that are sorted by class.
    """
    exact, count = _exact_per_class(), Counter()
    held, others = [], []
    for row, label in enumerate(labels):
        number, count[label] = count[label], count[label] + 1
        if number < exact[label]:
            held.append(row)
        else:
            digest = hashlib.sha256(f"0:{label}/{number:04d}".encode()).digest()
            others.append((digest, row))
    return frozenset(held) | {row for _, row in sorted(others)[:_DRAWN]}


@cache
def _exact_per_class() -> Counter[str]:
    return Counter(entry.label for entry in manifests.load("cifar10_exact").entries)
