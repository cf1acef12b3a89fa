"""Splits made from the splits that a data set has of its own, for the table of data sets.

Each function here takes a function that opens one of the set's own splits, and returns the pictures
that it chooses from them. A hash of names or labels makes every choice. Sorting by a hash, instead
of shuffling positions, gives the same order in every version of every library. The order also does
not depend on the order in which pictures were listed.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from huelab.data.source import Picture, Source
from huelab.data.sources import manifests

#: Opens one of a set's own splits.
Own = Callable[[str], Source]


@dataclass(frozen=True)
class Derived:
    """A split made from others.

    Attributes:
        make: chooses its pictures.
        count: gives their number from the numbers of the set's own splits; None if the split must
            be made to know. 0 means that it cannot be made.

    Example:
        >>> ALL["all"].count({"train": 4606, "test": 504})
        5110
    """

    make: Callable[[Own], Source]
    count: Callable[[Mapping[str, int]], int] | None = None


def sample(source: Source, n: int) -> Source:
    """`n` pictures of a source, chosen by a hash of their names, in their old order.

    A larger n adds pictures to those of a smaller one.

    Raises:
        ValueError: if n is not between 1 and the number of pictures.

    Example:
        >>> from huelab.data.datasets import find
        >>> source = find("embedded", "train", None)
        >>> [picture.file for picture in sample(source, 2).pictures]
        ['astronaut', 'flower']
    """
    pictures = source.pictures
    if not 1 <= n <= len(pictures):
        raise ValueError(
            f"n must be 1 to {len(pictures)}, the pictures of {source.name}/{source.split}, not {n}"
        )
    chosen = set(_drawn(pictures)[:n])
    return source.select([picture for picture in pictures if picture in chosen])


def _drawn(pictures: Sequence[Picture]) -> list[Picture]:
    """`pictures` in a random order that depends only on their names."""
    return sorted(pictures, key=lambda picture: _draw(picture.file))


def _draw(text: str) -> bytes:
    return hashlib.sha256(f"0:{text}".encode()).digest()


# CIFAR-10: 45,000 training pictures to learn from and 5,000 for validation

# The official archive has no validation split. HueLab validates on its first 4,000 pictures, whose
# exact pixels are also available as `cifar10_exact`, and on 1,000 others drawn by a fixed seed. So
# a network that was trained on the 45,000, even as JPEG files, can be measured on exact pixels that
# it never saw.
PARTS = {"train_45k": 45_000, "validation_5k": 5_000}
_DRAWN = 1_000


def train_45k(own: Own) -> Source:
    """CIFAR-10's 45,000 training pictures, without those for validation.

    Example:
        >>> from huelab.data.folder import FolderSource
        >>> cats = tuple(Picture(f"train/{k}", "cat", "", None) for k in range(5001))
        >>> train = FolderSource("cifar10", "train", "", cats)
        >>> len(train_45k(lambda split: train).pictures)  # all but those for validation
        3617
    """
    train = own("train")
    held = held_out([picture.label for picture in train.pictures])
    return train.select([p for row, p in enumerate(train.pictures) if row not in held])


def validation_5k(own: Own) -> Source:
    """CIFAR-10's 5,000 pictures for validation, in the archive's order within each class.

    Example:
        >>> from huelab.data.folder import FolderSource
        >>> cats = tuple(Picture(f"train/{k}", "cat", "", None) for k in range(5001))
        >>> train = FolderSource("cifar10", "train", "", cats)
        >>> len(validation_5k(lambda split: train).pictures)  # those of cifar10_exact, and 1,000
        1384
    """
    train = own("train")
    held = held_out([picture.label for picture in train.pictures])
    return train.select([p for row, p in enumerate(train.pictures) if row in held])


def held_out(labels: Sequence[str]) -> frozenset[int]:
    """Rows of the validation pictures among training pictures with these classes.

    The choice depends only on the class of a picture and its number within the class, so that it is
    the same for the archive and for copies that are sorted by class.

    Example:
        >>> rows = held_out(["cat"] * 5000)
        >>> sorted(rows)[:3]  # those of cifar10_exact
        [0, 1, 2]
    """
    exact, count = _exact_per_class(), Counter[str]()
    held: list[int] = []
    others: list[tuple[bytes, int]] = []
    for row, label in enumerate(labels):
        number, count[label] = count[label], count[label] + 1
        if number < exact[label]:
            held.append(row)
        else:
            others.append((_draw(f"{label}/{number:04d}"), row))
    return frozenset(held) | {row for _, row in sorted(others)[:_DRAWN]}


@cache
def _exact_per_class() -> Counter[str]:
    return Counter(entry.label for entry in manifests.load("cifar10_exact").entries)


def _if_whole(n: int) -> Callable[[Mapping[str, int]], int]:
    return lambda own: n if own.get("train") == sum(PARTS.values()) else 0


HELD_OUT = {
    "train_45k": Derived(train_45k, _if_whole(PARTS["train_45k"])),
    "validation_5k": Derived(validation_5k, _if_whole(PARTS["validation_5k"])),
}


# Both splits of a set together


def whole(own: Own) -> Source:
    """The pictures of `train`, then those of `test`.

    Example:
        >>> from huelab.data.datasets import find
        >>> len(whole(lambda split: find("embedded", split, None)).pictures)
        8
    """
    train, test = own("train"), own("test")
    return train.select([*train.pictures, *test.pictures])


ALL = {"all": Derived(whole, lambda own: sum(own.values()))}


# A part of the training pictures, for choices such as that of an epoch, which no test may make

# One training picture of this many is for validation.
_VALIDATED = 20


def without_validation(own: Own) -> Source:
    """The training pictures without those of `validation`.

    Example:
        >>> from huelab.data.datasets import find
        >>> len(without_validation(lambda split: find("embedded", split, 64)).pictures)  # of 320
        304
    """
    return _validated(own, for_validation=False)


def validation(own: Own) -> Source:
    """One training picture in twenty, drawn by a fixed seed.

    Example:
        >>> from huelab.data.datasets import find
        >>> len(validation(lambda split: find("embedded", split, 64)).pictures)  # of 320
        16
    """
    return _validated(own, for_validation=True)


def _validated(own: Own, *, for_validation: bool) -> Source:
    train = own("train")
    n = len(train.pictures) // _VALIDATED
    held = set(_drawn(train.pictures)[:n])
    return train.select([p for p in train.pictures if (p in held) == for_validation])


VALIDATION = {
    "train": Derived(
        without_validation, lambda own: own.get("train", 0) - own.get("train", 0) // _VALIDATED
    ),
    "validation": Derived(validation, lambda own: own.get("train", 0) // _VALIDATED),
}


# Fruits-360 pooled and split at random

# One picture of this many is for the test. The paper pools 5,500 pictures and splits them 5,000/500
# at random. Fruits-360 shows each fruit from many angles, so that both parts hold almost the same
# pictures. This test is therefore easier than that of the official split.
_ONE_IN = 11


def random_train(own: Own) -> Source:
    """Ten pictures in eleven of both splits.

    Example:
        >>> from huelab.data.datasets import find
        >>> pool = {split: find("embedded", split, 64) for split in ("train", "test")}
        >>> len(random_train(pool.__getitem__).pictures)  # of 368
        335
    """
    return _at_random(own, for_test=False)


def random_test(own: Own) -> Source:
    """One picture in eleven of both splits, drawn by a fixed seed.

    Example:
        >>> from huelab.data.datasets import find
        >>> pool = {split: find("embedded", split, 64) for split in ("train", "test")}
        >>> len(random_test(pool.__getitem__).pictures)  # of 368
        33
    """
    return _at_random(own, for_test=True)


def _at_random(own: Own, *, for_test: bool) -> Source:
    pool = whole(own)
    order, n = _drawn(pool.pictures), len(pool.pictures) // _ONE_IN
    chosen = order[:n] if for_test else order[n:]
    return pool.select(sorted(chosen, key=lambda picture: picture.file))


def _count_for_test(own: Mapping[str, int]) -> int:
    return sum(own.values()) // _ONE_IN


RANDOM = {
    "train": Derived(random_train, lambda own: sum(own.values()) - _count_for_test(own)),
    "test": Derived(random_test, _count_for_test),
}


# Fruits-360 pooled and split by fruit

# The pictures of Fruits-360 are frames of short films of a turning fruit, so that any split within
# a class puts almost the same picture on both sides. Here the test has no fruit that the training
# has. Varieties count as one fruit, because one red apple tells the color of another. The classes
# below have the name of a variety only. The keys are the first words of their names.
VARIETIES = {"Braeburn": "Apple", "Golden": "Apple", "Granny": "Apple"}


def by_class_train(own: Own) -> Source:
    """All pictures of the fruits that are not in the test.

    Example:
        >>> from huelab.data.datasets import find
        >>> found = by_class_train(lambda split: find("embedded", split, None)).pictures
        >>> sorted({picture.label for picture in found})
        ['astronaut', 'chelsea', 'china', 'coffee', 'grace_hopper', 'motorcycle', 'rocket']
    """
    return _by_class(own, for_test=False)


def by_class_test(own: Own) -> Source:
    """All pictures of some fruits, which make up at least one picture in eleven.

    Example:
        >>> from huelab.data.datasets import find
        >>> found = by_class_test(lambda split: find("embedded", split, None)).pictures
        >>> sorted({picture.label for picture in found})
        ['flower']
    """
    return _by_class(own, for_test=True)


def _by_class(own: Own, *, for_test: bool) -> Source:
    pool = whole(own)
    held = held_out_fruits([fruit(picture.label) for picture in pool.pictures])
    return pool.select([p for p in pool.pictures if (fruit(p.label) in held) == for_test])


def fruit(label: str) -> str:
    """The fruit of a class, by the first word of its name.

    Example:
        >>> fruit("Apple Red 2"), fruit("Granny Smith"), fruit("Plum")
        ('Apple', 'Apple', 'Plum')
    """
    first = label.split()[0] if label.split() else ""
    return VARIETIES.get(first, first)


def held_out_fruits(fruits: Sequence[str]) -> frozenset[str]:
    """The fruits for the test, given the fruit of each picture.

    Fruits are added in an order drawn by a hash, until they have one picture in eleven. At least
    one fruit is left to train on.

    Example:
        >>> fruits = ["Apple"] * 20 + ["Plum"] * 10 + ["Pear"] * 3
        >>> held_out_fruits(fruits) < set(fruits)  # one fruit at least is left
        True
    """
    count = Counter(fruits)
    order = sorted(count, key=_draw)
    held: set[str] = set()
    for name in order[:-1]:
        if sum(count[other] for other in held) * _ONE_IN >= len(fruits):
            break
        held.add(name)
    return frozenset(held)


BY_CLASS = {"train": Derived(by_class_train), "test": Derived(by_class_test)}
