"""A recipe run from its beginning to its record; the same run again, compared; what is missing."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import torch

from huelab import records
from huelab.data import DataError, cache_dir
from huelab.data.processes import is_first, say
from huelab.methods import trained
from huelab.recipes import Recipe
from huelab.records import DataUsed, Record, RecordError, Weights
from huelab.reproduce.folder import RunFolder
from huelab.reproduce.run import NotBegun, Run, data_used
from huelab.storage import HueLabError
from huelab.training import CannotTrainError, TrainingError


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

    One process at a time makes a run. Another one waits, and returns the record of the first if
    that is complete; with `seconds_left` it does not wait.

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
        NotBegun: if `seconds_left` is too little, or another process is making this run.
        DataError: if data is not here; nothing is recorded.
        CannotTrainError: if the device is not here, or the batch cannot be shared by so many;
            nothing is recorded.
        TrainingError: if training failed, and the run is recorded as failed.

    Example:
        >>> images = {"name": "embedded", "split": "test", "size": 16}
        >>> gray = "huelab.methods.baselines:GrayCopy"
        >>> recipe = Recipe("gray", "Left gray", gray, images, 0, (images,), profiles={"quick": {}})
        >>> record = reproduce(recipe, profile="quick", device="cpu")
        >>> record.status, record.cost.epochs, len(record.metrics) > 20
        ('complete', 0, True)
    """
    shared = {"devices": devices, "num_nodes": num_nodes, "strategy": strategy}
    run = Run.of(recipe, profile, seed, device, shared)
    began = datetime.now(UTC).isoformat(timespec="seconds")

    def wait(holder: str) -> None:
        if seconds_left is not None:
            raise NotBegun(f"not begun: {holder} is making this run")
        say(f"{run.id}: waiting for {holder}, which is making this run")

    with run.folder.held(wait) as waited:
        if waited and devices * num_nodes == 1 and (made := _made_since(run, began)):
            return made
        if seconds_left is not None:
            run.check_time(seconds_left)
        return _make(run, max_minutes)


def _make(run: Run, max_minutes: float | None) -> Record:
    try:
        method, record = run.make(max_minutes, run.folder)
    except (DataError, CannotTrainError):
        raise  # a run for want of data or of a device says nothing about the recipe
    except Exception as error:
        _keep(run.record(status="failed", error=str(error)))
        if isinstance(error, HueLabError) or not isinstance(error, RuntimeError):
            raise
        # PyTorch's own, such as too little memory: it should not cost the runs that follow.
        raise TrainingError(f"{type(error).__name__}: {str(error).splitlines()[0]}") from error
    if record.status == "complete" and isinstance(method, torch.nn.Module):
        record = _with_weights(record, method, ships=run.recipe.ships_weights and run.seed == 0)
    _keep(record)
    if record.status == "complete" and is_first():
        # The same run made again begins anew, with the source of its own time.
        run.folder.clear()
    return record


def _made_since(run: Run, began: str) -> Record | None:
    """A complete record of just this run that another process has made meanwhile."""
    record = _recorded(run.recipe, run.profile, run.seed, run.config, run.data)
    return record if record and record.created >= began else None


def rerun(
    recipe: Recipe, *, profile: str, seed: int = 0, device: str = "auto"
) -> tuple[Record, Record]:
    """Run a recipe again from its beginning: its record, and one of the new run; writes nothing.

    Raises:
        RecordError: if there is no complete record of this run on this data.
        RecipeError, DataError, TrainingError: as `reproduce` does.

    Example:
        >>> images = {"name": "embedded", "split": "test", "size": 16}
        >>> gray = "huelab.methods.baselines:GrayCopy"
        >>> recipe = Recipe("gray", "Left gray", gray, images, 0, (images,))
        >>> rerun(recipe, profile="full", device="cpu")
        Traceback (most recent call last):
            ...
        huelab.records.record.RecordError: gray: no complete full run of seed 0 is recorded
    """
    shared = {"devices": 1, "num_nodes": 1, "strategy": "auto"}
    run = Run.of(recipe, profile, seed, device, shared)
    recorded = _recorded(recipe, profile, seed, run.config, run.data)
    if recorded is None:
        raise RecordError(f"{recipe.name}: no complete {profile} run of seed {seed} is recorded")
    folder = RunFolder(cache_dir() / "verify" / recorded.id)
    with folder.held(lambda holder: say(f"{run.id}: waiting for {holder}, which verifies it")):
        folder.remove()  # what an earlier start left is not this run
        try:
            _, now = run.make(None, folder)
        finally:
            folder.remove()
    return recorded, now


def verify(
    recipe: Recipe, *, profile: str, seed: int = 0, device: str = "auto"
) -> list[records.Comparison]:
    """Run a recipe again from its beginning and compare with its record; nothing is written.

    Raises:
        RecordError, RecipeError, DataError, TrainingError: as `rerun` does.

    Example:
        >>> images = {"name": "embedded", "split": "test", "size": 16}
        >>> gray = "huelab.methods.baselines:GrayCopy"
        >>> recipe = Recipe("gray", "Left gray", gray, images, 0, (images,))
        >>> verify(recipe, profile="full", device="cpu")
        Traceback (most recent call last):
            ...
        huelab.records.record.RecordError: gray: no complete full run of seed 0 is recorded
    """
    return records.compare(*rerun(recipe, profile=profile, seed=seed, device=device))


def is_recorded(recipe: Recipe, profile: str, seed: int) -> bool:
    """Whether a complete record of just this run, on just this data, exists.

    The hashes of all data must be those of the record; where a record of the first version knows
    none, any will do.

    Raises:
        DataError: if the data is not here, so that nobody can tell.

    Example:
        >>> images = {"name": "embedded", "split": "test", "size": 16}
        >>> gray = "huelab.methods.baselines:GrayCopy"
        >>> is_recorded(Recipe("gray", "Left gray", gray, images, 0, (images,)), "full", seed=0)
        False
    """
    config = recipe.config(profile)
    return _recorded(recipe, profile, seed, config, data_used(config)) is not None


def _recorded(
    recipe: Recipe, profile: str, seed: int, config: Mapping[str, Any], data: DataUsed
) -> Record | None:
    wanted = ("complete", seed, records.digest(dict(config)))
    for record in records.find(recipe.name, profile=profile):
        found = (record.status, record.seed, record.config_hash)
        if found == wanted and record.data.matches(data):
            return record
    return None


def _with_weights(record: Record, method: torch.nn.Module, *, ships: bool) -> Record:
    """The record with its weights saved, unless the record that is there stays."""
    if not is_first() or (record.profile != "quick" and not records.replaces(record)):
        return record
    in_cache = not ships or record.profile == "quick"
    saved = trained.save(method, record.id, in_cache=in_cache)
    return record.model_copy(update={"weights": Weights(**saved)})


def _keep(record: Record) -> None:
    if record.profile != "quick" and is_first():
        records.keep(record)
