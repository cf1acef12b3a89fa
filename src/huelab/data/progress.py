"""One line that grows while something runs, in a terminal and in a notebook."""

import html
import sys
import time
from typing import Any


class Progress:
    """Shows `done` of `total` and a short text; leaves one finished line behind.

    In a notebook the line is a display that is updated in place, so that the stored output is its
    last state. In a terminal it is rewritten; in a pipe only the last state is printed.
    """

    def __init__(self, total: int, unit: str, *, enabled: bool = True):
        self.total, self.unit, self.enabled = total, unit, enabled
        self._start = time.monotonic()
        self._shown = 0.0
        self._handle = _display() if enabled else None

    def update(self, done: int, text: str = "") -> None:
        """Show a new state; called as often as one likes, drawn at most five times a second."""
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
            # What is stored with a notebook should not differ from one run to the next.
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
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None or not hasattr(shell, "kernel"):
        return None
    return ipython.display.display(_Line("", 0), display_id=True)
