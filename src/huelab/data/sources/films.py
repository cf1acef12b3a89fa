"""A data set made of films: their frames, taken once into the cache, split by film or by scene.

No split divides the frames of a scene. Two of them are nearly the same picture, and a network that
has seen one would be measured on the other.
"""

import csv
import hashlib
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from huelab.data.film import Settings, held_out
from huelab.data.folder import MANIFEST, Folder, FolderSource, manifest_rows, refuse_a_part, stamp
from huelab.data.frames import films_in, name_of, take
from huelab.data.source import DataError, Picture
from huelab.images import ImageError, video
from huelab.storage import cache_dir

#: A file in a folder counts as a film if it has one of these suffixes.
SUFFIXES = frozenset(
    [".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".ogv", ".ts", ".webm", ".wmv"]
)
# A part of every cache key. Change it whenever other frames would be chosen.
_RULES = "frames-1"


@dataclass(frozen=True)
class Film:
    """One film of a set: its name, its split, its file, and a mark that changes with the file.

    Example:
        >>> Film("clip", "train", Path("train/clip.gif"), "sha256 of it").split
        'train'
    """

    name: str
    split: str
    path: Path
    mark: str


@dataclass(frozen=True)
class Films(Folder):
    """A folder of films with a `manifest.csv`, or of films in `<split>/*.mp4` and other formats.

    Its pictures are the frames that `frames.take` chooses. They are taken when a split is first
    opened. The splits `train` and `test` consist of whole films or of whole scenes. Every film is
    also a split of its own.

    Attributes:
        by_scene: whether `train` and `test` consist of whole scenes of all films.
        settings: how frames are chosen.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     (Path(folder) / "train").mkdir()
        ...     films = Films(folder)
        ...     films.films("mine"), films.counts("mine"), films.open("mine", "a", None).pictures
        ([], {}, ())
    """

    by_scene: bool = False
    settings: Settings = field(default_factory=lambda: Settings(split="train"))

    def counts(self, name: str) -> dict[str, int]:
        """The names of splits and their numbers of frames. Nothing is decoded.

        A film that was not opened yet counts with all its frames, before near-duplicates are
        dropped.

        Raises:
            DataError: where `Folder.counts` raises it, or if a film cannot be opened.
        """
        films = self.films(name)
        sizes = {film.name: self._size(film) for film in films}
        if not self.by_scene:
            parts = Counter[str]()
            for film in films:
                parts[film.split] += sizes[film.name]
            return {**parts, **sizes}
        if films and all(self._is_taken(film) for film in films):
            scenes = self._scenes(films)
            test = sum(scenes[scene] for scene in held_out(list(scenes.elements())))
            return {"train": scenes.total() - test, "test": test, **sizes}
        return sizes

    def open(self, name: str, split: str, size: int | None) -> FolderSource:
        """The frames of one split, in the order of films and time. `size` changes nothing.

        Raises:
            DataError: where `Folder.open` raises it, or if a film is damaged.
        """
        films = self.films(name)
        asked = [film for film in films if split in (film.name, film.split)]
        scenes = self.by_scene and split in ("train", "test")
        pictures = [each for film in (films if scenes else asked) for each in self._frames(film)]
        if scenes:
            held = held_out([each.label for each in pictures])
            pictures = [each for each in pictures if (each.label in held) == (split == "test")]
        elif self.by_scene:
            pictures = [each for each in pictures if each.file.startswith(f"{split}/")]
        return FolderSource(name, split, str(self.root), tuple(pictures))

    def films(self, name: str) -> list[Film]:
        """The films of the folder, by name.

        Raises:
            DataError: for a manifest that cannot be read, a missing film, or two films of one name.
        """
        root = self.root
        refuse_a_part(root, name)
        films: dict[str, Film] = {}
        for file, split, sha256 in _listed(root):
            path = root / file
            film = Film(name_of(path), split, path, sha256 or stamp(str(path)))
            if film.name in films:
                raise DataError(f"{root} holds two films called {film.name}; rename one of them")
            films[film.name] = film
        return [films[each] for each in sorted(films)]

    def _folder(self, film: Film) -> Path:
        key = hashlib.sha256(f"{_RULES} {self.settings} {film.mark}".encode()).hexdigest()
        return cache_dir() / "frames" / f"{film.name[:80]}-{key[:20]}"

    def _is_taken(self, film: Film) -> bool:
        return bool(films_in(self._folder(film)).get(film.name, {}).get("done"))

    def _size(self, film: Film) -> int:
        if self._is_taken(film):
            return films_in(self._folder(film))[film.name]["kept"]
        try:
            return video.header(film.path).frames or 1
        except ImageError as error:
            raise DataError(str(error)) from error

    def _scenes(self, films: list[Film]) -> Counter[str]:
        return Counter(each.label for film in films for each in self._frames(film))

    def _frames(self, film: Film) -> list[Picture]:
        """The frames of one film, which are taken now if they were not taken before."""
        folder = self._folder(film)
        if not self._is_taken(film):
            take(film.path, folder, self.settings)
        facts = films_in(folder)[film.name]
        if film.mark not in (facts["sha256"], stamp(str(film.path))):
            raise DataError(
                f"{film.path} is not the film that its {MANIFEST} lists: the sha256 differs. Fetch "
                "it again, or correct the manifest"
            )
        if facts["error"]:
            raise DataError(facts["error"])
        with open(folder / MANIFEST, encoding="utf-8", newline="") as lines:
            return [
                Picture(
                    row["file"],
                    row["label"],
                    f"sha256 {row['sha256']}",
                    (os.path.join(folder, row["file"]), row["sha256"]),
                )
                for row in csv.DictReader(lines)
            ]


def _listed(root: Path) -> list[tuple[str, str, str]]:
    """File, split and listed sha256 ("" if there is none) of each film below a folder."""
    if (root / MANIFEST).is_file():
        rows = [
            (r["file"], r["split"], r.get("sha256") or "") for r in manifest_rows(root / MANIFEST)
        ]
        for file, *_ in rows:
            if file.startswith("/") or ".." in file.split("/"):
                raise DataError(f"{root / MANIFEST} lists {file}, which does not lie below {root}")
    else:
        found = sorted(path for path in root.glob("*/*") if path.is_file())
        rows = [(path.relative_to(root).as_posix(), path.parent.name, "") for path in found]
    return [row for row in rows if Path(row[0]).suffix.lower() in SUFFIXES]
