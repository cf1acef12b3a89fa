"""Where data, cache and weights are, one lock, and one way to write a file whole or not at all."""

import errno
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import platformdirs
from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

# What a file system without locks answers. At ENOSYS filelock itself changes to another lock.
_NO_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP}


class HueLabError(Exception):
    """Something the user can do something about; the message says what.

    The command line prints it as one line; anything else that is raised is a bug of the library.

    Example:
        >>> issubclass(WeightsError, HueLabError)
        True
    """


class WeightsError(HueLabError, RuntimeError):
    """Weights that are not there, damaged or of another network; it says what to do about it.

    Example:
        >>> try:
        ...     raise WeightsError("there is no file of weights a.pth")
        ... except HueLabError as error:
        ...     print(f"huelab: {error}")
        huelab: there is no file of weights a.pth
    """


def data_dir() -> Path:
    """The folder of data sets: `$HUELAB_DATA`, or the user's data folder of this system.

    HueLab reads it, and writes there only what `huelab data fetch` brings. It need not exist.

    Example:
        >>> from unittest.mock import patch
        >>> with patch.dict(os.environ, HUELAB_DATA="/data"):
        ...     data_dir().as_posix()
        '/data'
    """
    return _from_environment("HUELAB_DATA") or platformdirs.user_data_path("huelab", False)


def cache_dir() -> Path:
    """The folder of decoded pixels: `$HUELAB_CACHE`, or the user's cache folder of this system.

    HueLab makes it when it first writes to it; deleting it costs time and nothing else.

    Example:
        >>> from unittest.mock import patch
        >>> with patch.dict(os.environ, HUELAB_CACHE="/cache"):
        ...     cache_dir().as_posix()
        '/cache'
    """
    return _from_environment("HUELAB_CACHE") or platformdirs.user_cache_path("huelab", False)


@contextmanager
def locked(path: Path, *, waiting: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Hold the lock file `path`, after waiting for the process that holds it.

    The kernel frees the lock when its holder ends, also when the holder is killed. On a file
    system without such locks the existence of the file is the lock; filelock then takes over a
    lock of a process of this computer that is gone. The file stays behind, because removing a
    lock file that another process is about to lock would let two in.

    Args:
        waiting: called if another process holds it, before the wait.

    Raises:
        OSError: if the file cannot be made. What `waiting` raises is passed on.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder, locked(Path(folder) / "a.lock"):
        ...     print("no other process is in here")
        no other process is in here
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock: BaseFileLock = FileLock(path)
    try:
        _acquire(lock, waiting)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        # flock leaves its empty file behind, which a lock by existence would take for a holder's.
        lock = SoftFileLock(path.with_name(f"{path.name}.soft"))
        _acquire(lock, waiting)
    try:
        yield
    finally:
        lock.release()


def _acquire(lock: BaseFileLock, waiting: Callable[[], object]) -> None:
    with suppress(Timeout):
        lock.acquire(timeout=0)
        return
    waiting()
    lock.acquire()


def write_whole(
    path: Path, content: str | bytes | Callable[[BinaryIO], object], *, overwrite: bool = True
) -> Path:
    """Write a file so that a reader sees the old one or the new one, and never a part of either.

    The content goes to a temporary file in the folder of `path`, to the disk, and then to its
    name. When writing fails, the temporary file is removed and the old file stays. Folders are
    made. A file that is replaced passes its permissions on.

    Args:
        path: the file.
        content: text (written as UTF-8), bytes, or a function that is given the temporary file,
            open for writing bytes.
        overwrite: whether a file that is there is replaced.

    Raises:
        OSError: if the file cannot be written; FileExistsError if it is there and `overwrite` is
            false. What `content` raises is passed on.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = write_whole(Path(folder) / "new" / "a.txt", "whole")
        ...     path.read_text()
        'whole'
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary, file = _temporary(path)
    try:
        with file:
            if callable(content):
                content(file)
            else:
                file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
            if fcntl is None:
                file.close()  # Windows renames no open file; nor does it remove one
            if overwrite:
                with suppress(FileNotFoundError):
                    temporary.chmod(stat.S_IMODE(path.stat().st_mode))
                os.replace(temporary, path)
            else:
                _claim(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def remove_leftovers(path: Path) -> None:
    """Remove temporary files that killed processes left of `path`.

    Only for the holder of a lock that all writers of `path` take: others may still be writing.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "a.txt")
        ...     Path(folder, ".a.txt.0123456789ab.tmp").touch()
        ...     remove_leftovers(path)
        ...     list(Path(folder).iterdir())
        []
    """
    for left in path.parent.glob(f"{escape(_prefix(path))}*.tmp"):
        left.unlink(missing_ok=True)


def remove_abandoned(folder: Path, ending: str) -> int:
    """Remove temporary files of a folder that killed processes left, and say how many.

    They are those of files whose names end with `ending`, at most 50 characters of it. A process
    that is still writing holds a lock on its file, so that the file stays. Where there are no such
    locks, all files stay.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     Path(folder, ".a-color.png.0123456789ab.tmp").touch()
        ...     Path(folder, ".a.txt.0123456789ab.tmp").touch()
        ...     remove_abandoned(Path(folder), "-color.png") <= 1  # 0 where files cannot be locked
        True
    """
    pattern = re.compile(rf"\..*{re.escape(ending)}\.[0-9a-f]{{12}}\.tmp")
    with suppress(OSError):  # a folder that is not there holds nothing
        found = [Path(entry.path) for entry in os.scandir(folder) if pattern.fullmatch(entry.name)]
        return sum(map(_removed, found))
    return 0


def _removed(temporary: Path) -> bool:
    with suppress(OSError), open(temporary, "rb") as file:
        if _hold(file):
            temporary.unlink()
            return True
    return False


def _temporary(path: Path) -> tuple[Path, BinaryIO]:
    """A new file next to `path`, with a lock that ends when the file is closed."""
    while True:
        temporary = path.with_name(f"{_prefix(path)}{uuid4().hex[:12]}.tmp")
        file = open(temporary, "xb")  # noqa: SIM115
        _hold(file)
        # Between the two lines above it could be taken for an abandoned one, and removed.
        if os.fstat(file.fileno()).st_nlink or fcntl is None:
            return temporary, file
        file.close()


def _hold(file: BinaryIO) -> bool:
    """Lock an open file unless another process has, and say whether that could be done."""
    if fcntl is not None:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    return False


def _prefix(path: Path) -> str:
    # A part of the name, since a name as long as a file system allows leaves no room for more.
    return f".{path.name[-50:]}."


def _claim(temporary: Path, target: Path) -> None:
    """Give the file its name in one step that fails where the name is taken."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: reserve the name, then fill it
        target.open("xb").close()
        try:
            os.replace(temporary, target)
        except BaseException:
            target.unlink()
            raise


def _from_environment(variable: str) -> Path | None:
    value = os.environ.get(variable, "").strip()
    # Not Path.expanduser, which fails where `~name` is nobody's home.
    return Path(os.path.expanduser(value)) if value else None
