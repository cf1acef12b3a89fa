"""A recipe run: train, evaluate on pictures never trained on, record.

A run lives in its own folder of the cache until it is recorded. A run that was killed, or ended
by a time limit, goes on from its last epoch's end.
"""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from huelab import records
from huelab.data import Batches, PhotoSet, cache_dir, open_dataset
from huelab.data.processes import is_first
from huelab.measure.common import BATCH
from huelab.measure.evaluate import evaluate
from huelab.methods import trained
from huelab.methods.colorizer import Colorizer
from huelab.recipes import Recipe
from huelab.records import Record
from huelab.records.provenance import best_device, device_name, digest, source_state
from huelab.storage import write_whole
from huelab.training import TrainingError, fit

#: Pictures of a validation set that are looked at together.
VALIDATION_BATCH = 128


def reproduce(
    recipe: Recipe,
    *,
    profile: str,
    seed: int = 0,
    device: str = "auto",
    max_minutes: float | None = None,
    devices: int = 1,
    num_nodes: int = 1,
    strategy: str = "auto",
) -> Record:
    """Run a recipe and return its record, which is written unless the profile is quick.

    With several devices every process returns the record and the first one writes it. A batch of
    the recipe is shared among them, so that it is the same experiment on any number of them.

    Args:
        profile: `quick`, `reduced` or `full`.
        seed: of the weights, the shuffle and the noise.
        device: `auto`, `cpu`, `cuda`.
        max_minutes: of training; a run that needs longer is recorded as incomplete and resumes
            when it is started again.
        devices: how many on each node train together, a process each.
        num_nodes: how many computers do.
        strategy: how, see `lightning.Trainer`; `ddp` for networks that fit on one device.

    Raises:
        RecipeError: for a profile that the recipe does not have; nothing is recorded.
        DataError, TrainingError: and the run is recorded as failed.
    """
    config = recipe.config(profile)
    facts: dict[str, Any] = {
        "profile": profile,
        "seed": seed,
        "config": config,
        "data": {key: config["train"].get(key) for key in ("name", "split", "size")},
        "device": device,
        "claims": recipe.checked,
        "deviations": recipe.deviations,
    }
    shared = {"devices": devices, "num_nodes": num_nodes, "strategy": strategy}
    try:
        method, outcome, source = _run(recipe.name, facts, device, max_minutes, shared)
    except Exception as error:
        _keep(records.new_record(recipe.name, status="failed", error=str(error), **facts))
        raise
    record = records.new_record(recipe.name, **outcome, **facts) | {"source": source}
    trainable = record["status"] == "complete" and isinstance(method, torch.nn.Module)
    if trainable and is_first():
        ships = recipe.ships_weights and seed == 0 and profile != "quick"
        record["weights"] = trained.save(method, record["id"], in_cache=not ships)
    _keep(record)
    return record


def is_recorded(recipe: Recipe, profile: str, seed: int) -> bool:
    """Whether a complete record of just this run, on just this data, exists.

    Raises:
        DataError: if the data is not here, so that nobody can tell.
    """
    config = recipe.config(profile)
    data = _describe(open_dataset(**config["train"]))
    return any(
        record["status"] == "complete"
        and (record["seed"], record["config_hash"]) == (seed, digest(config))
        and record["data"] == data
        for record in records.find(recipe.name, profile=profile)
    )


def _run(
    name: str,
    facts: dict[str, Any],
    device: str,
    max_minutes: float | None,
    shared: Mapping[str, Any],
) -> tuple[Colorizer, dict[str, Any], dict[str, Any]]:
    """The method, what its record says of the run, and the source the run began with.

    `facts` learns what the data and the device turn out to be, also for a record of a failure.
    """
    config, seed = facts["config"], facts["seed"]
    device = _checked(device)
    facts["device"] = _in_words(device, shared["devices"] * shared["num_nodes"])
    data = open_dataset(**config["train"])
    facts["data"] = _describe(data)
    identity = records.identify(name, facts["profile"], seed, config, facts["data"])
    run = _RunState(cache_dir() / "runs" / identity)
    torch.manual_seed(seed)
    if config["epochs"]:
        method = trained.build(config)
        cost = _train(method, data, config, run, seed, device, max_minutes, shared)
    else:
        method, cost = _look(data, config, run, device)
    complete = cost["epochs"] >= config["epochs"]
    outcome = {
        "status": "complete" if complete else "incomplete",
        "metrics": evaluate(method, config, device) if complete else [],
        "cost": cost,
    }
    return method, outcome, run.source


