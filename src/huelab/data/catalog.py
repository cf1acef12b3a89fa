"""Which data sets there are, where each is looked for, and how to get one that is not there."""

import difflib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from huelab.data import by_class, cifar10, embedded, folder, held_out, sources
from huelab.data.errors import DataError
from huelab.data.source import Source, drawn
from huelab.data.sources import unfinished
from huelab.storage import data_dir


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """What `huelab list data` prints of one data set.

    Attributes:
        name: what `open_dataset` takes.
        about: one line.
        present: whether it can be opened without a network.
        where: the folder it is in, or would be looked for in.
        splits: their names and numbers of pictures; {} if it is not present.
        get: how to get it, or what is wrong with it; "" if it is present.
        way: `fetch` for `huelab data fetch NAME`, `by hand, then fetch`, or "" if HueLab knows no
            source of it.
        license: of its pictures, in short; "" if HueLab does not know it.
    """

    name: str
    about: str
    present: bool
    where: str
    splits: dict[str, int]
    get: str
    way: str = ""
    license: str = ""


# Data sets that are folders of pictures, with what is known of where they come from.
_FOLDERS = sources.KNOWN
_POOLED, _BY_CLASS = "fruits360_random", "fruits360_by_class"
_OPEN = "photos_open"


def names() -> list[str]:
    """The known data sets, then every other folder of pictures found in `data_dir()`."""
    return ["embedded", "cifar10", *_FOLDERS, *_others()]


def describe(name: str) -> DatasetInfo:
    """What is known of one data set without reading a picture.

    Raises:
        DataError: for a name that is neither in `names()` nor a folder.
    """
    if name == "embedded":
        splits = {split: _embedded_count(split) for split in embedded.CROPS}
        about = "8 photographs that ship with installed packages; crops of them, or whole"
        where, license = "installed packages", "free, see PHOTOGRAPHS"
        return DatasetInfo(name, about, True, where, splits, "", license=license)
    if name == "cifar10":
        root = cifar10.where()
        splits, get = cifar10.SPLITS | held_out.SPLITS, ""
        if root is None:
            splits, get = {}, cifar10.how_to_get()
        where = str(root or data_dir())
        about, license = "CIFAR-10, official archive", "none stated, research use"
        return DatasetInfo(name, about, bool(root), where, splits, get, "fetch", license)
    root = _root(name)
    try:
        unfinished.refuse(root, _called(name))
        splits = folder.counts(root, _only(name, root))
        get = "" if splits else _how_to_get(name, root)
    except DataError as damage:  # one damaged manifest must not hide all other data sets
        splits, get = {}, str(damage)
    if splits:
        splits |= _further_splits(name, splits)
    if name == _POOLED:
        splits = _pooled_counts(sum(splits.values()))
    if name == _BY_CLASS and splits:
        splits = {part: len(_by_class(root, part).pictures) for part in ("train", "test")}
    if name not in _FOLDERS:
        about = "a folder of pictures"
        return DatasetInfo(_called(name), about, bool(splits), str(root), splits, get)
    known = _FOLDERS[name]
    about, where = known.about, str(root)
    return DatasetInfo(name, about, bool(splits), where, splits, get, known.way, known.license)


def find(name: str | os.PathLike, split: str, size: int | None) -> Source:
    """One split of a data set before decoding.

    Args:
        name: one of `names()`, or the path of a folder of pictures (anything with a slash in it).
        split: one of its splits.
        size: only the embedded set depends on it: crops for a number, whole photographs for None.

    Raises:
        DataError: for an unknown name or split (naming those there are), or absent data (saying
            what was looked for, where, and how to get it).
    """
    name = os.fspath(name)
    if name == "embedded":
        return embedded.embedded(split, size)
    if name == "cifar10":
        return _parted(cifar10.cifar10, split)
    root = _root(name)
    if not root.is_dir():
        how = _how_to_get(name, root)
        raise DataError(f"{_called(name)} is not here: {root} is no folder. {how}")
    unfinished.refuse(root, _called(name))
    if name == _POOLED:
        return _pooled(root, split)
    if name == _BY_CLASS:
        return _by_class(root, split)
    if name == "cifar10_jpeg":
        return _parted(lambda split: folder.folder(name, root, split), split)
    if name == "cifar10_exact" and split == "all":
        return _whole(name, root)
    return folder.folder(_called(name), root, split, _only(name, root))


