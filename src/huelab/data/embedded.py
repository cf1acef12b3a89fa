"""The embedded set: color photographs that ship inside packages that HueLab needs anyway.

Nothing is downloaded: the files lie in the installed wheels of scikit-image, scikit-learn and
matplotlib. Eight of their pictures are color photographs of ordinary scenes. The set leaves out
gray pictures, drawings and test charts, `motorcycle_right` (the other half of a stereo pair),
`retina` and `ihc` (medical images of two hues), and `hubble_deep_field` (its colors stand for
infrared and visible filters). rocket, china and flower are JPEGs with full chroma resolution;
grace_hopper stores chroma at half resolution (4:2:0).
"""

import hashlib
import math
import random
import warnings
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from huelab import images
from huelab.data.decode import fit
from huelab.data.source import DataError, Picture, Source


@dataclass(frozen=True, slots=True)
class Photograph:
    """One embedded photograph.

    Attributes:
        name: what the book calls it.
        package: the import name of the package it ships with.
        path: its file, relative to the package's folder.
        credit, license: as stated by the source that the text names.
        sha256: of the file in the package releases that this book was made with.
        split: `train` or `test`. It is fixed, so that no photograph is ever in both.

    Example:
        >>> [photograph.name for photograph in PHOTOGRAPHS if photograph.split == "test"]
        ['grace_hopper', 'motorcycle', 'rocket']
        >>> PHOTOGRAPHS[0].locate().name
        'astronaut.png'
    """

    name: str
    package: str
    path: str
    credit: str
    license: str
    sha256: str
    split: str

    def locate(self) -> Path:
        """The photograph's file in the installed package.

        Raises:
            DataError: if the package or the file is not there.
        """
        spec = find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            raise DataError(
                f"the photograph {self.name!r} ships with {self.package}, which is not installed; "
                "install it in the version of requirements.txt"
            )
        path = Path(spec.submodule_search_locations[0], self.path)
        if not path.is_file():
            raise DataError(
                f"the photograph {self.name!r} should be at {path}, but the installed "
                f"{self.package} does not hold it; install the version of requirements.txt"
            )
        return path


# Every test photograph shares something with a training photograph from which its colors can be
# learned: the rocket's dusk sky and china's sky, the two portraits with a flag, the motorcycle's
# red paint and the coffee's red cup.
PHOTOGRAPHS = (
    Photograph(
        name="astronaut",
        package="skimage",
        path="data/astronaut.png",
        credit="Eileen Collins, NASA Great Images database (as stated by skimage.data.astronaut)",
        license="no known copyright restrictions, public domain (as stated by skimage.data)",
        sha256="88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
        split="train",
    ),
    Photograph(
        name="chelsea",
        package="skimage",
        path="data/chelsea.png",
        credit="Stefan van der Walt (as stated by skimage.data.chelsea)",
        license="CC0 (as stated by skimage.data.chelsea)",
        sha256="596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
        split="train",
    ),
    Photograph(
        name="coffee",
        package="skimage",
        path="data/coffee.png",
        credit="Rachel Michetti, courtesy of Pikolo Espresso Bar "
        "(as stated by skimage.data.coffee)",
        license="CC0 (as stated by skimage.data.coffee)",
        sha256="cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
        split="train",
    ),
    Photograph(
        name="china",
        package="sklearn",
        path="datasets/images/china.jpg",
        credit="danielbuechele, flickr.com/photos/danielbuechele/6061409035 "
        "(as stated by sklearn/datasets/images/README.txt)",
        license="CC BY 2.0 (as stated by sklearn/datasets/images/README.txt)",
        sha256="8378025ad2519d649d02e32bd98990db4ab572357d9f09841c2fbfbb4fefad29",
        split="train",
    ),
    Photograph(
        name="flower",
        package="sklearn",
        path="datasets/images/flower.jpg",
        credit="flickr.com/photos/vultilion/6056698931 (the address in "
        "sklearn/datasets/images/README.txt, whose attribution line repeats china's author)",
        license="CC BY 2.0 (as stated by sklearn/datasets/images/README.txt)",
        sha256="a77f6ec41e353afdf8bdff2ea981b2955535d8d83294f8cfa49cf4e423dd5638",
        split="train",
    ),
    Photograph(
        name="grace_hopper",
        package="matplotlib",
        path="mpl-data/sample_data/grace_hopper.jpg",
        credit="official U.S. Navy portrait of Commodore Grace M. Hopper, 1984 (matplotlib "
        "names no author; Naval History and Heritage Command publishes the portrait)",
        license="matplotlib states none; as an official U.S. Navy photograph, public domain",
        sha256="a8ca6d734765703b09728ab47fe59f473d93ae3967fc24c7c0288c3c7adb7130",
        split="test",
    ),
    Photograph(
        name="motorcycle",
        package="skimage",
        path="data/motorcycle_left.png",
        credit="D. Scharstein et al., Middlebury 2014 stereo benchmark, left image "
        "(as stated by skimage.data.stereo_motorcycle)",
        license="not stated by skimage.data.stereo_motorcycle; redistributed in its wheel",
        sha256="db18e9c4157617403c3537a6ba355dfeafe9a7eabb6b9b94cb33f6525dd49179",
        split="test",
    ),
    Photograph(
        name="rocket",
        package="skimage",
        path="data/rocket.jpg",
        credit="SpaceX, flickr.com/photos/spacexphotos/16511594820 "
        "(as stated by skimage.data.rocket)",
        license="released in the public domain (as stated by skimage.data.rocket)",
        sha256="c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c",
        split="test",
    ),
)

