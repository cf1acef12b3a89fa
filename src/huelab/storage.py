"""Where data, cache and weights are, one lock, and one way to write a file whole or not at all."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import platformdirs

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


class HueLabError(Exception):
    """Something the user can do something about; the message says what.

    The command line prints it as one line; anything else that is raised is a bug of the library.
    """


def data_dir() -> Path:
    """The folder of data sets: `$HUELAB_DATA`, or the user's data folder of this system.

    It is only read, so it may be read-only, and it need not exist.
    """
    return _from_environment("HUELAB_DATA") or platformdirs.user_data_path("huelab", False)


def cache_dir() -> Path:
    """The folder of decoded pixels: `$HUELAB_CACHE`, or the user's cache folder of this system.

    It is made when something is first written to it; deleting it costs time and nothing else.
    """
    return _from_environment("HUELAB_CACHE") or platformdirs.user_cache_path("huelab", False)


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Hold the lock file `path`, waiting for the process that holds it; yields whether it is held.

    The kernel frees the lock when its holder ends, also when it is killed, so none is ever stale.
    Where there are no locks (Windows, some network file systems) it yields False at once: callers
    use it to save work, and stay correct without it. The file is left behind, because removing a
    lock file that another process is about to lock would let two in.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        yield _lock(file.fileno())


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> Path:
    """Write a file so that a reader sees the old one or the new one, and never a part of either.

    What is written goes to a temporary file beside `path`, to the disk, and then to its name. When
    writing fails, the temporary file is removed and the old file stays. Folders are made.

    Args:
        path: the file.
        write: is given the temporary file, open for writing bytes.

    Raises:
        OSError: if the file cannot be written. What `write` raises is passed on.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid4().hex[:12]}.tmp")
    try:
        with temporary.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _lock(descriptor: int) -> bool:
    if fcntl is None:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError:
        return False
    return True


def _from_environment(variable: str) -> Path | None:
    value = os.environ.get(variable, "").strip()
    return Path(value).expanduser() if value else None
