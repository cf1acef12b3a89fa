"""A range of numbers on a line whose length is 100 percent."""

import math

from matplotlib.ticker import LogLocator, MaxNLocator

from huelab.ledger import Panel


class Axis:
    """A range of numbers, and the position of each number on a line of 100 percent."""

    def __init__(self, low: float, high: float, *, log: bool = False):
        self._scale = math.log10 if log else float
        self._locator = LogLocator() if log else MaxNLocator(4)
        room = 0.06 * (self._scale(high) - self._scale(low)) or 0.1 * abs(high) or 1.0
        back = (lambda value: 10**value) if log else float
        self.low, self.high = back(self._scale(low) - room), back(self._scale(high) + room)

    @classmethod
    def of(cls, panel: Panel) -> "Axis":
        """The range that holds everything in a panel; with differences it also holds zero."""
        values = [0.0] if panel.difference else []
        values += panel.expected or ()
        for one in panel.estimates:
            values += [one.interval.low, one.interval.center, one.interval.high, *one.seeds]
        finite = [value for value in values if math.isfinite(value)]
        return cls(min(finite), max(finite))

    def at(self, value: float) -> float:
        """The position of a value in percent; a value beyond the axis is at the axis's end."""
        inside = self._scale(min(max(value, self.low), self.high))
        first, last = self._scale(self.low), self._scale(self.high)
        return round(100 * (inside - first) / (last - first), 2)

    def ticks(self) -> str:
        """The numbers below the line, as SVG."""
        values = self._locator.tick_values(self.low, self.high)
        found = [value for value in values if self.low <= value <= self.high]
        texts = "".join(
            f'<line x1="{self.at(v)}%" x2="{self.at(v)}%" y1="0" y2="4" stroke="currentColor"/>'
            f'<text x="{self.at(v)}%" y="16" text-anchor="{self._anchor(v)}">{short(v)}</text>'
            for v in found
        )
        return (
            '<svg class="forest-lane forest-ticks" fill="currentColor">'
            f'<line x1="0" x2="100%" y1="0" y2="0" stroke="currentColor"/>{texts}</svg>'
        )

    def _anchor(self, value: float) -> str:
        place = self.at(value)
        return "start" if place < 8 else "end" if place > 92 else "middle"


def short(value: float) -> str:
    """A number with four significant digits."""
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"
