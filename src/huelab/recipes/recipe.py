"""One experiment as data."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from huelab.recipes.changes import changes, place
from huelab.storage import HueLabError


class RecipeError(HueLabError, ValueError):
    """A recipe or profile that does not exist; the message names those that do.

    Example:
        >>> Recipe("a", "A", "module:Class", {}, 1, ()).config("reduced")
        Traceback (most recent call last):
            ...
        huelab.recipes.recipe.RecipeError: recipe a has no profile 'reduced'; it has: full
    """


@dataclass(frozen=True)
class Recipe:
    """One experiment.

    Attributes:
        name: the name that `huelab reproduce` takes.
        title: one line for tables.
        method: the colorizer's class, as `module:Class`, imported only when the recipe runs.
        method_args: the arguments of that class.
        train: arguments of `open_dataset` for the training pictures.
        validation: arguments of `open_dataset` for pictures that training looks at but does not
            learn from, for example to set the learning rate; {} for none.
        batches: arguments of `Batches`.
        start: another recipe. This one begins with the other's trained weights of the same profile
            and seed; "" for none.
        epochs: how often training sees each picture; 0 for a method that is fitted or fixed.
        tests: arguments of `open_dataset` for each test set; training never sees these pictures.
        probes: names of further measurements, see `huelab.measure.probes`.
        stand_ins: one sentence for each data set that stands in for the paper's.
        deviations: one sentence for each other departure from the paper. The changes of a profile
            are not among them, see `changes`.
        profiles: what `reduced` and `quick` change, by the names of the fields above.
        group: a name for several recipes, which `huelab reproduce` also takes.
        ships_weights: whether the weights of seed 0 are kept beside the record if their file is
            small. For other runs the record has only the hash of the weights.
        priority: where time is short, runs of higher priority come first.

    Example:
        >>> kodak = {"name": "kodak24", "split": "test", "size": 256}
        >>> recipe = Recipe(
        ...     "a",
        ...     "A trial",
        ...     "huelab.methods.first:FirstColor",
        ...     {"name": "photos", "split": "train", "size": 64},
        ...     epochs=10,
        ...     tests=(kodak,),
        ...     profiles={"reduced": {"epochs": 2}},
        ... )
        >>> recipe.config("reduced")["epochs"], recipe.changes("reduced"), recipe.place()
        (2, ('2 of 10 epochs.',), 'kodak24/test at 256')
    """

    name: str
    title: str
    method: str
    train: Mapping[str, Any]
    epochs: int
    tests: tuple[Mapping[str, Any], ...]
    validation: Mapping[str, Any] = field(default_factory=dict)
    method_args: Mapping[str, Any] = field(default_factory=dict)
    batches: Mapping[str, Any] = field(default_factory=dict)
    start: str = ""
    probes: tuple[str, ...] = ()
    stand_ins: tuple[str, ...] = ()
    deviations: tuple[str, ...] = ()
    profiles: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    group: str = ""
    ships_weights: bool = True
    priority: int = 0

    def config(self, profile: str) -> dict[str, Any]:
        """Everything that decides the run's result, as JSON values; `full` is the recipe itself.

        Raises:
            RecipeError: for a profile that this recipe does not have.
        """
        if profile != "full" and profile not in self.profiles:
            there = ", ".join(["full", *self.profiles])
            raise RecipeError(f"recipe {self.name} has no profile {profile!r}; it has: {there}")
        values = {
            "method": self.method,
            "method_args": dict(self.method_args),
            "train": dict(self.train),
            "batches": dict(self.batches),
            "epochs": self.epochs,
            "tests": [dict(test) for test in self.tests],
        }
        # Fields that a recipe does not use are left out, so that a new field of this class does
        # not change the hash of an old run.
        values |= {"validation": dict(self.validation)} if self.validation else {}
        values |= {"start": self.start} if self.start else {}
        values |= {"probes": list(self.probes)} if self.probes else {}
        return copy.deepcopy(values | dict(self.profiles.get(profile, {})))

    def changes(self, profile: str) -> tuple[str, ...]:
        """One sentence for each difference between a profile and `full`; see `recipes.changes`."""
        return changes(self.config("full"), self.config(profile))

    def place(self, profile: str = "full") -> str:
        """The name of the first test set in records of a profile, such as `kodak24/test at 256`."""
        return place(self.config(profile)["tests"][0])
