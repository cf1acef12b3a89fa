"""What a smaller run changes, in sentences: computed from two configurations, never typed."""

from collections.abc import Mapping, Sequence
from typing import Any

Spec = Mapping[str, Any]


def place(spec: Spec) -> str:
    """How records name the images of a specification, such as `kodak24/test at 256`.

    Example:
        >>> place({"name": "kodak24", "split": "test", "size": 256})
        'kodak24/test at 256'
    """
    return f"{spec['name']}/{spec['split']} at {spec['size']}"


def changes(full: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, ...]:
    """A sentence for each value that differs between the full configuration and another one.

    Args:
        full, other: what `Recipe.config` gives.

    Example:
        >>> changes({"epochs": 100, "loss": "mse"}, {"epochs": 2, "loss": "l1"})
        ('2 of 100 epochs.', 'loss is l1 instead of mse.')
    """
    sentences = []
    for key in {**full, **other}:
        before, after = full.get(key), other.get(key)
        if before != after:
            sentences += _of(key, before, after)
    return tuple(sentences)


def _of(key: str, before: Any, after: Any) -> list[str]:
    if key in ("train", "validation"):
        role = "training" if key == "train" else key
        return _images(role, before, after)
    if key == "tests":
        return _tests(before, after)
    if key == "epochs":
        return [f"{after} of {before} epochs."]
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return [
            _setting(f"{key}.{inner}", before.get(inner), after.get(inner))
            for inner in {**before, **after}
            if before.get(inner) != after.get(inner)
        ]
    return [_setting(key, before, after)]


def _tests(before: Sequence[Spec], after: Sequence[Spec]) -> list[str]:
    """Compare the test sets one by one; the sentences name a set that only one side has."""
    found = []
    for old, new in zip(before, after, strict=False):
        found += _images("test", old, new)
    found += [f"No test on {place(spec)}." for spec in before[len(after) :]]
    return found + [f"Also a test on {place(spec)}." for spec in after[len(before) :]]


def _images(role: str, before: Spec | None, after: Spec | None) -> list[str]:
    if before is None or after is None:
        return [f"The {role} images are {_named(after)} instead of {_named(before)}."]
    found = []
    if any(before[key] != after[key] for key in ("name", "split")):
        found.append(f"The {role} images are {place(after)} instead of {place(before)}.")
    elif before["size"] != after["size"]:
        found.append(f"The {role} images have {_side(after)} instead of {_side(before)}.")
    if before.get("n") != after.get("n"):
        found.append(f"The {role} images are {_number(after)} instead of {_number(before)}.")
    return found


def _named(spec: Spec | None) -> str:
    return "none" if spec is None else place(spec)


def _side(spec: Spec) -> str:
    size = spec["size"]
    return "their own size" if size is None else f"{size}x{size} pixels"


def _number(spec: Spec) -> str:
    n = spec.get("n")
    return "the whole split" if n is None else f"a fixed sample of {n:,}"


def _setting(name: str, before: Any, after: Any) -> str:
    if name == "batches.batch_size":
        return f"Batches of {after} images instead of {before}."
    if name == "batches.crop":
        return f"Training on {_crop(after)} instead of {_crop(before)}."
    return f"{name} is {_worded(after)} instead of {_worded(before)}."


def _crop(side: int | None) -> str:
    return "whole images" if side is None else f"random crops of {side}x{side} pixels"


def _worded(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return "not set" if value is None else str(value)
