"""Folders of pictures as data sets: listing, sizes, errors, and the table of names."""

import csv
import hashlib
import os
import pickle

import numpy as np
import pytest
import torch
from PIL import Image

from huelab import data
from huelab.data import datasets, splits
from huelab.data.decode import fit

RNG = np.random.default_rng(0)


def picture(path, height=20, width=30):
    """Write a random PNG and return its pixels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = RNG.integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return pixels


def write_manifest(root, rows, columns=("file", "split", "label", "sha256", "licence")):
    with (root / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty data folder; the cache lies beside it."""
    monkeypatch.setenv("HUELAB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path / "cache"))
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def by_hand(pixels, size):
    """The contract's sizing, written as plainly as possible with Pillow."""
    image = Image.fromarray(pixels)
    shorter = min(image.size)
    if shorter != size:
        width, height = (int(size * side / shorter) for side in image.size)
        image = image.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=None)
    left, top = (round((side - size) / 2.0) for side in image.size)
    return np.asarray(image.crop((left, top, left + size, top + size)))


# Sizes


@pytest.mark.parametrize("extent", [(20, 30), (30, 20), (17, 17), (33, 64), (16, 57), (101, 16)])
@pytest.mark.parametrize("size", [16, 17, 40])
def test_fit_is_pillows_bicubic_and_a_center_crop(extent, size):
    pixels = RNG.integers(0, 256, (*extent, 3), dtype=np.uint8)
    fitted = fit(pixels, size)
    assert fitted.dtype == np.uint8 and fitted.shape == (size, size, 3)
    np.testing.assert_array_equal(fitted, by_hand(pixels, size))


def test_fit_equals_torchvision():
    from torchvision.transforms import v2

    for extent, size in [((61, 97), 32), ((250, 187), 100), ((9, 14), 24)]:
        pixels = RNG.integers(0, 256, (*extent, 3), dtype=np.uint8)
        resize = v2.Resize(size, v2.InterpolationMode.BICUBIC, antialias=True)
        expected = v2.CenterCrop(size)(resize(Image.fromarray(pixels)))
        np.testing.assert_array_equal(fit(pixels, size), np.asarray(expected))


def test_fit_of_a_very_long_picture_needs_little_memory():
    pixels = np.zeros((1, 300_000, 3), np.uint8)
    pixels[0, 149_900:150_100] = 200
    np.testing.assert_array_equal(fit(pixels, 128), np.full((128, 128, 3), 200))


# Folders


def test_folder_without_manifest_is_sorted_and_labeled_by_subfolder(home):
    pixels = {
        name: picture(home / "pets" / name)
        for name in ("train/dog/b.png", "train/cat/deep/a.png", "train/z.png", "train/cat/A.PNG")
    }
    picture(home / "pets/test/cat/c.png")
    (home / "pets/train/notes.txt").write_text("no picture")
    picture(home / "pets/train/.hidden/x.png")
    picture(home / "pets/train/cat/._a.png")
    photos = data.open_dataset("pets", "train", 20)
    assert photos.files == sorted(pixels)
    assert photos.labels == ["cat", "cat", "dog", ""]
    expected = np.stack([by_hand(pixels[name], 20) for name in sorted(pixels)])
    np.testing.assert_array_equal(photos.pixels, expected)


def test_folder_with_manifest_follows_its_rows(home):
    root = home / "pack"
    first, second = picture(root / "a/one.png"), picture(root / "two.png")
    picture(root / "a/unlisted.png")
    sha256 = hashlib.sha256((root / "two.png").read_bytes()).hexdigest()
    rows = [
        {"file": "two.png", "split": "demo", "label": "second", "sha256": sha256},
        {"file": "a/one.png", "split": "demo", "licence": "CC0, with a comma"},
        {"file": "a/other.png", "split": "elsewhere"},
    ]
    write_manifest(root, rows)
    photos = data.open_dataset(root, "demo", None)
    assert photos.files == ["two.png", "a/one.png"] and photos.labels == ["second", ""]
    np.testing.assert_array_equal(photos.picture(0), second)
    np.testing.assert_array_equal(photos.picture(1), first)
    assert photos.name == "pack" and data.describe(str(root)).splits == {"demo": 2, "elsewhere": 1}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"file": "gone.png", "split": "train"}, "gone.png is listed but is not there"),
        ({"file": "gone.png", "split": "train", "sha256": "0" * 64}, "gone.png is listed"),
        ({"file": "../pack/a.png", "split": "train"}, "does not lie below"),
        ({"file": "/etc/a.png", "split": "train"}, "does not lie below"),
        ({"file": "notes.txt", "split": "train"}, "not a picture file"),
        ({"file": "a.png", "split": "train"}, "twice"),
        ({"file": "b.png", "split": ""}, "line 3, lacks its file or its split"),
    ],
)
def test_bad_manifest_rows_are_named(home, row, message):
    picture(home / "pack/a.png")
    write_manifest(home / "pack", [{"file": "a.png", "split": "train"}, row])
    with pytest.raises(data.DataError, match=message):
        data.open_dataset(home / "pack", "train", 8)


