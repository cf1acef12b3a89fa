"""What a training run took and whose source made it, over all its starts."""

from typing import Any

from lightning import Callback, Trainer

from huelab.records.meter import Meter
from huelab.records.models import Source
from huelab.training import callbacks

#: Seconds between two looks at the counters of energy.
LAP_EVERY = 60.0


class Account(Callback):
    """Keeps the cost and the source of a run, as a part of its checkpoints.

    The cost is that of the epochs that are kept, with the set-up of every start that led to them.
    What a killed process did after its last checkpoint is lost, is done again and counts once: so
    seconds, energy, steps and epochs of a record are of the same work, and agree, up to that
    set-up, with those of a run that nobody disturbed. Being in one file with the weights, they
    cannot disagree with them.

    Attributes:
        run: the name of the run.
        meter: that is running.
        sources: the source of the first start and each other one after it, with the epochs that
            were done when it took over.

    Example:
        >>> account = Account("trial", Meter("cpu"), source=None)
        >>> spent = {"seconds": 5.0, "peak_mb": 640.0, "energy": None}  # by an earlier start
        >>> account.load_state_dict({"spent": spent, "sources": []})
        >>> account.meter.seconds
        5.0
    """

    def __init__(self, run: str, meter: Meter, source: Source | None):
        self.run, self.meter, self.source = run, meter, source
        self.sources: list[tuple[int, Source]] = []

    def on_train_start(self, trainer: Trainer, module: Any) -> None:
        last = self.sources[-1][1] if self.sources else None
        if self.source and (last is None or last.src_hash != self.source.src_hash):
            self.sources.append((trainer.current_epoch, self.source))
        self.looked = callbacks.now()

    def on_train_batch_end(
        self, trainer: Trainer, module: Any, outputs: Any, batch: Any, step: int
    ) -> None:
        if callbacks.now() - self.looked >= LAP_EVERY:
            self.meter.lap()
            self.looked = callbacks.now()

    def state_dict(self) -> dict[str, Any]:
        self.meter.lap()
        keys = ("seconds", "peak_mb", "energy")
        return {
            "run": self.run,
            "spent": {key: getattr(self.meter, key) for key in keys},
            "sources": [(epochs, source.model_dump()) for epochs, source in self.sources],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.meter.add(**state["spent"])
        self.sources = [(epochs, Source(**source)) for epochs, source in state["sources"]]
