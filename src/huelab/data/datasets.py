"""The table of data sets, and the one function that opens any of them."""

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from huelab.data import splits
from huelab.data.cifar10 import Cifar10
from huelab.data.decode import PhotoSet
from huelab.data.embedded import Embedded
from huelab.data.folder import Folder
from huelab.data.source import DataError, Source
from huelab.data.sources import official
from huelab.data.sources.films import Films
from huelab.data.sources.joined import Joined
from huelab.data.sources.rebuild import Listed
from huelab.data.sources.unsplash import Unsplash
from huelab.data.splits import Derived
from huelab.storage import data_dir


class Files(Protocol):
    """Where the pictures of a set are, and how they get there; see `folder.Folder`."""

    @property
    def where(self) -> str: ...
    @property
    def is_here(self) -> bool: ...
    @property
    def absence(self) -> str: ...
    @property
    def by_hand(self) -> str: ...
    @property
    def first(self) -> str | None: ...
    def counts(self, name: str) -> dict[str, int]: ...
    def open(self, name: str, split: str, size: int | None) -> Source: ...
    def fetch(self, *, near: bool) -> Path: ...


@dataclass(frozen=True)
class Row:
    """One data set.

    Attributes:
        name: what `open_dataset` takes.
        about: a description in one line.
        license: of its pictures, in short; a listing has the whole sentence for each origin.
        files: where its pictures are, and how they are fetched.
        derived: splits that are made from its own splits, by name.
        replaced: whether only the derived splits can be opened.

    Example:
        >>> TABLE["cifar10"].about, sorted(TABLE["cifar10"].derived)
        ('CIFAR-10, official archive', ['train_45k', 'validation_5k'])
    """

    name: str
    about: str
    license: str
    files: Files
    derived: Mapping[str, Derived] = field(default_factory=dict)
    replaced: bool = False


# The parts of `photos` with the clearest licenses. Weights trained on them may be shipped.
_OPEN = frozenset({"caltech101", "intel_scenes"})
_PHOTOS_OPEN = Folder("photos_open", Listed("photos", only=_OPEN), only=_OPEN, within="photos")
_PHOTOS_MORE = Folder("photos_more", Listed("photos_more"))
_CIFAR = "none stated, research use"
_FRUITS = "CC BY-SA 4.0"
_MIXED = "mixed, partly non-commercial research"
_FILMS = "CC BY 3.0, CC0, one not stated"
_UNSPLASH = "Unsplash dataset terms; not to be passed on"

