"""The one adapter between a `Learned` method, which is plain PyTorch, and Lightning."""

from collections.abc import Mapping
from typing import Any

import torch
from lightning import LightningModule
from torch import Tensor
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from huelab.color.batch import Batch
from huelab.methods.colorizer import Learned, Turn
from huelab.storage import HueLabError


class TrainingError(HueLabError, RuntimeError):
    """Training that cannot go on; the message says at which step and why.

    Example:
        >>> issubclass(TrainingError, HueLabError)
        True
    """


class CannotTrainError(TrainingError):
    """Training that cannot begin here as it was asked for, for no fault of the method.

    Example:
        >>> issubclass(CannotTrainError, TrainingError)
        True
    """


class Module(LightningModule):
    """Takes each optimizer's turn in every training step, by manual optimization.

    Nothing here makes the host wait for the device within an epoch: losses are added up on the
    device, and `Watch` reads them from time to time.

    Attributes:
        method: the method that is trained.
        steps: training steps taken, one for each batch, whatever the number of optimizers.
        latest: the terms of the last step's losses, scalars on the device.
        total: the sum of all terms since the epoch began, a scalar on the device. It is finite
            exactly as long as every term is.
        validated: means over the validation set, after each epoch.

    Example:
        >>> from huelab.methods.first import FirstColor
        >>> module = Module(FirstColor(width=2))
        >>> module.steps, module.automatic_optimization
        (0, False)
    """

    def __init__(self, method: Learned):
        super().__init__()
        self.automatic_optimization = False
        self.method = method
        self.steps = 0
        self.latest: dict[str, Tensor] = {}
        self.total: Tensor | None = None
        self.validated: dict[str, float] = {}

    def configure_optimizers(self) -> Any:
        self.turns = list(self.method.optimizers())
        self.schedules = [self._schedule(turn) for turn in self.turns]
        made = [{"scheduler": schedule} for schedule in self.schedules if schedule is not None]
        return [turn.optimizer for turn in self.turns], made

    def _schedule(self, turn: Turn) -> LRScheduler | None:
        if turn.schedule is None:
            return None
        if turn.monitor is not None and not self.trainer.enable_validation:
            raise TrainingError(
                f"the learning-rate schedule follows {turn.monitor}, so it needs a validation set; "
                "pass validation batches"
            )
        return turn.schedule(turn.optimizer, int(self.trainer.estimated_stepping_batches))

    def on_train_epoch_start(self) -> None:
        self.total = None

    def training_step(self, batch: Batch, batch_idx: int) -> None:
        for number, turn in enumerate(self.turns):
            terms = self.method.losses(batch, number)
            loss = torch.stack(list(terms.values())).sum() if len(terms) > 1 else _only(terms)
            turn.optimizer.zero_grad()
            self._backward(loss, turn)
            self._lightning_optimizer(number).step()
            schedule = self.schedules[number]
            if schedule is not None and turn.every == "step":
                schedule.step()
            self._note(terms)
        self.steps += 1

    def _backward(self, loss: Tensor, turn: Turn) -> None:
        """Compute the gradients of this turn's parameters; with several processes, of all."""
        if len(self.turns) == 1 or self.trainer.world_size > 1:
            self.manual_backward(loss)
        else:
            inputs = [p for group in turn.optimizer.param_groups for p in group["params"]]
            self.manual_backward(loss, inputs=inputs)

    def _lightning_optimizer(self, number: int) -> Any:
        optimizers = self.optimizers()
        return optimizers[number] if isinstance(optimizers, list) else optimizers

    def _note(self, terms: Mapping[str, Tensor]) -> None:
        for name, term in terms.items():
            detached = term.detach()
            self.latest[name] = detached
            self.total = detached if self.total is None else self.total + detached

    def transfer_batch_to_device(self, batch: Batch, device: torch.device, _: int) -> Batch:
        # The index stays on the CPU. `Batches` makes everything else on the device already.
        moved = (None if images is None else images.to(device) for images in batch[1:])
        return Batch(batch.index, *moved)

    def on_validation_epoch_start(self) -> None:
        self._sums: dict[str, Tensor] = {}

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        for name, values in self.method.validate(batch).items():
            found = torch.stack([values.sum(), values.new_tensor(len(values))])
            self._sums[name] = self._sums.get(name, 0) + found

    def on_validation_epoch_end(self) -> None:
        for name, sums in self._sums.items():
            total, n = self.trainer.strategy.reduce(sums, reduce_op="sum").tolist()
            self.validated[name] = total / n

    def end_epoch(self) -> None:
        """Step the schedules that go by epochs; called before the epoch's checkpoint."""
        for turn, schedule in zip(self.turns, self.schedules, strict=True):
            if schedule is None or turn.every != "epoch":
                continue
            if isinstance(schedule, ReduceLROnPlateau):
                schedule.step(self.validated[str(turn.monitor)])
            else:
                schedule.step()

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["steps"] = self.steps

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.steps = checkpoint["steps"]


def _only(terms: Mapping[str, Tensor]) -> Tensor:
    (term,) = terms.values()
    return term
