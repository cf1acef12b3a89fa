"""The progress of a long command: a bar on a terminal, a few lines elsewhere."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from huelab.cli.output import complain

#: A command with fewer steps than this prints no lines of progress.
MANY = 20


class Step(Protocol):
    """A function to call after each step; `within` is for a step that itself takes long."""

    def __call__(self) -> object: ...

    def within(self, name: str) -> AbstractContextManager[Callable[[int, int | None], object]]:
        """Gives a function to call with the numbers of finished and of all parts, or None."""


@contextlib.contextmanager
def progress(steps: int) -> Iterator[Step]:
    """Yields a function to call after each step. The progress appears on standard error.

    Example:
        >>> with progress(2) as step:
        ...     for _ in range(2):
        ...         step()
    """
    # A name that is longer than the terminal is wide stays one line, so that it can be copied.
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    if not console.is_terminal:
        yield _Lines(steps)
        return
    # Standard output is redirected around the bar only if it appears on the same terminal.
    seen = sys.stdout.isatty()
    columns = BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, redirect_stdout=seen) as bar:
        yield _Bar(bar, steps)


class _Bar:
    """A bar on a terminal, and a second bar below it for a step that itself takes long."""

    def __init__(self, bar: Progress, steps: int) -> None:
        self.bar, self.task = bar, bar.add_task("", total=steps)

    def __call__(self) -> None:
        self.bar.advance(self.task)

    @contextlib.contextmanager
    def within(self, name: str) -> Iterator[Callable[[int, int | None], object]]:
        task = self.bar.add_task("", total=None)
        try:
            yield lambda done, total: self.bar.update(task, completed=done, total=total)
        finally:
            self.bar.remove_task(task)


class _Lines:
    """A line after each tenth of the steps, with the time that is left."""

    def __init__(self, steps: int) -> None:
        self.steps, self.taken = steps, 0
        self.start = time.monotonic()

    def __call__(self) -> None:
        self.taken += 1
        tenth = 10 * self.taken // self.steps > 10 * (self.taken - 1) // self.steps
        if self.steps >= MANY and tenth and self.taken < self.steps:
            spent = (time.monotonic() - self.start) / self.taken
            left = timedelta(seconds=round(spent * (self.steps - self.taken)))
            complain(f"{self.taken} of {self.steps} are done, {left} left")

    @contextlib.contextmanager
    def within(self, name: str) -> Iterator[Callable[[int, int | None], object]]:
        yield _Parts(name)


class _Parts:
    """A line after each tenth of a step that itself takes long, with the time that is left."""

    def __init__(self, name: str) -> None:
        self.name, self.first, self.tenth = name, 0, 0
        self.start = time.monotonic()

    def __call__(self, done: int, total: int | None) -> None:
        self.first = self.first or done
        tenth = 10 * done // total if total else done // 1000
        if tenth == self.tenth or (total and (total < 10 * MANY or done >= total)):
            return
        self.tenth, left = tenth, ""
        if total and done > self.first:
            spent = (time.monotonic() - self.start) / (done - self.first)
            left = f", {timedelta(seconds=round(spent * (total - done)))} left"
        complain(f"{self.name}: {done:,} of {f'{total:,}' if total else 'all'} frames{left}")