def _look(
    data: PhotoSet, config: Mapping[str, Any], run: "_RunState", device: str
) -> tuple[Colorizer, dict[str, Any]]:
    """A method that is not trained, after it has looked at the training pictures if it wants to."""
    start = time.monotonic()
    kind = trained.method_class(config)
    if hasattr(kind, "fit"):
        batches = Batches(data, BATCH, targets=("rgb",), device=device, shuffle=False)
        method = kind.fit((batch.rgb for batch in batches), **config["method_args"])
    else:
        method = kind(**config["method_args"])
    seconds = run.add_seconds(time.monotonic() - start)
    return method, {"parameters": 0, "steps": 0, "epochs": 0, "seconds": seconds}


def _train(
    method: Colorizer,
    data: PhotoSet,
    config: Mapping[str, Any],
    run: "_RunState",
    seed: int,
    device: str,
    max_minutes: float | None,
    shared: Mapping[str, Any],
) -> dict[str, Any]:
    start = time.monotonic()
    whole, together = config["batches"]["batch_size"], shared["devices"] * shared["num_nodes"]
    if whole % together:
        raise TrainingError(f"a batch of {whole} cannot be shared by {together} devices alike")
    make = {"targets": method.targets, "device": device}
    make["gray_formula"] = method.gray_formula
    own = config["batches"] | {"batch_size": whole // together}
    batches = Batches(data, seed=seed, **make, **own)
    validation = None
    if "validation" in config:
        held_out = open_dataset(**config["validation"])
        validation = Batches(held_out, VALIDATION_BATCH, shuffle=False, **make)
    done = fit(
        method,
        batches,
        validation=validation,
        epochs=config["epochs"],
        seed=seed,
        checkpoint=run.folder / "last.ckpt",
        max_minutes=max_minutes,
        device=device,
        progress=is_first(),
        **shared,
    )
    return {
        "parameters": sum(p.numel() for p in method.parameters()),
        "steps": done.steps,
        "epochs": done.epochs,
        "seconds": run.add_seconds(time.monotonic() - start),
        "peak_mb": _peak_mb(device),
    }


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


def _describe(data: PhotoSet) -> dict[str, Any]:
    return {
        "name": data.name,
        "split": data.split,
        "n": len(data),
        "size": data.size,
        "hash": data.hash,
    }


class _RunState:
    """What a run must remember between its starts: where it began and the time it took."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.file = folder / "run.json"
        if self.file.exists():
            self._state = json.loads(self.file.read_text())
        else:
            folder.mkdir(parents=True, exist_ok=True)
            self._state = {"source": source_state(), "seconds": 0.0}
            self._save()

    @property
    def source(self) -> dict[str, Any]:
        """The state of the source when the run was first started."""
        return self._state["source"]

    def add_seconds(self, seconds: float) -> float:
        self._state["seconds"] += seconds
        self._save()
        return self._state["seconds"]

    def _save(self) -> None:
        if not is_first():
            return
        write_whole(self.file, json.dumps(self._state))


def _keep(record: Record) -> None:
    if record["profile"] == "quick" or not is_first():
        return
    without_data = record["data"]["hash"] is None
    same = [
        other
        for other in records.find(record["recipe"], profile=record["profile"])
        if (other["seed"], other["config_hash"]) == (record["seed"], record["config_hash"])
    ]
    done = [r for r in same if r["status"] == "complete"]
    # A second run that breaks off says nothing against the first one that did not.
    if record["status"] == "complete" or not any(
        without_data or other["id"] == record["id"] for other in done
    ):
        records.write(record)
    if record["status"] == "complete":
        for other in same:
            if other["status"] == "failed" and other["data"]["hash"] is None:
                records.remove(other)


def _peak_mb(device: str) -> float:
    if device.startswith("cuda"):
        return torch.cuda.max_memory_allocated(device) / 1e6
    import resource

    # Linux counts kilobytes here.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