# fmt: off
TABLE = {row.name: row for row in (
    Row("embedded", "8 photographs that ship with installed packages; crops of them, or whole",
        "free, see PHOTOGRAPHS", Embedded()),
    Row("cifar10", "CIFAR-10, official archive", _CIFAR, Cifar10(), splits.HELD_OUT),
    Row("cifar10_jpeg", "CIFAR-10 as JPEG files, official split; not pixel-exact", _CIFAR,
        Folder("cifar10", Listed("cifar10_jpeg")), splits.HELD_OUT),
    Row("cifar10_exact", "4,000 pixel-exact CIFAR-10 training pictures", _CIFAR,
        Folder("cifar10_exact", Listed("cifar10_exact")), splits.ALL),
    Row("fruits360", "Fruits-360, 30 classes, 5,000/500 of the official split", _FRUITS,
        Folder("fruits360", Listed("fruits360"))),
    Row("fruits360_random", "the same 5,500 pictures split at random", _FRUITS,
        Folder("fruits360", Listed("fruits360")), splits.RANDOM, replaced=True),
    Row("fruits360_by_class", "the same 5,500 pictures, three whole fruits for the test", _FRUITS,
        Folder("fruits360", Listed("fruits360")), splits.BY_CLASS, replaced=True),
    Row("fruits360_official", "Fruits-360 2020.05.18.0 whole: 131 classes, 67,692/22,688", "MIT",
        Folder("fruits360_official", official.FRUITS360)),
    Row("faces", "UTKFace, 5,000/500; stands for FFHQ", "non-commercial research",
        Folder("faces", Listed("faces"))),
    Row("ffhq", "FFHQ thumbnails, 128 x 128, 60,000/10,000",
        "CC BY-NC-SA 4.0; photographs CC BY, BY-NC or free", Folder("ffhq", official.FFHQ)),
    Row("photos", "4,606/504 photographs; stand for Unsplash and COCO", _MIXED,
        Folder("photos", Listed("photos"))),
    Row("photos_open", "those of photos with the clearest licenses", "CC BY 4.0 and CC0",
        _PHOTOS_OPEN),
    Row("photos_more", "3,872 more photographs, training only; see its manifest",
        "CC BY 4.0, CC0 and MIT", _PHOTOS_MORE),
    Row("photos_both", "photos_open and photos_more, for weights that ship; no test",
        "CC BY 4.0, CC0 and MIT", Joined((("photos_open", _PHOTOS_OPEN),
                                          ("photos_more", _PHOTOS_MORE))),
        splits.VALIDATION, replaced=True),
    Row("coco", "COCO 2017: train2017, val2017, test2017; 27 GB",
        "Flickr terms; annotations CC BY 4.0", Folder("coco", official.COCO)),
    Row("unsplash_lite", "Unsplash Lite, 10,000/500 of 25,000 photographs", _UNSPLASH,
        Folder("unsplash_lite", Unsplash())),
    Row("ncd", "Natural-Color Dataset, 574/146", "none stated", Folder("ncd", Listed("ncd"))),
    Row("ncd_official", "Natural-Color Dataset whole, 400/323", "none stated",
        Folder("ncd_official", official.NCD)),
    Row("film", "frames of 4 short films, split by film; near-duplicates are dropped", _FILMS,
        Films("film", Listed("film"), within="video")),
    Row("film_by_scene", "the same frames, whole scenes for the test", _FILMS,
        Films("film", Listed("film"), within="video", by_scene=True)),
    Row("kodak24", "24 lossless photographs, test only", "unrestricted use",
        Folder("kodak24", Listed("kodak24"))),
)}
# fmt: on


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """What `huelab list data` prints about one data set.

    Attributes:
        name: what `open_dataset` takes.
        about: a description in one line.
        present: whether it can be opened without a network.
        where: the folder it is in, or in which HueLab looks for it.
        splits: the names of its splits, with their numbers of pictures; {} if it is not present.
        get: how to get it, or what is wrong with it; "" if it is present.
        way: `fetch` for `huelab data fetch NAME`, `by hand, then fetch`, or "" if HueLab knows no
            source of it.
        license: of its pictures, in short; "" if HueLab does not know it.

    Example:
        >>> describe("embedded").present
        True
    """

    name: str
    about: str
    present: bool
    where: str
    splits: dict[str, int]
    get: str
    way: str
    license: str


def names() -> list[str]:
    """The known data sets, then every other folder of pictures found in `data_dir()`.

    Example:
        >>> names()[:3]
        ['embedded', 'cifar10', 'cifar10_jpeg']
    """
    try:
        found = {entry.name for entry in os.scandir(data_dir()) if entry.is_dir()}
    except OSError:
        found = set()
    return [*TABLE, *(name for name in sorted(found - _folders()) if _holds_pictures(name))]


def describe(name: str) -> DatasetInfo:
    """What is known about one data set without reading a picture.

    Raises:
        DataError: for a name that is neither in `names()` nor a folder.

    Example:
        >>> describe("embedded").splits
        {'train': 320, 'test': 48}
    """
    row = _row(name)
    try:
        counts = _counts(row)
        get = "" if counts else _how_to_get(row)
    except DataError as damage:  # one damaged manifest must not hide all other data sets
        counts, get = {}, str(damage)
    where, first = row.files.where, row.files.first
    way = "" if first is None else "by hand, then fetch" if first else "fetch"
    return DatasetInfo(row.name, row.about, bool(counts), where, counts, get, way, row.license)


def open_dataset(
    name: str | os.PathLike[str], split: str, size: int | None, *, n: int | None = None
) -> PhotoSet:
    """Open one split of a data set, decoding it into the cache the first time.

    Args:
        name: one of `names()` (`describe` says more about each), or the path of a folder of
            pictures.
        split: `train` or `test`, or another key of `describe(name).splits`.
        size: the side of the square, in pixels, that each picture becomes: the shorter side is
            resized, bicubic with antialiasing, and the center is cropped. The embedded set gives
            square crops of its photographs at several scales instead. None keeps every picture as
            it is and reads it from its file each time.
        n: how many pictures to take, chosen by a fixed seed; None takes all.

    Returns:
        Pictures as uint8 `(3, H, W)`, sRGB, 0..255.

    Raises:
        DataError: for an unknown name or split, absent or damaged data, or a cache that cannot be
            written to. The message lists what there is or says how to get it.
        ValueError: if `size` is below 1, or `n` is below 1 or above the number of pictures.

    Example:
        >>> open_dataset("embedded", "test", None).files
        ['grace_hopper', 'motorcycle', 'rocket']
    """
    if size is not None and size < 1:
        raise ValueError(f"size must be at least 1 or None, not {size}")
    source = find(name, split, size)
    return PhotoSet(source if n is None else splits.sample(source, n), size)