def test_manifest_without_its_columns_is_an_error(home):
    (home / "pack").mkdir()
    (home / "pack/manifest.csv").write_text("path,split\na.png,train\n")
    with pytest.raises(data.DataError, match="lacks the column file"):
        data.open_dataset(home / "pack", "train", 8)


def test_a_file_that_is_not_the_listed_one_is_refused(home):
    picture(home / "pack/a.png")
    write_manifest(home / "pack", [{"file": "a.png", "split": "train", "sha256": "0" * 64}])
    for size in (8, None):
        with pytest.raises(data.DataError, match="sha256 differs"):
            _ = data.open_dataset(home / "pack", "train", size).hash


def test_a_damaged_picture_is_named(home):
    for k in range(5):
        picture(home / f"pack/train/{k}.png")
    (home / "pack/train/3.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    with pytest.raises(data.DataError, match=r"cannot read .*3\.png"):
        data.open_dataset("pack", "train", 8)
    assert not [*(home.parent / "cache").rglob("*.npy"), *(home.parent / "cache").rglob("*.tmp")]


def test_missing_splits_list_those_there_are(home):
    picture(home / "pack/train/a.png")
    picture(home / "pack/val/a.png")
    with pytest.raises(data.DataError, match=r"no split 'test'.*train \(1\), val \(1\)"):
        data.open_dataset("pack", "test", 8)
    for split in ("", "..", "../pack/train", "train/.."):
        with pytest.raises(data.DataError, match="no split"):
            data.open_dataset("pack", split, 8)
    (home / "empty/train").mkdir(parents=True)
    with pytest.raises(data.DataError, match="there are no pictures"):
        data.open_dataset(home / "empty", "train", 8)


def test_a_read_only_source_stays_untouched(home):
    picture(home / "pack/train/a.png")
    for folder in (home / "pack/train", home / "pack", home):
        folder.chmod(0o555)
    before = {path: path.stat().st_mtime_ns for path in [home, *home.rglob("*")]}
    assert len(data.open_dataset("pack", "train", 8).pixels) == 1
    _ = data.open_dataset("pack", "train", None).hash
    assert {path: path.stat().st_mtime_ns for path in [home, *home.rglob("*")]} == before
    for folder in (home, home / "pack", home / "pack/train"):
        folder.chmod(0o755)


# The set


def test_photo_set_is_a_torch_data_set(home):
    pixels = [picture(home / f"pack/train/{k}.png", 12, 12) for k in range(3)]
    photos = data.open_dataset("pack", "train", 12)
    assert len(photos) == 3 and photos.labels is None and photos.size == 12
    assert photos[1].dtype == torch.uint8
    np.testing.assert_array_equal(photos[1], pixels[1].transpose(2, 0, 1))
    np.testing.assert_array_equal(photos[-1], photos[2])
    assert len(list(photos)) == 3  # iteration ends, so indices out of range are IndexErrors
    batch = next(iter(torch.utils.data.DataLoader(photos, batch_size=3)))
    np.testing.assert_array_equal(batch, np.stack(pixels).transpose(0, 3, 1, 2))


def test_pixels_are_a_read_only_map_that_is_not_pickled(home):
    picture(home / "pack/train/a.png", 64, 64)
    photos = data.open_dataset("pack", "train", 64)
    assert isinstance(photos.pixels, np.memmap) and not photos.pixels.flags.writeable
    pickled = pickle.dumps(photos)
    assert len(pickled) < 2_000
    np.testing.assert_array_equal(pickle.loads(pickled).pixels, photos.pixels)


def test_own_sizes_have_no_pixels_in_common(home):
    picture(home / "pack/train/a.png", 10, 20)
    picture(home / "pack/train/b.png", 30, 20)
    photos = data.open_dataset("pack", "train", None)
    assert [tuple(photo.shape) for photo in photos] == [(3, 10, 20), (3, 30, 20)]
    with pytest.raises(ValueError, match="size=None"):
        _ = photos.pixels


def test_hash_is_of_pixels_and_order_alone(home):
    pixels = [picture(home / f"one/train/{k}.png", 9, 9) for k in range(4)]
    for k in range(4):
        (home / "two/train").mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels[k]).save(home / f"two/train/{k}.bmp")
    one, two = (data.open_dataset(name, "train", 9) for name in ("one", "two"))
    plain = hashlib.sha256()
    for each in pixels:
        plain.update(b"9x9;" + each.tobytes())
    assert one.hash == two.hash == plain.hexdigest() == data.hash_pixels(pixels)
    assert data.open_dataset("one", "train", None).hash == one.hash
    assert data.hash_pixels(pixels[::-1]) != one.hash


