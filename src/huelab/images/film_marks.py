"""The mark of a film that HueLab made: a line of its comment, which every format keeps."""

import contextlib
import os
import re
from collections.abc import Mapping

from huelab.images.quiet import Quiet

#: A file in a folder counts as a film if it has one of these suffixes.
FILM_SUFFIXES = frozenset(
    (
        *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".m2v", ".ts", ".mts"),
        *(".m2ts", ".wmv", ".asf", ".flv", ".f4v", ".3gp", ".3g2", ".ogv", ".dv", ".mxf", ".vob"),
    )
)
#: The suffixes of films that HueLab writes, with FFmpeg's names of their formats.
FORMATS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}
_LINE = re.compile(r"Colored by HueLab\. \[HueLab ([0-9a-f]*) ([0-9a-f]*)\]")


def written_as(path: str | os.PathLike[str]) -> str | None:
    """The suffix of the result for a film: its own, or `.mkv`, which holds tracks of every kind.

    The result is None for a file whose suffix is not that of a film.

    Example:
        >>> written_as("A.MOV"), written_as("a.avi"), written_as("a.png") is None
        ('.mov', '.mkv', True)
    """
    suffix = os.path.splitext(path)[1].lower()
    if suffix not in FILM_SUFFIXES:
        return None
    return suffix if suffix in FORMATS else ".mkv"


def comment_of(mark: Mapping[str, str]) -> str:
    """The line of a film's comment for a mark that `huelab.images.mark` made.

    Example:
        >>> comment_of({"Software": "HueLab", "HueLab-Source": "12ab", "HueLab-Content": "34cd"})
        'Colored by HueLab. [HueLab 12ab 34cd]'
    """
    return f"Colored by HueLab. [HueLab {mark['HueLab-Source']} {mark['HueLab-Content']}]"


def mark_of_film(path: str | os.PathLike[str]) -> dict[str, str] | None:
    """The mark of a film, in the form of `huelab.images.mark_of`; None if there is none.

    Example:
        >>> mark_of_film("no such film.mp4") is None
        True
    """
    with contextlib.suppress(Exception), Quiet():
        from huelab.images.video import opened

        with opened(path) as (container, _):
            found = _LINE.search(" ".join(container.metadata.values()))
        if found:
            keys = "HueLab-Source", "HueLab-Content"
            return {"Software": "HueLab", **dict(zip(keys, found.groups(), strict=True))}
    return None
