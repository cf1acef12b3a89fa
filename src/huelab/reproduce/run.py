"""One run of a recipe: the method trains or looks at the training images, and then it is measured.

A run has its own folder in the cache until it is recorded. A run that was killed, or that a time
limit ended, resumes from the end of its last epoch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from huelab import measure, recipes, records
from huelab.data import Batches, cache_dir, open_dataset
from huelab.data.processes import is_first, say
from huelab.measure.common import BATCH
from huelab.measure.judges import judge_weights
from huelab.methods import trained
from huelab.methods.colorizer import Colorizer, Learned
from huelab.methods.weight_files import build, method_class, round_weights
from huelab.recipes import Recipe
from huelab.records import Cost, DataSpec, DataUsed, Deviation, Record, Source
from huelab.records.meter import Meter
from huelab.records.provenance import best_device, device_name
from huelab.reproduce.estimate import estimate
from huelab.reproduce.folder import RunFolder
from huelab.reproduce.loading import training_batches, validation_batches
from huelab.storage import HueLabError, WeightsError
from huelab.training import CannotTrainError, Fit, fit
from huelab.training.checkpoints import epochs_in

#: Precision of methods that are not trained, in the words of `lightning.Trainer`.
UNTRAINED_PRECISION = "32-true"


class NotBegun(HueLabError):
    """A run does not begin, because time is short or another process makes it.

    The message says why.

    Example:
        >>> images = {"name": "embedded", "split": "test", "size": 16}
        >>> first = "huelab.methods.first:FirstColor"
        >>> recipe = Recipe("first", "A trial", first, images, 1, (images,))
        >>> shared = {"devices": 1, "num_nodes": 1, "strategy": "auto"}
        >>> Run.of(recipe, "full", 0, "cpu", shared).check_time(seconds_left=0.0)
        Traceback (most recent call last):
            ...
        huelab.reproduce.run.NotBegun: not begun: the time is over
    """


def data_used(config: Mapping[str, Any]) -> DataUsed:
    """The images of a configuration, opened and hashed, including images that only a probe sees.

    Raises:
        DataError: if one of the sets is missing.

    Example:
        >>> images = {"name": "embedded", "split": "test", "size": 16}
        >>> used = data_used({"train": images, "tests": [images]})
        >>> used.train.place, used.train.n, used.validation is None
        ('embedded/test at 16', 48, True)
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


@dataclass(frozen=True)
class Run:
    """One run of a recipe: everything that is known about it before it begins.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> images = {"name": "embedded", "split": "test", "size": 16}
        >>> gray = "huelab.methods.baselines:GrayCopy"
        >>> recipe = Recipe("gray", "Left gray", gray, images, 0, (images,))
        >>> shared = {"devices": 1, "num_nodes": 1, "strategy": "auto"}
        >>> run = Run.of(recipe, "full", 0, "cpu", shared)
        >>> with TemporaryDirectory() as folder:
        ...     method, record = run.make(None, RunFolder(Path(folder)))
        >>> record.status, record.id == run.id, run.folder.path.name == run.id
        ('complete', True, True)
        >>> run.record(status="failed", error="no memory").status
        'failed'
    """

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
    ) -> "Run":
        config = recipe.config(profile)
        device = _checked(device)
        return cls(recipe, profile, seed, config, data_used(config), device, shared)

    @property
    def id(self) -> str:
        seed, train = self.seed, self.data.train
        return records.identify(self.recipe.name, self.profile, seed, self.config, train)

    @property
    def folder(self) -> RunFolder:
        return RunFolder(cache_dir() / "runs" / self.id)

    def check_time(self, seconds_left: float) -> None:
        """Raise NotBegun if the run would take longer than `seconds_left`."""
        if seconds_left <= 0:
            raise NotBegun("not begun: the time is over")
        epochs_done = epochs_in(self.folder.checkpoint, self.id)
        needed = estimate(self.config, self.device, epochs_done=epochs_done).seconds
        if needed > seconds_left:
            raise NotBegun(
                f"not begun: the run needs about {needed / 60:.1f} minutes, and "
                f"{seconds_left / 60:.1f} are left"
            )

    def record(self, sources: Sequence[tuple[int, Source]] = (), **outcome: Any) -> Record:
        """The record of an outcome, with the source that the run began with, if it is known."""
        together = self.shared["devices"] * self.shared["num_nodes"]
        return records.new_record(
            self.recipe.name,
            profile=self.profile,
            seed=self.seed,
            config=self.config,
            data=self.data,
            device=_in_words(self.device, together),
            deviations=(*deviations(self.recipe, self.profile), *_changes(sources)),
            source=sources[0][1] if sources else None,
            **outcome,
        )

    def make(self, max_minutes: float | None, folder: RunFolder) -> tuple[Colorizer, Record]:
        """Train and measure the method; the caller holds the folder.

        Returns:
            The method, and its record, which is not written yet.
        """
        torch.manual_seed(self.seed)
        used = judge_weights(test["size"] or 0 for test in self.config["tests"])
        if not self.config["epochs"]:
            method, cost = _look(self.config, self.device)
            return method, self.record(
                status="complete",
                metrics=measure.evaluate(method, self.config, self.device),
                cost=cost,
                precision=UNTRAINED_PRECISION,
                used=used,
            )
        method = build(self.config)
        assert isinstance(method, Learned)
        if start := self.config.get("start"):
            used |= _begin(method, start, self)
        done = _train(method, self, folder, max_minutes)
        round_weights(method)
        for epochs, _ in done.sources[1:]:
            say(f"{self.id}: the source changed after epoch {epochs}; the record will say so")
        return method, self.record(
            done.sources,
            status="complete" if done.complete else "incomplete",
            metrics=measure.evaluate(method, self.config, self.device) if done.complete else (),
            cost=_cost(method, done),
            precision=done.precision,
            used=used,
        )