def _parted(open_split: Callable[[str], Source], split: str) -> Source:
    """A split of CIFAR-10, those made of its training pictures included."""
    if split not in held_out.SPLITS:
        return open_split(split)
    whole = open_split("train")
    return whole.select(held_out.part(whole.pictures, split), split)


def _whole(name: str, root: Path) -> Source:
    """Both splits of a folder as one."""
    parts = [folder.folder(name, root, part) for part in ("train", "test")]
    return parts[0].select([picture for part in parts for picture in part.pictures], "all")


def _further_splits(name: str, splits: dict[str, int]) -> dict[str, int]:
    """The splits that are made of those of a folder, and their numbers of pictures."""
    if name == "cifar10_jpeg" and splits.get("train") == sum(held_out.SPLITS.values()):
        return held_out.SPLITS
    return {"all": sum(splits.values())} if name == "cifar10_exact" else {}


def _only(name: str, root: Path) -> frozenset[str] | None:
    """The `dataset`s of a manifest that belong to a set, or None if all do.

    `photos_open` is a part of `photos`, and found there if it has no folder of its own.
    """
    return frozenset(sources.OPEN) if name == _OPEN and root.name != _OPEN else None


def _pooled(root: Path, split: str) -> Source:
    """All pictures of `train` and `test` together, split anew: one in eleven for `test`.

    The paper pools 5,500 pictures and splits them at random. Fruits-360 photographs each fruit
    from many angles, so that both parts hold almost the same pictures: an easier test.
    """
    pool = _pool(_POOLED, root, split)
    order, n = drawn(pool.pictures, seed=0), _pooled_counts(len(pool.pictures))["test"]
    chosen = order[:n] if split == "test" else order[n:]
    return pool.select(sorted(chosen, key=lambda picture: picture.file), split)


def _by_class(root: Path, split: str) -> Source:
    """The same pictures split by fruit, so that no fruit is in both parts."""
    pool = _pool(_BY_CLASS, root, split)
    return pool.select(by_class.part(pool.pictures, split), split)


def _pool(name: str, root: Path, split: str) -> Source:
    """Both splits of a folder as one, to be split anew; DataError if `split` is none of the two."""
    if split not in ("train", "test"):
        raise DataError(f"{name} has the splits train, test, not {split!r}")
    return _whole(name, root)


def _pooled_counts(n: int) -> dict[str, int]:
    return {"train": n - n // 11, "test": n // 11} if n else {}


def _embedded_count(split: str) -> int:
    photographs = sum(photograph.split == split for photograph in embedded.PHOTOGRAPHS)
    return photographs * embedded.CROPS[split]


def _root(name: str) -> Path:
    if _is_path(name):
        return Path(name).expanduser().absolute()
    if name in _FOLDERS:
        root = data_dir().absolute() / _FOLDERS[name].folder
        whole = root.parent / _FOLDERS["photos"].folder
        return whole if name == _OPEN and whole.is_dir() and not root.is_dir() else root
    if name and (data_dir() / name).is_dir() and name not in _folders_known():
        return data_dir().absolute() / name
    known = names()
    near = difflib.get_close_matches(name, known, 1)
    hint = f"; did you mean {near[0]}?" if near else "."
    raise DataError(
        f"there is no data set {name!r}{hint} There are {', '.join(known)}, and any folder of "
        f"pictures in {data_dir()} or given as a path"
    )


def _is_path(name: str) -> bool:
    return "/" in name or os.sep in name or name in (".", "..") or name.startswith("~")


def _called(name: str) -> str:
    return Path(name).expanduser().resolve().name if _is_path(name) else name


def _folders_known() -> set[str]:
    return {known.folder for known in _FOLDERS.values()}


def _others() -> list[str]:
    try:
        found = {entry.name for entry in os.scandir(data_dir()) if entry.is_dir()}
    except OSError:
        return []
    return [name for name in sorted(found - _folders_known()) if _looks_like_data(name)]


def _looks_like_data(name: str) -> bool:
    try:
        return bool(folder.counts(data_dir() / name))
    except DataError:
        return True  # a manifest that cannot be read: `describe` says why


def _how_to_get(name: str, root: Path) -> str:
    by_hand = (
        f"put its pictures into {root}/<split>/, or point HUELAB_DATA (now {data_dir()}) at the "
        f"folder that holds {root.name}/"
    )
    if name in _FOLDERS:
        return f"{sources.how_to_get(name)}; or {by_hand}"
    return by_hand[0].upper() + by_hand[1:]
