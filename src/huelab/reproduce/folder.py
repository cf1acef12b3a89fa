"""The folder of a run that is not recorded yet; one process at a time works in it."""

import os
import platform
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from huelab.data.processes import is_first
from huelab.storage import locked, write_whole
from huelab.training.checkpoints import part_of


class RunFolder:
    """The files, in the cache, that a run keeps between its starts.

    Attributes:
        path: the folder.
        checkpoint: the file from which training resumes.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     mine = RunFolder(Path(folder, "run"))
        ...     with mine.held(waiting=print) as waited:
        ...         print(waited, mine.checkpoint.name)
        ...     mine.clear()  # nothing was kept
        ...     mine.remove()
        False last.ckpt
    """

    def __init__(self, path: Path):
        self.path, self.checkpoint = path, path / "last.ckpt"

    @contextmanager
    def held(self, waiting: Callable[[str], None]) -> Iterator[bool]:
        """Keep other processes out of the folder.

        If several processes train together, the first one does this for all.

        Args:
            waiting: if another process is in the folder, it is called with the name of that
                process, before the wait. It may raise an error instead.

        Yields:
            Whether this process had to wait for another one.
        """
        if not is_first():
            yield False
            return
        holder, others = self._beside("holder"), []

        def wait() -> None:
            others.append(_told(holder))
            waiting(others[0])

        with locked(self._beside("lock"), waiting=wait):
            try:
                write_whole(holder, f"process {os.getpid()} on {platform.node()}")
                yield bool(others)
            finally:
                holder.unlink(missing_ok=True)

    def _beside(self, suffix: str) -> Path:
        return self.path.with_name(f"{self.path.name}.{suffix}")

    def clear(self) -> None:
        """Remove the files that a run resumes from; a checkpoint that was set aside stays."""
        for file in (self.checkpoint, part_of(self.checkpoint)):
            file.unlink(missing_ok=True)
        with suppress(OSError):  # not empty
            self.path.rmdir()

    def remove(self) -> None:
        """Remove the folder and everything in it."""
        shutil.rmtree(self.path, ignore_errors=True)


def _told(holder: Path) -> str:
    try:
        return holder.read_text(encoding="utf-8")
    except OSError:  # the other process has not written its name yet
        return "another process"
