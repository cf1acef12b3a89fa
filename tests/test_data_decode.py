"""Decoding once: hits, changed sources, damage, two processes at once, and a killed one."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from huelab import data
from huelab.data import decode
from huelab.data.folder import FolderSource

N = 150


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HUELAB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def pack(home):
    """N pictures of one flat color each, whose pixels at any size are that color."""
    folder = home / "data/pack/train"
    folder.mkdir(parents=True)
    for k in range(N):
        Image.new("RGB", (20, 24), (k, 255 - k, 7)).save(folder / f"{k:03d}.png")
    return home / "data/pack"


def expected(size):
    colors = np.array([(k, 255 - k, 7) for k in range(N)], np.uint8)
    return np.broadcast_to(colors[:, None, None], (N, size, size, 3))


def cached(home):
    return sorted((home / "cache/decoded").glob("*.npy"))


@pytest.fixture
def reads(monkeypatch):
    """Count how many pictures are decoded."""
    seen, read = [], FolderSource.read

    def counting(self, picture):
        seen.append(picture.file)
        return read(self, picture)

    monkeypatch.setattr(FolderSource, "read", counting)
    return seen


def test_a_second_opening_decodes_nothing(pack, reads, home):
    first = data.open_dataset("pack", "train", 16)
    assert sorted(reads) == first.files
    second = data.open_dataset("pack", "train", 16)
    assert len(reads) == N and first.hash == second.hash and len(cached(home)) == 1
    np.testing.assert_array_equal(second.pixels, expected(16))
    assert second.hash == data.hash_pixels(expected(16))
    about = json.loads(cached(home)[0].with_suffix(".json").read_text())
    assert about["shape"] == [N, 16, 16, 3] and about["name"] == "pack"


def test_whole_hashes_are_remembered(pack, reads):
    first = data.open_dataset("pack", "train", None).hash
    assert len(reads) == N
    assert data.open_dataset("pack", "train", None).hash == first and len(reads) == N


@pytest.mark.parametrize("change", ["content", "name", "more", "manifest", "recipe"])
def test_anything_that_changes_pixels_decodes_again(pack, reads, monkeypatch, change):
    before = data.open_dataset("pack", "train", 16)
    target = pack / "train/004.png"
    if change == "content":
        time = target.stat().st_mtime_ns
        Image.new("RGB", (20, 24), (9, 9, 9)).save(target)
        os.utime(target, ns=(time + 1, time + 1))
    elif change == "name":
        target.rename(pack / "train/zzz.png")
    elif change == "more":
        Image.new("RGB", (20, 24)).save(pack / "train/999.png")
    elif change == "manifest":
        sha256 = hashlib.sha256(target.read_bytes()).hexdigest()
        (pack / "manifest.csv").write_text(f"file,split,sha256\ntrain/004.png,train,{sha256}\n")
    else:
        monkeypatch.setattr(decode, "RECIPE", "another")
    del reads[:]
    after = data.open_dataset("pack", "train", 16)
    assert len(reads) == len(after) and after.hash == data.hash_pixels(after.pixels)
    assert (after.hash == before.hash) == (change == "recipe")
    np.testing.assert_array_equal(before.pixels, expected(16))  # what is open stays as it was


def test_equal_names_in_two_places_are_kept_apart(pack, home):
    other = home / "elsewhere/pack"
    for path in sorted((pack / "train").iterdir()):
        target = other / "train" / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        content = bytearray(path.read_bytes())
        target.write_bytes(content)
        os.utime(target, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    data.open_dataset("pack", "train", 8)
    data.open_dataset(other, "train", 8)
    assert len(cached(home)) == 2


@pytest.mark.parametrize("damage", ["short", "empty", "other", "no json", "bad json"])
def test_damaged_files_are_made_again(pack, home, damage):
    data.open_dataset("pack", "train", 16)
    (path,) = cached(home)
    if damage == "short":
        os.truncate(path, path.stat().st_size // 2)
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "other":
        np.save(path, np.zeros((N, 16, 16), np.uint8))
    elif damage == "no json":
        path.with_suffix(".json").unlink()
    else:
        path.with_suffix(".json").write_text('{"name"')
    again = data.open_dataset("pack", "train", 16)
    np.testing.assert_array_equal(again.pixels, expected(16))
    assert again.hash == data.hash_pixels(expected(16))


def test_a_cache_that_cannot_be_written_is_named(pack, home, monkeypatch):
    (home / "file").write_text("")
    monkeypatch.setenv("HUELAB_CACHE", str(home / "file/below"))
    with pytest.raises(data.DataError, match="HUELAB_CACHE"):
        data.open_dataset("pack", "train", 16)
    whole = data.open_dataset("pack", "train", None)
    assert whole.hash == data.hash_pixels(whole.picture(k) for k in range(N))


def test_a_full_disk_is_an_error_before_anything_is_written(pack, home, monkeypatch):
    usage = decode.shutil.disk_usage(home)
    monkeypatch.setattr(decode.shutil, "disk_usage", lambda path: usage._replace(free=1000))
    with pytest.raises(data.DataError, match="GB left"):
        data.open_dataset("pack", "train", 16)
    assert not cached(home)


# The same, with other processes. Each costs the time to import torch, so they do much at once.

OPEN = """
import hashlib, os, sys, time
from pathlib import Path
import huelab.data.decode, huelab.data.folder, huelab.storage
from huelab import data

