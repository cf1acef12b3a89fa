"""Paper 002: the VGG encoder-decoder on fruits and on faces, and what it leaves open.

The paper states Adam with a learning rate of 0.0002 and a first beta of 0.5, 100 epochs, 256x256
pixels and 5,000/500 pictures; see `method_args` and `_CHOSEN` for what it does not state.

What was expected of each run was written down here before the first of them ran; but 002-Q10 has
three parts, and those on batch normalization and pooling were added, from the claim's own words,
when the run without normalization was known.
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
# The same number for all of them, so that they can stand in one table.
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
    claims: tuple[str, ...] = (),
    expects: Mapping[str, tuple[float | str, float | None]] | None = None,
    probes: tuple[str, ...] = (),
    deviations: tuple[str, ...] = (),
    reduced: Mapping[str, Any] | None = None,
    epochs: int = 100,
    **method_args: Any,
) -> Recipe:
    expects = expects or {}
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
        claims=claims,
        stand_ins=(stand_in,),
        deviations=(_CHOSEN, *deviations),
        profiles={"reduced": reduced, "quick": _QUICK},
        group="vgg",
        expects=expects,
        ships_weights=False,
        # The paper's two rows; then what its claims compare them with.
        priority=100 if suffix in ("fruits", "faces") else 40,
    )


_FRUITS = _recipe(
    "fruits",
    "VGG encoder-decoder, Fruits-360 split at random",
    claims=("002-D05", "002-H01", "002-H02", "002-H03", "002-H04", "002-H05", "002-H06"),
    expects={
        "002-R01": (0.077, 0.005),
        "002-R02": (0.0152, 0.002),
        "002-R03": (27.721, 0.5),
        # None: at most one colored pixel in a hundred.
        "002-Q01": (0.0, 0.01),
        # Whoever does not tell fruits apart can only go by their lightness.
        "002-Q02": ("< color-per-gray-fruits360_random", 5.0),
        "002-Q08": ("< vgg-faces", 0.0),
    },
)

_FACES = _recipe(
    "faces",
    "VGG encoder-decoder, faces",
    data="faces",
    probes=("chroma_overexposed", "tint_halo"),
    expects={
        "002-R04": (0.067, 0.005),
        "002-R05": (0.0104, 0.002),
        "002-R06": (26.858, 0.5),
        "002-R07": ("< vgg-fruits", 0.0),
        "002-R08": ("< vgg-fruits", 0.0),
        "002-Q03": ("< vgg-fruits", 0.0),
        # Four fifths of the change of color over an edge stay on it.
        "002-Q04": (0.0, 0.2),
        "002-Q05": ("> vgg-faces.delta_e_2000", 0.0),
        # Almost uncolored: below the chroma from which `uncolored_share` calls a picture colored.
        "002-Q06": (0.0, 5.0),
        "002-Q07": ("> vgg-faces.tint_halo_unlit", 1.0),
        "002-X04": ("> vgg-fruits", 0.0),
    },
)

_DATA = (
    *(
        _recipe(
            f"fruits-{word}",
            f"VGG encoder-decoder, Fruits-360 at 256x256, {word.replace('-', ' ')}",
            claims=("002-R01", "002-R02", "002-R03"),
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
        claims=("002-D07",),
    ),
    _recipe(
        "fruits-by-class",
        "VGG encoder-decoder, Fruits-360 split by fruit",
        data="fruits360_by_class",
        claims=("002-D07",),
        deviations=("4,948 pictures train and 552 test: whole fruits, and no fewer than 500.",),
    ),
    _recipe(
        "fruits-native",
        "VGG encoder-decoder, Fruits-360 at its own 100x100",
        size=100,
        claims=("002-X06",),
        reduced={"batches": {"batch_size": 16, "crop": _REDUCED_SIZE}},
    ),
)

_LOSSES = (
    _recipe("l1", "VGG, absolute error", claims=("002-H05", "002-X02"), loss="l1"),
    _recipe(
        "l1-mse", "VGG, absolute and squared error", claims=("002-H05", "002-X02"), loss="l1_mse"
    ),
)

_NETWORKS = (
    _recipe("unet", "VGG with skips", claims=("002-X08",), skips=True),
    _recipe(
        "pretrained",
        "VGG with an encoder trained on ImageNet",
        claims=("002-A02", "002-H06"),
        deviations=("Its encoder was trained with ReLU and max pooling.",),
        pretrained=True,
    ),
    _recipe(
        "transposed",
        "VGG, transposed convolutions",
        expects={"002-Q09": ("> vgg-fruits", 0.0)},
        upsampling="transposed",
    ),
    _recipe("pooling", "VGG, max pooling", claims=("002-Q10",), downsampling="pooling"),
    _recipe(
        "relu",
        "VGG, ReLU",
        expects={
            # Dead units with ReLU; more error after as many steps without normalization; color
            # that keeps less to its edges with pooling.
            "002-Q10": (
                "> vgg-fruits; vgg-no-batchnorm.mse [space=ab/128] > vgg-fruits; "
                "vgg-pooling.color_leaking > vgg-fruits",
                0.0,
            )
        },
        activation="relu",
    ),
    _recipe("no-batchnorm", "VGG, no batch normalization", claims=("002-Q10",), batch_norm="none"),
    _recipe(
        "batchnorm-per-block",
        "VGG, batch normalization once a block",
        claims=("002-X03",),
        batch_norm="block",
    ),
)

VGGS = (_FRUITS, _FACES, *_DATA, *_LOSSES, *_NETWORKS)
