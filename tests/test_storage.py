"""One lock, and one way to write a file whole or not at all."""

import errno
import fcntl
import os
import socket
import subprocess
import sys
import time

import pytest
from filelock import FileLock, SoftFileLock, Timeout

from huelab import storage


def test_a_lock_is_held_by_one_at_a_time(tmp_path):
    with storage.locked(tmp_path / "a.lock"), pytest.raises(Timeout):
        FileLock(tmp_path / "a.lock").acquire(timeout=0)
    FileLock(tmp_path / "a.lock").acquire(timeout=0).lock.release()


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_without_the_kernels_locks_a_file_is_the_lock(tmp_path, monkeypatch, code):
    def no_locks(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    marker = tmp_path / "a.lock.soft"
    # A process that is gone left it behind.
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    marker.write_text(f"{gone.pid}\n{socket.gethostname()}\n")
    age = time.time() - 60
    os.utime(marker, (age, age))
    with storage.locked(tmp_path / "a.lock"), pytest.raises(Timeout):
        SoftFileLock(marker).acquire(timeout=0)
    assert not marker.exists()


def test_locks_that_cannot_be_made_are_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError), storage.locked(tmp_path / "file/a.lock"):
        pass


# One way to write a file


@pytest.mark.parametrize("overwrite", [True, False])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, overwrite):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "a.txt"
    if overwrite:
        path.write_text("old")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            storage.write_whole(path, "new", overwrite=overwrite)
    assert [each.read_text() for each in tmp_path.iterdir()] == (["old"] if overwrite else [])


def test_text_bytes_and_functions_are_written(tmp_path):
    path = storage.write_whole(tmp_path / "new" / "a.txt", "né")
    assert path.read_bytes() == b"n\xc3\xa9"
    path.chmod(0o600)
    storage.write_whole(path, b"\xff")
    assert path.read_bytes() == b"\xff" and path.stat().st_mode & 0o777 == 0o600
    storage.write_whole(path, lambda file: file.write(b"by hand"))
    with pytest.raises(FileExistsError):
        storage.write_whole(path, b"other", overwrite=False)
    assert path.read_bytes() == b"by hand" and list(path.parent.iterdir()) == [path]
    with pytest.raises(ZeroDivisionError):
        storage.write_whole(path, lambda file: 1 / 0)
    long = storage.write_whole(tmp_path / ("é" * 127), b"long")
    assert long.read_bytes() == b"long"


def test_leftovers_are_those_of_one_file(tmp_path):
    path = tmp_path / "a[1].npy"
    kept = [tmp_path / "a.npy", tmp_path / ".a[2].npy.0123456789ab.tmp", path]
    for each in [*kept, tmp_path / ".a[1].npy.0123456789ab.tmp"]:
        each.touch()
    storage.remove_leftovers(path)
    assert sorted(tmp_path.iterdir()) == sorted(kept)


WRITER = """
import sys, time
from pathlib import Path
from huelab.storage import write_whole

def slowly(file):
    file.write(b"half")
    file.flush()
    print("writing", flush=True)
    sys.stdin.readline()

write_whole(Path(sys.argv[1]), slowly, overwrite=False)
"""


def test_files_of_a_killed_process_are_removed_and_those_of_a_living_one_stay(tmp_path):
    def writer(name):
        words = [sys.executable, "-c", WRITER, str(tmp_path / name)]
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdout.readline() == b"writing\n"
        return process

    kept = [tmp_path / name for name in (".a-color.png.tmp", ".b.txt.0123456789ab.tmp")]
    for path in kept:
        path.touch()
    with writer("killed-color.png") as killed, writer("living-color.png") as living:
        killed.kill()
        killed.wait()
        assert len(list(tmp_path.iterdir())) == 4
        assert storage.remove_abandoned(tmp_path, "-color.png") == 1
        assert storage.remove_abandoned(tmp_path, "-color.png") == 0
        (left,) = set(tmp_path.iterdir()) - set(kept)
        assert left.name.startswith(".living-color.png.")
        living.communicate(b"\n")
    assert set(tmp_path.iterdir()) == {*kept, tmp_path / "living-color.png"}
    assert (tmp_path / "living-color.png").read_bytes() == b"half"
    assert storage.remove_abandoned(tmp_path / "absent", "-color.png") == 0


def test_a_new_file_that_is_taken_for_an_abandoned_one_is_begun_again(tmp_path, monkeypatch):
    """Between being made and being locked."""
    hold, calls = storage._hold, []

    def late(file):
        calls.append(file)
        if len(calls) == 1:
            assert storage.remove_abandoned(tmp_path, "a.txt") == 1
        return hold(file)

    monkeypatch.setattr(storage, "_hold", late)
    assert storage.write_whole(tmp_path / "a.txt", "whole").read_text() == "whole"
    assert list(tmp_path.iterdir()) == [tmp_path / "a.txt"]


@pytest.mark.parametrize("said", ["~nobody-has-this-name/cache", "~"])
def test_a_home_that_is_nobodys_is_a_name_as_in_a_shell(monkeypatch, said):
    monkeypatch.setenv("HUELAB_CACHE", said)
    assert str(storage.cache_dir()) == os.path.expanduser(said)
