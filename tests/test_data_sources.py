"""Where data sets come from: committed listings, official places, and sets that need a hand.

Nothing here uses the network: a server on this computer serves small files and archives, and
misbehaves as real ones do.
"""

import csv
import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from local_server import closed_url
from PIL import Image
from urllib3.util import Retry

from huelab import data
from huelab.data import datasets, sources
from huelab.data.folder import Folder
from huelab.data.sources import download, manifests, official, rebuild, unsplash
from huelab.data.sources.manifests import Entry, Listing, Origin

# The real data folder, before the tests look elsewhere.
REAL = Path(os.environ.get("HUELAB_DATA", "/nowhere"))
ORIGIN = Origin("someone/some-pictures", "c0ffee", "CC0")
RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty data folder; no pauses."""
    monkeypatch.setenv("HUELAB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(Retry, "sleep", lambda *_: None)
    return tmp_path / "data"


@pytest.fixture
def server(server, monkeypatch):
    """The local server stands for GitHub's."""
    monkeypatch.setattr(rebuild, "FILES", server.url)
    monkeypatch.setattr(rebuild, "ARCHIVES", server.url)
    return server


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def picture(kind="PNG", width=12, height=10):
    file = io.BytesIO()
    pixels = RNG.integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def at(path):
    return f"/{ORIGIN.repository}/{ORIGIN.commit}/{path}"


NAMES = ["Apple Red 1/r 1_100.png", "100% né #2?/a+b&c.png", "plain.png"]


