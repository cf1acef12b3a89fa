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

# The errors of a file system without locks. At ENOSYS, filelock itself changes to another lock.
_NO_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP}


class HueLabError(Exception):
    """An error that the user can do something about; the message says what.

    The command line prints it as one line. Any other exception is a bug of the library.

    Example:
        >>> issubclass(WeightsError, HueLabError)
        True
    """


class WeightsError(HueLabError, RuntimeError):
    """Weights are missing, damaged or of another network; the message says what to do about it.

    Example:
        >>> try:
        ...     raise WeightsError("there is no weights file a.pth")
        ... except HueLabError as error:
        ...     print(f"huelab: {error}")
        huelab: there is no weights file a.pth
    """


def data_dir() -> Path:
    """The folder of data sets: `$HUELAB_DATA`, or the user's data folder of this system.

    HueLab reads from it, and writes to it only data sets that it fetches or unpacks. It need not
    exist.

    Example:
        >>> from unittest.mock import patch
        >>> with patch.dict(os.environ, HUELAB_DATA="/data"):
        ...     data_dir().as_posix()
        '/data'
    """
    return _from_environment("HUELAB_DATA") or platformdirs.user_data_path("huelab", False)


def cache_dir() -> Path:
    """The folder of decoded pixels: `$HUELAB_CACHE`, or the user's cache folder of this system.

    HueLab makes it when it first writes to it. If you delete it, HueLab decodes the pictures again.

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

    The kernel frees the lock when its holder ends, also when the holder is killed. A file system
    may lack such locks. Then the existence of `<path>.soft` is the lock, and filelock takes it over
    if its holder was a process of this computer that has ended. The lock file `path` is never
    removed: if one process removed it while another was about to lock it, two could get in.

    Args:
        path: the lock file. It is made if needed, and so is its folder.
        waiting: called before the wait if another process holds the lock.

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
        # flock leaves its empty file, which a lock by existence would take for a lock that is held.
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

    The content goes to a temporary file in the folder of `path` and from there to the disk. Then
    the file gets its name. If writing fails, the temporary file is removed and the old file stays.
    Missing folders are made. The new file takes over the permissions of the one it replaces.

    Args:
        path: the file.
        content: text (written as UTF-8), bytes, or a function that is given the temporary file,
            open for writing bytes.
        overwrite: whether to replace a file that exists.

    Returns:
        `path`.

    Raises:
        FileExistsError: if the file exists and `overwrite` is false.
        OSError: if the file cannot be written. What `content` raises is passed on.

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
                file.close()  # Windows can neither rename nor remove an open file
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
    """Remove temporary files that killed processes left when they wrote `path`.

    The caller must hold a lock that all writers of `path` take. Otherwise one of them may still be
    writing.

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
    """Remove temporary files that killed processes left in a folder, and return how many.

    These are the temporary files of files whose names end with `ending`, which has at most 50
    characters. A process that is still writing holds a lock on its temporary file, so that the file
    stays. On a file system without such locks, all temporary files stay.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     Path(folder, ".a-color.png.0123456789ab.tmp").touch()
        ...     Path(folder, ".a.txt.0123456789ab.tmp").touch()
        ...     remove_abandoned(Path(folder), "-color.png") <= 1  # 0 where files cannot be locked
        True
    """
    pattern = re.compile(rf"\..*{re.escape(ending)}\.[0-9a-f]{{12}}\.tmp")
    with suppress(OSError):  # a folder that does not exist holds nothing
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
        # Before it was locked, another process may have taken it for abandoned and removed it.
        if os.fstat(file.fileno()).st_nlink or fcntl is None:
            return temporary, file
        file.close()


def _hold(file: BinaryIO) -> bool:
    """Lock an open file unless another process has locked it, and return whether it is locked."""
    if fcntl is not None:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    return False


def _prefix(path: Path) -> str:
    # The end of the name is enough: a whole name may be as long as the file system allows.
    return f".{path.name[-50:]}."


def _claim(temporary: Path, target: Path) -> None:
    """Give the file its name in one step, which fails if the name is taken."""
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
    # Path.expanduser would fail for `~name` if there is no user of this name.
    return Path(os.path.expanduser(value)) if value else None
