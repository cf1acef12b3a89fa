"""What a profile changes is said in one sentence for each value that it changes."""

import copy

import pytest

from huelab.recipes import RECIPES
from huelab.recipes.changes import changes

FULL = {
    "method": "huelab.methods.first:FirstColor",
    "method_args": {"width": 8, "loss": "mse"},
    "train": {"name": "photos", "split": "train", "size": 256},
    "validation": {"name": "photos", "split": "held_out", "size": 256},
    "batches": {"batch_size": 32, "flip": True},
    "epochs": 30,
    "tests": [
        {"name": "photos", "split": "test", "size": 256},
        {"name": "kodak24", "split": "test", "size": 256},
    ],
    "probes": ["dead_units"],
}


def changed(*path, to):
    other = copy.deepcopy(FULL)
    part = other
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = to
    return changes(FULL, other)


@pytest.mark.parametrize(
    ("path", "to", "sentence"),
    [
        (("epochs",), 3, "3 of 30 epochs."),
        (("batches", "batch_size"), 16, "Batches of 16 images instead of 32."),
        (
            ("batches", "crop"),
            64,
            "Training on random crops of 64x64 pixels instead of whole images.",
        ),
        (("batches", "flip"), False, "batches.flip is False instead of True."),
        (
            ("train", "size"),
            64,
            "The training images have 64x64 pixels instead of 256x256 pixels.",
        ),
        (
            ("train", "n"),
            1000,
            "The training images are a fixed sample of 1,000 instead of the whole split.",
        ),
        (
            ("validation", "split"),
            "test",
            "The validation images are photos/test at 256 instead of photos/held_out at 256.",
        ),
        (
            ("tests", 1, "size"),
            None,
            "The test images have their own size instead of 256x256 pixels.",
        ),
        (("method_args", "loss"), "l1", "method_args.loss is l1 instead of mse."),
        (("method_args", "slope"), 0.2, "method_args.slope is 0.2 instead of not set."),
        (("probes",), [], "probes is none instead of dead_units."),
    ],
)
def test_one_value_one_sentence(path, to, sentence):
    assert changed(*path, to=to) == (sentence,)


def test_test_sets_that_only_one_has_are_named():
    assert changed("tests", to=FULL["tests"][:1]) == ("No test on kodak24/test at 256.",)
    more = [*FULL["tests"], {"name": "ncd", "split": "test", "size": 64}]
    assert changed("tests", to=more) == ("Also a test on ncd/test at 64.",)


def test_a_part_that_is_left_out_is_named():
    other = {key: value for key, value in FULL.items() if key != "validation"}
    sentence = "The validation images are none instead of photos/held_out at 256."
    assert changes(FULL, other) == (sentence,)


def test_nothing_changed_nothing_said():
    assert changes(FULL, copy.deepcopy(FULL)) == ()


def test_no_change_of_a_recipe_goes_unsaid():
    for recipe in RECIPES.values():
        full = recipe.config("full")
        assert recipe.changes("full") == ()
        for profile in recipe.profiles:
            other = recipe.config(profile)
            parts = [key for key in {**full, **other} if full.get(key) != other.get(key)]
            said = recipe.changes(profile)
            assert len(said) >= len(parts) and bool(said) == bool(parts)
            assert len(set(said)) == len(said)
