"""What a training run cost and which source it ran on, over all its starts."""

from typing import Any

from lightning import Callback, Trainer

from huelab.records.meter import Meter
from huelab.records.models import Source
from huelab.training import callbacks

#: Seconds between two readings of the counters of energy.
LAP_EVERY = 60.0


class Account(Callback):
    """Keeps the cost and the source of a run, as a part of its checkpoints.

    The cost is that of the epochs in the checkpoint, with the set-up of every start that led to
    them. The work of a killed process after its last checkpoint is lost and done again, and it
    counts once. So the seconds, energy, steps and epochs of a record describe the same work. They
    agree, up to that set-up, with those of a run without interruptions. The cost is in one file
    with the weights, so the two cannot disagree.

    Attributes:
        run: the name of the run.
        meter: the running meter.
        sources: the source of the first start and every different source after it. With each comes
            the number of epochs that were done when it took over.

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
