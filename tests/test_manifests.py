"""The committed listings of data sets say of them what the papers say."""

import pickle
from collections import Counter

import numpy as np
import pytest
from torchvision.datasets import CIFAR10

from huelab.data import cifar10, describe, open_dataset
from huelab.data.sources import manifests
from huelab.data.splits import PARTS, held_out


def listed(name, split):
    return [entry for entry in manifests.load(name).entries if entry.split == split]


@pytest.mark.claim("000-D02", "000-D04", "003-D01", "003-D02")
def test_cifar10_counts_and_sizes():
    counts = Counter(entry.split for entry in manifests.load("cifar10_jpeg").entries)
    assert counts == {"train": 50_000, "test": 10_000} == cifar10.SPLITS
    assert counts.total() == 60_000
    if describe("cifar10_jpeg").present:
        pictures = open_dataset("cifar10_jpeg", "test", None)
        assert {pictures.picture(row).shape for row in range(0, 10_000, 100)} == {(32, 32, 3)}


@pytest.mark.claim("000-D03", "000-D06", "000-D07", "003-D01", "003-D04")
def test_cifar10_is_balanced():
    whole = Counter()
    for split, each in (("train", 5_000), ("test", 1_000)):
        classes = Counter(entry.label for entry in listed("cifar10_jpeg", split))
        assert len(classes) == 10 and set(classes.values()) == {each}
        whole += classes
    assert len(whole) == 10 and set(whole.values()) == {6_000}


@pytest.mark.claim("000-X07")
def test_cifar10_has_no_pictures_for_validation():
    """Training and test pictures are all there are; those kept here are training pictures."""
    assert {e.split for e in manifests.load("cifar10_jpeg").entries} == {"train", "test"}
    assert sum(PARTS.values()) == cifar10.SPLITS["train"] == 50_000


@pytest.mark.claim("000-D05", "003-D03")
def test_cifar10_comes_in_five_training_batches_and_one_test_batch():
    """By the archive's own names; its batches are counted where the archive is at hand."""
    train, test = ([name for name, _ in part] for part in (CIFAR10.train_list, CIFAR10.test_list))
    assert train == [f"data_batch_{n}" for n in range(1, 6)] and test == ["test_batch"]
    counts = Counter(entry.split for entry in manifests.load("cifar10_jpeg").entries)
    assert (counts["train"], counts["test"]) == (5 * 10_000, 10_000)
    if root := cifar10.where():
        for name in train + test:
            batch = pickle.loads(
                (root / CIFAR10.base_folder / name).read_bytes(), encoding="latin1"
            )
            assert np.shape(batch["data"]) == (10_000, 3 * 32 * 32)


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
