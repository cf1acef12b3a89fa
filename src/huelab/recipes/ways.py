"""Methods around the papers: one network for classification, for regression, and with hints.

The network is as small as the book's first one, so that its runs take minutes on a CPU.
`ColorClasses` says what was expected of them before the first run.
"""

from typing import Any

from huelab.recipes.recipe import Recipe

_ARGS = {
    "width": 32,
    "head": "classes",
    "rebalancing": 0.5,
    "temperature": 0.38,
    "hinted": False,
    "learning_rate": 2e-3,
}
_CIFAR: dict[str, Any] = {"name": "cifar10_jpeg", "size": 32}
_OURS = "The network is a small one of this book, not the network of the article."


def _photos(split: str, size: int, **more: Any) -> dict[str, Any]:
    return {"name": "photos", "split": split, "size": size} | more


def _recipe(
    suffix: str, title: str, *, probes: tuple[str, ...] = (), cifar10: bool = False, **args: Any
) -> Recipe:
    quick_images = {"name": "embedded", "size": 64}
    data = {
        "train": _CIFAR | {"split": "train_45k"},
        "tests": (_CIFAR | {"split": "test"},),
        "batches": {"batch_size": 64, "flip": True, "drop_last": True},
    }
    reduced: dict[str, Any] = {
        "train": _CIFAR | {"split": "train_45k", "n": 10000},
        "tests": [_CIFAR | {"split": "test", "n": 2000}],
        "epochs": 6,
    }
    if not cifar10:
        data = {
            "train": _photos("train", 256),
            "tests": (_photos("test", 256),),
            "batches": {"batch_size": 16, "crop": 224, "flip": True, "drop_last": True},
        }
        reduced = {
            "train": _photos("train", 128),
            "tests": [_photos("test", 128)],
            "batches": {"batch_size": 16, "crop": 112, "flip": True, "drop_last": True},
            "epochs": 4,
        }
    return Recipe(
        name=f"classes{suffix}",
        title=title,
        method="huelab.methods.color_classes:ColorClasses",
        method_args=_ARGS | args,
        **data,  # type: ignore[arg-type]
        epochs=30,
        probes=probes,
        deviations=(_OURS,),
        profiles={
            "reduced": reduced,
            "quick": {
                "train": quick_images | {"split": "train", "n": 64},
                "tests": [quick_images | {"split": "test", "n": 8}],
                "batches": {"batch_size": 8, "crop": 64, "flip": True, "drop_last": True},
                "epochs": 2,
                "method_args": _ARGS | args | {"width": 8},
            },
        },
        group="ways",
        priority=40,
    )


def _untrained(name: str, title: str, method: str, probes: tuple[str, ...], note: str) -> Recipe:
    return Recipe(
        name=name,
        title=title,
        method=f"huelab.methods.{method}",
        train=_photos("train", 256),
        epochs=0,
        tests=(_photos("test", 256),),
        probes=probes,
        deviations=(note,),
        profiles={"reduced": {"train": _photos("train", 128), "tests": [_photos("test", 128)]}},
        group="ways",
        priority=40,
    )


WAYS = (
    _untrained(
        "scribbles-photos",
        "Scribbles that spread, photos",
        "scribbles:Scribbles",
        ("hints",),
        "Hints are the mean true colors of small patches at random places; no person drew them.",
    ),
    _untrained(
        "exemplar-photos",
        "Colors by exemplar, photos",
        "found_exemplar:FoundExemplar",
        (),
        "The reference is found among training photographs by its lightness; no person chose it.",
    ),
    _recipe("", "Classes of color, more weight on rare ones", probes=("vivid", "draws")),
    _recipe("-plain", "Classes of color, equal weights", rebalancing=None),
    _recipe("-regression", "Regression of a*b* with the network of the classes", head="regression"),
    _recipe("-guided", "Classes of color with hints", probes=("hints",), hinted=True),
    _recipe("-cifar10", "Classes of color, CIFAR-10", cifar10=True),
    _recipe("-regression-cifar10", "Regression of a*b*, CIFAR-10", cifar10=True, head="regression"),
)
