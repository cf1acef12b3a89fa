"""The methods of the five papers and HueNet, trained on the same photographs for the same epochs.

Each recipe is that of the method's own chapter, with other pictures and another number of epochs.
Where its batches differ, too, the deviations of its runs say so. All are tested on the same
photographs, and none was trained on these.

Two choices of validation pictures are not those of coloring. The autoencoder trains on crops, and
its schedule watches whole photographs of 32x32 pixels. The reduced run of HueNet is validated at
192 pixels, and it trains and colors at 128.

This was expected, and written on 2026-11-27 before the first run: HueNet is better than each of the
others in at least four of PSNR, CIEDE2000, colorfulness gap, fd_squeezenet, and agreement of a
classifier.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from huelab.recipes.autoencoder import AUTOENCODERS
from huelab.recipes.cgan import CGANS
from huelab.recipes.huenet import HUENETS
from huelab.recipes.recipe import Recipe
from huelab.recipes.vgg import VGGS
from huelab.recipes.vitigan import VITGANS

_EPOCHS, _SIDE = 20, 256
# The largest of them takes half an hour on one core of a CPU, and a minute on a GPU.
_REDUCED_EPOCHS, _REDUCED_SIDE = 4, 128
_SHORT = "Trained for as many epochs as every method of this comparison, not for its own number."
_PHOTOGRAPHS = "Photographs of open licenses stand in for the pictures of the paper."


def _images(side: int) -> dict[str, Any]:
    return {
        "train": {"name": "photos_both", "split": "train", "size": side},
        "tests": [{"name": "photos", "split": "test", "size": side}],
    }


def _alike(own: Recipe, name: str, **batches: Any) -> Recipe:
    """The recipe of a chapter on the pictures of this comparison.

    Args:
        own: the recipe of the chapter.
        name: the end of the new recipe's name, after `same-pictures-`.
        batches: arguments of `Batches` that differ from the chapter's.
    """
    whole, smaller = _images(_SIDE), _images(_REDUCED_SIDE)
    kept = {**own.batches, **batches}
    reduced: Mapping[str, Any] = own.profiles["reduced"]
    args = {key: reduced[key] for key in ("method_args",) if key in reduced}
    if own.validation:  # the schedule, or another choice, needs validation pictures
        # Their size stays, because some networks take images of one size only.
        held = {"name": "photos_both", "split": "validation", "size": own.validation["size"]}
        own = replace(own, validation=held)
    return replace(
        own,
        name=f"same-pictures-{name}",
        title=f"{own.title.split(',')[0]}, on the same photographs",
        train=whole["train"],
        tests=tuple(whole["tests"]),
        batches=kept,
        epochs=_EPOCHS,
        probes=(),
        stand_ins=(_PHOTOGRAPHS,) if own.stand_ins else (),
        deviations=(*own.deviations, _SHORT, *_of_batches(batches)),
        profiles={
            "reduced": {**smaller, **args, "epochs": _REDUCED_EPOCHS},
            "quick": {**own.profiles["quick"], "probes": []},
        },
        group="same-pictures",
        ships_weights=False,
        priority=75,
    )


def _of_batches(changed: Mapping[str, Any]) -> list[str]:
    named = ", ".join(f"{name} {value}" for name, value in changed.items())
    return [f"Batches differ from those of the method's own chapter: {named}."] if changed else []


_OWN = {recipe.name: recipe for recipe in (*AUTOENCODERS, *VGGS, *CGANS, *VITGANS, *HUENETS)}

SAME_PICTURES = (
    _alike(_OWN["autoencoder"], "autoencoder", crop=32),
    _alike(_OWN["vgg-fruits"], "vgg"),
    _alike(_OWN["cgan-photos"], "cgan", batch_size=10),
    _alike(_OWN["vitgan"], "vitgan"),
    _alike(_OWN["vitigan"], "vitigan"),
    _alike(_OWN["huenet"], "huenet", crop=128),
)