@pytest.fixture
def listing(server, monkeypatch):
    """A set called `photos`: three files as they are, one made smaller, two rows of a sheet."""
    entries = []
    for k, path in enumerate(NAMES):
        content = server.files[at(path)] = picture()
        split = "test" if k == 2 else "train"
        entries.append(Entry(f"{split}/{k}.png", f"c{k}", "mine", path, "", sha256(content)))
    big = server.files[at("big picture.jpg")] = picture("JPEG", 60, 40)
    small = manifests.Original(big).picture(Entry("x", size="12x8"))
    entries.append(
        Entry("train/3.jpg", "c3", "mine", "big picture.jpg", sha256(big), sha256(small), "12x8")
    )
    sheet = RNG.integers(0, 256, (4, 1024, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(sheet).save(file, "PNG")
    server.files[at("sheet.png")] = file.getvalue()
    for row in (1, 3):
        pixels = sha256(sheet[row].tobytes())
        # As if it had been made with another zlib: only the pixels are the same.
        entries.append(
            Entry(f"train/s{row}.png", "", "mine", "sheet.png", "", "0" * 64, "", str(row), pixels)
        )
    listing = Listing("photos", False, "", {"mine": ORIGIN}, tuple(entries))
    monkeypatch.setattr(manifests, "load", lambda name: listing)
    return listing


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# Sets that are rebuilt from a listing


def test_a_set_is_rebuilt_from_its_listing(home, server, listing):
    assert data.fetch("photos") == home / "photos"
    assert "/someone/some-pictures/c0ffee/100%25%20n%C3%A9%20%232%3F/a%2Bb%26c.png" in server.asked
    assert server.asked.count("/someone/some-pictures/c0ffee/sheet.png") == 1
    rows = rows_of(home / "photos/manifest.csv")
    assert [row["file"] for row in rows] == [entry.file for entry in listing.entries]
    assert rows[0] == {
        "file": "train/0.png",
        "split": "train",
        "label": "c0",
        "dataset": "mine",
        "source_repo": ORIGIN.repository,
        "source_commit": ORIGIN.commit,
        "source_path": NAMES[0],
        "sha256": sha256(server.files[at(NAMES[0])]),
        "license": "CC0",
    }
    train = data.open_dataset("photos", "train", None)
    assert train.labels == ["c0", "c1", "c3", "", ""]
    assert [train[k].shape[1:] for k in (2, 3)] == [(8, 12), (32, 32)]
    assert data.describe("photos").splits == {"train": 5, "test": 1}
    left = {path.name for path in (home / "photos").iterdir()}
    assert left == {"manifest.csv", "train", "test", ".fetch.lock"}
    server.asked.clear()
    data.fetch("photos")
    assert not server.asked


def test_what_is_there_and_right_is_kept_and_the_rest_completed(home, server, listing):
    data.fetch("photos")
    whole = data.open_dataset("photos", "train", 8).hash
    (home / "photos/train/0.png").write_bytes(b"damaged")
    (home / "photos/train/s3.png").unlink()
    (home / "photos/test/2.png").unlink()
    server.asked.clear()
    data.fetch("photos")
    assert len(server.asked) == 3
    assert data.open_dataset("photos", "train", 8).hash == whole


def test_a_cut_connection_is_taken_up_again_also_by_the_next_call(home, server, listing):
    path = at("plain.png")
    server.cuts[path] = [100]
    data.fetch("photos")
    assert "bytes=100-" in server.ranges
    shutil.rmtree(home)
    server.ranges.clear()
    server.cuts[path] = [36] * download.TRIES
    with pytest.raises(data.DataError, match="the connection broke after 180 bytes") as caught:
        data.fetch("photos")
    assert "`huelab data fetch photos` goes on" in str(caught.value)
    with pytest.raises(data.DataError, match="photos is only partly here"):
        data.open_dataset("photos", "train", 8)
    data.fetch("photos")
    assert "bytes=180-" in server.ranges
    assert len(data.open_dataset("photos", "train", 8)) == 5


def test_files_that_cannot_be_had_are_counted_listed_and_keep_the_set_closed(home, server, listing):
    del server.files[at("plain.png")]
    right = server.files[at(NAMES[0])]
    server.files[at(NAMES[0])] = picture()
    server.files[at("sheet.png")] = b"<html>no such page</html>"
    with pytest.raises(data.DataError) as caught:
        data.fetch("photos")
    message = str(caught.value)
    for part in (
        "2 of 6 pictures",
        "4 could not be fetched",
        "1 x the server says 404 Not Found (such as test/2.png)",
        "1 x the server has another file by that name",
        "2 x its original cannot be decoded",
        str(home / "photos/missing.csv"),
    ):
        assert part in message
    assert "\n" not in message
    missing = rows_of(home / "photos/missing.csv")
    assert {row["file"] for row in missing} == {
        "test/2.png",
        "train/0.png",
        "train/s1.png",
        "train/s3.png",
    }
    info = data.describe("photos")
    assert not info.present and "only partly here" in info.get
    with pytest.raises(data.DataError, match="photos is only partly here"):
        data.open_dataset("photos", "train", 8)

    server.files[at(NAMES[0])] = right
    with pytest.raises(data.DataError, match="3 of 6 pictures"):
        data.fetch("photos")


def test_offline_is_one_line_at_once(home, server, listing, monkeypatch):
    monkeypatch.setattr(rebuild, "FILES", closed_url())
    with pytest.raises(data.DataError) as caught:
        data.fetch("photos")
    message = str(caught.value)
    assert message.startswith("photos: stopped after 0 of 5 files: there is no connection")
    assert "goes on" in message and "\n" not in message
    monkeypatch.setattr(rebuild, "FILES", server.url)
    data.fetch("photos")


def test_the_command_line_leaves_with_status_one(home, server, listing, monkeypatch, capsys):
    from huelab.cli.main import main

    monkeypatch.setattr(rebuild, "FILES", closed_url())
    monkeypatch.setattr("sys.argv", ["huelab", "data", "fetch", "photos"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 1
    assert "huelab: photos: stopped after 0 of 5 files" in capsys.readouterr().err


def test_a_busy_server_is_waited_for_but_not_forever(home, server, listing):
    server.says[at("plain.png")] = [(429, 0), (503, 0)]
    data.fetch("photos")
    shutil.rmtree(home)
    server.says[at("plain.png")] = [(503, 0)] * 4
    with pytest.raises(data.DataError, match=r"stopped after . of 5 files: the server says 503"):
        data.fetch("photos")


def test_a_folder_that_cannot_be_written_to_is_named(home, server, listing):
    home.write_text("a file where a folder should be")
    with pytest.raises(data.DataError, match=r"cannot be written to .* set HUELAB_DATA"):
        data.fetch("photos")
    assert not server.asked


def test_a_whole_set_in_a_read_only_folder_needs_no_fetching(home, server, listing, monkeypatch):
    folder = data.fetch("photos")
    server.asked.clear()
    monkeypatch.setattr(sources, "make_writable", lambda root: pytest.fail("wrote"))
    assert data.fetch("photos") == folder
    assert not server.asked
    assert len(data.open_dataset("photos", "train", 8)) == len(listing.entries) - 1


def test_smaller_pictures_with_other_bytes_are_kept_only_if_asked_for(
    home, server, listing, monkeypatch
):
    *others, small, one, two = listing.entries
    odd = Entry(small.file, "c3", "mine", small.path, small.original, "f" * 64, small.size)
    changed = Listing("photos", False, "", listing.origins, (*others, odd, one, two))
    monkeypatch.setattr(manifests, "load", lambda name: changed)
    with pytest.raises(data.DataError, match="1 x it was made smaller from the right original"):
        data.fetch("photos")
    data.fetch("photos", near=True)
    row = rows_of(home / "photos/manifest.csv")[3]
    assert row["sha256"] == sha256((home / "photos/train/3.jpg").read_bytes())
    server.asked.clear()
    data.fetch("photos", near=True)
    assert not server.asked and len(data.open_dataset("photos", "train", 8)) == 5


def archive_of(contents):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name, content in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return file.getvalue()


def test_a_set_of_many_files_is_found_in_an_archive_by_sha256(home, server, monkeypatch):
    contents = [picture() for _ in range(4)]
    files = [(f"train/{k}.png", sha256(content)) for k, content in enumerate(contents)]
    entries = [Entry(file, "", "mine", "", "", digest[:16]) for file, digest in files]
    # Two files of one content are two pictures.
    twin = Entry("test/0.png", "", "mine", "", "", files[0][1][:16])
    digest = manifests.digest_of([*files, ("test/0.png", files[0][1])])
    listing = Listing("photos", True, digest, {"mine": ORIGIN}, (*entries, twin))
    monkeypatch.setattr(manifests, "load", lambda name: listing)
    packed = {f"some-pictures-c0ffee/x/{k}.png": content for k, content in enumerate(contents)}
    url = f"/{ORIGIN.repository}/tar.gz/{ORIGIN.commit}"

    server.files[url] = archive_of(dict(list(packed.items())[:3]))
    with pytest.raises(data.DataError, match="1 x no file of the repository has its sha256"):
        data.fetch("photos")
    server.files[url] = archive_of(packed)[:-40]
    with pytest.raises(data.DataError, match="the archive is damaged"):
        data.fetch("photos")
    server.files[url] = archive_of(packed)
    data.fetch("photos")
    assert rows_of(home / "photos/manifest.csv")[3]["sha256"] == files[3][1]
    assert data.describe("photos").splits == {"train": 4, "test": 1}
    assert not (home / "photos/.fetch").exists()

    # Digests are cut, so the whole listing has one of its own.
    other = Listing("photos", True, "0" * 64, listing.origins, listing.entries)
    monkeypatch.setattr(manifests, "load", lambda name: other)
    (home / "photos/manifest.csv").unlink()
    with pytest.raises(data.DataError, match="other pictures than are listed"):
        data.fetch("photos")


# What is committed


def listing_of(name):
    """The committed listing of a set, as its row of the table gives it."""
    return datasets.TABLE[name].files.fetching.load(name)


LISTED = ["cifar10_exact", "cifar10_jpeg", "faces", "fruits360", "kodak24", "ncd", "photos"]
LISTED += ["photos_more"]
COUNTS = {
    "cifar10_exact": (3_600, 400),
    "cifar10_jpeg": (50_000, 10_000),
    "faces": (5_000, 500),
    "fruits360": (5_000, 500),
    "kodak24": (0, 24),
    "ncd": (574, 146),
    "photos": (4_606, 504),
    "photos_open": (3_976, 434),
    "photos_more": (3_872, 0),
}


@pytest.mark.parametrize("name", COUNTS)
def test_committed_listings_are_complete_and_safe(name):
    listing = listing_of(name)
    splits = [entry.split for entry in listing.entries]
    assert (splits.count("train"), splits.count("test")) == COUNTS[name]
    assert len({entry.file for entry in listing.entries}) == len(listing.entries)
    for entry in listing.entries:
        assert entry.dataset in listing.origins and len(entry.sha256) in (16, 64)
        assert ".." not in entry.file.split("/") and not entry.file.startswith("/")
        assert listing.archive or entry.path
    for origin in listing.origins.values():
        assert len(origin.commit) == 40 and "/" in origin.repository and origin.license


@pytest.mark.parametrize("name", LISTED)
def test_committed_listings_are_those_that_were_made(name):
    """Nobody has edited one: packed again they are the same, and their digest is the stored."""
    listing = listing_of(name)
    committed = (manifests.FOLDER / f"{name}.csv.gz").read_bytes()
    assert committed[4:8] == bytes(4), "a time stamp"
    again = manifests.pack(listing.entries)
    assert again == manifests.pack(listing.entries)
    # Another zlib may pack otherwise; what is packed is the same.
    assert gzip.decompress(again) == gzip.decompress(committed)
    if all(len(entry.sha256) == 64 for entry in listing.entries):
        files = ((entry.file, entry.sha256) for entry in listing.entries)
        assert manifests.digest_of(files) == listing.digest


@pytest.mark.parametrize("name", LISTED)
def test_committed_listings_are_those_of_the_records_data(name):
    manifest = REAL / datasets.TABLE[name].files.path / "manifest.csv"
    if not manifest.is_file():
        pytest.skip(f"{name} is not here")
    rows, listing = rows_of(manifest), listing_of(name)
    assert manifests.digest_of((row["file"], row["sha256"]) for row in rows) == listing.digest
    for row, entry in zip(rows, listing.entries, strict=True):
        assert row["file"] == entry.file and row["sha256"].startswith(entry.sha256)
        assert row.get("label", "") == entry.label


def test_listings_stay_small():
    assert sum(path.stat().st_size for path in manifests.FOLDER.iterdir()) < 3e6


def test_a_listing_is_made_from_a_folder_with_sources(tmp_path, monkeypatch):
    monkeypatch.setattr(manifests, "FOLDER", tmp_path / "listings")
    (tmp_path / "listings").mkdir()
    (tmp_path / "set/train").mkdir(parents=True)
    (tmp_path / "set/train/a.png").write_bytes(content := picture())
    row = {"file": "train/a.png", "split": "train", "label": "x", "dataset": "mine"}
    row |= {"source_repo": ORIGIN.repository, "source_commit": ORIGIN.commit, "licence": "CC0"}
    row |= {"source_path": "s.png row 7; as before", "source_sha256": "", "resized": "0"}
    sources.write_manifest(tmp_path / "set", [row | {"sha256": sha256(content)}])
    manifests.make("tiny", tmp_path / "set", archive=False, digits=64)
    (entry,) = manifests.load("tiny").entries
    assert (entry.path, entry.row, entry.label) == ("s.png", "7", "x")
    assert entry.pixels == sha256(np.asarray(Image.open(io.BytesIO(content))).tobytes())
    assert manifests.load("tiny").origins == {"mine": ORIGIN}
    before = (tmp_path / "listings/tiny.csv.gz").read_bytes()
    manifests.make("tiny", tmp_path / "set", archive=False, digits=64)
    assert (tmp_path / "listings/tiny.csv.gz").read_bytes() == before


# The part of `photos` with the clearest licenses


def test_photos_open_is_found_in_photos_and_in_a_folder_of_its_own(home):
    rows = []
    for k, dataset in enumerate(["caltech101", "bsds500", "intel_scenes"]):
        path = home / f"photos/train/{k}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture())
        rows.append({"file": f"train/{k}.png", "split": "train", "dataset": dataset})
    sources.record(home / "photos", rows)
    part = data.open_dataset("photos_open", "train", 8)
    assert part.files == ["train/0.png", "train/2.png"] and part.name == "photos_open"
    assert data.describe("photos_open").splits == {"train": 2}
    assert data.describe("photos").splits == {"train": 3}

    shutil.copytree(home / "photos", home / "photos_open")
    sources.write_manifest(home / "photos_open", rows[:1])
    assert data.open_dataset("photos_open", "train", 8).files == ["train/0.png"]
    shutil.rmtree(home / "photos_open")
    (home / "photos/manifest.csv").unlink()
    with pytest.raises(data.DataError, match=r"has no manifest\.csv that says which part"):
        data.open_dataset("photos_open", "train", 8)


# Two sets as one, with pictures for validation


def some(root, names):
    rows = []
    for name in names:
        path = root / f"train/{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture())
        rows.append({"file": f"train/{name}.png", "split": "train", "dataset": "caltech101"})
    sources.record(root, rows)


def test_photos_both_holds_the_pictures_of_two_sets_split_for_validation(home):
    some(home / "photos", [f"a{k}" for k in range(25)])
    with pytest.raises(data.DataError, match="photos_more is not a folder"):
        data.open_dataset("photos_both", "train", 8)
    assert not data.describe("photos_both").present
    some(home / "photos_more", [f"b{k}" for k in range(20)])
    train, held = (data.open_dataset("photos_both", split, 8) for split in ("train", "validation"))
    names = {f"train/a{k}.png" for k in range(25)} | {f"train/b{k}.png" for k in range(20)}
    assert set(train.files) | set(held.files) == names and len(train.files + held.files) == 45
    assert data.describe("photos_both").splits == {"train": 43, "validation": 2}
    assert len(held) == 45 // 20
    with pytest.raises(data.DataError, match="no split 'test'"):
        data.open_dataset("photos_both", "test", 8)


# Official places


def test_every_set_says_how_it_is_had_and_its_license():
    for name, row in datasets.TABLE.items():
        if not isinstance(row.files, Folder):
            continue
        info = data.describe(name)
        assert not info.present and info.license and info.way in ("fetch", "by hand, then fetch")
        assert f"huelab data fetch {name}" in info.get and info.where in info.get
    assert data.describe("cifar10").way == "fetch" and data.describe("embedded").way == ""


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("ffhq", ["thumbnails128x128.zip", "drive.google.com", "download_ffhq.py --thumbs"]),
        ("unsplash_lite", [unsplash.LINK, "photos.tsv000", "TERMS.md"]),
        ("ncd_official", ["ncd_color.zip", "drive.google.com", "ColorSurvey"]),
    ],
)
def test_sets_that_need_a_hand_say_what_from_where_and_where_to(home, name, parts):
    with pytest.raises(data.DataError) as caught:
        data.fetch(name)
    message = str(caught.value)
    for part in [
        *parts,
        f"{name} needs a step by hand",
        str(home / name),
        f"huelab data fetch {name}",
    ]:
        assert part in message
    assert "\n" not in message


def zip_of(contents):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in contents.items():
            packed.writestr(name, content)
    return file.getvalue()


def use(monkeypatch, name, **changes):
    """Let the archives of an official set be others."""
    row = datasets.TABLE[name]
    fetching = replace(row.files.fetching, **changes)
    files = replace(row.files, fetching=fetching)
    monkeypatch.setitem(datasets.TABLE, name, replace(row, files=files))


@pytest.fixture
def tiny_coco(server, monkeypatch):
    archives = []
    for archive, n in zip((official.COCO.archives[k] for k in (0, 2)), (2, 3), strict=True):
        split = archive.folder
        contents = {f"{split}/{k:012d}.jpg": picture("JPEG") for k in range(n)}
        packed = server.files[f"/{split}.zip"] = zip_of({f"{split}/": b"", **contents})
        md5 = "md5:" + hashlib.md5(packed).hexdigest()
        url = f"{server.url}/{split}.zip"
        archives.append(replace(archive, url=url, checksum=md5, size=len(packed), count=n))
    use(monkeypatch, "coco", archives=tuple(archives))
    return archives


def test_official_archives_are_those_that_are_published():
    """As https://cocodataset.org/#download and the readme of Fruits-360's commit have them."""
    urls = [archive.url for archive in official.COCO.archives]
    assert urls[0] == "http://images.cocodataset.org/zips/val2017.zip" and len(set(urls)) == 3
    assert [archive.count for archive in official.COCO.archives] == [5_000, 40_670, 118_287]
    (fruits,) = official.FRUITS360.archives
    assert fruits.url == (
        "https://codeload.github.com/Horea94/Fruit-Images-Dataset/tar.gz/"
        "8f127c5043b29237313f87268f16106b16cbd8c6"
    )
    assert fruits.count == 90_483 - 103
    raw = "https://raw.githubusercontent.com/a/b/c0ffee/d%20e.png"
    assert rebuild.file_url("a/b", "c0ffee", "d e.png") == raw


def test_coco_is_downloaded_checked_and_unpacked(home, server, tiny_coco):
    server.cuts["/train2017.zip"] = [100]
    data.fetch("coco")
    assert data.describe("coco").splits == {"train2017": 3, "val2017": 2}
    assert not list((home / "coco").glob("*.zip"))
    data.open_dataset("coco", "val2017", 8)
    server.asked.clear()
    data.fetch("coco")
    assert not server.asked


def test_a_folder_that_was_unpacked_from_a_part_by_hand_is_not_taken_for_the_whole(
    home, server, tiny_coco
):
    for archive in tiny_coco:
        folder = home / "coco" / archive.folder
        folder.mkdir(parents=True)
        (folder / "000000000000.jpg").write_bytes(picture("JPEG"))
    for archive in tiny_coco:
        folder = home / "coco" / archive.folder
        said = (
            rf"{folder} holds 1 of {archive.count} pictures\. Remove it, then fetch the set again"
        )
        with pytest.raises(data.DataError, match=said):
            data.fetch("coco")
        shutil.rmtree(folder)
    data.fetch("coco")
    assert data.describe("coco").splits == {"train2017": 3, "val2017": 2}


def test_coco_with_another_archive_offline_or_without_room(home, server, tiny_coco, monkeypatch):
    val, train = tiny_coco
    right = server.files["/val2017.zip"]
    server.files["/val2017.zip"] = zip_of({"val2017/1.jpg": b"other"})
    with pytest.raises(data.DataError, match="is not the file it should be"):
        data.fetch("coco")
    (home / "coco/val2017.zip").write_bytes(b"half")
    with pytest.raises(data.DataError, match="is damaged: its md5"):
        data.fetch("coco")
    (home / "coco/val2017.zip").unlink()
    closed = closed_url()
    offline = [replace(each, url=f"{closed}/{each.file}") for each in tiny_coco]
    use(monkeypatch, "coco", archives=tuple(offline))
    with pytest.raises(data.DataError) as caught:
        data.fetch("coco")
    for part in (closed, "val2017.zip", val.checksum[4:], str(home / "coco")):
        assert part in str(caught.value)
    (home / "coco/val2017.zip").write_bytes(right)  # by hand, as it says
    with pytest.raises(data.DataError, match=r"train2017.zip could not be downloaded"):
        data.fetch("coco")
    assert len(data.open_dataset("coco", "val2017", 8)) == 2
    use(monkeypatch, "coco", archives=(val, replace(train, size=10**18)))
    with pytest.raises(data.DataError, match="less than the 2000000000 GB"):
        data.fetch("coco")


def test_fruits_are_sorted_into_train_and_test(home, server, monkeypatch):
    (archive,) = official.FRUITS360.archives
    archive = replace(archive, url=f"{server.url}/fruits.tar.gz", count=3)
    use(monkeypatch, "fruits360_official", archives=(archive,))
    top = "Fruit-Images-Dataset-x"
    contents = {
        f"{top}/Training/Apple Red 1/0_100.jpg": picture("JPEG"),
        f"{top}/Training/Fig/r_0_100.jpg": picture("JPEG"),
        f"{top}/Test/Fig/1_100.jpg": picture("JPEG"),
        f"{top}/test-multiple_fruits/a.jpg": picture("JPEG"),
        f"{top}/readme.md": b"",
    }
    server.files["/fruits.tar.gz"] = archive_of(dict(list(contents.items())[1:]))
    with pytest.raises(data.DataError, match="holds 2 of 3 pictures"):
        data.fetch("fruits360_official")
    shutil.rmtree(home)
    server.files["/fruits.tar.gz"] = archive_of(contents)
    data.fetch("fruits360_official")
    train = data.open_dataset("fruits360_official", "train", 8)
    assert train.labels == ["Apple Red 1", "Fig"]
    assert data.describe("fruits360_official").splits == {"train": 2, "test": 1}
    server.asked.clear()
    assert data.fetch("fruits360_official") == home / "fruits360_official" and not server.asked


def test_ffhq_is_checked_by_its_published_md5_or_by_its_first_use(home, monkeypatch):
    (archive,) = official.FFHQ.archives
    use(monkeypatch, "ffhq", archives=(replace(archive, count=4),), split=official._first(3))
    contents = {f"thumbnails128x128/{k:05d}.png": picture() for k in range(4)}
    root = home / "ffhq"
    root.mkdir(parents=True)
    (root / archive.file).write_bytes(zip_of(dict(list(contents.items())[:3])))
    with pytest.raises(data.DataError, match="holds 3 of 4 pictures"):
        data.fetch("ffhq")
    (root / archive.file).write_bytes(zip_of({"LICENSE.txt": b"", **contents}))
    data.fetch("ffhq")
    assert data.describe("ffhq").splits == {"train": 3, "test": 1}
    photos = data.open_dataset("ffhq", "test", 8)
    assert photos.files == ["thumbnails128x128/00000/00003.png"] and photos.labels is None

    (root / "thumbnails128x128/00000/00001.png").write_bytes(picture())
    with pytest.raises(data.DataError, match="sha256 differs"):
        data.open_dataset("ffhq", "train", 8)
    facts = {
        str(k): {"thumbnail": {"file_md5": hashlib.md5(content).hexdigest()}}
        for k, content in enumerate(contents.values())
    }
    (root / official.FFHQ_FACTS).write_text(json.dumps(facts))
    (root / "manifest.csv").unlink()
    with pytest.raises(data.DataError, match="is damaged: its md5 is not 425ae20f"):
        data.fetch("ffhq")
    md5 = hashlib.md5((root / official.FFHQ_FACTS).read_bytes()).hexdigest()
    monkeypatch.setattr(official, "FFHQ_FACTS_MD5", md5)
    with pytest.raises(data.DataError, match=r"00001.png is damaged: its md5"):
        data.fetch("ffhq")


def test_the_natural_color_dataset_is_split_and_remembered(home, monkeypatch):
    (archive,) = official.NCD.archives
    use(
        monkeypatch, "ncd_official", archives=(replace(archive, count=5),), split=official._drawn(3)
    )
    contents = {f"NCD/Apple/Apple{k}.jpg": picture("JPEG") for k in range(5)}
    root = home / "ncd_official"
    root.mkdir(parents=True)
    junk = {"__MACOSX/Apple/._Apple0.jpg": b"", "NCD/readme.txt": b""}
    (root / archive.file).write_bytes(zip_of(contents | junk))
    data.fetch("ncd_official")
    assert sorted(data.describe("ncd_official").splits.items()) == [("test", 2), ("train", 3)]
    test = data.open_dataset("ncd_official", "test", 8)
    assert test.labels == ["Apple", "Apple"]
    files = [f"pictures/Apple/Apple{k}.jpg" for k in range(5)]
    by_hash = sorted(files, key=lambda file: sha256(file.encode()))
    assert set(test.files) == set(by_hash[3:])

    changed = contents | {"NCD/Apple/Apple2.jpg": picture("JPEG")}
    (root / archive.file).write_bytes(zip_of(changed))
    shutil.rmtree(root / archive.folder)
    for _ in range(2):
        with pytest.raises(data.DataError, match=r"Apple2.jpg is not the file that was there at"):
            data.fetch("ncd_official")
    (root / "manifest.csv").unlink()
    use(monkeypatch, "ncd_official", archives=(replace(archive, count=6),))
    with pytest.raises(data.DataError, match="holds 5 of 6 pictures"):
        data.fetch("ncd_official")


def test_unsplash_downloads_what_its_list_names(home, server, monkeypatch):
    use(monkeypatch, "unsplash_lite", train=3, test=2)
    root = home / "unsplash_lite"
    root.mkdir(parents=True)
    lines = ["photo_id\tphoto_url\tphoto_image_url", "../evil\tx\thttp://x"]
    for k in range(5):
        lines.append(f"id-{k}_x\thttps://unsplash.com/p\t{server.url}/photo-{k}")
        server.files[f"/photo-{k}{unsplash.SIZE}"] = picture("JPEG")
    (root / "photos.tsv000").write_text("\n".join(lines))
    gone = server.files.pop(f"/photo-3{unsplash.SIZE}")
    server.files[f"/photo-4{unsplash.SIZE}"] = b"<html>"
    with pytest.raises(data.DataError) as caught:
        data.fetch("unsplash_lite")
    for part in ("3 photographs are in", "2 could not be fetched", "404", "is not a picture"):
        assert part in str(caught.value)
    assert sum(data.describe("unsplash_lite").splits.values()) == 3  # usable nevertheless
    server.files[f"/photo-3{unsplash.SIZE}"] = gone
    server.files[f"/photo-4{unsplash.SIZE}"] = picture("JPEG")
    server.asked.clear()
    data.fetch("unsplash_lite")
    assert len(server.asked) == 2
    assert sorted(data.describe("unsplash_lite").splits.items()) == [("test", 2), ("train", 3)]

    (root / "photos.tsv000").write_text("a\tb\n")
    with pytest.raises(data.DataError, match="lacks the columns"):
        data.fetch("unsplash_lite")


@pytest.mark.parametrize(
    ("contents", "rename", "message"),
    [
        ({"a.jpg": b""}, lambda name: "../../a.jpg", "would lie outside"),
        ({"a/x.jpg": b"", "b/x.jpg": b""}, lambda name: "x.jpg", "two files for x.jpg"),
        ({"a.jpg": b""}, lambda name: None, "holds 0 of 2 pictures"),
    ],
)
def test_archives_are_unpacked_all_or_none(home, contents, rename, message):
    home.mkdir()
    for pack in (zip_of, archive_of):
        (home / "a.zip").write_bytes(pack(contents))
        with pytest.raises(data.DataError, match=message):
            sources.unpack(home / "a.zip", home, "pictures", rename, 2)
        assert not (home / "pictures").exists() and not list(home.glob(".fetch/*"))
    (home / "a.zip").write_bytes(b"PK damaged")
    with pytest.raises(data.DataError, match="is damaged"):
        sources.unpack(home / "a.zip", home, "pictures", rename, 2)
