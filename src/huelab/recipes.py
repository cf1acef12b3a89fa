"""Every experiment of the book as data: a method, its data and its numbers, per profile."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from huelab.errors import HueLabError


class RecipeError(HueLabError, ValueError):
    """A recipe or profile that does not exist; the message names those that do."""


@dataclass(frozen=True)
class Recipe:
    """One experiment.

    Attributes:
        name: what `huelab reproduce` takes.
        title: one line for tables.
        method: the colorizer's class, as `module:Class`, imported only when it runs.
        method_args: its arguments.
        train: arguments of `open_dataset` for the pictures to learn from.
        batches: arguments of `Batches`.
        epochs: how often they are seen; 0 for a method that only takes something from them.
        tests: arguments of `open_dataset` for each set it is measured on; never trained on.
        claims: the papers' claims it checks, by their ids in the ledger.
        deviations: where it departs from the paper, one sentence each.
        profiles: what `reduced` and `quick` change, by the names of the fields above.
        group: a name for several recipes, which `huelab reproduce` also takes.
        expects: what was expected before the run, by the ledger's claim: `(value, tolerance)`, or
            a comparison as `"< autoencoder-sgd"` and its margin; see `huelab.ledger.verdicts`. It
            judges a run and does not belong to its configuration.
    """

    name: str
    title: str
    method: str
    train: Mapping[str, Any]
    epochs: int
    tests: tuple[Mapping[str, Any], ...]
    method_args: Mapping[str, Any] = field(default_factory=dict)
    batches: Mapping[str, Any] = field(default_factory=dict)
    claims: tuple[str, ...] = ()
    deviations: tuple[str, ...] = ()
    profiles: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    group: str = ""
    expects: Mapping[str, tuple[float | str, float | None]] = field(default_factory=dict)

    def config(self, profile: str) -> dict[str, Any]:
        """Everything that decides the run's result, as JSON values; `full` is the recipe itself.

        Raises:
            RecipeError: for a profile this recipe does not have.
        """
        if profile != "full" and profile not in self.profiles:
            there = ", ".join(["full", *self.profiles])
            raise RecipeError(f"recipe {self.name} has no profile {profile!r}; there are: {there}")
        values = {
            "method": self.method,
            "method_args": dict(self.method_args),
            "train": dict(self.train),
            "batches": dict(self.batches),
            "epochs": self.epochs,
            "tests": [dict(test) for test in self.tests],
        }
        return copy.deepcopy(values | dict(self.profiles.get(profile, {})))


_FIRST = Recipe(
    name="first",
    title="The book's first network, trained on 3,976 photographs",
    method="huelab.methods.first:FirstColor",
    train={"name": "photos_open", "split": "train", "size": 112},
    batches={"batch_size": 32, "crop": 96, "flip": True, "drop_last": True},
    epochs=16,
    tests=(
        {"name": "photos_open", "split": "test", "size": 256},
        {"name": "kodak24", "split": "test", "size": 256},
        {"name": "embedded", "split": "test", "size": 256},
    ),
    deviations=("The 48 embedded test pictures are crops of three photographs, not independent.",),
)

_BASELINES = {
    "gray-copy": ("GrayCopy", "Gray copy"),
    "mean-color": ("MeanColor", "Mean color of the training pictures"),
    "sepia": ("Sepia", "Sepia"),
    "color-per-gray": ("ColorPerGray", "Best color per gray level"),
}
# Test set -> its size in pixels, and the set whose training pictures the baselines may look at.
_BASELINE_SETS = {
    "cifar10": ("cifar10_jpeg", 32, "cifar10_jpeg"),
    "fruits360": ("fruits360", 256, "fruits360"),
    "faces": ("faces", 256, "faces"),
    "photos": ("photos", 256, "photos"),
    "ncd": ("ncd", 256, "ncd"),
    "photos_open": ("photos_open", 256, "photos_open"),
    "kodak24": ("kodak24", 256, "photos"),
}
_STAND_INS = {
    "cifar10": "CIFAR-10 as JPEG files of quality 75 with halved chroma, not the official pixels.",
    "faces": "UTKFace stands in for FFHQ.",
    "photos": "A mixture of free photographs stands in for Unsplash and COCO.",
    "photos_open": "The part of photos with the clearest licenses stands in for Unsplash and COCO.",
    "kodak24": "It has no training pictures: the baselines looked at those of photos.",
}


def _baseline(name: str, place: str) -> Recipe:
    class_name, title = _BASELINES[name]
    test, size, train = _BASELINE_SETS[place]
    return Recipe(
        name=f"{name}-{place}",
        title=f"{title}, {place}",
        method=f"huelab.methods.baselines:{class_name}",
        train={"name": train, "split": "train", "size": size},
        epochs=0,
        tests=({"name": test, "split": "test", "size": size},),
        deviations=(_STAND_INS[place],) if place in _STAND_INS else (),
        group="baselines",
    )


_ALL = (_FIRST, *(_baseline(name, place) for place in _BASELINE_SETS for name in _BASELINES))
RECIPES = {recipe.name: recipe for recipe in _ALL}


def place(test: Mapping[str, Any]) -> str:
    """How records name a test set, as `kodak24/test at 256`."""
    return f"{test['name']}/{test['split']} at {test['size']}"


def get(name: str) -> Recipe:
    """A recipe by its name; RecipeError lists the names for another one."""
    if name not in RECIPES:
        raise RecipeError(f"there is no recipe {name!r}; there are: {', '.join(RECIPES)}")
    return RECIPES[name]


def chosen(names: Sequence[str]) -> list[Recipe]:
    """The recipes of names of recipes or groups, in their order, each once."""
    groups = {recipe.group for recipe in _ALL if recipe.group}
    found: dict[str, Recipe] = {}
    for name in names:
        members = [r for r in _ALL if r.group == name] if name in groups else [get(name)]
        found |= {recipe.name: recipe for recipe in members}
    return list(found.values())
