"""What a run must remember between its starts: where it began and what it took."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from huelab.data.processes import is_first
from huelab.records import Source
from huelab.records.meter import Meter
from huelab.records.provenance import source_state
from huelab.storage import write_whole


class RunState:
    """What a run must remember between its starts: where it began and what it took."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.file = folder / "run.json"
        if self.file.exists():
            self._state = json.loads(self.file.read_text())
        else:
            folder.mkdir(parents=True, exist_ok=True)
            self._state = {"source": source_state().model_dump(), "seconds": 0.0}
            self._save()

    @property
    def source(self) -> Source:
        """The state of the source when the run was first started."""
        return Source(**self._state["source"])

    @contextmanager
    def metered(self, device: str) -> Iterator[None]:
        """Count what happens meanwhile, also when it is interrupted."""
        meter = Meter(device)
        try:
            with meter:
                yield
        finally:
            self._add(meter)

    @property
    def spent(self) -> dict[str, float | None]:
        """Seconds, peak memory and energy of all starts of the run."""
        return {key: self._state[key] for key in ("seconds", "peak_mb", "energy")}

    def _add(self, meter: Meter) -> None:
        before = self._state
        parts = (before.get("energy", 0.0), meter.energy)
        self._state = before | {
            "seconds": before["seconds"] + meter.seconds,
            "peak_mb": max(before.get("peak_mb", 0.0), meter.peak_mb),
            "energy": None if None in parts else sum(parts),
        }
        self._save()

    def _save(self) -> None:
        if not is_first():
            return
        write_whole(self.file, json.dumps(self._state))
