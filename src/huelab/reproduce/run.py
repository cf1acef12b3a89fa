"""A recipe run: train, evaluate on pictures never trained on, record.

A run lives in its own folder of the cache until it is recorded. A run that was killed, or ended
by a time limit, goes on from its last epoch's end.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.utilities.exceptions import MisconfigurationException

from huelab import measure, records
from huelab.data import Batches, DataError, cache_dir, open_dataset
from huelab.data.processes import is_first
from huelab.measure.common import BATCH
from huelab.methods import trained
from huelab.methods.colorizer import Colorizer, Learned
from huelab.recipes import Recipe
from huelab.records import Cost, DataSpec, DataUsed, Deviation, Record, RecordError, Source, Weights
from huelab.records.meter import Meter
from huelab.records.provenance import best_device, device_name, source_state
from huelab.reproduce.estimate import estimate
from huelab.reproduce.loading import training_batches, validation_batches
from huelab.storage import HueLabError, write_whole
from huelab.training import TrainingError, fit

#: Beside the state of a run, in its folder.
CHECKPOINT = "last.ckpt"
#: Of methods that are not trained, in the words of `lightning.Trainer`.
UNTRAINED_PRECISION = "32-true"


class NotBegun(HueLabError):
    """A run that would not end in the time that is left; the message says what it needs."""


def reproduce(
    recipe: Recipe,
    *,
    profile: str,
    seed: int = 0,
    device: str = "auto",
    max_minutes: float | None = None,
    seconds_left: float | None = None,
    devices: int = 1,
    num_nodes: int = 1,
    strategy: str = "auto",
) -> Record:
    """Run a recipe and return its record, which is written unless the profile is quick.

    A record that measured more than this run stays, with its weights, and a warning says so. With
    several devices every process returns the record and the first one writes it. A batch of the
    recipe is shared among them, so that it is the same experiment on any number of them.

    Args:
        profile: `quick`, `reduced` or `full`.
        seed: of the weights, the shuffle and the noise.
        device: `auto`, `cpu`, `cuda`.
        max_minutes: of training; a run that needs longer is recorded as incomplete and resumes
            when it is started again.
        seconds_left: a run is not begun if a few of its steps say that it would take longer.
        devices: how many on each node train together, a process each.
        num_nodes: how many computers do.
        strategy: how, see `lightning.Trainer`; `ddp` for networks that fit on one device.

    Raises:
        RecipeError: for a profile that the recipe does not have; nothing is recorded.
        NotBegun: if `seconds_left` is too little.
        DataError: if data is not here; nothing is recorded.
        TrainingError: if the device is not here, and nothing is recorded; if training failed, and
            the run is recorded as failed.
    """
    shared = {"devices": devices, "num_nodes": num_nodes, "strategy": strategy}
    run = _Run.of(recipe, profile, seed, device, shared)
    if seconds_left is not None:
        run.check_time(seconds_left)
    try:
        method, record = run.make(max_minutes)
    except (DataError, MisconfigurationException):
        raise  # a run for want of data or of a device says nothing about the recipe
    except Exception as error:
        _keep(run.record(status="failed", error=str(error)))
        raise
    if record.status == "complete" and isinstance(method, torch.nn.Module):
        record = _with_weights(record, method, ships=recipe.ships_weights and seed == 0)
    _keep(record)
    return record


def verify(
    recipe: Recipe, *, profile: str, seed: int = 0, device: str = "auto"
) -> list[records.Comparison]:
    """Run a recipe again from its beginning and compare with its record; nothing is written.

    Raises:
        RecordError: if there is no complete record of this run on this data.
        RecipeError, DataError, TrainingError: as `reproduce` does.
    """
    shared = {"devices": 1, "num_nodes": 1, "strategy": "auto"}
    run = _Run.of(recipe, profile, seed, device, shared)
    recorded = _recorded(recipe, profile, seed, run.config, run.data)
    if recorded is None:
        raise RecordError(f"{recipe.name}: no complete {profile} run of seed {seed} is recorded")
    folder = cache_dir() / "verify" / recorded.id
    shutil.rmtree(folder, ignore_errors=True)  # what an earlier start left is not this run
    try:
        _, now = run.make(None, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return records.compare(recorded, now)


def is_recorded(recipe: Recipe, profile: str, seed: int) -> bool:
    """Whether a complete record of just this run, on just this data, exists.

    The hashes of all data must be those of the record; where a record of the first version knows
    none, any will do.

    Raises:
        DataError: if the data is not here, so that nobody can tell.
    """
    config = recipe.config(profile)
    return _recorded(recipe, profile, seed, config, data_used(config)) is not None


def data_used(config: Mapping[str, Any]) -> DataUsed:
    """The images of a configuration, opened and hashed: also those that only a probe looks at.

    Raises:
        DataError: if one of the sets is not here.
    """
    probes = [measure.PROBES[name] for name in config.get("probes", ())]
    tests = [*config["tests"], *(spec for probe in probes for spec in probe.data)]
    validation = config.get("validation")
    return DataUsed(
        train=_described(config["train"]),
        validation=_described(validation) if validation else None,
        tests=tuple(dict.fromkeys(_described(spec) for spec in tests)),
    )


def _described(spec: Mapping[str, Any]) -> DataSpec:
    data = open_dataset(**spec)
    return DataSpec(name=data.name, split=data.split, size=data.size, n=len(data), hash=data.hash)


def _recorded(
    recipe: Recipe, profile: str, seed: int, config: Mapping[str, Any], data: DataUsed
) -> Record | None:
    wanted = ("complete", seed, records.digest(dict(config)))
    for record in records.find(recipe.name, profile=profile):
        found = (record.status, record.seed, record.config_hash)
        if found == wanted and record.data.matches(data):
            return record
    return None


@dataclass(frozen=True)
class _Run:
    """One run of a recipe: all that is known of it before it begins."""

    recipe: Recipe
    profile: str
    seed: int
    config: Mapping[str, Any]
    data: DataUsed
    device: str
    shared: Mapping[str, Any]

    @classmethod
    def of(
        cls, recipe: Recipe, profile: str, seed: int, device: str, shared: Mapping[str, Any]
    ) -> "_Run":
        config = recipe.config(profile)
        device = _checked(device)
        return cls(recipe, profile, seed, config, data_used(config), device, shared)

    @property
    def id(self) -> str:
        seed, train = self.seed, self.data.train
        return records.identify(self.recipe.name, self.profile, seed, self.config, train)

    @property
    def folder(self) -> Path:
        return cache_dir() / "runs" / self.id

    def check_time(self, seconds_left: float) -> None:
        """Raise NotBegun if the run would take longer."""
        checkpoint = self.folder / CHECKPOINT
        done = torch.load(checkpoint, weights_only=False)["epoch"] + 1 if checkpoint.exists() else 0
        needed = estimate(self.config, self.device, epochs_done=done).seconds
        if needed > seconds_left:
            raise NotBegun(
                f"not begun: it needs about {needed / 60:.1f} minutes, {seconds_left / 60:.1f} "
                "are left"
            )

    def record(self, **outcome: Any) -> Record:
        together = self.shared["devices"] * self.shared["num_nodes"]
        return records.new_record(
            self.recipe.name,
            profile=self.profile,
            seed=self.seed,
            config=self.config,
            data=self.data,
            device=_in_words(self.device, together),
            deviations=deviations(self.recipe, self.profile),
            **outcome,
        )

    def make(
        self, max_minutes: float | None, folder: Path | None = None
    ) -> tuple[Colorizer, Record]:
        """The method, trained and measured, and its record, which is not written yet."""
        state = _RunState(folder or self.folder)
        torch.manual_seed(self.seed)
        if self.config["epochs"]:
            method = trained.build(self.config)
            assert isinstance(method, Learned)
            cost, precision = _train(method, self, state, max_minutes)
        else:
            method, cost = _look(self.config, state, self.device)
            precision = UNTRAINED_PRECISION
        complete = cost.epochs >= self.config["epochs"]
        record = self.record(
            status="complete" if complete else "incomplete",
            metrics=measure.evaluate(method, self.config, self.device) if complete else (),
            cost=cost,
            precision=precision,
            source=state.source,
        )
        return method, record


def deviations(recipe: Recipe, profile: str) -> tuple[Deviation, ...]:
    """Where a run departs from the paper: its data, its settings, and what its profile changes."""
    stand_ins = [Deviation(sentence=sentence, stand_in=True) for sentence in recipe.stand_ins]
    others = (*recipe.deviations, *recipe.changes(profile))
    return (*stand_ins, *(Deviation(sentence=sentence) for sentence in others))


def _with_weights(record: Record, method: torch.nn.Module, *, ships: bool) -> Record:
    """The record with its weights saved, unless the record that is there stays."""
    if not is_first() or (record.profile != "quick" and not records.replaces(record)):
        return record
    in_cache = not ships or record.profile == "quick"
    saved = trained.save(method, record.id, in_cache=in_cache)
    return record.model_copy(update={"weights": Weights(**saved)})


def _look(config: Mapping[str, Any], state: "_RunState", device: str) -> tuple[Colorizer, Cost]:
    """A method that is not trained, after it has looked at the training pictures if it wants to."""
    kind = trained.method_class(config)
    with state.metered(device):
        if hasattr(kind, "fit"):
            data = open_dataset(**config["train"])
            batches = Batches(data, BATCH, targets=("rgb",), device=device, shuffle=False)
            method = kind.fit((batch.rgb for batch in batches), **config["method_args"])
        else:
            method = kind(**config["method_args"])
    return method, Cost(parameters=0, steps=0, epochs=0, **state.spent)


def _train(
    method: Learned, run: _Run, state: "_RunState", max_minutes: float | None
) -> tuple[Cost, str]:
    """What the training took, and the precision that it computed in."""
    config, shared = run.config, run.shared
    together = shared["devices"] * shared["num_nodes"]
    batches = training_batches(config, method, run.device, seed=run.seed, processes=together)
    validation = validation_batches(config, method, run.device)
    with state.metered(run.device):
        done = fit(
            method,
            batches,
            validation=validation,
            epochs=config["epochs"],
            seed=run.seed,
            checkpoint=state.folder / CHECKPOINT,
            max_minutes=max_minutes,
            device=run.device,
            progress=is_first(),
            **shared,
        )
    parameters = sum(p.numel() for p in method.parameters())
    cost = Cost(parameters=parameters, steps=done.steps, epochs=done.epochs, **state.spent)
    return cost, done.precision


def _checked(device: str) -> str:
    """The device that `auto` means, or the one given if it is here."""
    if device == "auto":
        return str(best_device())
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:  # AssertionError: torch built without CUDA
        reason = str(error).splitlines()[0].rstrip(".")
        raise TrainingError(
            f"cannot use the device {device!r}: {reason}; auto would take {best_device()}"
        ) from error
    return device


def _in_words(device: str, together: int) -> str:
    return device_name(device) if together == 1 else f"{together} x {device_name(device)}"


class _RunState:
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


def _keep(record: Record) -> None:
    if record.profile != "quick" and is_first():
        records.keep(record)
