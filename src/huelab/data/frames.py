"""Take frames out of a film into PNG files, in a folder that is a data set of its own.

    <out>/manifest.csv            one row for each frame: its split, scene, time, score, sha256
    <out>/<film>/00h01m23.458s.png
    <out>/films.json              for each film: how frames were chosen, and whether all are here

A call goes on where an earlier one was stopped. The choice of frames depends only on the film and
the settings, so that frames that are there need not be written again.
"""

import csv
import hashlib
import json
import os
import re
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from huelab.data import sources
from huelab.data.decode import cores
from huelab.data.film import Judged, Settings, judge
from huelab.data.folder import MANIFEST
from huelab.data.frame_files import Row, put_into_parts, row_of, sha256_of, write_frame
from huelab.data.processes import Progress
from huelab.data.source import DataError
from huelab.images import ImageError, video
from huelab.storage import locked, write_whole

FILMS = "films.json"
_LOCK = ".film.lock"
_OFTEN = 5.0  # seconds from one writing of the manifest to the next
_UNFINISHED = "not all frames of this film are here; take its frames again to go on"


@dataclass(frozen=True, slots=True)
class Taken:
    """What `take` found in a film.

    Attributes:
        film: its name, which is also that of its folder.
        frames, kept, scenes: how many it has, as far as it could be decoded.
        new: how many of the kept frames this call wrote.
        error: what is wrong with it, and where, if it is damaged; "" if it is whole.

    Example:
        >>> taken = Taken("bunny", frames=720, kept=76, scenes=4, new=0, error="")
        >>> f"{taken.kept} of {taken.frames} frames"
        '76 of 720 frames'
    """

    film: str
    frames: int
    kept: int
    scenes: int
    new: int
    error: str


def name_of(film: Path) -> str:
    """The name of a film in a data set: its file's name without suffix and unusual characters.

    Example:
        >>> name_of(Path("films/Big Buck Bunny.mp4"))
        'Big_Buck_Bunny'
    """
    return re.sub(r"[^\w-]+", "_", film.stem).strip("_") or "film"


