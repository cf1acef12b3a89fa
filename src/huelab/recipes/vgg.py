"""Paper 002: the VGG encoder-decoder on fruits and on faces, and what it leaves open.

The paper states Adam with a learning rate of 0.0002 and a first beta of 0.5, 100 epochs, 256x256
pixels, and 5,000 training and 500 test pictures. `_ARGS` and `_CHOSEN` have what it does not state.

`huelab.ledger.expectations` says what each claim expects of the runs, and on which day that was
written.
"""

from collections.abc import Mapping
from typing import Any

from huelab.recipes.recipe import Recipe

_PROBES = ("uncolored_pixels", "nyquist_peak", "dead_units")
_CHOSEN = (
    "Batch size, initialization and the slope of LeakyReLU are not stated: 16, that of He et al. "
    "(2015), 0.2."
)
_STAND_INS = {
    "fruits360": "30 classes of an early release of Fruits-360 stand in for its 131.",
    "faces": "UTKFace stands in for FFHQ.",
}
_ARGS = {
    "loss": "mse",
    "optimizer": "adam",
    "learning_rate": 2e-4,
    "betas": [0.5, 0.999],
    "activation": "leaky_relu",
    "slope": 0.2,
    "batch_norm": "convolution",
    "downsampling": "stride",
    "upsampling": "bilinear",
    "ab_scale": 128.0,
}
# All recipes share these numbers, so that one table can show them all.
_REDUCED_EPOCHS, _REDUCED_SIZE = 3, 64
_QUICK = {
    "train": {"name": "embedded", "split": "train", "size": 64, "n": 64},
    "tests": [{"name": "embedded", "split": "test", "size": 64, "n": 16}],
    "epochs": 2,
}


def _recipe(
    suffix: str,
    title: str,
    *,
    data: str = "fruits360_random",
    size: int = 256,
    probes: tuple[str, ...] = (),
    deviations: tuple[str, ...] = (),
    reduced: Mapping[str, Any] | None = None,
    epochs: int = 100,
    **method_args: Any,
) -> Recipe:
    stand_in = _STAND_INS["faces" if data == "faces" else "fruits360"]

    def pictures(size: int) -> dict[str, Any]:
        train, test = ({"name": data, "split": part, "size": size} for part in ("train", "test"))
        return {"train": train, "tests": [test]}

    reduced = {"epochs": _REDUCED_EPOCHS, **(reduced or pictures(_REDUCED_SIZE))}
    whole = pictures(size)
    return Recipe(
        name=f"vgg-{suffix}",
        title=title,
        method="huelab.methods.vgg:VGG",
        method_args=_ARGS | method_args,
        train=whole["train"],
        batches={"batch_size": 16},
        epochs=epochs,
        tests=tuple(whole["tests"]),
        probes=(*_PROBES, *probes),
        stand_ins=(stand_in,),
        deviations=(_CHOSEN, *deviations),
        profiles={"reduced": reduced, "quick": _QUICK},
        group="vgg",
        ships_weights=False,
        # First come the paper's two rows, and then what its claims compare them with.
        priority=100 if suffix in ("fruits", "faces") else 40,
    )


_FRUITS = _recipe(
    "fruits",
    "VGG encoder-decoder, Fruits-360 split at random",
)

_FACES = _recipe(
    "faces",
    "VGG encoder-decoder, faces",
    data="faces",
    probes=("chroma_overexposed", "tint_halo"),
)

_DATA = (
    *(
        _recipe(
            f"fruits-{word}",
            f"VGG encoder-decoder, Fruits-360 at 256x256, {word.replace('-', ' ')}",
            deviations=(f"{epochs} of the paper's 100 epochs, in the reduced profile as well.",),
            epochs=epochs,
            reduced={"epochs": epochs},
        )
        for word, epochs in (("one-epoch", 1), ("three-epochs", _REDUCED_EPOCHS))
    ),
    _recipe(
        "fruits-official",
        "VGG encoder-decoder, Fruits-360 in its own split",
        data="fruits360",
    ),
    _recipe(
        "fruits-by-class",
        "VGG encoder-decoder, Fruits-360 split by fruit",
        data="fruits360_by_class",
        deviations=("4,948 pictures train and 552 test: whole fruits, and no fewer than 500.",),
    ),
    _recipe(
        "fruits-native",
        "VGG encoder-decoder, Fruits-360 at its own 100x100",
        size=100,
        reduced={"batches": {"batch_size": 16, "crop": _REDUCED_SIZE}},
    ),
)

_LOSSES = (
    _recipe("l1", "VGG, absolute error", loss="l1"),
    _recipe("l1-mse", "VGG, absolute and squared error", loss="l1_mse"),
)

_NETWORKS = (
    _recipe("unet", "VGG with skips", skips=True),
    _recipe(
        "pretrained",
        "VGG with an encoder trained on ImageNet",
        deviations=("Its encoder was trained with ReLU and max pooling.",),
        pretrained=True,
    ),
    _recipe(
        "transposed",
        "VGG, transposed convolutions",
        upsampling="transposed",
    ),
    _recipe("pooling", "VGG, max pooling", downsampling="pooling"),
    _recipe(
        "relu",
        "VGG, ReLU",
        activation="relu",
    ),
    _recipe("no-batchnorm", "VGG, no batch normalization", batch_norm="none"),
    _recipe(
        "batchnorm-per-block",
        "VGG, batch normalization once a block",
        batch_norm="block",
    ),
)

VGGS = (_FRUITS, _FACES, *_DATA, *_LOSSES, *_NETWORKS)
