"""The mark that HueLab puts into its results, so that a later run knows them and their sources."""

import contextlib
import hashlib
import os
from pathlib import Path

from PIL import PngImagePlugin

from huelab.images.files import open_stream
from huelab.images.quiet import Quiet

SOFTWARE = "HueLab"
_SOURCE = "HueLab-Source"


def mark(source: str | os.PathLike[str], result: str | os.PathLike[str]) -> dict[str, str]:
    """The texts of a PNG that was made from a file: `Software`, and which file it was.

    The file is known by a hash of the way to it from the result's folder. So the mark holds when
    both are moved together, and nobody who is given the result can read the names of folders in it.

    Example:
        >>> mark("a/photo.jpg", "a/photo-color.png") == mark("b/photo.jpg", "b/photo-color.png")
        True
        >>> mark("a/photo.jpg", "a/photo-color.png") == mark("a/photo.png", "a/photo-color.png")
        False
    """
    way = os.path.relpath(whole_path(source), whole_path(result).parent)
    digest = hashlib.sha256(os.fsencode(way.replace(os.sep, "/"))).hexdigest()
    return {"Software": SOFTWARE, _SOURCE: digest[:16]}


def mark_of(path: str | os.PathLike[str]) -> dict[str, str] | None:
    """The mark of a result; None for a file that HueLab did not make, or that cannot be read.

    Only what stands before the pixels is read.

    Example:
        >>> mark_of("no such file.png") is None
        True
    """
    with contextlib.suppress(Exception), Quiet(), open_stream(path) as stream:
        texts = PngImagePlugin.PngImageFile(stream).info
        if texts.get("Software") == SOFTWARE:
            return {key: str(texts.get(key, "")) for key in ("Software", _SOURCE)}
    return None


def whole_path(path: str | os.PathLike[str]) -> Path:
    """One path of one name in one folder, by whatever way it was reached.

    A link to a file is a name of its own; links to its folder are followed.

    Example:
        >>> whole_path("a/../b.png") == Path.cwd().resolve() / "b.png"
        True
    """
    folder, name = os.path.split(os.path.abspath(path))
    return Path(os.path.realpath(folder), name)
