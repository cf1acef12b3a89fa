"""What a stretch of work takes: seconds, the most memory that it holds, and energy."""

import contextlib
import time
from pathlib import Path
from types import TracebackType

import torch

_RAPL = Path("/sys/class/powercap")


class Meter:
    """Measures what happens inside a `with` block on a device.

    Attributes:
        seconds: of wall-clock time.
        peak_mb: the most memory (MB) held meanwhile: of this process, or of its tensors on a GPU.
        energy: joules that the device drew, with whatever else ran on it; None where neither the
            processor (RAPL) nor the GPU (NVML) lets itself be asked.

    Example:
        >>> with Meter("cpu") as meter:
        ...     _ = torch.rand(1000)
        >>> meter.seconds > 0, meter.peak_mb > 1
        (True, True)
    """

    def __init__(self, device: str | torch.device):
        self.device = torch.device(device)
        self.seconds, self.peak_mb = 0.0, 0.0
        self.energy: float | None = None

    def __enter__(self) -> "Meter":
        if self.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self.device)
        else:
            _reset_peak()
        self._joules, self._began = _joules(self.device), time.monotonic()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.seconds = time.monotonic() - self._began
        after = _joules(self.device)
        # A counter that has started anew says nothing.
        if self._joules is not None and after is not None and after >= self._joules:
            self.energy = after - self._joules
        on_gpu = self.device.type == "cuda"
        self.peak_mb = torch.cuda.max_memory_allocated(self.device) / 1e6 if on_gpu else _peak_mb()


def _reset_peak() -> None:
    """Forget what this process held before, where the system can (Linux)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak_mb() -> float:
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    import resource

    # Linux counts kilobytes here.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def _joules(device: torch.device) -> float | None:
    """The counter of the device's energy."""
    return _gpu_joules(device) if device.type == "cuda" else _cpu_joules()


def _cpu_joules() -> float | None:
    """Of all processor packages; most systems show it to the administrator only."""
    try:
        found = [int(file.read_text()) for file in _RAPL.glob("intel-rapl:?/energy_uj")]
    except OSError:
        return None
    return sum(found) / 1e6 if found else None


def _gpu_joules(device: torch.device) -> float | None:
    try:
        import pynvml  # type: ignore[import-untyped]

        pynvml.nvmlInit()
        index = device.index if device.index is not None else torch.cuda.current_device()
        uuid = f"GPU-{torch.cuda.get_device_properties(index).uuid}"
        return (
            pynvml.nvmlDeviceGetTotalEnergyConsumption(
                pynvml.nvmlDeviceGetHandleByUUID(uuid.encode())
            )
            / 1e3
        )
    except Exception:  # no library, no permission, or a GPU without a counter
        return None