def take(
    film: str | os.PathLike[str],
    out: str | os.PathLike[str],
    settings: Settings | None = None,
    *,
    progress: bool = False,
) -> Taken:
    """Write the frames of a film that are worth learning from to a folder.

    `open_dataset` opens the folder by its path. It may hold the frames of several films. A call
    goes on where an earlier one was stopped. Memory holds a few frames, and a row of the manifest
    for each kept one.

    Args:
        film: any film that PyAV reads.
        out: the folder, which is made if needed.
        settings: how frames are chosen; None means `Settings()`.
        progress: whether to show progress.

    Raises:
        DataError: if no frame of the film can be decoded, if `out` holds frames of another film of
            the same name or frames chosen with other settings, or if `out` cannot be written to. A
            film that is damaged later on is not an error: its frames up to there are kept, and
            `Taken.error` says what is wrong.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from PIL import Image
        >>> black, white = (Image.new("RGB", (8, 6), name) for name in ("black", "white"))
        >>> with TemporaryDirectory() as folder:
        ...     clip = f"{folder}/clip.gif"
        ...     black.save(clip, save_all=True, append_images=[white], duration=40)
        ...     taken = take(clip, f"{folder}/frames")
        >>> taken.frames, taken.kept, taken.error
        (2, 2, '')
    """
    path, root = Path(film), Path(out)
    if path.exists() and not path.is_file():  # opening a pipe could wait forever
        raise DataError(f"{path} is not a regular file")
    try:
        with open(path, "rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        root.mkdir(parents=True, exist_ok=True)
        with locked(root / _LOCK):
            return _Folder(root).take(path, sha256, settings or Settings(), progress)
    except OSError as error:
        raise DataError(f"{error.filename or path}: {error.strerror or error}") from error
    except ImageError as error:
        raise DataError(str(error)) from error


def films_in(root: Path) -> dict[str, dict[str, Any]]:
    """What is known about the films of a folder, by name; {} if there are none.

    Raises:
        DataError: if the folder's `films.json` cannot be read.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from PIL import Image
        >>> black, white = (Image.new("RGB", (8, 6), name) for name in ("black", "white"))
        >>> with TemporaryDirectory() as folder:
        ...     clip = f"{folder}/clip.gif"
        ...     black.save(clip, save_all=True, append_images=[white], duration=40)
        ...     taken = take(clip, f"{folder}/frames")
        ...     films_in(Path(folder) / "frames")["clip"]["source"]
        'clip.gif'
    """
    try:
        return json.loads((root / FILMS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise DataError(
            f"HueLab cannot read {root / FILMS}: {error}. Remove it to begin again"
        ) from error


class _Writing(NamedTuple):
    """A frame that a thread is writing: its row of the manifest, and its sha256."""

    row: Row
    sha256: Future[str]


class _Folder:
    """A folder of frames, while those of a film are added."""

    def __init__(self, root: Path):
        self.root, self.films = root, films_in(root)
        self.rows: dict[str, Row] = {}
        if (root / MANIFEST).is_file():
            with open(root / MANIFEST, encoding="utf-8", newline="") as lines:
                self.rows = {row["file"]: row for row in csv.DictReader(lines)}

    def take(self, path: Path, sha256: str, settings: Settings, progress: bool) -> Taken:
        name = name_of(path)
        self._refuse_another(name, sha256, settings)
        here = self._drop_damaged(name)
        facts = self.films.get(name, {})
        if not (facts.get("done") and facts["kept"] == here):
            facts = {"source": path.name, "sha256": sha256, "settings": asdict(settings)}
            self.films[name] = facts
            facts |= {"done": False, "frames": 0, "kept": 0, "scenes": 0, "error": ""}
            self._add(path, name, settings, progress)
        new = facts["kept"] - here
        return Taken(name, facts["frames"], facts["kept"], facts["scenes"], new, facts["error"])

    def _refuse_another(self, name: str, sha256: str, settings: Settings) -> None:
        known = self.films.get(name, {"sha256": sha256, "settings": asdict(settings)})
        if known["sha256"] != sha256:
            raise DataError(
                f"{self.root} holds frames of another film called {name}; rename one of the films"
            )
        if known["settings"] != asdict(settings):
            old = ", ".join(f"{key} {value}" for key, value in known["settings"].items())
            raise DataError(
                f"{self.root / name} holds frames that were chosen with other settings: {old}. Use "
                "these settings again, or another folder"
            )

    def _drop_damaged(self, name: str) -> int:
        """Forget frames of a film whose files are missing or changed; return how many are left."""
        mine = {file: row for file, row in self.rows.items() if row["film"] == name}
        for file, row in mine.items():
            if sha256_of(self.root / file) != row["sha256"]:
                del self.rows[file]
        return len(mine.keys() & self.rows.keys())

    def _add(self, path: Path, name: str, settings: Settings, progress: bool) -> None:
        """Take all frames of a film that are not here yet."""
        (self.root / name).mkdir(exist_ok=True)
        for left in (self.root / name).glob(".*.tmp"):  # left by a run that was killed
            left.unlink()
        facts, saved = self.films[name], time.monotonic()
        waiting: deque[_Writing] = deque()
        files: set[str] = set()
        line = Progress(video.header(path).frames or 0, "frames", enabled=progress)
        self._save()
        with ThreadPoolExecutor(cores(), "frames") as pool:
            try:
                for each in _judged(path, settings, facts):
                    if each.kept:
                        row = row_of(name, each, path, taken=files)
                        files.add(row["file"])
                        if row["file"] not in self.rows:
                            job = (self.root / row["file"], each.frame.rgb, settings.size)
                            waiting.append(_Writing(row, pool.submit(write_frame, *job)))
                    facts["frames"], facts["kept"] = each.frame.number + 1, len(files)
                    facts["scenes"] = max(facts["scenes"], each.scene + 1)
                    line.update(facts["frames"], f"{len(files)} kept")
                    self._settle(waiting, cores())
                    if time.monotonic() - saved > _OFTEN:
                        self._save()
                        saved = time.monotonic()
                self._settle(waiting, 0)
                self._forget_others(name, files)
                facts["done"] = True
            finally:
                self._settle(waiting, 0)
                self._save()
        line.close(facts["frames"], f"{len(files)} kept")

    def _settle(self, waiting: deque[_Writing], most: int) -> None:
        """Note what has been written, and wait until no more than `most` are being written."""
        while len(waiting) > most or (waiting and waiting[0].sha256.done()):
            row, sha256 = waiting.popleft()
            self.rows[row["file"]] = row | {"sha256": sha256.result()}

    def _forget_others(self, name: str, files: set[str]) -> None:
        """Remove frames of a film that an older version of the rules had chosen."""
        for file, row in list(self.rows.items()):
            if row["film"] == name and file not in files:
                del self.rows[file]
                (self.root / file).unlink(missing_ok=True)

    def _save(self) -> None:
        """Write the manifest and facts. While a film is not done, the folder cannot be opened."""
        unfinished = {name: _UNFINISHED for name, facts in self.films.items() if not facts["done"]}
        if unfinished:
            sources.mark(self.root, unfinished)
        for name, facts in self.films.items():
            put_into_parts(
                [row for row in self.rows.values() if row["film"] == name], facts["settings"]
            )
        rows = [self.rows[file] for file in sorted(self.rows)]
        if rows:
            sources.write_manifest(self.root, rows)
        write_whole(self.root / FILMS, json.dumps(self.films, indent=1))
        if not unfinished:
            sources.unmark(self.root)


def _judged(path: Path, settings: Settings, facts: dict[str, Any]) -> Iterator[Judged]:
    """The frames of a film. If it is damaged, they end there, and `facts` says what is wrong."""
    limits = {key: getattr(settings, key) for key in ("threshold", "cut", "every")}
    try:
        yield from judge(video.frames(path), **limits)
    except ImageError as error:
        if not facts["frames"]:
            raise
        facts["error"] = str(error)
