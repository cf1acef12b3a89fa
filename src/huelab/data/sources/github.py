"""Addresses on GitHub that never change: one file, or all files, of one commit.

A commit's files are fixed for good. The bytes of an archive are not: GitHub packs it when it is
asked for and promises the same contents, not the same compression (docs.github.com, "Downloading
source code archives"). So files are checked by their own sha256, and archives by their contents.
"""

from urllib.parse import quote

FILES = "https://raw.githubusercontent.com"
ARCHIVES = "https://codeload.github.com"


def file_url(repository: str, commit: str, path: str) -> str:
    """Where one file of a commit is; blanks and the like are percent-encoded."""
    return f"{FILES}/{repository}/{commit}/{quote(path)}"


def archive_url(repository: str, commit: str) -> str:
    """Where all files of a commit are, as tar.gz; every path begins with one more folder."""
    return f"{ARCHIVES}/{repository}/tar.gz/{commit}"
