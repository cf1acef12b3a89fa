"""Fruits-360 parted by fruit: every picture of a tenth of them is for the test.

Its pictures are frames of short films of a fruit that turns, so that any split within a class puts
almost the same picture on both sides. Here no fruit that is tested was ever trained on. Varieties
count as one fruit, as three red apples would show each other's colors.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence

from huelab.data.source import Picture

#: Classes called after a variety alone, by their first word, and the fruit that they are.
VARIETIES = {"Braeburn": "Apple", "Golden": "Apple", "Granny": "Apple"}
#: Of so many pictures, at least one is tested on, as in the paper's 5,000/500.
ONE_IN = 11


def part(pictures: Sequence[Picture], split: str) -> list[Picture]:
    """The pictures of `train` or `test`, in their order; `pictures` are those of both."""
    held = held_out([fruit(picture.label) for picture in pictures])
    return [p for p in pictures if (fruit(p.label) in held) == (split == "test")]


def fruit(label: str) -> str:
    """The fruit of a class: `Apple` for `Apple Red 2` and for `Granny Smith`."""
    first = label.split()[0] if label.split() else ""
    return VARIETIES.get(first, first)


def held_out(fruits: Sequence[str]) -> frozenset[str]:
    """Fruits for the test, of one name for each picture: whole ones, in an order drawn by a hash,
    until they have one picture in eleven; at least one fruit is left to train on.
    """
    count = Counter(fruits)
    order = sorted(count, key=lambda name: hashlib.sha256(f"0:{name}".encode()).digest())
    held: set[str] = set()
    for name in order[:-1]:
        if sum(count[other] for other in held) * ONE_IN >= len(fruits):
            break
        held.add(name)
    return frozenset(held)
