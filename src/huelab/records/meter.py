"""What a piece of work takes: seconds, the most memory that it holds, and energy."""

import contextlib
import time
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import torch

_RAPL = Path("/sys/class/powercap")


class _Counter(NamedTuple):
    """A count of joules, and the count at which it starts again at 0 (None if unknown)."""

    joules: float
    range: float | None = None


class Meter:
    """Measures what happens inside a `with` block on a device.

    Attributes:
        seconds: wall-clock time.
        peak_mb: the most memory (MB) that this process held, or that its tensors held on a GPU.
        energy: joules that the device drew, including those for other programs; None where the
            processor (RAPL) or the GPU (NVML) gives no reading.

    Example:
        >>> with Meter("cpu") as meter:
        ...     _ = torch.rand(1000)
        >>> meter.seconds > 0, meter.peak_mb > 1
        (True, True)
        >>> meter.lap()  # so far
        >>> meter.add(60.0, 640.0, energy=None)  # of an earlier start
        >>> meter.seconds > 60
        True
    """

    def __init__(self, device: str | torch.device):
        self.device = torch.device(device)
        self.seconds, self.peak_mb = 0.0, 0.0
        self.energy: float | None = 0.0

    def __enter__(self) -> "Meter":
        if self.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self.device)
        else:
            _reset_peak()
        self._counters, self._began = _counters(self.device), time.monotonic()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.lap()

    def lap(self) -> None:
        """Bring the attributes up to date, in the middle of the work.

        A processor's counter of energy starts again at 0 after about an hour of hard work. Nothing
        shows later how often it did. So long work must call `lap` from time to time.
        """
        now, counters = time.monotonic(), _counters(self.device)
        on_gpu = self.device.type == "cuda"
        peak = torch.cuda.max_memory_allocated(self.device) / 1e6 if on_gpu else peak_mb()
        self.add(now - self._began, peak, _drawn(self._counters, counters))
        self._began, self._counters = now, counters

    def add(self, seconds: float, peak_mb: float, energy: float | None) -> None:
        """Add what another part of the same work took, such as a part that ran earlier.

        Args:
            seconds: its wall-clock time, added to the total.
            peak_mb: its peak of memory; the larger of both peaks is kept.
            energy: its joules; with None, the total is no longer known.
        """
        self.seconds += seconds
        self.peak_mb = max(self.peak_mb, peak_mb)
        known = self.energy is not None and energy is not None
        self.energy = self.energy + energy if known else None  # type: ignore[operator]


def _reset_peak() -> None:
    """Forget the earlier peak of this process's memory, where the system can (Linux)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_mb() -> float:
    """The largest memory (MB) that this process has held since the last meter began, or ever.

    Example:
        >>> 10 < peak_mb() < 1e6
        True
    """
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    import resource

    # Linux counts kilobytes here.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def _drawn(before: list[_Counter], after: list[_Counter]) -> float | None:
    """Joules between two readings; None without counters, or after an unknown restart."""
    if not before or len(before) != len(after):
        return None
    total = 0.0
    for old, new in zip(before, after, strict=True):
        drawn = new.joules - old.joules
        if drawn < 0 and new.range is None:
            return None
        total += drawn if drawn >= 0 else drawn + (new.range or 0)
    return total


def _counters(device: torch.device) -> list[_Counter]:
    """The counters of the device's energy; [] where it gives no reading."""
    return _gpu_counters(device) if device.type == "cuda" else _cpu_counters()


def _cpu_counters() -> list[_Counter]:
    """The counters of all processor packages; most systems show them to the administrator only."""
    try:
        return [
            _Counter(_joules(place / "energy_uj"), _joules(place / "max_energy_range_uj"))
            for place in sorted(_RAPL.glob("intel-rapl:?"))
        ]
    except (OSError, ValueError):
        return []


def _joules(file: Path) -> float:
    return int(file.read_text()) / 1e6


def _gpu_counters(device: torch.device) -> list[_Counter]:
    try:
        import pynvml  # type: ignore[import-untyped]

        pynvml.nvmlInit()
        index = device.index if device.index is not None else torch.cuda.current_device()
        uuid = f"GPU-{torch.cuda.get_device_properties(index).uuid}"
        handle = pynvml.nvmlDeviceGetHandleByUUID(uuid.encode())
        return [_Counter(pynvml.nvmlDeviceGetTotalEnergyConsumption(handle) / 1e3)]
    except Exception:  # no library, no permission, or a GPU without a counter
        return []