def deviations(recipe: Recipe, profile: str) -> tuple[Deviation, ...]:
    """The deviations of a run from the paper: in its data, in its settings, and by its profile.

    Example:
        >>> from huelab.recipes import get
        >>> [deviation.stand_in for deviation in deviations(get("vgg-faces"), "full")][0]
        True
    """
    stand_ins = [Deviation(sentence=sentence, stand_in=True) for sentence in recipe.stand_ins]
    others = (*recipe.deviations, *recipe.changes(profile))
    return (*stand_ins, *(Deviation(sentence=sentence) for sentence in others))


def _changes(sources: Sequence[tuple[int, Source]]) -> list[Deviation]:
    """A sentence for each time that a run continued after its source had changed."""
    return [
        Deviation(
            sentence=f"The training continued with changed source after epoch {epochs} "
            f"(src_hash {source.src_hash[:8]} instead of {sources[0][1].src_hash[:8]})."
        )
        for epochs, source in sources[1:]
    ]


def _look(config: Mapping[str, Any], device: str) -> tuple[Colorizer, Cost]:
    """A method that is not trained; if it has `fit`, it has looked at the training images."""
    kind = method_class(config)
    with Meter(device) as meter:
        if hasattr(kind, "fit"):
            data = open_dataset(**config["train"])
            batches = Batches(data, BATCH, targets=("rgb",), device=device, shuffle=False)
            method = kind.fit((batch.rgb for batch in batches), **config["method_args"])
        else:
            method = kind(**config["method_args"])
    return method, Cost(parameters=_parameters(method), steps=0, epochs=0, **_spent(meter))


def _begin(method: Learned, start: str, run: Run) -> dict[str, str]:
    """Give a method the weights that its training starts from; the record's id and their sha256.

    Raises:
        CannotTrainError: if there are no such weights.
    """
    try:
        config = recipes.get(start).config(run.profile)
        record, sha256 = trained.begin(method, start, run.profile, run.seed, config)
    except WeightsError as error:
        raise CannotTrainError(str(error)) from error
    return {record: sha256}


def _train(method: Learned, run: Run, folder: RunFolder, max_minutes: float | None) -> Fit:
    config, shared = run.config, run.shared
    together = shared["devices"] * shared["num_nodes"]
    batches = training_batches(config, method, run.device, seed=run.seed, processes=together)
    return fit(
        method,
        batches,
        validation=validation_batches(config, method, run.device),
        epochs=config["epochs"],
        seed=run.seed,
        checkpoint=folder.checkpoint,
        run=run.id,
        max_minutes=max_minutes,
        device=run.device,
        progress=is_first(),
        **shared,
    )


def _cost(method: Learned, done: Fit) -> Cost:
    return Cost(
        parameters=_parameters(method), steps=done.steps, epochs=done.epochs, **_spent(done)
    )


def _parameters(method: Colorizer) -> int:
    return sum(p.numel() for p in method.parameters()) if isinstance(method, nn.Module) else 0


def _spent(taken: Meter | Fit) -> dict[str, float | None]:
    return {"seconds": taken.seconds, "peak_mb": taken.peak_mb, "energy": taken.energy}


def _checked(device: str) -> str:
    """The device that `auto` means, or the given device if it is here."""
    if device == "auto":
        return str(best_device())
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:  # AssertionError: torch built without CUDA
        reason = str(error).splitlines()[0].rstrip(".")
        raise CannotTrainError(
            f"PyTorch cannot use the device {device!r}: {reason}; auto would take {best_device()}"
        ) from error
    return device


def _in_words(device: str, together: int) -> str:
    return device_name(device) if together == 1 else f"{together} x {device_name(device)}"
