"""Many small downloads: a few at a time, patient with a busy server, stopped by a dead one."""

import threading
import urllib.error
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from http.client import HTTPException
from typing import Any

from huelab.data.errors import DataError
from huelab.data.progress import Progress
from huelab.data.sources.download import DownloadError

CONNECTIONS = 4
# Seconds to wait before another try: when a server is busy or a connection broke.
PAUSES = (1.0, 5.0, 20.0)
_LONGEST_PAUSE = 60.0
_BUSY = {408, 425, 429, 500, 502, 503, 504}


def for_each(jobs: Sequence[Any], work: Callable[[Any], None], *, unit: str) -> dict[int, str]:
    """Call `work` for every job, `CONNECTIONS` at a time.

    Args:
        work: raises `DownloadError` where a download fails, `DataError` where a file is no use.
        unit: what a job is, in the plural, for the line that grows.

    Returns:
        For the jobs (their numbers) that cannot be done, why not: the server has no such file, or
        it is not the file it should be.

    Raises:
        DataError: if the server cannot be reached or asks for patience again and again, or if the
            disk is full: whatever would stop all other jobs, too. Jobs that were done stay done.
    """
    failed: dict[int, str] = {}
    stop, heard = threading.Event(), threading.Event()

    def attempt(number: int) -> None:
        for pause in (*PAUSES, None):
            if stop.is_set():
                return
            try:
                work(jobs[number])
                heard.set()
                return
            except DataError as error:
                heard.set()
                failed[number] = str(error)
                return
            except DownloadError as error:
                if _final(error):
                    heard.set()
                    failed[number] = reason(error)
                    return
                # A server that never answered will not answer in a minute either.
                dead = not heard.is_set() and not _busy(error)
                if pause is None or dead:
                    raise
                stop.wait(max(pause, _asked_for(error)))

    line = Progress(len(jobs), unit)
    done = 0
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        futures = [pool.submit(attempt, number) for number in range(len(jobs))]
        try:
            for future in as_completed(futures):
                future.result()
                done += 1
                line.update(done, _count(failed))
        except (DownloadError, OSError) as error:
            why = reason(error) if isinstance(error, DownloadError) else str(error)
            raise DataError(f"stopped after {done:,} of {len(jobs):,} {unit}: {why}") from error
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)
            line.close(done, _count(failed))
    return failed


def reason(error: DownloadError) -> str:
    """Why a download failed, in a few words."""
    cause = error.__cause__
    if isinstance(cause, urllib.error.HTTPError):
        return f"the server says {cause.code} {cause.reason}"
    if cause is None:
        return "the server has another file by that name (its checksum differs)"
    if isinstance(cause, urllib.error.URLError):
        return f"there is no connection to the server ({cause.reason})"
    return str(cause)


def _count(failed: dict[int, str]) -> str:
    return f"{len(failed):,} missing" if failed else ""


def _final(error: DownloadError) -> bool:
    """Whether trying again cannot help, and other files may still be had."""
    cause = error.__cause__
    if isinstance(cause, urllib.error.HTTPError):
        return not _busy(error)
    return cause is None


def _busy(error: DownloadError) -> bool:
    cause = error.__cause__
    if isinstance(cause, urllib.error.HTTPError):
        return cause.code in _BUSY
    # Broken off halfway, not refused: the server is alive.
    return isinstance(cause, HTTPException) or type(cause) is ConnectionError


def _asked_for(error: DownloadError) -> float:
    """The seconds that a busy server asks to wait, within reason."""
    headers = getattr(error.__cause__, "headers", None)
    value = headers.get("Retry-After", "") if headers else ""
    return min(float(value), _LONGEST_PAUSE) if value.isdigit() else 0.0
