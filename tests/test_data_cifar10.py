"""CIFAR-10's official archive: fetching, checking, unpacking, reading; on a tiny archive."""

import hashlib
import io
import pickle
import tarfile

import numpy as np
import pytest
from torchvision.datasets import CIFAR10

from huelab import data
from huelab.data import cifar10

PER_BATCH = 4
CLASSES = ["airplane", "automobile", "bird"]


def batch(name):
    """Rows as the official archive has them: 1,024 red, then green, then blue values."""
    rng = np.random.default_rng(abs(hash_of(name)))
    return {
        "data": rng.integers(0, 256, (PER_BATCH, 3072), dtype=np.uint8),
        "labels": [k % 3 for k in range(PER_BATCH)],
    }


def hash_of(name):
    return int(hashlib.md5(name.encode()).hexdigest()[:8], 16)


def pictures(names):
    rows = np.concatenate([batch(name)["data"] for name in names])
    return rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)


TRAIN, TEST = [f"data_batch_{k}" for k in range(1, 6)], ["test_batch"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HUELAB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """A tiny archive of the official structure, which torchvision takes for the real one."""
    path = tmp_path / "served/cifar-10-python.tar.gz"
    path.parent.mkdir()
    files = {name: pickle.dumps(batch(name)) for name in TRAIN + TEST}
    files["batches.meta"] = pickle.dumps({"label_names": CLASSES})
    with tarfile.open(path, "w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    md5 = {name: hashlib.md5(content).hexdigest() for name, content in files.items()}
    meta = {"filename": "batches.meta", "key": "label_names", "md5": md5["batches.meta"]}
    monkeypatch.setattr(CIFAR10, "train_list", [[name, md5[name]] for name in TRAIN])
    monkeypatch.setattr(CIFAR10, "test_list", [[name, md5[name]] for name in TEST])
    monkeypatch.setattr(CIFAR10, "meta", meta)
    monkeypatch.setattr(CIFAR10, "tgz_md5", hashlib.md5(path.read_bytes()).hexdigest())
    return path


@pytest.fixture
def url(server, archive, monkeypatch):
    """Serve the archive on this computer, where torchvision looks for it."""
    server.files[f"/{archive.name}"] = archive.read_bytes()
    url = f"{server.url}/{archive.name}"
    monkeypatch.setattr(CIFAR10, "url", url)
    return url


def test_fetch_then_open(home, url):
    with pytest.raises(data.DataError) as caught:
        data.open_dataset("cifar10", "train", 32)
    for part in ("huelab data fetch cifar10", url, str(home / "data"), CIFAR10.tgz_md5):
        assert part in str(caught.value)
    assert not data.describe("cifar10").present

    assert data.fetch("cifar10") == home / "data/cifar-10-batches-py"
    train = data.open_dataset("cifar10", "train", 32)
    np.testing.assert_array_equal(train.pixels, pictures(TRAIN))
    assert train.labels[:4] == ["airplane", "automobile", "bird", "airplane"]
    assert train.files[7] == "train/00007" and len(set(train.files)) == 20
    test = data.open_dataset("cifar10", "test", None)
    np.testing.assert_array_equal(test[2], pictures(TEST)[2].transpose(2, 0, 1))
    assert test.hash == data.hash_pixels(pictures(TEST)) != train.hash
    info = data.describe("cifar10")
    parts = {"train": 50_000, "test": 10_000, "train_45k": 45_000, "validation_5k": 5_000}
    assert info.splits == parts and cifar10.SPLITS == {"train": 50_000, "test": 10_000}
    assert info.present and info.where == str(home / "data")
    with pytest.raises(data.DataError, match=r"no split 'val'.*train \(50,000\)"):
        data.open_dataset("cifar10", "val", 32)
    assert data.names().count("cifar10") == 1 and "cifar-10-batches-py" not in data.names()


def test_fetching_again_downloads_nothing(home, url, monkeypatch):
    data.fetch("cifar10")
    monkeypatch.setattr(CIFAR10, "url", "http://127.0.0.1:9/gone")
    assert data.fetch("cifar10") == home / "data/cifar-10-batches-py"


def test_a_wrong_checksum_is_refused(home, url, monkeypatch):
    monkeypatch.setattr(CIFAR10, "tgz_md5", "0" * 32)
    with pytest.raises(data.DataError, match="is not the file it should be"):
        data.fetch("cifar10")
    assert not data.describe("cifar10").present


def test_a_damaged_archive_is_not_unpacked_and_is_replaced(home, url):
    (home / "data").mkdir()
    (home / "data/cifar-10-python.tar.gz").write_bytes(b"half a download")
    with pytest.raises(data.DataError, match="is damaged: its md5"):
        data.open_dataset("cifar10", "train", 32)
    data.fetch("cifar10")
    assert len(data.open_dataset("cifar10", "train", 32)) == 20


def test_offline_says_what_to_put_where(home, archive, monkeypatch):
    monkeypatch.setattr(CIFAR10, "url", "http://127.0.0.1:9/cifar-10-python.tar.gz")
    with pytest.raises(data.DataError) as caught:
        data.fetch("cifar10")
    for part in (CIFAR10.url, CIFAR10.tgz_md5, str(home / "data"), "cifar-10-python.tar.gz"):
        assert part in str(caught.value)


@pytest.mark.parametrize("read_only", [False, True])
def test_an_archive_put_there_by_hand_is_unpacked(home, archive, monkeypatch, read_only):
    (home / "data").mkdir()
    (home / "data/cifar-10-python.tar.gz").write_bytes(archive.read_bytes())
    if read_only:  # pretended: the superuser may write anywhere
        monkeypatch.setattr(cifar10, "_writable", lambda folder: folder != home / "data")
    train = data.open_dataset("cifar10", "train", 32)
    np.testing.assert_array_equal(train.pixels, pictures(TRAIN))
    root = home / ("cache/sources" if read_only else "data")
    assert (root / "cifar-10-batches-py/test_batch").is_file()
    assert (home / "data/cifar-10-batches-py").exists() != read_only
    assert not [path for path in root.iterdir() if path.name.startswith("tmp")]


def test_nowhere_to_write_is_named(home, archive, monkeypatch):
    monkeypatch.setattr(cifar10, "_writable", lambda folder: False)
    with pytest.raises(data.DataError, match=r"neither .* can be written to"):
        data.fetch("cifar10")


def test_damaged_batches_are_refused_and_fetched_again(home, url):
    folder = data.fetch("cifar10")
    (folder / "data_batch_3").write_bytes(b"damaged")
    with pytest.raises(data.DataError, match="is damaged"):
        data.open_dataset("cifar10", "train", 32)
    data.fetch("cifar10")
    assert len(data.open_dataset("cifar10", "train", 32)) == 20