def test_n_takes_a_seeded_choice_that_grows(home):
    for k in range(40):
        picture(home / f"pack/train/{k:02d}.png", 8, 8)
    everything = data.open_dataset("pack", "train", 8)
    ten, twenty = (data.open_dataset("pack", "train", 8, n=n) for n in (10, 20))
    assert len(ten) == 10 and set(ten.files) < set(twenty.files) < set(everything.files)
    assert ten.files == sorted(ten.files) and ten.files != everything.files[:10]
    row = everything.files.index(ten.files[3])
    np.testing.assert_array_equal(ten.pixels[3], everything.pixels[row])
    for n in (0, 41):
        with pytest.raises(ValueError, match="n must be 1 to 40"):
            data.open_dataset("pack", "train", 8, n=n)
    with pytest.raises(ValueError, match="size must be at least 1"):
        data.open_dataset("pack", "train", 0)


# The table


def test_names_are_the_known_and_the_found(home):
    picture(home / "mine/train/a.png")
    (home / "notes").mkdir()
    picture(home / "cifar10/train/frog/a.png")
    assert data.names()[:2] == ["embedded", "cifar10"]
    assert data.names()[-1] == "mine"
    assert "notes" not in data.names() and "fruits360" in data.names()
    assert data.names().count("cifar10") == 1
    assert data.open_dataset("cifar10_jpeg", "train", 8).labels == ["frog"]
    assert data.describe("mine").splits == {"train": 1} and data.describe("mine").present
    assert data.describe("cifar10_jpeg").where == str(home / "cifar10")


def test_a_damaged_manifest_hides_no_other_data_set(home):
    picture(home / "fine/train/a.png")
    (home / "bad").mkdir()
    (home / "bad/manifest.csv").write_text("nothing")
    assert {"fine", "bad"} < set(data.names())
    assert not data.describe("bad").present and "lacks the column" in data.describe("bad").get
    assert data.describe("fine").present


def test_unknown_names_list_the_known(home):
    with pytest.raises(data.DataError, match=r"no data set 'fruit360'; did you mean fruits360"):
        data.open_dataset("fruit360", "train", 8)
    with pytest.raises(data.DataError, match=r"embedded, cifar10, .*kodak24"):
        data.open_dataset("nonsense", "train", 8)
    with pytest.raises(data.DataError, match="there is no data set ''"):
        data.open_dataset("", "train", 8)


def test_absent_data_say_what_where_and_how(home):
    with pytest.raises(data.DataError) as caught:
        data.open_dataset("photos", "train", 8)
    for part in ("photos is not here", str(home / "photos"), "HUELAB_DATA"):
        assert part in str(caught.value)
    info = data.describe("photos")
    assert not info.present and info.splits == {} and str(home / "photos") in info.get
    with pytest.raises(data.DataError, match="HueLab cannot download"):
        data.fetch(str(home / "nowhere"))
    with pytest.raises(data.DataError, match="nowhere is not here"):
        data.open_dataset(home / "nowhere", "train", 8)


