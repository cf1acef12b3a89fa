"""Letting one process work while others wait, where the system can do that."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


@contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Hold the lock file `path`, waiting for whoever holds it; yields whether it is held.

    The kernel frees the lock when its holder ends, also when it is killed, so none is ever stale.
    Where there are no locks (Windows, some network file systems) it yields False at once: callers
    use it to save work, and stay correct without it. The file is left behind, because removing a
    lock file that another process is about to lock would let two in.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        yield _lock(file.fileno())


def _lock(descriptor: int) -> bool:
    if fcntl is None:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError:
        return False
    return True
