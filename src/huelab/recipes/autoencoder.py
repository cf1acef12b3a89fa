"""Papers 000 and 003: the CIFAR-10 autoencoder, its variants, and what it is compared with.

Neither paper states batch size, epochs or the values of the schedule. The values here come from the
colorization autoencoder in Atienza, "Advanced Deep Learning with Keras" (2018, section 3.4), whose
network is the papers', layer by layer. Learning rates are the defaults of tf.keras, the library
that the listing of paper 003 uses. The momentum is 0.9.

`huelab.ledger.expectations` says what each claim expects of the runs, and on which day that was
written.
"""

from collections.abc import Mapping
from typing import Any

from huelab.recipes.recipe import Recipe

_JPEG = {"name": "cifar10_jpeg", "split": "test", "size": 32}
_EXACT = {"name": "cifar10_exact", "split": "all", "size": 32}
_PROBES = ("luminance_psnr", "train_test_gap", "noise_robustness")
_STAND_IN = (
    "CIFAR-10 as JPEG files of quality 75 with halved chroma, not the official pixels; the exact "
    "pictures are those of the validation set, never trained on."
)
_CHOSEN = "Batch size, epochs and schedule are not stated; they are those of Atienza (2018)."
_RATE = "Paper 000 gives no rate; a caption speaks of a high level of dropouts. Paper 003 has 0.2."
_ARGS = {
    "loss": "mse",
    "optimizer": "adam",
    "learning_rate": 1e-3,
    "eps": 1e-7,
    "schedule": "plateau",
    "initialization": "glorot_uniform",
    "gray_formula": "rec601",
}
_EVERYWHERE: dict[str, Any] = {"dropout": 0.2, "dropout_in": "everywhere"}
# One test set of a few small pictures is enough to see that a recipe runs.
_QUICK = {
    "train": {"name": "embedded", "split": "train", "size": 32},
    "validation": {"name": "embedded", "split": "test", "size": 32},
    "tests": [{"name": "embedded", "split": "test", "size": 32}],
    "probes": [],
    "epochs": 6,
}
_REDUCED = {"epochs": 3}


def _recipe(
    suffix: str,
    title: str,
    *,
    probes: tuple[str, ...] = _PROBES,
    stand_ins: tuple[str, ...] = (_STAND_IN,),
    deviations: tuple[str, ...] = (),
    data: str = "cifar10_jpeg",
    validation: tuple[str, str] = ("cifar10_jpeg", "validation_5k"),
    train_split: str = "train_45k",
    tests: tuple[Mapping[str, Any], ...] = (_JPEG, _EXACT),
    ships_weights: bool = False,
    **method_args: Any,
) -> Recipe:
    return Recipe(
        name=f"autoencoder{suffix}",
        title=title,
        method="huelab.methods.autoencoder:Autoencoder",
        method_args=_ARGS | method_args,
        train={"name": data, "split": train_split, "size": 32},
        validation={"name": validation[0], "split": validation[1], "size": 32},
        batches={"batch_size": 32},
        epochs=30,
        tests=tests,
        probes=probes,
        stand_ins=stand_ins,
        deviations=(_CHOSEN, *deviations),
        profiles={"reduced": _REDUCED, "quick": _QUICK},
        group="autoencoders",
        ships_weights=ships_weights,
        # The papers report the variants whose weights ship.
        priority=60 if ships_weights else 50,
    )


_PLAIN = _recipe(
    "",
    "Autoencoder, no regularization",
    probes=(*_PROBES, "any_size"),
    ships_weights=True,
)

_VARIANTS = (
    _recipe(
        "-batchnorm",
        "Autoencoder, batch normalization and dropout",
        batch_norm="before",
        ships_weights=True,
        **_EVERYWHERE,
    ),
    _recipe(
        "-batchnorm-after",
        "Autoencoder, batch normalization after ReLU, and dropout",
        batch_norm="after",
        **_EVERYWHERE,
    ),
    _recipe(
        "-dropout",
        "Autoencoder, dropout",
        deviations=(_RATE,),
        ships_weights=True,
        **_EVERYWHERE,
    ),
    _recipe(
        "-dropout-half",
        "Autoencoder, dropout with a rate of one half",
        deviations=(_RATE,),
        dropout=0.5,
        dropout_in="everywhere",
    ),
    _recipe(
        "-dropout-encoder",
        "Autoencoder, dropout in the encoder alone",
        dropout=0.2,
        dropout_in="encoder",
    ),
)

