"""Every data set that HueLab knows a source of: how it is had, and under which license."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from huelab.data.errors import DataError
from huelab.data.sources import coco, ffhq, fruits360, manifests, natural_color, unsplash
from huelab.data.sources.rebuild import is_whole, rebuild
from huelab.storage import data_dir

# Of `photos`, those with the clearest licenses: weights trained on them may be shipped.
OPEN = ("caltech101", "intel_scenes")


@dataclass(frozen=True, slots=True)
class Known:
    """A data set with a source.

    Attributes:
        folder: its folder in `$HUELAB_DATA`.
        about: one line.
        license: in short; a listing has the whole sentence for each origin.
        fetch: brings it into its folder, if it is not one that has a listing.
        by_hand: what to do before it can be fetched, if anything.
    """

    folder: str
    about: str
    license: str
    fetch: Callable[[Path], Path] | None = None
    by_hand: Callable[[Path], str] | None = None

    @property
    def way(self) -> str:
        return "by hand, then fetch" if self.by_hand else "fetch"


_CIFAR = "none stated, research use"
_MIXED = "mixed, partly non-commercial research"
KNOWN = {
    "cifar10_jpeg": Known(
        "cifar10", "CIFAR-10 as JPEG files, official split; not pixel-exact", _CIFAR
    ),
    "cifar10_exact": Known("cifar10_exact", "4,000 pixel-exact CIFAR-10 training pictures", _CIFAR),
    "fruits360": Known(
        "fruits360", "Fruits-360, 30 classes, 5,000/500 of the official split", "CC BY-SA 4.0"
    ),
    "fruits360_random": Known(
        "fruits360", "the same 5,500 pictures split at random", "CC BY-SA 4.0"
    ),
    "fruits360_by_class": Known(
        "fruits360", "the same 5,500 pictures, three whole fruits for the test", "CC BY-SA 4.0"
    ),
    "fruits360_official": Known(
        "fruits360_official",
        "Fruits-360 2020.05.18.0 whole: 131 classes, 67,692/22,688",
        "MIT",
        fruits360.fetch_fruits360,
    ),
    "faces": Known("faces", "UTKFace, 5,000/500; stands for FFHQ", "non-commercial research"),
    "ffhq": Known(
        "ffhq",
        "FFHQ thumbnails, 128 x 128, 60,000/10,000",
        "CC BY-NC-SA 4.0; photographs CC BY, BY-NC or free",
        ffhq.fetch_ffhq,
        ffhq.by_hand,
    ),
    "photos": Known("photos", "4,606/504 photographs; stand for Unsplash and COCO", _MIXED),
    "photos_open": Known(
        "photos_open", "those of them with the clearest licenses", "CC BY 4.0 and CC0"
    ),
    "coco": Known(
        "coco",
        "COCO 2017: train2017, val2017, test2017; 27 GB",
        "Flickr terms; annotations CC BY 4.0",
        coco.fetch_coco,
    ),
    "unsplash_lite": Known(
        "unsplash_lite",
        "Unsplash Lite, 10,000/500 of 25,000 photographs",
        "Unsplash dataset terms; not to be passed on",
        unsplash.fetch_unsplash,
        unsplash.by_hand,
    ),
    "ncd": Known("ncd", "Natural-Color Dataset, 574/146", "none stated"),
    "ncd_official": Known(
        "ncd_official",
        "Natural-Color Dataset whole, 400/323",
        "none stated",
        natural_color.fetch_natural_color,
        natural_color.by_hand,
    ),
    "kodak24": Known("kodak24", "24 lossless photographs, test only", "unrestricted use"),
}


def fetch(name: str, *, near: bool = False) -> Path:
    """Bring one of `KNOWN` into its folder, or go on with it; returns the folder.

    Args:
        near: as for `rebuild`; of no effect on a set without a listing.

    Raises:
        DataError: see `rebuild` and the functions in `KNOWN`.
    """
    known = KNOWN[name]
    root = data_dir().absolute() / known.folder
    if known.fetch:
        return known.fetch(root)
    listing = listing_of(name)
    if name == "photos_open" and not root.is_dir() and is_whole(listing, root.parent / "photos"):
        return root.parent / "photos"
    return rebuild(listing, root, near=near)


def listing_of(name: str) -> manifests.Listing:
    """The committed listing of a set.

    Raises:
        DataError: if it has none.
    """
    if name == "photos_open":
        return manifests.load("photos").only(name, OPEN)
    if KNOWN[name].fetch:
        raise DataError(f"{name} has no listing")
    anew = ("fruits360_random", "fruits360_by_class")
    return manifests.load(KNOWN[name].folder if name in anew else name)


def how_to_get(name: str) -> str:
    """One sentence: the command, or what to do by hand."""
    known = KNOWN[name]
    root = data_dir().absolute() / known.folder
    return known.by_hand(root) if known.by_hand else f"Run `huelab data fetch {name}`"
