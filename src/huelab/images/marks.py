"""The mark that HueLab puts into its results, by which a later run knows them and their sources."""

import contextlib
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from huelab.images.errors import errors_named, name_of
from huelab.images.files import open_stream
from huelab.images.film_marks import mark_of_film, written_as
from huelab.images.quiet import Quiet
from huelab.images.writing import texts_of

SOFTWARE = "HueLab"
_SOURCE, _CONTENT = "HueLab-Source", "HueLab-Content"
#: A text for people to read, next to the mark. PNG registers its keyword.
DISCLAIMER = {"Disclaimer": "Colorized by HueLab. The colors are invented."}


def mark(source: str | os.PathLike[str], result: str | os.PathLike[str]) -> dict[str, str]:
    """The texts that mark a result: `Software`, the source that it was made from, and its content.

    The mark names the source by a hash of its path relative to the result's folder. So the mark
    stays true when both are moved together, and it reveals no names of folders. A hash of all bytes
    of the source shows later whether the source has changed.

    Raises:
        ImageError: if the file cannot be read.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     photo = Path(folder, "photo.jpg")
        ...     _ = photo.write_bytes(b"one picture")
        ...     before = mark(photo, photo.with_name("photo-color.png"))
        ...     _ = photo.write_bytes(b"another picture")
        ...     after = mark(photo, photo.with_name("photo-color.png"))
        >>> [key for key in before if before[key] != after[key]]
        ['HueLab-Content']
    """
    return {"Software": SOFTWARE, _SOURCE: _way(source, result), _CONTENT: _content(source)}


def mark_without_names(content: bytes) -> dict[str, str]:
    """The mark of a result that was made from bytes, such as those of standard input.

    Example:
        >>> mark_without_names(b"one picture")["HueLab-Content"]
        'cf608f5146bb67ac'
    """
    return {"Software": SOFTWARE, _SOURCE: "", _CONTENT: _content(content)}


def mark_of(path: str | os.PathLike[str]) -> dict[str, str] | None:
    """The mark of a result; None for a file that HueLab did not make, or that cannot be read.

    No pixels are decoded. A text of the mark that the result lacks is empty.

    Example:
        >>> mark_of("no such file.png") is None
        True
    """
    if written_as(path):
        return mark_of_film(path)
    with contextlib.suppress(Exception), Quiet(), open_stream(path) as stream:
        texts = texts_of(_opened(stream))
        if texts.get("Software") == SOFTWARE:
            return {key: texts.get(key, "") for key in ("Software", _SOURCE, _CONTENT)}
    return None


def _opened(stream: BinaryIO) -> Image.Image:
    """Open an image of a format that keeps a mark, without the size limit of Pillow's `open`."""
    header = stream.read(16)
    stream.seek(0)
    Image.init()
    for form in ("PNG", "JPEG", "TIFF", "WEBP", "AVIF"):
        factory, accept = Image.OPEN.get(form, (None, None))
        if factory and accept and accept(header) is True:
            return factory(stream, "")
    raise ValueError("no such format")


def names_source(
    found: Mapping[str, str] | None,
    source: str | os.PathLike[str],
    result: str | os.PathLike[str],
) -> bool:
    """Whether a result's mark names this source, even if the source has changed since.

    Example:
        >>> names_source(None, "a.jpg", "a-color.png")
        False
    """
    return found is not None and found[_SOURCE] == _way(source, result)


def is_current(found: Mapping[str, str], source: str | os.PathLike[str]) -> bool:
    """Whether the source has the same content as when the result with this mark was made.

    Earlier versions of HueLab noted no content. Their results count as current.

    Raises:
        ImageError: if the source cannot be read.

    Example:
        >>> is_current({"HueLab-Content": ""}, __file__)
        True
        >>> is_current({"HueLab-Content": "0123456789abcdef"}, __file__)
        False
    """
    return _content(source) == found[_CONTENT] or not found[_CONTENT]


def _way(source: str | os.PathLike[str], result: str | os.PathLike[str]) -> str:
    way = os.path.relpath(whole_path(source), whole_path(result).parent)
    return hashlib.sha256(os.fsencode(way.replace(os.sep, "/"))).hexdigest()[:16]


def _content(source: str | os.PathLike[str] | bytes) -> str:
    with errors_named(name_of(source), "cannot be read"), open_stream(source) as stream:
        digest = hashlib.sha256()
        while piece := stream.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()[:16]


def whole_path(path: str | os.PathLike[str]) -> Path:
    """The absolute path of a file, the same for every way to write it.

    Links to its folder are followed. A link to the file itself keeps its own name.

    Example:
        >>> whole_path("a/../b.png") == Path.cwd().resolve() / "b.png"
        True
    """
    folder, name = os.path.split(os.path.abspath(path))
    return Path(os.path.realpath(folder), name)
