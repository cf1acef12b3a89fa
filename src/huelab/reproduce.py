"""A recipe run: train, evaluate on pictures never trained on, record.

A run lives in its own folder of the cache until it is recorded. A run that was killed, or ended
by a time limit, goes on from its last epoch's end.
"""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from huelab import records, trained
from huelab.data import Batches, PhotoSet, cache_dir, open_dataset
from huelab.evaluate import EVALUATION_BATCH, evaluate
from huelab.methods.colorizer import Colorizer
from huelab.provenance import best_device, device_name, digest, source_state
from huelab.recipes import Recipe
from huelab.records import Record
from huelab.training import fit

#: Pictures of a validation set that are looked at together.
VALIDATION_BATCH = 128


def reproduce(
    recipe: Recipe,
    *,
    profile: str,
    seed: int = 0,
    device: str = "auto",
    max_minutes: float | None = None,
) -> Record:
    """Run a recipe and return its record, which is written unless the profile is quick.

    Args:
        profile: `quick`, `reduced` or `full`.
        seed: of the weights, the shuffle and the noise.
        device: `auto`, `cpu`, `cuda`.
        max_minutes: of training; a run that needs longer is recorded as incomplete and resumes
            when it is started again.

    Raises:
        RecipeError, DataError, TrainingError: and the run is recorded as failed.
    """
    config = recipe.config(profile)
    data = open_dataset(**config["train"])
    described = _describe(data)
    identity = records.identify(recipe.name, profile, seed, config, described)
    run = _Run(cache_dir() / "runs" / identity)
    device = str(best_device()) if device == "auto" else device
    facts: dict[str, Any] = {
        "profile": profile,
        "seed": seed,
        "config": config,
        "data": described,
        "device": device_name(device),
        "claims": recipe.claims,
        "deviations": recipe.deviations,
    }
    try:
        torch.manual_seed(seed)
        if config["epochs"]:
            method = trained.build(config)
            cost = _train(method, data, config, run, seed, device, max_minutes)
        else:
            method, cost = _look(data, config, run, device)
        complete = cost["epochs"] >= config["epochs"]
        metrics = evaluate(method, config, device) if complete else []
    except Exception as error:
        record = records.new_record(recipe.name, status="failed", error=str(error), **facts)
        _keep(record)
        raise
    record = records.new_record(
        recipe.name,
        status="complete" if complete else "incomplete",
        metrics=metrics,
        cost=cost,
        **facts,
    )
    record["source"] = run.source
    if complete and isinstance(method, torch.nn.Module):
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


def _look(
    data: PhotoSet, config: Mapping[str, Any], run: "_Run", device: str
) -> tuple[Colorizer, dict[str, Any]]:
    """A method that is not trained, after it has looked at the training pictures if it wants to."""
    start = time.monotonic()
    kind = trained.method_class(config)
    if hasattr(kind, "fit"):
        batches = Batches(data, EVALUATION_BATCH, targets=("rgb",), device=device, shuffle=False)
        method = kind.fit((batch.rgb for batch in batches), **config["method_args"])
    else:
        method = kind(**config["method_args"])
    seconds = run.add_seconds(time.monotonic() - start)
    return method, {"parameters": 0, "steps": 0, "epochs": 0, "seconds": seconds}


def _train(
    method: Colorizer,
    data: PhotoSet,
    config: Mapping[str, Any],
    run: "_Run",
    seed: int,
    device: str,
    max_minutes: float | None,
) -> dict[str, Any]:
    start = time.monotonic()
    make = {"targets": method.targets, "device": device}
    make["gray_formula"] = method.gray_formula
    batches = Batches(data, seed=seed, **make, **config["batches"])
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
    )
    return {
        "parameters": sum(p.numel() for p in method.parameters()),
        "steps": done.steps,
        "epochs": done.epochs,
        "seconds": run.add_seconds(time.monotonic() - start),
        "peak_mb": _peak_mb(device),
    }


def _describe(data: PhotoSet) -> dict[str, Any]:
    return {
        "name": data.name,
        "split": data.split,
        "n": len(data),
        "size": data.size,
        "hash": data.hash,
    }


class _Run:
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
        temporary = self.file.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps(self._state))
        os.replace(temporary, self.file)


def _keep(record: Record) -> None:
    if record["profile"] == "quick":
        return
    before = [r for r in records.find(record["recipe"]) if r["id"] == record["id"]]
    # A second run that breaks off says nothing against the first one that did not.
    if record["status"] == "complete" or not any(r["status"] == "complete" for r in before):
        records.write(record)


def _peak_mb(device: str) -> float:
    if device.startswith("cuda"):
        return torch.cuda.max_memory_allocated(device) / 1e6
    import resource

    # Linux counts kilobytes here.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