def test_folders_come_from_the_environment_or_the_system(monkeypatch, tmp_path):
    monkeypatch.setenv("HUELAB_DATA", "~/pictures")
    assert data.data_dir() == tmp_path.home() / "pictures"
    monkeypatch.setenv("HUELAB_CACHE", " ")
    monkeypatch.delenv("HUELAB_DATA")
    assert "huelab" in str(data.cache_dir()) and "huelab" in str(data.data_dir())
    assert data.cache_dir() != data.data_dir()


@pytest.mark.claim("002-D07")
def test_fruits_random_pools_both_splits_and_divides_ten_to_one(home):
    for k in range(50):
        picture(home / f"fruits360/{'train' if k < 40 else 'test'}/Apple/{k}.png", 8, 8)
    train = data.open_dataset("fruits360_random", "train", 8)
    test = data.open_dataset("fruits360_random", "test", 8)
    assert len(train) == 46 and len(test) == 4
    assert data.describe("fruits360_random").splits == {"train": 46, "test": 4}
    assert not set(train.files) & set(test.files)
    pool = {f"{'train' if k < 40 else 'test'}/Apple/{k}.png" for k in range(50)}
    assert set(train.files) | set(test.files) == pool
    by_hash = sorted(pool, key=lambda file: hashlib.sha256(f"0:{file}".encode()).hexdigest())
    assert set(test.files) == set(by_hash[:4])
    assert train.name == "fruits360_random" and train.labels == ["Apple"] * 46
    with pytest.raises(data.DataError, match=r"no split 'val'.*train \(46\), test \(4\)"):
        data.open_dataset("fruits360_random", "val", 8)


def test_fruits_by_class_shares_no_fruit_between_its_parts(home):
    classes = ["Apple Red 1", "Granny Smith", "Golden 2", "Kiwi", "Lemon", "Plum", "Pear", "Kaki"]
    for label in classes:
        for k in range(4):
            picture(home / f"fruits360/{'train' if k < 3 else 'test'}/{label}/{k}.png", 8, 8)
    parts = {s: data.open_dataset("fruits360_by_class", s, 8) for s in ("train", "test")}
    files = [file for part in parts.values() for file in part.files]
    assert len(files) == len(set(files)) == 4 * len(classes)
    labels = {split: set(part.labels) for split, part in parts.items()}
    assert not labels["train"] & labels["test"]
    # One picture in eleven of 32 takes one fruit of four; the first by its hash.
    fruits = ["Apple", "Kiwi", "Lemon", "Plum", "Pear", "Kaki"]
    first = min(fruits, key=lambda name: hashlib.sha256(f"0:{name}".encode()).hexdigest())
    apples = set(classes[:3])
    assert labels["test"] == (apples if first == "Apple" else {first})
    sizes = {split: len(part) for split, part in parts.items()}
    assert data.describe("fruits360_by_class").splits == sizes
    with pytest.raises(data.DataError, match=r"no split 'val'.*there are: train"):
        data.open_dataset("fruits360_by_class", "val", 8)


def test_varieties_are_one_fruit_and_whole_fruits_are_held_out():
    assert {splits.fruit(c) for c in ("Apple Red 1", "Braeburn", "Golden 3")} == {"Apple"}
    assert splits.fruit("Grapefruit") != splits.fruit("Grape")
    # Nine tenths of the pictures are one fruit; drawn or not, others are left to train on.
    for names in (["a"] * 90 + ["b"] * 10, ["a"], [], [""] * 5):
        held = splits.held_out_fruits(names)
        assert held < set(names) or not names
    many = [f"fruit {k % 40}" for k in range(4000)]
    assert len(splits.held_out_fruits(many)) == 4  # 400 of 4,000 are the first that reach 1 in 11


def test_paths_are_no_names(home, monkeypatch):
    picture(home / "pack/train/a.png")
    monkeypatch.chdir(home / "pack")
    photos = data.open_dataset(".", "train", None)
    monkeypatch.chdir(home)
    assert photos.name == "pack" and len(photos[0]) == 3  # found again from anywhere
    monkeypatch.chdir(home / "pack")
    assert data.open_dataset(f"..{os.sep}pack", "train", 8).name == "pack"
    assert data.describe(str(home / "pack")).name == "pack"
    assert datasets.find(home / "pack", "train", 8).where == str(home / "pack")
