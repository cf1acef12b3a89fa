"""How far a command with much to do has come: a bar on a terminal, a few lines elsewhere."""

import contextlib
import sys
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from huelab.cli.output import complain

#: Fewer steps than these need no lines.
MANY = 20


@contextlib.contextmanager
def progress(steps: int) -> Iterator[Callable[[], object]]:
    """Yields what to call after each step. All is shown on standard error.

    Example:
        >>> with progress(2) as step:
        ...     for _ in range(2):
        ...         step()
    """
    # A name longer than the terminal is wide should stay one line, to be copied as one.
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    if not console.is_terminal:
        yield _Lines(steps)
        return
    # Only what would be seen between the bar's lines is led around it.
    seen = sys.stdout.isatty()
    columns = BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, redirect_stdout=seen) as bar:
        task = bar.add_task("", total=steps)
        yield lambda: bar.advance(task)


class _Lines:
    """A line at each tenth of the way."""

    def __init__(self, steps: int) -> None:
        self.steps, self.taken = steps, 0

    def __call__(self) -> None:
        self.taken += 1
        tenth = 10 * self.taken // self.steps > 10 * (self.taken - 1) // self.steps
        if self.steps >= MANY and tenth and self.taken < self.steps:
            complain(f"{self.taken} of {self.steps}")
