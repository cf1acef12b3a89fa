"""The baselines, which need no training: every method must beat them, on every data set."""

from typing import Any

from huelab.recipes.recipe import Recipe

_BASELINES = {
    "gray-copy": ("GrayCopy", "Gray copy"),
    "mean-color": ("MeanColor", "Mean color of the training pictures"),
    "sepia": ("Sepia", "Sepia"),
    "color-per-gray": ("ColorPerGray", "Best color per gray level"),
}
# Test set -> the data set, its size in pixels, and the set whose training pictures are looked at.
_BASELINE_SETS = {
    "cifar10": ("cifar10_jpeg", 32, "cifar10_jpeg"),
    "fruits360": ("fruits360", 256, "fruits360"),
    "fruits360_random": ("fruits360_random", 256, "fruits360_random"),
    "fruits360_by_class": ("fruits360_by_class", 256, "fruits360_by_class"),
    "faces": ("faces", 256, "faces"),
    "photos": ("photos", 256, "photos"),
    "ncd": ("ncd", 256, "ncd"),
    "photos_open": ("photos_open", 256, "photos_open"),
    "kodak24": ("kodak24", 256, "photos"),
}
# Where networks are also trained on small pictures, baselines are measured at that size too.
_REDUCED_SIZES = dict.fromkeys(("fruits360", "fruits360_random", "fruits360_by_class", "faces"), 64)
_REDUCED_SIZES |= {"photos": 128, "kodak24": 128}
# These probes look at the training pictures: frames of films in three splits, and portraits.
_PROBES = {
    ("gray-copy", place): ("nearest_training_gray", "training_hues")
    for place in ("fruits360", "fruits360_random", "fruits360_by_class", "faces")
}
_STAND_INS = {
    "cifar10": "CIFAR-10 as JPEG files of quality 75 with halved chroma, not the official pixels.",
    "faces": "UTKFace stands in for FFHQ.",
    "photos": "A mixture of free photographs stands in for Unsplash and COCO.",
    "photos_open": "The part of photos with the clearest licenses stands in for Unsplash and COCO.",
}
_STAND_INS |= {
    place: "30 classes of an early release of Fruits-360 stand in for its 131."
    for place in _BASELINE_SETS
    if place.startswith("fruits360")
}
_DEVIATIONS = {
    "kodak24": "It has no training pictures: the baselines looked at those of photos.",
}


def _baseline(name: str, place: str) -> Recipe:
    class_name, title = _BASELINES[name]
    test, size, train = _BASELINE_SETS[place]

    def pictures(size: int) -> dict[str, Any]:
        tests = [{"name": test, "split": "test", "size": size}]
        return {"train": {"name": train, "split": "train", "size": size}, "tests": tests}

    full, small = pictures(size), _REDUCED_SIZES.get(place)
    return Recipe(
        name=f"{name}-{place}",
        title=f"{title}, {place}",
        method=f"huelab.methods.baselines:{class_name}",
        train=full["train"],
        epochs=0,
        tests=tuple(full["tests"]),
        probes=_PROBES.get((name, place), ()),
        stand_ins=(_STAND_INS[place],) if place in _STAND_INS else (),
        deviations=(_DEVIATIONS[place],) if place in _DEVIATIONS else (),
        profiles={"reduced": pictures(small)} if small else {},
        group="baselines",
    )


_CONSTANTS = {
    "black": (0.0, "Black all over, cifar10"),
    "middle-gray": (0.5, "Middle gray all over, cifar10"),
    "white": (1.0, "White all over, cifar10"),
}


def _constant(name: str) -> Recipe:
    level, title = _CONSTANTS[name]
    return Recipe(
        name=f"{name}-cifar10",
        title=title,
        method="huelab.methods.baselines:Constant",
        method_args={"level": level},
        train={"name": "cifar10_jpeg", "split": "train_45k", "size": 32},
        epochs=0,
        tests=({"name": "cifar10_jpeg", "split": "test", "size": 32},),
        stand_ins=(_STAND_INS["cifar10"],),
        group="constants",
    )


BASELINES = (
    *(_baseline(name, place) for place in _BASELINE_SETS for name in _BASELINES),
    Recipe(
        name="linear-code-cifar10",
        title="Best linear code of 256 numbers, cifar10",
        method="huelab.methods.linear_code:LinearCode",
        train={"name": "cifar10_jpeg", "split": "train_45k", "size": 32},
        epochs=0,
        tests=(
            {"name": "cifar10_jpeg", "split": "test", "size": 32},
            {"name": "cifar10_exact", "split": "all", "size": 32},
        ),
        probes=("luminance_psnr",),
        stand_ins=(_STAND_INS["cifar10"],),
        group="baselines",
    ),
    *map(_constant, _CONSTANTS),
)
