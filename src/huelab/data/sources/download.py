"""One file from a web server: resumed where it broke off, checked, and never half there."""

import hashlib
import os
import re
import time
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path

from huelab.data.progress import Progress
from huelab.storage import HueLabError

_TIMEOUT = 30  # seconds without a byte after which the server counts as gone
_TRIES = 3
_BLOCK = 1 << 18


class DownloadError(HueLabError, RuntimeError):
    """A file that could not be had; the message says which, why, and what to do by hand."""


def download(url: str, path: Path, *, checksum: str | None = None, progress: bool = False) -> Path:
    """Fetch a file, unless it is there already.

    Bytes go into `<name>.part` beside it, which gets the real name when it is complete, checked
    and on disk. A cut connection is taken up again up to three times, and by the next call, if
    there is a checksum by which to tell whether the pieces belong together; without one, every
    call starts anew. Of several processes that may want the same file, the caller lets only one
    in at a time.

    Args:
        url: http or https.
        path: where the file goes; folders are made.
        checksum: `sha256:` or `md5:` and hex digits, of which some of the first are enough.
        progress: show a line that grows.

    Returns:
        `path`.

    Raises:
        DownloadError: without a network, for a file the server has not, for a wrong checksum (the
            bytes are then removed), or if the disk is full.
        ValueError: for another kind of URL or checksum.
    """
    path = Path(path)
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"expected an http or https URL, got {url!r}")
    algorithm, digits = _parse(checksum) if checksum else (None, "")
    if path.is_file():
        return path
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not checksum:
            part.unlink(missing_ok=True)
        resumed = part.exists()
        _fetch(url, part, progress)
        if checksum and resumed and not matches(part, checksum):
            # The rest may be of another version of the file than the beginning.
            part.unlink()
            _fetch(url, part, progress)
        if checksum and not matches(part, checksum):
            part.unlink()
            raise DownloadError(
                f"{url} is not the file it should be: its {algorithm} does not begin with {digits}"
            )
        os.replace(part, path)
    except (OSError, HTTPException) as error:
        raise DownloadError(_advice(url, path, checksum, error)) from error
    return path


def matches(path: Path, checksum: str) -> bool:
    """Whether a file has a checksum, written as for `download`."""
    algorithm, digits = _parse(checksum)
    with open(path, "rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest().startswith(digits)


def _parse(checksum: str) -> tuple[str, str]:
    if not re.fullmatch(r"(sha256|md5):[0-9a-f]{8,}", checksum):
        raise ValueError(f"expected sha256:<hex> or md5:<hex>, at least 8 digits, not {checksum!r}")
    algorithm, digits = checksum.split(":")
    return algorithm, digits


def _fetch(url: str, part: Path, progress: bool) -> None:
    """Bring the file's bytes into `part`, after those that are there already."""
    for tried in range(1, _TRIES + 1):
        before = part.stat().st_size if part.exists() else 0
        try:
            return _append(url, part, before, progress)
        except urllib.error.HTTPError:
            raise
        except (OSError, HTTPException):
            after = part.stat().st_size if part.exists() else 0
            # Only a connection that gave something is worth another try.
            if after <= before or tried == _TRIES:
                raise
            time.sleep(0.2 * tried)


def _append(url: str, part: Path, have: int, progress: bool) -> None:
    # Compressed on the way, the bytes could neither be counted nor resumed.
    headers = {"User-Agent": "huelab", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    request = urllib.request.Request(url, headers=headers)
    try:
        answer = urllib.request.urlopen(request, timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        if have and error.code == 416:  # nothing comes after what is there: it is whole, or wrong
            return
        raise
    with answer:
        if have and not _continues(answer, have):
            have = 0
        left = answer.headers.get("Content-Length")
        total = have + int(left) if left else None
        with open(part, "ab" if have else "wb") as file:
            _copy(answer, file, have, total, progress)
            file.flush()
            os.fsync(file.fileno())
    if total is not None and part.stat().st_size != total:
        raise ConnectionError(f"the connection broke after {part.stat().st_size} of {total} bytes")


def _copy(answer, file, done: int, total: int | None, progress: bool) -> None:
    megabytes = (total or 0) // 10**6
    line = Progress(megabytes, "MB", enabled=progress and megabytes > 0)
    while block := answer.read(_BLOCK):
        file.write(block)
        done += len(block)
        line.update(done // 10**6)
    line.close(done // 10**6)


def _continues(answer, have: int) -> bool:
    """Whether the server sends the rest, and not the whole file again."""
    place = answer.headers.get("Content-Range", "")
    return answer.status == 206 and place.startswith(f"bytes {have}-")


def _advice(url: str, path: Path, checksum: str | None, error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    check = f", check that its {checksum.replace(':', ' begins with ')}" if checksum else ""
    return (
        f"{path.name} could not be downloaded from {url}: {reason}. On a computer with a network, "
        f"download that file{check}, and put it into {path.parent} as {path.name}"
    )
