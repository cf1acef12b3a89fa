"""The committed listings of data sets say of them what the papers say."""

from collections import Counter

import pytest

from huelab.data import describe, open_dataset
from huelab.data.held_out import held_out
from huelab.data.sources import manifests


def listed(name, split):
    return [entry for entry in manifests.load(name).entries if entry.split == split]


def test_cifar10_counts_and_sizes():
    counts = Counter(entry.split for entry in manifests.load("cifar10_jpeg").entries)
    assert counts == {"train": 50_000, "test": 10_000}
    if describe("cifar10_jpeg").present:
        pictures = open_dataset("cifar10_jpeg", "test", None)
        assert {pictures.picture(row).shape for row in range(0, 10_000, 100)} == {(32, 32, 3)}


def test_cifar10_is_balanced():
    for split, each in (("train", 5_000), ("test", 1_000)):
        classes = Counter(entry.label for entry in listed("cifar10_jpeg", split))
        assert len(classes) == 10 and set(classes.values()) == {each}


def test_cifar10_validation_holds_the_exact_pictures_and_a_thousand_more():
    labels = [entry.label for entry in listed("cifar10_jpeg", "train")]
    held = held_out(labels)
    assert len(held) == 5_000
    # The archive's first 4,000 are those of the exact set: of each class its first ones.
    exact = Counter(entry.label for entry in manifests.load("cifar10_exact").entries)
    assert sum(exact.values()) == 4_000
    seen, first = Counter(), set()
    for row, label in enumerate(labels):
        if seen[label] < exact[label]:
            first.add(row)
        seen[label] += 1
    assert first < held and len(held - first) == 1_000
    # The same pictures, whatever order the classes come in.
    backwards = sorted(range(50_000), key=lambda row: (labels[row][::-1], row))
    again = held_out([labels[row] for row in backwards])
    assert {backwards[row] for row in again} == held


@pytest.mark.skipif(not describe("cifar10_jpeg").present, reason="needs cifar10_jpeg")
def test_training_and_validation_pictures_share_none():
    train, held = (open_dataset("cifar10_jpeg", s, 32) for s in ("train_45k", "validation_5k"))
    assert (len(train), len(held)) == (45_000, 5_000)
    assert not set(train.files) & set(held.files)
