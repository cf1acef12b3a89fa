"""The embedded photographs: honest credits, fixed splits, crops that are always the same."""

import hashlib
import re
from dataclasses import replace

import numpy as np
import pytest
import skimage.data
import sklearn.datasets
import torch
from PIL import Image
from torchvision import transforms

from huelab import data, images
from huelab.data import embedded
from huelab.data.decode import fit


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path))


def by_split(split):
    return [photograph.name for photograph in data.PHOTOGRAPHS if photograph.split == split]


def test_installed_files_are_the_pinned_ones():
    for photograph in data.PHOTOGRAPHS:
        content = photograph.locate().read_bytes()
        assert hashlib.sha256(content).hexdigest() == photograph.sha256, photograph.name


def test_credits_are_what_the_packages_state():
    """Where a package states who took a photograph, its words and ours share the name."""
    stated = {
        "astronaut": (skimage.data.astronaut.__doc__, "Eileen Collins", "public domain"),
        "chelsea": (skimage.data.chelsea.__doc__, "Stefan van der Walt", "CC0"),
        "coffee": (skimage.data.coffee.__doc__, "Rachel Michetti", "CC0"),
        "rocket": (skimage.data.rocket.__doc__, "SpaceX", "public domain"),
        "motorcycle": (skimage.data.stereo_motorcycle.__doc__, "Scharstein", None),
    }
    readme = embedded.PHOTOGRAPHS[3].locate().with_name("README.txt").read_text()
    stated["china"] = (readme, "danielbuechele", "creative commons")
    stated["flower"] = (readme, "vultilion", "creative commons")
    for photograph in data.PHOTOGRAPHS:
        if photograph.name == "grace_hopper":
            continue
        text, author, license = stated[photograph.name]
        assert author in text and author in photograph.credit
        if license in ("CC0", "public domain"):
            assert license in re.sub(r"\s+", " ", text) and license in photograph.license
    assert "licenses/by/2.0" in readme


def test_whole_photographs_are_what_their_packages_show():
    train = data.open_dataset("embedded", "train", None)
    assert train.files == train.labels == by_split("train")
    shown = {
        "china": sklearn.datasets.load_sample_image("china.jpg"),
        "flower": sklearn.datasets.load_sample_image("flower.jpg"),
        "coffee": skimage.data.coffee(),
    }
    for name, pixels in shown.items():
        difference = train.picture(train.files.index(name)).astype(int) - pixels
        # An embedded color profile may move a level or two; another picture would differ by tens.
        assert np.abs(difference).mean() < 2


def test_the_eight_photographs_as_squares_and_whole():
    """The oracle is torchvision: shorter side to the size, then the center crop."""
    squares = data.open_photographs(64)
    assert list(squares) == [photograph.name for photograph in data.PHOTOGRAPHS]
    assert torch.stack(list(squares.values())).shape == (8, 3, 64, 64)
    bicubic = transforms.Resize(64, transforms.InterpolationMode.BICUBIC)
    image = transforms.CenterCrop(64)(bicubic(Image.fromarray(skimage.data.coffee())))
    np.testing.assert_array_equal(squares["coffee"].permute(1, 2, 0), np.asarray(image))
    whole = data.open_photographs()
    np.testing.assert_array_equal(whole["coffee"].permute(1, 2, 0), skimage.data.coffee())
    assert list(whole) == list(squares)
    whole["coffee"].zero_()  # the caller's own copy
    assert data.open_photographs()["coffee"].any()
    with pytest.raises(ValueError, match="size must be at least 1 or None, not 0"):
        data.open_photographs(0)


def test_every_picture_is_in_color():
    for split in ("train", "test"):
        for photo in data.open_dataset("embedded", split, None):
            assert (photo.amax(0) - photo.amin(0)).float().mean() > 10


@pytest.mark.parametrize("size", [32, 64])
def test_splits_share_no_photograph_and_no_pixels(size):
    train, test = (data.open_dataset("embedded", split, size) for split in ("train", "test"))
    assert len(train) == 5 * 64 and len(test) == 3 * 16
    assert not set(train.labels) & set(test.labels)
    assert set(train.labels) == set(by_split("train")) and set(test.labels) == set(by_split("test"))
    hashes = [hashlib.sha256(p).hexdigest() for photos in (train, test) for p in photos.pixels]
    assert len(set(hashes)) == len(hashes)
    files = [photograph.path for photograph in data.PHOTOGRAPHS]
    assert len(set(files)) == 8 and "data/motorcycle_right.png" not in files


@pytest.mark.parametrize("size", [48, 256])
def test_crops_are_fitted_squares_of_the_photograph(size):
    source = embedded.Embedded().open("embedded", "test", size)
    photos = data.open_dataset("embedded", "test", size)
    for k, picture in enumerate(source.pictures):
        path, box = picture.key
        whole = images.read(path)
        if box is None:
            assert picture.file.endswith("/00")
        else:
            left, top, side = box
            shorter = min(whole.shape[:2])
            assert min(max(size, shorter // 4), shorter // 2) <= side <= shorter
            assert 0 <= left <= whole.shape[1] - side and 0 <= top <= whole.shape[0] - side
            whole = whole[top : top + side, left : left + side]
        if k % 7 == 0:
            np.testing.assert_array_equal(photos.pixels[k], fit(whole, size))


def test_boxes_are_what_they_always_were():
    """Pinned, so that no release of Python or of this package moves them unnoticed."""
    assert embedded._box("astronaut", 0, (512, 512), 64) is None
    assert embedded._box("astronaut", 1, (512, 512), 64) == (1, 11, 380)
    assert embedded._box("china", 63, (640, 427), 256) == (38, 1, 414)


def test_another_file_warns_and_changes_the_hash(tmp_path, monkeypatch):
    true = data.open_dataset("embedded", "test", 32)
    changed = tmp_path / "rocket.png"
    Image.fromarray(images.read(data.PHOTOGRAPHS[-1].locate()) // 2).save(changed)
    other = replace(data.PHOTOGRAPHS[-1], path=str(changed))  # an absolute path stays itself
    monkeypatch.setattr(embedded, "PHOTOGRAPHS", (*data.PHOTOGRAPHS[:-1], other))
    with pytest.warns(UserWarning, match="not the file this book was made with"):
        photos = data.open_dataset("embedded", "test", 32)
    assert photos.hash != true.hash and photos.files == true.files
    np.testing.assert_array_equal(photos.pixels[0], true.pixels[0])


def test_a_missing_file_or_package_is_named(monkeypatch):
    gone = replace(data.PHOTOGRAPHS[0], path="data/gone.png")
    with pytest.raises(data.DataError, match="skimage does not hold it"):
        gone.locate()
    with pytest.raises(data.DataError, match="ships with nopackage"):
        replace(gone, package="nopackage").locate()


def test_unknown_split_lists_the_known():
    with pytest.raises(data.DataError, match=r"there are: train \(320\), test \(48\)"):
        data.open_dataset("embedded", "val", 32)


def test_described_counts_are_the_real_ones():
    info = data.describe("embedded")
    assert info.present and info.splits == {"train": 320, "test": 48}
