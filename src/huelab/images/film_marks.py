"""The mark of a film that HueLab made: a line of its comment, which every format keeps."""

import contextlib
import os
import re
from collections.abc import Mapping

from huelab.images.quiet import Quiet

_LINE = re.compile(r"Colored by HueLab\. \[HueLab ([0-9a-f]*) ([0-9a-f]*)\]")


def comment_of(mark: Mapping[str, str]) -> str:
    """The line for a mark that `huelab.images.mark` made.

    Example:
        >>> comment_of({"Software": "HueLab", "HueLab-Source": "12ab", "HueLab-Content": "34cd"})
        'Colored by HueLab. [HueLab 12ab 34cd]'
    """
    return f"Colored by HueLab. [HueLab {mark['HueLab-Source']} {mark['HueLab-Content']}]"


def mark_of_film(path: str | os.PathLike[str]) -> dict[str, str] | None:
    """The mark of a film, as of `huelab.images.mark_of`; None where there is none.

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
