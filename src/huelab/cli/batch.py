"""Which photographs a call colors, and which name each result gets.

All of this is decided before the first photograph is decoded, and without torch, so that a call
with nothing left to do ends at once. A result carries a mark that names its source (see
`huelab.images.marks`). A later call reads the mark. So it knows which photographs are done, which
files are not HueLab's, and which sources have changed since.
"""

import contextlib
import errno
import itertools
import os
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from huelab.images import SUFFIXES, ImageError, mark_of
from huelab.images.film_marks import written_as
from huelab.images.marks import is_current, names_source, whole_path


@dataclass(frozen=True)
class Source:
    """A photograph, the folder of its result, and the end of the result's name."""

    path: Path
    folder: Path
    ending: str

    @property
    def names(self) -> Iterator[str]:
        """Names for the result: the usual name, one with the format, and then ones with numbers."""
        stem, suffix = self.path.stem, self.path.suffix[1:]
        yield stem + self.ending
        stem += f"-{suffix}" if suffix else ""
        yield from (f"{stem}{'' if n == 1 else f'-{n}'}{self.ending}" for n in itertools.count(1))


@dataclass
class Batch:
    """What a call does, and what it does not do and why.

    Attributes:
        jobs: photographs to color, and the file of each result.
        outdated: results of earlier calls whose sources have changed; jobs make them again.
        done: how many have a result from an earlier call.
        own: how many files are results themselves, which are not colored again.
        photographs, films: how many photographs and films there are, done or not.
        others: how many files in folders do not have the ending of a picture.
        below: how many subfolders are left out, because `recursive` is false.
        links: how many links to folders are left out; they could lead in a circle.
        errors: an exception for each photograph that cannot have a result.
    """

    jobs: list[tuple[Path, Path]] = field(default_factory=list)
    outdated: set[Path] = field(default_factory=set)
    done: int = 0
    own: int = 0
    photographs: int = 0
    films: int = 0
    others: int = 0
    below: int = 0
    links: int = 0
    errors: list[OSError | ImageError] = field(default_factory=list)

    @property
    def folders(self) -> set[Path]:
        """The folders of the jobs' results."""
        return {target.parent for _, target in self.jobs}

    @property
    def what(self) -> str:
        """The noun for the sources: photograph, film, or, where there are both, file."""
        return "photograph" if not self.films else "file" if self.photographs else "film"


def plan(
    given: Iterable[Path],
    output: Path | None,
    *,
    recursive: bool,
    overwrite: bool,
    ending: str = "-color.png",
) -> Batch:
    """Decide what to do with files and folders.

    Args:
        given: files, and folders of files.
        output: the folder of the results; None puts each result next to its source.
        recursive: whether folders inside folders count.
        overwrite: whether existing results are made again.
        ending: the end of the results' names; the names for films end in the format of the film.
    """
    batch = Batch()
    sources = list(_sources(given, output, recursive, ending, batch))
    originals = {_key(source.path) for source in sources}
    usual = Counter(_key(source.folder / next(source.names)) for source in sources)
    taken = set(originals)
    there = cache(_names_in)
    for source in sources:
        try:
            target, found = _target(source, taken, usual, there)
            taken.add(_key(target))
            if found and not overwrite:
                if is_current(found, source.path):
                    batch.done += 1
                    continue
                batch.outdated.add(target)
            _check(source.path, target, overwrite or found is not None)
        except (OSError, ImageError) as error:
            batch.errors.append(error)
            continue
        batch.jobs.append((source.path, target))
    return batch


def _sources(
    given: Iterable[Path], output: Path | None, recursive: bool, ending: str, batch: Batch
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
            film = written_as(path)
            batch.films += film is not None
            batch.photographs += film is None
            ends = f"-color{film}" if film else ending
            yield Source(path, path.parent if output is None else output / below, ends)


def _photographs(folder: Path, recursive: bool, batch: Batch) -> Iterator[Path]:
    """The pictures of a folder, without hidden files: a Mac adds `._a.jpg` to `a.jpg`."""
    for place, folders, files in os.walk(folder, onerror=batch.errors.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if not recursive:
            batch.below += len(folders)
            folders.clear()
        batch.links += sum(os.path.islink(os.path.join(place, name)) for name in folders)
        for name in sorted(name for name in files if not _is_hidden(name)):
            if os.path.splitext(name)[1].lower() in SUFFIXES or written_as(name):
                yield Path(place, name)
            else:
                batch.others += 1


def _is_hidden(name: str) -> bool:
    """Whether a Mac, Linux or Windows hides a file of this name."""
    return name.startswith(".") or name.lower() in ("thumbs.db", "desktop.ini")


def _target(
    source: Source,
    taken: set[str],
    usual: Counter[str],
    there: Callable[[Path], dict[str, list[str]]],
) -> tuple[Path, dict[str, str] | None]:
    """The file of a result, and its mark if the file exists.

    The file has the usual name, unless two photographs of the batch would share that name, or the
    name belongs to the result of another photograph.
    """
    free = None
    for number, name in enumerate(source.names):
        target = source.folder / name
        same = [source.folder / other for other in there(source.folder).get(_folded(name), [])]
        marks = {path: found for path in same if (found := mark_of(path))}
        for path, found in marks.items():
            if names_source(found, source.path, path):
                return path, found
        usable = usual[_key(target)] < 2 and _key(target) not in taken and not marks
        if free is None and usable:
            free = target
        # An earlier call for other photographs may have used the second name and not the first.
        if free is not None and not same and number:
            return free, None
    raise AssertionError("numbers do not end")


def _names_in(folder: Path) -> dict[str, list[str]]:
    """The names in a folder, grouped: names of one group are the same on some file system."""
    names: dict[str, list[str]] = {}
    with contextlib.suppress(FileNotFoundError):  # the folder is made later
        for name in sorted(os.listdir(folder)):
            names.setdefault(_folded(name), []).append(name)
    return names


def _check(source: Path, target: Path, replace: bool) -> None:
    """Check before any work that the result can be written.

    Raises:
        OSError: if it cannot be written, or if it would replace its own source.
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
    """A key that is equal for paths of one file on some file system, such as A.png and a.png."""
    return _folded(os.fspath(whole_path(path)))


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
