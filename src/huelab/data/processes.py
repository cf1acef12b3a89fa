"""What a run shows while it works, and what its processes share."""

import html
import sys
import time
from typing import Any

import torch
from torch import Tensor


def is_first() -> bool:
    """Whether this process is the one that writes files and messages; a single process is.

    The answer is right even before Lightning connects the processes, which it does when training
    begins.

    Example:
        >>> is_first()
        True
    """
    # The import is here because it takes seconds, and reading data needs no Lightning.
    from lightning.pytorch.utilities import rank_zero_only

    return rank_zero_only.rank == 0  # type: ignore[attr-defined]


def say(text: str) -> None:
    """Print one line for the user on standard error; only the first process does.

    Example:
        >>> say("chapter 00 takes a minute")  # on standard error
    """
    if is_first():
        print(f"huelab: {' '.join(text.split())}", file=sys.stderr, flush=True)


def rank_and_count() -> tuple[int, int]:
    """The number of this process among the connected ones, from 0, and how many there are.

    Example:
        >>> rank_and_count()  # without training on several devices
        (0, 1)
    """
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    return 0, 1


def rank() -> int:
    """The number of this process among the connected ones, from 0.

    Example:
        >>> rank()
        0
    """
    return rank_and_count()[0]


def gathered(values: Tensor) -> Tensor:
    """The values of all processes, joined in the order of the processes, on the CPU.

    Each process gives values `(n,)`, and n may differ. Every process gets all of them.

    Example:
        >>> gathered(torch.tensor([1.0, 2.0]))
        tensor([1., 2.])
    """
    values = values.cpu()
    count = rank_and_count()[1]
    if count == 1:
        return values
    everyone: list[Tensor] = [values] * count
    torch.distributed.all_gather_object(everyone, values)
    return torch.cat(everyone)


class Progress:
    """A line of progress: `done` of `total`, and a short text.

    In a notebook the line is a display that is updated in place, so that the stored output is its
    last state. In a terminal it is rewritten. In a pipe only the last state is printed.

    Args:
        total: how many steps there are.
        unit: what a step is called, in the plural.
        enabled: whether to show anything.

    Example:
        >>> line = Progress(10, "epochs", enabled=False)  # shows nothing
        >>> line.update(3, "loss 0.2")
        >>> line.close(10)
    """

    def __init__(self, total: int, unit: str, *, enabled: bool = True):
        self.total, self.unit, self.enabled = total, unit, enabled
        self._start = time.monotonic()
        self._shown = 0.0
        self._handle = _display() if enabled else None

    def update(self, done: int, text: str = "") -> None:
        """Show a new state. The line is drawn at most five times a second, however often called."""
        now = time.monotonic()
        if self.enabled and now - self._shown > 0.2:
            self._shown = now
            self._draw(done, text, last=False)

    def close(self, done: int, text: str = "") -> None:
        """Show the last state."""
        if self.enabled:
            self._draw(done, text, last=True)

    def _draw(self, done: int, text: str, last: bool) -> None:
        line = f"{done}/{self.total} {self.unit}" + (f", {text}" if text else "")
        seconds = f", {time.monotonic() - self._start:.0f} s"
        if self._handle is not None:
            # The output stored with a notebook should not differ from one run to the next.
            self._handle.update(_Line(line if last else line + seconds, done / max(self.total, 1)))
        elif sys.stderr.isatty() or last:
            end = "\n" if last else ""
            start = "\r\x1b[K" if sys.stderr.isatty() else ""
            print(f"{start}{line}{seconds}", end=end, file=sys.stderr, flush=True)


class _Line:
    def __init__(self, line: str, share: float):
        self.line, self.share = line, share

    def __repr__(self) -> str:
        return self.line

    def _repr_html_(self) -> str:
        bar = f'<progress value="{self.share:.3f}" max="1"></progress>'
        return f"<div>{bar} {html.escape(self.line)}</div>"


def _display() -> Any:
    """A display handle if this process is a notebook's kernel, else None."""
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython
    from IPython.display import display

    shell = get_ipython()
    return display(_Line("", 0), display_id=True) if hasattr(shell, "kernel") else None
