"""Paper 004: the conditional GAN on films and on photographs, and what its claims compare it with.

The paper states Adam with a learning rate of 0.0002 and betas of 0.5 and 0.999, and crops of
512x512 pixels from frames of films. It states nothing else about its training; see `_CHOSEN`.

`huelab.ledger.expectations` says what each claim expects of the runs, and on which day that was
written.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from huelab.recipes.recipe import Recipe

_CHOSEN = (
    "Filters, the side of a patch, the weight of L1 and the batch size are not stated: those of "
    "Isola et al. (2017). Neither are epochs: 20."
)
_FILMS = "Four short films stand in for those of the paper, which it does not list."
_SMALLER = "Frames are squares of 576 pixels from the middle, not Full HD or 4K."
_PHOTOGRAPHS = "Photographs stand in for frames of films; the paper does not list its films."
_ARGS = {
    "width": 64,
    "depth": 8,
    "skips": True,
    "patch": 70,
    "conditional": True,
    "adversarial": "non_saturating",
    "gan_weight": 1.0,
    "l1_weight": 100.0,
    "halved": True,
    "learning_rate": 2e-4,
    "betas": [0.5, 0.999],
    "keeps": ["dropout", "batch_norm"],
    "together": 1,
}
# A narrower network on smaller images takes about five minutes on one core of a CPU. All recipes
# share these numbers, so that one table can show them all.
_NARROWER = {"width": 32, "depth": 7}
_REDUCED_FILM_EPOCHS = 10
_REDUCED_EPOCHS, _REDUCED_SIZE, _REDUCED_IMAGES = 3, 128, 1500
_BATCHES = {"batch_size": 4, "flip": True, "drop_last": True}
_GAN, _LAB = "huelab.methods.cgan:CGAN", "huelab.methods.cgan:CGANLab"


def _photos(size: int, n: int | None) -> dict[str, Any]:
    train = {"name": "photos", "split": "train", "size": size}
    test = {"name": "photos", "split": "test", "size": size}
    return {"train": train | ({"n": n} if n else {}), "tests": [test]}


def _films(size: int, crop: int) -> dict[str, Any]:
    """Whole scenes are held out. Training takes random crops of larger frames."""
    train = {"name": "film_by_scene", "split": "train", "size": size}
    test = {"name": "film_by_scene", "split": "test", "size": crop}
    return {"train": train, "tests": [test], "batches": _BATCHES | {"crop": crop}}


# A film of 196 frames that show one bird in one light, and as many photographs of many scenes.
# Both are tested on pictures of a third source.
_ONE_FILM = {"name": "film", "split": "cockatoo"}
_MANY_SCENES = {"name": "photos", "split": "train", "n": 196}


def _from(train: Mapping[str, Any], size: int) -> dict[str, Any]:
    test = {"name": "kodak24", "split": "test", "size": size}
    return {"train": {**train, "size": size}, "tests": [test]}


def _recipe(
    name: str,
    title: str,
    full: Mapping[str, Any],
    reduced: Mapping[str, Any],
    *,
    method: str = _GAN,
    members: int = 1,
    stand_in: str = _PHOTOGRAPHS,
    deviations: tuple[str, ...] = (),
    probes: tuple[str, ...] = (),
    priority: int = 40,
    quick_size: int = 64,
    **method_args: Any,
) -> Recipe:
    def args(**smaller: int) -> dict[str, Any]:
        own = _ARGS | smaller | method_args
        return own if members == 1 else {"method": method, "method_args": own, "n": members}

    return Recipe(
        name=name,
        title=title,
        method=method if members == 1 else "huelab.methods.ensemble:Ensemble",
        method_args=args(),
        train=full["train"],
        batches=full.get("batches", _BATCHES),
        epochs=full.get("epochs", 20),
        tests=tuple(full["tests"]),
        probes=("color_spectrum", "lightness_error", *probes),
        stand_ins=(stand_in,),
        deviations=(_CHOSEN, *deviations),
        profiles={
            "reduced": {**reduced, "method_args": args(**_NARROWER)},
            "quick": _quick(args(width=16, depth=6), quick_size),
        },
        group="cgans",
        ships_weights=False,
        priority=priority,
    )


_photo_recipe = partial(
    _recipe,
    full=_photos(256, None),
    reduced=_photos(_REDUCED_SIZE, _REDUCED_IMAGES) | {"epochs": _REDUCED_EPOCHS},
)
_film_recipe = partial(
    _recipe,
    full=_films(576, 512),
    # There are fewer frames than photographs, so there are more epochs.
    reduced=_films(160, _REDUCED_SIZE) | {"epochs": _REDUCED_FILM_EPOCHS},
    stand_in=_FILMS,
    deviations=(_SMALLER,),
)


def _quick(method_args: Mapping[str, Any], size: int) -> dict[str, Any]:
    return {
        "train": {"name": "embedded", "split": "train", "size": size, "n": 64},
        "tests": [{"name": "embedded", "split": "test", "size": size, "n": 16}],
        "batches": _BATCHES,
        "epochs": 2,
        "method_args": method_args,
    }


CGANS = (
    _film_recipe("cgan", "Conditional GAN, frames of films", priority=90),
    _film_recipe("cgan-no-gan", "The generator on films, trained on L1 alone", gan_weight=0.0),
    _film_recipe("cgan-no-l1", "Conditional GAN on films, trained without L1", l1_weight=0.0),
    _photo_recipe("cgan-photos", "Conditional GAN, photographs", priority=100),
    _photo_recipe(
        "cgan-photos-no-gan", "The generator trained on L1 alone", gan_weight=0.0, priority=99
    ),
    _photo_recipe(
        "cgan-photos-no-l1", "Conditional GAN trained without L1", l1_weight=0.0, priority=98
    ),
    _photo_recipe(
        "cgan-photos-no-skips", "Conditional GAN without skips", skips=False, priority=60
    ),
    _photo_recipe(
        "cgan-photos-lab", "Conditional GAN that predicts a*b*, not RGB", method=_LAB, priority=60
    ),
    _photo_recipe(
        "cgan-photos-ensemble", "The mean of three conditional GANs", members=3, priority=50
    ),
    _photo_recipe(
        "cgan-photos-saturating",
        "Conditional GAN with the saturating loss",
        adversarial="saturating",
        deviations=("The generator minimizes equation 1 instead of equation 4.",),
    ),
    _photo_recipe(
        "cgan-photos-unconditional",
        "Conditional GAN whose discriminator sees colors alone",
        conditional=False,
    ),
    _photo_recipe(
        "cgan-photos-l1-10", "Conditional GAN with a tenth of the weight of L1", l1_weight=10.0
    ),
    _photo_recipe(
        "cgan-photos-sketches", "Conditional GAN tested on line drawings", probes=("sketches",)
    ),
    _photo_recipe(
        "cgan-photos-draws", "Conditional GAN drawn several times by its dropout", probes=("draws",)
    ),
    _photo_recipe(
        "cgan-photos-patch-1", "Conditional GAN whose discriminator sees single pixels", patch=1
    ),
    _photo_recipe(
        "cgan-photos-patch-16",
        "Conditional GAN whose discriminator sees patches of 16 pixels",
        patch=16,
    ),
    _photo_recipe(
        "cgan-photos-patch-286",
        "Conditional GAN whose discriminator sees the whole image",
        patch=286,
        quick_size=96,  # from 64 pixels the discriminator's maps would shrink to nothing
    ),
    *(
        _recipe(
            name,
            title,
            full=_from(train, 256) | {"epochs": 100},
            reduced=_from(train, _REDUCED_SIZE) | {"epochs": 20},
            stand_in=stand_in,
            deviations=("196 pictures; the paper does not say how many it has.",),
        )
        for name, title, train, stand_in in (
            ("cgan-one-film", "Conditional GAN, one film of one scene", _ONE_FILM, _FILMS),
            (
                "cgan-many-scenes",
                "Conditional GAN, as many photographs of many scenes",
                _MANY_SCENES,
                _PHOTOGRAPHS,
            ),
        )
    ),
)
