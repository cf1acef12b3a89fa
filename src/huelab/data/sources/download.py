"""Download files from web servers: one file, resumed and checked, or many at once.

urllib3 waits for a busy server and tries again. This module adds what urllib3 lacks: a download of
many gigabytes that goes on where it broke off, in the same call or in the next.
"""

import hashlib
import os
import re
import time
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import cache
from pathlib import Path
from typing import BinaryIO, TypeVar

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse
from urllib3.util import Retry

from huelab.data.processes import Progress
from huelab.data.source import DataError
from huelab.storage import HueLabError

CONNECTIONS = 4  # downloads at once
TRIES = 5  # connections that may break before a call gives up
_PAUSE = 1.0  # seconds between two connections
_TIMEOUT = 30  # seconds without a byte after which the server counts as gone
_LONGEST_WAIT = 20.0  # the most seconds to wait if a busy server asks for it
_BLOCK = 1 << 18

Job = TypeVar("Job", bound=Hashable)


class DownloadError(HueLabError, RuntimeError):
    """A file could not be downloaded; the message says which, why, and what to do by hand.

    Attributes:
        reason: why, in a few words.

    Example:
        >>> raise DownloadError("a.zip could not be downloaded", "the server says 404 Not Found")
        Traceback (most recent call last):
            ...
        huelab.data.sources.download.DownloadError: a.zip could not be downloaded
    """

    def __init__(self, message: str, reason: str):
        super().__init__(message)
        self.reason = reason


class NoSuchFile(DownloadError):
    """The server has no such file, or another file by that name. It may have other files.

    Example:
        >>> NoSuchFile("a.zip could not be downloaded", "the server says 404 Not Found").reason
        'the server says 404 Not Found'
    """


def download(url: str, path: Path, *, checksum: str | None = None, progress: bool = False) -> Path:
    """Download a file, unless it is there already.

    Bytes go into `<name>.part` in the same folder. The part gets the final name when it is
    complete, checked and on disk. With a checksum, a download that broke off goes on, also in the
    next call: the checksum tells whether the pieces belong together. Without one, every call starts
    again. If several processes may want the same file, the caller must let in one at a time.

    Args:
        url: an address of http or https.
        path: where the file goes; missing folders are made.
        checksum: `sha256:` or `md5:` and hex digits; the first 8 digits are enough.
        progress: whether to show progress.

    Returns:
        `path`.

    Raises:
        NoSuchFile: if the server does not have the file; for a wrong checksum (the bytes are then
            removed); for an address that is not one of http or https, or is redirected to such an
            address.
        DownloadError: without a network, or if the disk is full.
        ValueError: for another kind of checksum.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "a.txt")
        ...     path.touch()
        ...     download("https://example.org/a.txt", path) == path  # it is there already
        True
    """
    path = Path(path)
    algorithm, digits = _parse(checksum) if checksum else ("", "")
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
            raise NoSuchFile(
                f"{url} is not the file it should be: its {algorithm} does not begin with "
                f"{digits}. Its bytes were removed; try again later, or get the file elsewhere",
                "the server has another file by that name (its checksum differs)",
            )
        os.replace(part, path)
    except OSError as error:  # the errors of requests are OSErrors, too
        kind = NoSuchFile if _is_final(error) else DownloadError
        raise kind(_advice(url, path, checksum, error), _reason(error)) from error
    return path


def matches(path: Path, checksum: str) -> bool:
    """Whether a file has a checksum, which is written as in `download`.

    Raises:
        ValueError: for another kind of checksum.
        OSError: if the file cannot be read.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "empty")
        ...     path.touch()
        ...     matches(path, "md5:d41d8cd98f00b204")  # the first digits are enough
        True
    """
    algorithm, digits = _parse(checksum)
    with open(path, "rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest().startswith(digits)


def for_each(jobs: Sequence[Job], work: Callable[[Job], None], *, unit: str) -> dict[Job, str]:
    """Call `work` for every job, `CONNECTIONS` at a time.

    Args:
        jobs: one for each file, such as its name.
        work: downloads one file. It raises `DownloadError` if the download fails, and `DataError`
            if the file is of no use.
        unit: what a job is called, in the plural, for the progress line.

    Returns:
        The jobs that cannot be done, each with the reason.

    Raises:
        DataError: for an error that would stop all other jobs, too: the server cannot be reached or
            stays busy, or the disk is full. Finished jobs stay finished.

    Example:
        >>> def work(job: str) -> None:
        ...     if job == "b":
        ...         raise DataError("it is damaged")
        >>> for_each(["a", "b"], work, unit="files")
        {'b': 'it is damaged'}
    """
    failed: dict[Job, str] = {}
    line, done = Progress(len(jobs), unit), 0
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        futures = {pool.submit(work, job): job for job in jobs}
        try:
            for future in as_completed(futures):
                try:
                    future.result()
                except NoSuchFile as error:
                    failed[futures[future]] = error.reason
                except DataError as error:
                    failed[futures[future]] = str(error)
                done += 1
                line.update(done, _count(failed))
        except (DownloadError, OSError) as error:
            why = error.reason if isinstance(error, DownloadError) else str(error)
            raise DataError(f"stopped after {done:,} of {len(jobs):,} {unit}: {why}") from error
        finally:
            pool.shutdown(cancel_futures=True)
            line.close(done, _count(failed))
    return failed


def _count(failed: dict[Job, str]) -> str:
    return f"{len(failed):,} missing" if failed else ""


def _parse(checksum: str) -> tuple[str, str]:
    if not re.fullmatch(r"(sha256|md5):[0-9a-f]{8,}", checksum):
        raise ValueError(
            f"checksum must be sha256:<hex> or md5:<hex>, with at least 8 digits, not {checksum!r}"
        )
    algorithm, digits = checksum.split(":")
    return algorithm, digits


class _Patience(Retry):
    """Retries that wait as long as a busy server asks for, but at most `_LONGEST_WAIT`."""

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        asked = super().get_retry_after(response)
        return None if asked is None else min(asked, _LONGEST_WAIT)


@cache
def _session() -> requests.Session:
    retries = _Patience(
        total=10,
        connect=0,  # a server that does not answer now will not in a minute either
        read=2,
        status=3,
        status_forcelist=[408, 425, 429, 500, 502, 503, 504],
        backoff_factor=2,
        raise_on_status=False,
    )
    session = requests.Session()
    # If the server compressed the bytes, HueLab could neither count them nor resume.
    session.headers.update({"User-Agent": "huelab", "Accept-Encoding": "identity"})
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=CONNECTIONS, max_retries=retries))
    return session


