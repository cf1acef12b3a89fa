"""The batches that a configuration trains and validates on."""

from collections.abc import Mapping
from typing import Any

from huelab.data import Batches, open_dataset
from huelab.data.batches import InOrder
from huelab.methods.colorizer import Learned
from huelab.training import CannotTrainError

#: Batch size of the validation set.
VALIDATION_BATCH = 128
#: Batch size with which a method sees the training images before it is trained.
SHOWN = 32


def training_batches(
    config: Mapping[str, Any], method: Learned, device: str, *, seed: int, processes: int = 1
) -> Batches:
    """The training images, in this process's share of the recipe's batches.

    The method may look at all of them first, see `Learned.prepare`.

    Args:
        config: see `Recipe.config`.
        method: the network to train; its attributes say what the batches hold.
        device: `cpu` or `cuda`.
        seed: the seed of the shuffle.
        processes: how many processes train together; each gets an equal part of every batch.

    Raises:
        CannotTrainError: if the batch cannot be shared evenly.
        DataError: if the images are not here.

    Example:
        >>> from huelab.methods.first import FirstColor
        >>> images = {"name": "embedded", "split": "test", "size": 16}
        >>> config = {"train": images, "batches": {"batch_size": 8}}
        >>> len(training_batches(config, FirstColor(width=2), "cpu", seed=0))
        6
    """
    whole = config["batches"]["batch_size"]
    if whole % processes:
        raise CannotTrainError(
            f"{processes} devices cannot share a batch of {whole} evenly; choose a number of "
            f"devices that divides {whole}"
        )
    own = config["batches"] | {"batch_size": whole // processes}
    images, wanted = open_dataset(**config["train"]), _wanted(method, device)
    method.prepare(InOrder(images, SHOWN, **wanted), images.hash, device)
    return Batches(images, seed=seed, **wanted, **own)


def validation_batches(config: Mapping[str, Any], method: Learned, device: str) -> Batches | None:
    """Batches of the validation images, or None for a recipe without any.

    Example:
        >>> from huelab.methods.first import FirstColor
        >>> validation_batches({}, FirstColor(width=2), "cpu") is None
        True
    """
    if "validation" not in config:
        return None
    images = open_dataset(**config["validation"])
    return Batches(images, VALIDATION_BATCH, shuffle=False, **_wanted(method, device))


def _wanted(method: Learned, device: str) -> dict[str, Any]:
    return {"targets": method.targets, "gray_formula": method.gray_formula, "device": device}
