"""Which photographs a call colors, and under which name each result stands.

All of this is decided before the first photograph is decoded, and without torch, so that a call
with nothing left to do ends at once. A result carries a mark that names its source (see
`huelab.images.marks`). By it a later call tells what is done from what is somebody else's file.
"""

import errno
import itertools
import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from huelab.images import SUFFIXES, mark, mark_of
from huelab.images.marks import whole_path

#: How the name of every result ends.
ENDING = "-color.png"


@dataclass(frozen=True)
class Source:
    """A photograph, and the folder of its result."""

    path: Path
    folder: Path

    @property
    def names(self) -> Iterator[str]:
        """Names for the result: the usual one, one with the format, and then with a number."""
        stem, suffix = self.path.stem, self.path.suffix[1:]
        yield stem + ENDING
        stem += f"-{suffix}" if suffix else ""
        yield from (f"{stem}{'' if n == 1 else f'-{n}'}{ENDING}" for n in itertools.count(1))


@dataclass
class Batch:
    """What there is to do, and what is not done and why.

    Attributes:
        jobs: photographs to color, and the file of each result.
        done: how many have a result from an earlier call.
        own: how many files are results, which are not colored again.
        below: how many subfolders nobody asked to look into.
        errors: why there is no result for some, an exception each.
    """

    jobs: list[tuple[Path, Path]] = field(default_factory=list)
    done: int = 0
    own: int = 0
    below: int = 0
    errors: list[OSError] = field(default_factory=list)

    @property
    def folders(self) -> set[Path]:
        """Where the results of the jobs are put."""
        return {target.parent for _, target in self.jobs}


def plan(given: Iterable[Path], output: Path | None, *, recursive: bool, overwrite: bool) -> Batch:
    """Decide what to do with files and folders.

    Args:
        given: files, and folders of files.
        output: the folder of the results; by default each is put next to its source.
        recursive: also look into the folders in a folder.
        overwrite: whether results that are there are made again.
    """
    batch = Batch()
    sources = list(_sources(given, output, recursive, batch))
    originals = {_key(source.path) for source in sources}
    usual = Counter(_key(source.folder / next(source.names)) for source in sources)
    taken = set(originals)
    for source in sources:
        try:
            target, done = _target(source, taken, usual)
            if done and not overwrite:
                batch.done += 1
                continue
            _check(source.path, target, done or overwrite)
        except OSError as error:
            batch.errors.append(error)
            continue
        taken.add(_key(target))
        batch.jobs.append((source.path, target))
    return batch


def _sources(
    given: Iterable[Path], output: Path | None, recursive: bool, batch: Batch
) -> Iterator[Source]:
    """Each photograph once, without HueLab's own results, which are counted."""
    seen = set()
    for start in given:
        for path in _photographs(start, recursive, batch) if os.path.isdir(start) else [start]:
            place = whole_path(path)
            if place in seen:
                continue
            seen.add(place)
            if mark_of(path) is not None:
                batch.own += 1
                continue
            below = path.parent.relative_to(start) if start != path else Path()
            yield Source(path, path.parent if output is None else output / below)


def _photographs(folder: Path, recursive: bool, batch: Batch) -> Iterator[Path]:
    """The images of a folder. Hidden files are none: `._a.jpg` is what a Mac adds to `a.jpg`."""
    for place, folders, files in os.walk(folder, onerror=batch.errors.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if not recursive:
            batch.below += len(folders)
            folders.clear()
        for name in sorted(files):
            if not name.startswith(".") and os.path.splitext(name)[1].lower() in SUFFIXES:
                yield Path(place, name)


def _target(source: Source, taken: set[str], usual: Counter[str]) -> tuple[Path, bool]:
    """The file of a result, and whether it is there.

    It is the usual one unless two photographs of the batch would share it, or it is another's.
    """
    free = None
    for number, name in enumerate(source.names):
        target = source.folder / name
        there = _is_there(target)
        found = mark_of(target) if there else None
        if found is not None and found == mark(source.path, target):
            return target, True
        usable = usual[_key(target)] < 2 and _key(target) not in taken and found is None
        if free is None and usable:
            free = target
        # An earlier call, of other photographs, may have used the second name and not the first.
        if free is not None and not there and number:
            return free, False
    raise AssertionError("numbers do not end")


def _check(source: Path, target: Path, replace: bool) -> None:
    """See before any work is done that a file can be put there.

    Raises:
        OSError: if it cannot, or if it would replace what it is made from.
    """
    if not _is_there(target):
        return
    if not replace:
        words = "exists, and HueLab did not make it from this photograph; --overwrite replaces it"
        raise FileExistsError(errno.EEXIST, words, os.fspath(target))
    if os.path.exists(source) and os.path.samefile(source, target):
        raise FileExistsError(errno.EEXIST, "is a link to the photograph itself", os.fspath(target))


def _is_there(path: Path) -> bool:
    try:
        os.lstat(path)
    except FileNotFoundError:
        return False
    return True


def _key(path: Path) -> str:
    """Equal for two paths that are one file on some file system, such as A.png and a.png."""
    return unicodedata.normalize("NFC", os.fspath(whole_path(path))).casefold()