def find(name: str | os.PathLike[str], split: str, size: int | None) -> Source:
    """One split of a data set before decoding; `open_dataset` explains arguments and errors.

    Example:
        >>> [picture.label for picture in find("embedded", "test", None).pictures]
        ['grace_hopper', 'motorcycle', 'rocket']
    """
    row = _row(os.fspath(name))
    if not row.files.is_here:
        raise DataError(f"{row.name} is not here: {row.files.absence}. {_how_to_get(row)}")
    if split in row.derived:
        return replace(row.derived[split].make(lambda own: _own(row, own, size)), split=split)
    if row.replaced:
        raise _no_split(row, split)
    return _own(row, split, size)


def fetch(name: str, *, near: bool = False) -> Path:
    """Fetch a data set into `$HUELAB_DATA`, or go on where an earlier call ended.

    A set with a committed listing is rebuilt from it, file by file, and each file is checked.
    Official archives are downloaded, or taken from where the user has put them.

    Args:
        name: one of `names()`.
        near: some pictures have to be made smaller. Another version of Pillow can give them other
            bytes than the records have; `near` keeps such pictures, too. The data hash then differs
            from that of the records.

    Returns:
        The folder of the set.

    Raises:
        DataError: if the download failed or pictures are missing (the message says how many, and
            why), if something has to be put in place by hand (the message says what, from where,
            and where to), or if HueLab knows no source of the set.

    Example:
        >>> fetch("embedded").name  # nothing has to be fetched
        'installed packages'
    """
    row = _row(name)
    if row.files.first is None and not row.files.is_here:
        raise DataError(f"HueLab cannot download {name}. {_how_to_get(row)}")
    return row.files.fetch(near=near)


def _row(name: str) -> Row:
    """The row of a data set, or one made for a folder of pictures."""
    if "/" in name or os.sep in name or name in (".", "..") or name.startswith("~"):
        path = Path(name).expanduser().absolute()
        return Row(path.resolve().name, "a folder of pictures", "", Folder(path))
    if name in TABLE:
        return TABLE[name]
    if name and (data_dir() / name).is_dir() and name not in _folders():
        return Row(name, "a folder of pictures", "", Folder(name))
    known = names()
    near = difflib.get_close_matches(name, known, 1)
    hint = f"; did you mean {near[0]}?" if near else "."
    raise DataError(
        f"there is no data set {name!r}{hint} There are {', '.join(known)}, and any folder of "
        f"pictures in {data_dir()} or given as a path"
    )


def _own(row: Row, split: str, size: int | None) -> Source:
    source = row.files.open(row.name, split, size)
    if not source.pictures:
        raise _no_split(row, split)
    return source


def _no_split(row: Row, split: str) -> DataError:
    counts = _counts(row)
    there = "there are: " + ", ".join(f"{name} ({n:,})" for name, n in counts.items())
    if not counts:
        there = "there are no pictures (expected <folder>/<split>/... or a manifest.csv)"
    return DataError(f"{row.name} has no split {split!r} in {row.files.where}; {there}")


def _counts(row: Row) -> dict[str, int]:
    """The names of splits and their numbers of pictures; {} if the set is not here."""
    own = row.files.counts(row.name)
    counts = {} if row.replaced else dict(own)
    for name, derived in row.derived.items() if own else ():
        if derived.count is not None:
            n = derived.count(own)
        else:
            n = len(find(row.name, name, None).pictures)
        counts |= {name: n} if n else {}
    return counts


def _how_to_get(row: Row) -> str:
    """One sentence: the command, or what to do by hand."""
    files = row.files
    if files.first is None:
        return files.by_hand[:1].upper() + files.by_hand[1:]
    return f"{files.first or f'Run `huelab data fetch {row.name}`'}; or {files.by_hand}"


def _folders() -> set[str]:
    """The names of the folders in `data_dir()` that known sets use."""
    rows = (row.files for row in TABLE.values())
    return {str(files.path) for files in rows if isinstance(files, Folder)}


def _holds_pictures(name: str) -> bool:
    try:
        return bool(Folder(name).counts(name))
    except DataError:
        return True  # its manifest cannot be read, and `describe` says why