_OPTIMIZERS = (
    _recipe(
        "-sgd",
        "Autoencoder, gradient descent",
        optimizer="sgd",
        learning_rate=0.01,
    ),
    _recipe("-momentum", "Autoencoder, momentum", optimizer="momentum", learning_rate=0.01),
    _recipe(
        "-rmsprop",
        "Autoencoder, RMSProp",
        optimizer="rmsprop",
    ),
    _recipe("-nadam", "Autoencoder, Nadam", optimizer="nadam"),
    _recipe("-adagrad", "Autoencoder, AdaGrad", optimizer="adagrad"),
)

_LOSSES = (
    _recipe(
        "-l1",
        "Autoencoder, absolute error",
        # Both papers say L1 and mean smooth L1.
        loss="l1",
    ),
    _recipe("-smooth-l1", "Autoencoder, smooth L1", loss="smooth_l1"),
    _recipe(
        "-cross-entropy",
        "Autoencoder, cross-entropy per channel",
        loss="cross_entropy",
    ),
    _recipe(
        "-lasso",
        "Autoencoder, lasso penalty",
        deviations=("The weight of the penalty is not stated: 1e-7.",),
        penalty="lasso",
        penalty_weight=1e-7,
    ),
    _recipe(
        "-ridge",
        "Autoencoder, ridge penalty",
        deviations=("The weight of the penalty is not stated: 1e-6.",),
        penalty="ridge",
        penalty_weight=1e-6,
    ),
)

_DATA = (
    _recipe(
        "-gray-swapped",
        "Autoencoder, gray with red and blue exchanged",
        gray_formula="rec601_swapped",
    ),
    _recipe("-gray-rec709", "Autoencoder, gray of Rec. 709", gray_formula="rec709"),
    _recipe("-gray-lightness", "Autoencoder, gray of equal L*", gray_formula="lightness"),
    _recipe(
        "-unscaled",
        "Autoencoder, input of 0 to 255",
        deviations=("Only the input is of 0 to 255: a sigmoid cannot answer such values.",),
        input_scale=255.0,
    ),
    _recipe(
        "-test-validation",
        "Autoencoder, test set as validation set",
        train_split="train",
        validation=("cifar10_jpeg", "test"),
        tests=(_JPEG,),
        deviations=("Its test set has set its learning rate, as the papers'.",),
    ),
    _recipe(
        "-official",
        "Autoencoder, official pixels",
        data="cifar10",
        validation=("cifar10", "validation_5k"),
        tests=({"name": "cifar10", "split": "test", "size": 32},),
        stand_ins=(),
    ),
)

_UNCOMPRESSED = Recipe(
    name="autoencoder-uncompressed",
    title="The autoencoder without compression (ours)",
    method="huelab.methods.uncompressed:Uncompressed",
    train={"name": "cifar10_jpeg", "split": "train_45k", "size": 32},
    batches={"batch_size": 32},
    epochs=30,
    tests=(
        _JPEG,
        _EXACT,
        {"name": "kodak24", "split": "test", "size": 64},
        {"name": "kodak24", "split": "test", "size": 128},
        {"name": "kodak24", "split": "test", "size": 256},
    ),
    probes=_PROBES,
    stand_ins=(_STAND_IN,),
    profiles={
        "reduced": _REDUCED,
        "quick": {key: value for key, value in _QUICK.items() if key != "validation"},
    },
    group="autoencoders",
)

AUTOENCODERS = (_PLAIN, *_VARIANTS, *_OPTIMIZERS, *_LOSSES, *_DATA, _UNCOMPRESSED)