decoded, read = [], huelab.data.folder.FolderSource.read
without_locks = False
together = Path(os.environ["HUELAB_CACHE"], "together")

def watched(self, picture):
    decoded.append(picture.file)
    if sys.argv[1] == "hang" and len(decoded) > 100:
        print("half way", flush=True)
        time.sleep(60)
    if without_locks:  # nobody goes on before both decode
        Path(together, str(os.getpid())).mkdir(parents=True, exist_ok=True)
        while len(list(together.iterdir())) < 2:
            time.sleep(0.01)
    return read(self, picture)

huelab.data.folder.FolderSource.read = watched
print("ready", flush=True)
for size in (16, 17):
    sys.stdin.readline()
    if size == 17:
        # Another lock each: as if there were none.
        without_locks, locked = True, huelab.storage.locked
        huelab.data.decode.locked = lambda path: locked(path.with_suffix(f".{os.getpid()}"))
        huelab.data.decode.remove_leftovers = lambda path: None
    del decoded[:]
    photos = data.open_dataset("pack", "train", size)
    content = hashlib.sha256(photos.pixels.tobytes()).hexdigest()
    print(len(decoded), photos.hash, content, flush=True)
"""


def start(mode):
    return subprocess.Popen(
        [sys.executable, "-c", OPEN, mode],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent,
    )


def tell(process):
    process.stdin.write("\n")
    process.stdin.flush()


def test_two_processes_at_once_and_one_killed_half_way(pack, home):
    """Waiting by lock (16), racing without locks (17), and dying while others wait."""
    hanging, first, second = start("hang"), start("work"), start("work")
    try:
        assert [p.stdout.readline() for p in (hanging, first, second)] == ["ready\n"] * 3

        # One dies with the lock in its hands and half a file written; two more want the same.
        tell(hanging)
        assert hanging.stdout.readline().startswith("half way")  # said by every thread
        left = list((home / "cache/decoded").glob(".*.tmp"))
        assert len(left) == 1 and not cached(home)
        tell(first)
        tell(second)
        hanging.kill()
        hanging.wait()
        answers = [p.stdout.readline().split() for p in (first, second)]
        whole = data.open_dataset("pack", "train", 16)
        content = hashlib.sha256(expected(16).tobytes()).hexdigest()
        assert sorted(int(answer[0]) for answer in answers) == [0, N]
        assert all(answer[1:] == [whole.hash, content] for answer in answers)
        assert not left[0].exists()

        # Both decode the same at once, without locks.
        tell(first)
        tell(second)
        answers = [p.stdout.readline().split() for p in (first, second)]
        content = hashlib.sha256(expected(17).tobytes()).hexdigest()
        assert [int(answer[0]) for answer in answers] == [N, N]
        assert all(answer[2] == content for answer in answers)
        assert len(cached(home)) == 2 and not list((home / "cache").rglob("*.tmp"))
    finally:
        for process in (hanging, first, second):
            process.kill()
            process.communicate()
