"""Paper 004: the conditional GAN on photographs, and what its claims compare it with.

The paper states Adam with a learning rate of 0.0002 and betas of 0.5 and 0.999, crops of 512x512
pixels from frames of films, and nothing else of its training; see `_CHOSEN`.

What each claim expects of the runs stands in `huelab.ledger.expectations`, with its day.
"""

from collections.abc import Mapping
from typing import Any

from huelab.recipes.recipe import Recipe

_CHOSEN = (
    "Filters, the side of a patch, the weight of L1 and the batch size are not stated: those of "
    "Isola et al. (2017). Neither are epochs: 20."
)
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
# A narrower network on smaller images: about five minutes on one core of a CPU. One list of numbers
# for all of them, so that they can stand in one table.
_NARROWER = {"width": 32, "depth": 7}
_REDUCED_EPOCHS, _REDUCED_SIZE, _REDUCED_IMAGES = 3, 128, 1500
_GAN, _LAB = "huelab.methods.cgan:CGAN", "huelab.methods.cgan:CGANLab"


def _recipe(
    suffix: str,
    title: str,
    *,
    method: str = _GAN,
    members: int = 1,
    deviations: tuple[str, ...] = (),
    priority: int = 40,
    quick_size: int = 64,
    **method_args: Any,
) -> Recipe:
    def args(**smaller: int) -> dict[str, Any]:
        own = _ARGS | smaller | method_args
        return own if members == 1 else {"method": method, "method_args": own, "n": members}

    def images(size: int, n: int | None) -> dict[str, Any]:
        train = {"name": "photos", "split": "train", "size": size}
        test = {"name": "photos", "split": "test", "size": size}
        return {"train": train | ({"n": n} if n else {}), "tests": [test]}

    whole = images(256, None)
    return Recipe(
        name=f"cgan-photos{suffix}",
        title=title,
        method=method if members == 1 else "huelab.methods.ensemble:Ensemble",
        method_args=args(),
        train=whole["train"],
        batches={"batch_size": 4, "flip": True, "drop_last": True},
        epochs=20,
        tests=tuple(whole["tests"]),
        probes=("color_spectrum", "lightness_error"),
        stand_ins=(_PHOTOGRAPHS,),
        deviations=(_CHOSEN, *deviations),
        profiles={
            "reduced": images(_REDUCED_SIZE, _REDUCED_IMAGES)
            | {"epochs": _REDUCED_EPOCHS, "method_args": args(**_NARROWER)},
            "quick": _quick(args(width=16, depth=6), quick_size),
        },
        group="cgans",
        ships_weights=False,
        priority=priority,
    )


def _quick(method_args: Mapping[str, Any], size: int) -> dict[str, Any]:
    return {
        "train": {"name": "embedded", "split": "train", "size": size, "n": 64},
        "tests": [{"name": "embedded", "split": "test", "size": size, "n": 16}],
        "epochs": 2,
        "method_args": method_args,
    }


CGANS = (
    _recipe("", "Conditional GAN, photographs", priority=100),
    _recipe("-no-gan", "Its generator trained on L1 alone", gan_weight=0.0, priority=99),
    _recipe("-no-l1", "Its generator trained without L1", l1_weight=0.0, priority=98),
    _recipe("-no-skips", "Its generator without skips", skips=False, priority=60),
    _recipe("-lab", "Predicting a*b* instead of RGB", method=_LAB, priority=60),
    _recipe("-ensemble", "The mean of three networks", members=3, priority=50),
    _recipe(
        "-saturating",
        "With the first objective of the generator",
        adversarial="saturating",
        deviations=("Equation 1 instead of equation 4.",),
    ),
    _recipe("-unconditional", "A discriminator that sees colors alone", conditional=False),
    _recipe("-l1-10", "A tenth of the weight of L1", l1_weight=10.0),
    _recipe("-patch-1", "A discriminator of single pixels", patch=1),
    _recipe("-patch-16", "A discriminator of patches of 16 pixels", patch=16),
    _recipe(
        "-patch-286",
        "A discriminator of the whole image",
        patch=286,
        quick_size=96,  # of 64 pixels its maps would have none left
    ),
)