def _fetch(url: str, part: Path, progress: bool) -> None:
    """Append the file's bytes to those that `part` has already."""
    for tries_left in reversed(range(TRIES)):
        have = _size(part)
        try:
            return _append(url, part, have, progress)
        except requests.HTTPError:
            raise
        except requests.RequestException as error:
            # Only a connection that gave some bytes is worth another try.
            if _size(part) <= have:
                raise
            if not tries_left:
                broke = f"the connection broke after {_size(part):,} bytes"
                raise requests.ConnectionError(broke) from error
            time.sleep(_PAUSE)


def _append(url: str, part: Path, have: int, progress: bool) -> None:
    headers = {"Range": f"bytes={have}-"} if have else {}
    with _answer(url, headers) as answer:
        if have and answer.status_code == 416:
            return  # nothing comes after these bytes: they are the whole file, or wrong
        answer.raise_for_status()
        start, total = _place(answer)
        if start in (0, have):
            with open(part, "ab" if start else "wb") as file:
                _copy(answer, file, start, total, progress)
                file.flush()
                os.fsync(file.fileno())
            return
    if not have:
        raise requests.ConnectionError("the server sends another part than HueLab asked for")
    part.unlink()
    _append(url, part, 0, progress)


def _answer(url: str, headers: dict[str, str]) -> requests.Response:
    try:
        return _session().get(url, headers=headers, stream=True, timeout=_TIMEOUT)
    except urllib3.exceptions.LocationValueError as error:  # requests does not turn it into its own
        raise requests.exceptions.InvalidURL(str(error)) from error


def _place(answer: requests.Response) -> tuple[int, int | None]:
    """The byte of the file at which an answer begins, and the file's size if the answer says it."""
    length = answer.headers.get("Content-Length", "")
    rest = int(length) if re.fullmatch(r"[0-9]{1,15}", length) else None
    if answer.status_code != 206:
        return 0, rest
    sent = answer.headers.get("Content-Range", "")
    place = re.match(r"bytes ([0-9]{1,15})-[0-9]+/([0-9]{1,15}|\*)", sent)
    if place is None:
        return -1, None
    start = int(place[1])
    if place[2] != "*":
        return start, int(place[2])
    return start, None if rest is None else start + rest


def _copy(
    answer: requests.Response, file: BinaryIO, done: int, total: int | None, progress: bool
) -> None:
    megabytes = (total or 0) // 10**6
    line = Progress(megabytes, "MB", enabled=progress and megabytes > 0)
    try:
        # `iter_content` would not give the last bytes before a break.
        while block := answer.raw.read1(_BLOCK):
            file.write(block)
            done += len(block)
            line.update(done // 10**6)
    except urllib3.exceptions.HTTPError as error:
        raise requests.ConnectionError(str(error)) from error
    if total is not None and done < total:
        raise requests.ConnectionError(f"only {done:,} of {total:,} bytes came")
    line.close(done // 10**6)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


_NO_ADDRESS = (
    requests.exceptions.InvalidSchema,  # such as a redirect to a file of this computer
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.TooManyRedirects,
)


def _is_final(error: OSError) -> bool:
    """Whether trying again is useless: the server has no such file, or the address is wrong."""
    if isinstance(error, _NO_ADDRESS):
        return True
    if not isinstance(error, requests.HTTPError) or error.response is None:
        return False
    return 400 <= error.response.status_code < 500 and error.response.status_code not in (408, 429)


def _reason(error: OSError) -> str:
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server says {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.ConnectionError) and error.__cause__ is None:
        # "HTTPConnectionPool(...): ... (Caused by ...: [Errno 111] Connection refused'))"
        words = re.sub(r"[\"')]+$", "", str(error)).rpartition(": ")[2]
        return f"there is no connection to the server ({words})"
    if isinstance(error, _NO_ADDRESS):
        return f"its address is not one of http or https, or leads to no such address ({error})"
    return str(error)


def _advice(url: str, path: Path, checksum: str | None, error: OSError) -> str:
    check = f", check that its {checksum.replace(':', ' begins with ')}" if checksum else ""
    return (
        f"{path.name} could not be downloaded from {url}: {_reason(error)}. On a computer with a "
        f"network connection, download that file{check}, and put it into {path.parent} as "
        f"{path.name}"
    )
