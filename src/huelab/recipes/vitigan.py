"""Paper 001: ViT-GAN, ViT-I-GAN, and runs that show whether it is the embedding that helps.

The paper trains on 10,000 photographs of Unsplash at 256x256 pixels, for 50 epochs in batches of
16, with Adam, a learning rate of 0.0002 and betas of 0.5 and 0.9. `_CHOSEN` has what it leaves out.

`huelab.ledger.expectations` says what each claim expects of the runs, and on which day that was
written.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from huelab.recipes.recipe import Recipe

_CHOSEN = (
    "The widths of the generator, the weight of L1, and whether it has skips are not stated: 32 to "
    "512 filters, 100, and none. Neither are the width of the transformer's tokens, 1,024, and the "
    "number that a*b* is divided by, 128."
)
_SQUEEZENET = "SqueezeNet stands in for Inception-v3; its numbers are standardized."
_PHOTOGRAPHS = "4,606 photographs of other sets stand in for 10,000 of Unsplash."
_NCD = "574 images of the Natural-Color Dataset stand in for its 400 training images."
_SCHEDULE = "The batch size on COCO is not stated: 16."
_METHOD = "huelab.methods.vitigan:ViTGAN"
_TRANSFORMER = {
    "kind": "vit",
    "image_size": 256,
    "patch_size": 32,
    "width": 1024,
    "blocks": 6,
    "heads": 16,
    "mlp_width": 2048,
    "dropout": 0.1,
    "embedding_dropout": 0.1,
}
_PATCHES = {"kind": "patchgan", "patch": 70, "width": 64}
_ARGS = {
    "embedding": "none",
    "wide": False,
    "widths": [32, 64, 128, 256, 512],
    "pooling": "average",
    "doubling": "nearest",
    "normalization": "batch_norm",
    "skips": False,
    "discriminator": _TRANSFORMER,
    "pixel_loss": "l1",
    "adversarial_loss": "bce",
    "l1_weight": 100.0,
    "gan_weight": 1.0,
    "optimizer": "adam",
    "learning_rate": 2e-4,
    "betas": [0.5, 0.9],
    "falls_at": None,
}
# Narrower networks on smaller images take about four minutes on one core of a CPU. All recipes
# share these numbers, so that one table can show them all. The images are few and are seen many
# times, because the paper is about little data.
_SIDE, _IMAGES, _EPOCHS, _OF = 128, 600, 8, 50
_NARROWER = {"widths": [8, 16, 32, 64, 128]}
_SMALL_JUDGES = {
    "vit": {"image_size": _SIDE, "width": 128, "mlp_width": 256},
    "patchgan": {"width": 16},
}
_QUICK_JUDGES = {
    "vit": {"image_size": 64, "patch_size": 16, "width": 64, "mlp_width": 128, "blocks": 2},
    "patchgan": {"patch": 16, "width": 8},
}
_BATCHES = {"batch_size": 16, "drop_last": True}
_PROBES = ("training_distance", "last_losses", "color_spectrum", "blue_regions", "red_on_faces")
_OF_FRUIT = ("last_losses", "kinds_of_fruit")


def _recipe(
    name: str,
    title: str,
    *,
    data: str = "photos",
    epochs: int = _OF,
    stand_ins: tuple[str, ...] = (_PHOTOGRAPHS,),
    deviations: tuple[str, ...] = (),
    priority: int = 40,
    start: str = "",
    tests: tuple[Mapping[str, Any], ...] = (),
    reduced: Mapping[str, Any] | None = None,
    probes: tuple[str, ...] = _PROBES,
    **changed: Any,
) -> Recipe:
    own = _ARGS | changed
    smaller = {"reduced": {**reduced, "method_args": _smaller(own)}} if reduced else {}
    embedded = own["embedding"] in ("squeezenet", "random")
    return Recipe(
        name=name,
        title=title,
        method=_METHOD,
        method_args=own,
        train={"name": data, "split": "train", "size": 256},
        batches=_BATCHES,
        epochs=epochs,
        tests=tests or ({"name": data, "split": "test", "size": 256},),
        start=start,
        probes=probes,
        stand_ins=stand_ins,
        deviations=(_CHOSEN, *((_SQUEEZENET,) if embedded else ()), *deviations),
        profiles=smaller | {"quick": _quick(own, start)},
        group="vitgans",
        ships_weights=False,
        priority=priority,
    )


def _smaller(own: Mapping[str, Any]) -> dict[str, Any]:
    judge = own["discriminator"]
    return {**own, **_NARROWER, "discriminator": judge | _SMALL_JUDGES[judge["kind"]]}


def _quick(own: Mapping[str, Any], start: str) -> dict[str, Any]:
    """The quick profile downloads no weights, so its classifier has random ones."""
    judge = own["discriminator"]
    args = {**own, **_NARROWER, "discriminator": judge | _QUICK_JUDGES[judge["kind"]]}
    if own["embedding"] in ("squeezenet", "inception_tv"):
        args["embedding"] = "random"
    without = {"start": None} if start else {}
    return without | {
        "train": {"name": "embedded", "split": "train", "size": 64, "n": 64},
        "tests": [{"name": "embedded", "split": "test", "size": 64, "n": 16}],
        "batches": {**_BATCHES, "batch_size": 8},
        "epochs": 2,
        "method_args": args,
    }


def _photos(epochs: int = _EPOCHS) -> dict[str, Any]:
    return {
        "train": {"name": "photos", "split": "train", "size": _SIDE, "n": _IMAGES},
        "tests": [{"name": "photos", "split": "test", "size": _SIDE}],
        "batches": {**_BATCHES, "batch_size": 8},
        "epochs": epochs,
    }


def _fruit() -> dict[str, Any]:
    return {
        "train": {"name": "ncd", "split": "train", "size": _SIDE},
        "tests": [{"name": "ncd", "split": "test", "size": _SIDE}],
        "batches": {**_BATCHES, "batch_size": 8},
        "epochs": _EPOCHS // 2,
    }


_photo_recipe = partial(_recipe, reduced=_photos())
_half = partial(_recipe, reduced=_photos(_EPOCHS // 2), epochs=_OF // 2)
_fruit_recipe = partial(
    _recipe, data="ncd", reduced=_fruit(), stand_ins=(_PHOTOGRAPHS, _NCD), probes=_OF_FRUIT
)
_whole_fruit = partial(_recipe, data="ncd_official", probes=_OF_FRUIT)
_unsplash = partial(
    _recipe,
    data="unsplash_lite",
    stand_ins=(),
    probes=("inception_on_training", *_PROBES),
)
# The paper takes 59 thousand steps and then 118 thousand, with batches of 16 from 118,287 images.
# That makes 24 epochs.
_coco = partial(
    _recipe,
    data="coco",
    epochs=24,
    stand_ins=(),
    deviations=(_SCHEDULE,),
    probes=("inception_on_tests", *_PROBES),
    tests=({"name": "coco", "split": "test", "size": 256, "n": 12_000},),
    betas=[0.5, 0.999],
    falls_at=59_000,
)

VITGANS = (
    _photo_recipe("vitgan", "ViT-GAN, photographs", priority=100),
    _photo_recipe("vitigan", "ViT-I-GAN, photographs", embedding="squeezenet", priority=99),
    _photo_recipe(
        "vitigan-random", "ViT-I-GAN, untrained classifier", embedding="random", priority=98
    ),
    _photo_recipe(
        "vitigan-constant",
        "ViT-I-GAN with one constant embedding for all images",
        embedding="constant",
        priority=97,
    ),
    _photo_recipe(
        "vitgan-wide", "ViT-GAN with as many parameters as ViT-I-GAN", wide=True, priority=80
    ),
    _half("vitgan-25-epochs", "ViT-GAN, half of the epochs", priority=79),
    _half(
        "vitigan-25-epochs",
        "ViT-I-GAN, half of the epochs",
        embedding="squeezenet",
        priority=78,
    ),
    _photo_recipe(
        "vitigan-patchgan",
        "ViT-I-GAN with a convolutional discriminator of patches",
        embedding="squeezenet",
        discriminator=_PATCHES,
        priority=77,
    ),
    _photo_recipe(
        "vitigan-max-pooling",
        "ViT-I-GAN with max pooling",
        embedding="squeezenet",
        pooling="max",
    ),
    _photo_recipe(
        "vitigan-dropout",
        "ViT-I-GAN with dropout instead of batch normalization",
        embedding="squeezenet",
        normalization="dropout",
    ),
    _photo_recipe(
        "vitigan-sgd",
        "ViT-I-GAN trained with stochastic gradient descent",
        embedding="squeezenet",
        optimizer="sgd",
        learning_rate=1e-3,
        deviations=("The learning rate is 0.001 with a momentum of 0.9.",),
    ),
    _photo_recipe(
        "vitigan-l1-10",
        "ViT-I-GAN with a tenth of the weight of L1",
        embedding="squeezenet",
        l1_weight=10.0,
    ),
    _photo_recipe(
        "vitigan-l1-1",
        "ViT-I-GAN with a hundredth of the weight of L1",
        embedding="squeezenet",
        l1_weight=1.0,
    ),
    _photo_recipe(
        "vitigan-betas-999",
        "ViT-I-GAN with the betas of COCO",
        embedding="squeezenet",
        betas=[0.5, 0.999],
    ),
    _photo_recipe(
        "vitigan-strided",
        "ViT-I-GAN with strided transposed convolutions and no interpolation",
        embedding="squeezenet",
        doubling="strided",
    ),
    _photo_recipe("vitgan-skips", "ViT-GAN with skips", skips=True),
    _photo_recipe("vitigan-skips", "ViT-I-GAN with skips", embedding="squeezenet", skips=True),
    _photo_recipe("vitigan-inception", "ViT-I-GAN with Inception-v3", embedding="inception_tv"),
    _fruit_recipe("vitgan-ncd", "ViT-GAN, fine-tuned on fruit", start="vitgan"),
    _fruit_recipe(
        "vitigan-ncd", "ViT-I-GAN, fine-tuned on fruit", start="vitigan", embedding="squeezenet"
    ),
    _whole_fruit("vitgan-ncd-official", "ViT-GAN, fine-tuned on the whole NCD", start="vitgan"),
    _whole_fruit(
        "vitigan-ncd-official",
        "ViT-I-GAN, fine-tuned on the whole NCD",
        start="vitigan",
        embedding="squeezenet",
    ),
    _unsplash("vitgan-unsplash", "ViT-GAN, Unsplash"),
    _unsplash("vitigan-unsplash", "ViT-I-GAN, Unsplash", embedding="inception_tv"),
    _unsplash("vitgan-unsplash-25-epochs", "ViT-GAN, Unsplash, half of the epochs", epochs=25),
    _unsplash(
        "vitigan-unsplash-25-epochs",
        "ViT-I-GAN, Unsplash, half of the epochs",
        embedding="inception_tv",
        epochs=25,
    ),
    _coco("vitgan-coco", "ViT-GAN, COCO"),
    _coco("vitigan-coco", "ViT-I-GAN, COCO", embedding="inception_tv"),
)