# How many square crops are made of each photograph. The first is its center square.
CROPS = {"train": 64, "test": 16}


class EmbeddedSource(Source):
    """The embedded photographs of one split, or the crops made of them.

    Example:
        >>> source = Embedded().open("embedded", "test", None)
        >>> source.read(source.pictures[2]).shape
        (427, 640, 3)
    """

    def read(self, picture: Picture) -> np.ndarray:
        path, box = picture.key
        pixels = _pixels(path)
        if box is None:
            return pixels
        left, top, side = box
        return pixels[top : top + side, left : left + side]


class Embedded:
    """The embedded set as one of the data sets. It is always here.

    Example:
        >>> Embedded().counts("embedded")
        {'train': 320, 'test': 48}
        >>> len(Embedded().open("embedded", "test", 64).pictures), Embedded().is_here
        (48, True)
        >>> Embedded().fetch(near=False).name  # nothing happens
        'installed packages'
    """

    where = "installed packages"
    is_here = True
    absence = by_hand = ""
    first = None

    def counts(self, name: str) -> dict[str, int]:
        """The names of splits and their numbers of crops."""
        splits = Counter(photograph.split for photograph in PHOTOGRAPHS)
        return {split: photographs * CROPS[split] for split, photographs in splits.items()}

    def open(self, name: str, split: str, size: int | None) -> EmbeddedSource:
        """The photographs of one split, or crops of them.

        Args:
            name: the name of the set in messages.
            split: `train` (five photographs) or `test` (three). Any other split has no pictures.
            size: None for whole photographs; otherwise the side to which the crops will be
                resized. Each photograph gives `CROPS[split]` squares. The first is its center
                square. The others have random places and scales that depend only on the
                photograph's name and `size`.

        Raises:
            DataError: for a missing file. A file with another sha256, such as one that a later
                release has encoded again, only causes a warning. The data hash of a record depends
                on the pixels that were used, so it stays true.
        """
        found = [_pictures(each, size) for each in PHOTOGRAPHS if each.split == split]
        pictures = tuple(picture for those in found for picture in those)
        return EmbeddedSource(name, split, self.where, pictures)

    def fetch(self, *, near: bool) -> Path:
        """Do nothing, since the photographs are installed."""
        return Path(self.where)


def open_photographs(size: int | None = None) -> dict[str, Tensor]:
    """Open the eight embedded photographs of both splits, for uses that train nothing.

    Args:
        size: the side of the square, in pixels, that each photograph becomes: the shorter side is
            resized, bicubic with antialiasing, and the center is cropped. None keeps each
            photograph as it is.

    Returns:
        Pictures by name, uint8 `(3, H, W)`, sRGB, 0..255. Those of the training split come first.

    Raises:
        DataError: for a missing file.
        ValueError: if `size` is below 1.

    Example:
        >>> photographs = open_photographs(64)
        >>> list(photographs)[:2], photographs["chelsea"].shape
        (['astronaut', 'chelsea'], torch.Size([3, 64, 64]))
        >>> open_photographs()["chelsea"].shape
        torch.Size([3, 300, 451])
    """
    if size is not None and size < 1:
        raise ValueError(f"size must be at least 1 or None, not {size}")
    found = {}
    for source in (Embedded().open("embedded", split, None) for split in CROPS):
        for picture in source.pictures:
            pixels = source.read(picture) if size is None else fit(source.read(picture), size)
            found[picture.file] = torch.tensor(pixels.transpose(2, 0, 1))
    return found


def _pictures(photograph: Photograph, size: int | None) -> list[Picture]:
    path, name = photograph.locate(), photograph.name
    mark = _checked_hash(photograph, path)
    if size is None:
        return [Picture(name, name, mark, (path, None))]
    with Image.open(path) as image:
        boxes = [_box(name, k, image.size, size) for k in range(CROPS[photograph.split])]
    return [
        Picture(f"{name}/{k:02d}", name, f"{mark} {box}", (path, box))
        for k, box in enumerate(boxes)
    ]


def _box(name: str, k: int, extent: tuple[int, int], size: int) -> tuple[int, int, int] | None:
    """Left, top and side of the k-th square crop; None for the first, the whole photograph."""
    if k == 0:
        return None
    # The logarithm of the side is drawn uniformly, from a quarter of the shorter side up to all of
    # it. A crop smaller than `size` would be enlarged; only crops of at least half of the shorter
    # side may be.
    shorter = min(extent)
    smallest = min(max(size, shorter / 4), shorter / 2)
    draw = random.Random(f"{name}/{k}")  # a string seed means the same in every Python version
    side = round(math.exp(draw.uniform(math.log(smallest), math.log(shorter))))
    left, top = (int(draw.random() * (length - side + 1)) for length in extent)
    return left, top, side


def _checked_hash(photograph: Photograph, path: Path) -> str:
    actual = hashlib.sha256(path.read_bytes()).hexdigest()
    if actual != photograph.sha256:
        warnings.warn(
            f"{path} is not the file this book was made with (its sha256 begins with "
            f"{actual[:12]}, not {photograph.sha256[:12]}); results on the embedded set may differ",
            stacklevel=2,
        )
    return actual


@lru_cache(maxsize=len(PHOTOGRAPHS))
def _pixels(path: Path) -> np.ndarray:
    pixels = images.read(path)
    pixels.setflags(write=False)  # shared by all crops
    return pixels
