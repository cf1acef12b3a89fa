"""Several runs at once on one device, each in a process of its own.

Small networks, such as those for CIFAR-10, spend most of their time waiting for kernel launches. So
only several of them together fill a GPU.
"""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import IO

_POLL = 0.1  # seconds between two looks at the processes


@dataclass
class Job:
    """One process of several.

    Attributes:
        name: the name in messages.
        command: a function that gives the command. It is called when the process starts, so the
            command may depend on the time.
        status: the exit status; None before the process has ended.
        output: the text that the process wrote to standard output and standard error.

    Example:
        >>> job = Job("hello", lambda: ["python", "-c", "print('hello')"])
        >>> job.status is None  # it has not ended
        True
    """

    name: str
    command: Callable[[], Sequence[str]]
    status: int | None = None
    output: str = ""
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _file: IO[bytes] | None = field(default=None, repr=False)

    def start(self, environment: dict[str, str]) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115, closed when the process has ended
        # The process has its own session, so that Ctrl-C reaches it once, by `stop`. A second one
        # from the terminal would end it at once.
        self._process = subprocess.Popen(
            self.command(),
            stdin=subprocess.DEVNULL,
            stdout=self._file,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )

    def ended(self) -> bool:
        assert self._process is not None and self._file is not None
        self.status = self._process.poll()
        if self.status is None:
            return False
        self._file.seek(0)
        self.output = self._file.read().decode(errors="replace")
        self._file.close()
        return True

    def stop(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            # After SIGTERM a job ends in an orderly way; it does not handle SIGHUP.
            self._process.send_signal(signal.SIGTERM if number == signal.SIGHUP else number)


def run_jobs(jobs: Sequence[Job], at_once: int, report: Callable[[Job], None]) -> None:
    """Run all jobs, at most `at_once` at the same time.

    On a CPU they share its cores. SIGINT, SIGTERM and SIGHUP are passed on to every job, and each
    job writes its checkpoint. This process ends when all jobs have ended.

    Args:
        jobs: the jobs, in the order in which they start.
        at_once: how many jobs run at the same time.
        report: called with each job when it has ended.

    Raises:
        KeyboardInterrupt: after SIGINT.
        SystemExit: with 143 after SIGTERM, 129 after SIGHUP.

    Example:
        >>> import sys
        >>> job = Job("hello", lambda: [sys.executable, "-S", "-c", "print('hello')"])
        >>> run_jobs([job], at_once=2, report=lambda ended: print(ended.name, ended.status))
        hello 0
    """
    waiting, running = list(jobs), list[Job]()
    environment = _environment(at_once)

    def stop(number: int) -> None:
        for job in running:
            job.stop(number)

    with _obeying(stop) as asked:
        try:
            while running or (waiting and not asked):
                while waiting and len(running) < at_once and not asked:
                    running.append(waiting.pop(0))
                    running[-1].start(environment)
                    if asked:  # the signal came while the job was starting
                        running[-1].stop(asked[0])
                time.sleep(_POLL)
                for job in [job for job in running if job.ended()]:
                    running.remove(job)
                    report(job)
        finally:
            stop(signal.SIGTERM)  # after an error here, no job may run on alone
    if asked:
        if asked[0] == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + asked[0])


def _environment(at_once: int) -> dict[str, str]:
    """The environment of a job: it gets its share of the cores, unless the user set a number."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"OMP_NUM_THREADS": str(max(1, (cores or 1) // at_once))} | dict(os.environ)


@contextmanager
def _obeying(stop: Callable[[int], None]) -> Iterator[list[int]]:
    """Pass signals on to `stop`; yield the list of the signals that came."""
    asked: list[int] = []

    def ask(number: int, frame: FrameType | None) -> None:
        asked.append(number)
        stop(number)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    handlers = {number: signal.signal(number, ask) for number in numbers}
    try:
        yield asked
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
