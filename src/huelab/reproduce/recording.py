"""Runs from their beginning to their records, reruns to compare with them, and missing runs."""

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

    If an existing record measured more than this run, that record stays, with its weights, and a
    warning says so. With several devices, every process returns the record and the first one writes
    it. The devices share each batch of the recipe, so the experiment is the same on any number of
    devices.

    One process at a time makes a run. Another process that wants the same run waits, and returns
    the first one's record if that record is complete. With `seconds_left` it does not wait.

    Args:
        recipe: what to run.
        profile: `quick`, `reduced` or `full`.
        seed: the seed of the weights, the shuffle and the noise.
        device: `auto`, `cpu` or `cuda`.
        max_minutes: limit of the training time. A run that needs longer is recorded as incomplete,
            and resumes when it is started again.
        seconds_left: a run does not begin if a few of its steps show that it would take longer.
        devices: how many devices of each computer train together, with one process per device.
        num_nodes: how many computers train together.
        strategy: a strategy of `lightning.Trainer`, such as `ddp` for networks that fit on one
            device.

    Returns:
        The record of the run, complete or incomplete.

    Raises:
        RecipeError: for a profile that the recipe does not have; nothing is recorded.
        NotBegun: if `seconds_left` is too little, or another process is making this run.
        DataError: if data is missing; nothing is recorded.
        CannotTrainError: if the device is missing, or so many devices cannot share the batch
            evenly; nothing is recorded.
        TrainingError: if training failed; the run is recorded as failed.

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
        raise  # missing data or a missing device says nothing about the recipe
    except Exception as error:
        _keep(run.record(status="failed", error=str(error)))
        if isinstance(error, HueLabError) or not isinstance(error, RuntimeError):
            raise
        # PyTorch's own errors, such as too little memory, must not stop the runs that follow.
        raise TrainingError(f"{type(error).__name__}: {str(error).splitlines()[0]}") from error
    if record.status == "complete" and isinstance(method, torch.nn.Module):
        record = _with_weights(record, method, ships=run.recipe.ships_weights and run.seed == 0)
    _keep(record)
    if record.status == "complete" and is_first():
        # A later repetition of this run must start from the beginning, with the source of its time.
        run.folder.clear()
    return record


def _made_since(run: Run, began: str) -> Record | None:
    """A complete record of exactly this run that another process has made since `began`."""
    record = _recorded(run.recipe, run.profile, run.seed, run.config, run.data)
    return record if record and record.created >= began else None


def rerun(
    recipe: Recipe, *, profile: str, seed: int = 0, device: str = "auto"
) -> tuple[Record, Record]:
    """Run a recipe again from its beginning, without writing a record.

    Returns:
        The existing record, and the record of the new run.

    Raises:
        RecordError: if there is no complete record of this run on this data.
        RecipeError, DataError, CannotTrainError, TrainingError: in the same cases as `reproduce`.

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
        folder.remove()  # files of an earlier start do not belong to this run
        try:
            _, now = run.make(None, folder)
        finally:
            folder.remove()
    return recorded, now


def verify(
    recipe: Recipe, *, profile: str, seed: int = 0, device: str = "auto"
) -> list[records.Comparison]:
    """Run a recipe again from its beginning and compare with its record; nothing is written.

    Returns:
        A comparison for each metric.

    Raises:
        RecordError, RecipeError, DataError, CannotTrainError, TrainingError: in the same cases as
            `rerun`.

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
    """Whether a complete record of exactly this run, on exactly this data, exists.

    The hashes of all data must be those of the record. If a record of the first version has no
    hash, any hash matches.

    Raises:
        RecipeError: for a profile that the recipe does not have.
        DataError: if the data is missing, so that its hash is unknown.

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
    """The record with its weights saved, unless an existing record stays."""
    if not is_first() or (record.profile != "quick" and not records.replaces(record)):
        return record
    in_cache = not ships or record.profile == "quick"
    saved = trained.save(method, record.id, in_cache=in_cache)
    return record.model_copy(update={"weights": Weights(**saved)})


def _keep(record: Record) -> None:
    if record.profile != "quick" and is_first():
        records.keep(record)
