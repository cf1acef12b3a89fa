"""`huelab reproduce`: it runs recipes and reports what became of each."""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from huelab.cli.output import a_path, complain, print_rows
from huelab.cli.verify import verified

if TYPE_CHECKING:
    from huelab.recipes import Recipe
    from huelab.reproduce import Job

T = TypeVar("T")


def reproduce(
    names: Annotated[
        list[str] | None, typer.Argument(help="Recipes or groups; see `huelab list recipes`.")
    ] = None,
    missing: Annotated[
        bool, typer.Option("--missing", help="Run every recipe that has no record.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Run every recipe, recorded or not.")
    ] = False,
    profile: Annotated[
        str, typer.Option(envvar="HUELAB_PROFILE", help="quick, reduced, or full.")
    ] = "quick",
    seeds: Annotated[str, typer.Option(help="Whole numbers, separated by commas.")] = "0",
    device: Annotated[str, typer.Option(help="auto, cpu, or cuda.")] = "auto",
    max_minutes: Annotated[
        float | None,
        typer.Option(
            help="Stop the training of each run after so many minutes; the same command resumes it."
        ),
    ] = None,
    budget: Annotated[
        float | None,
        typer.Option(
            help="Minutes for all runs together. HueLab runs recipes without a record, the most "
            "important first."
        ),
    ] = None,
    jobs: Annotated[
        int, typer.Option(min=1, max=256, help="How many runs share the device at once.")
    ] = 1,
    devices: Annotated[
        int, typer.Option(min=1, help="How many devices of each computer train together.")
    ] = 1,
    num_nodes: Annotated[int, typer.Option(min=1, help="How many computers train together.")] = 1,
    strategy: Annotated[
        str, typer.Option(help="Lightning's strategy for several devices, such as ddp.")
    ] = "auto",
    verify: Annotated[
        bool,
        typer.Option(
            "--verify", help="Run a recipe again and compare with its record; write no record."
        ),
    ] = False,
    log: Annotated[
        Path | None,
        typer.Option(
            help="With --verify: add a line about each comparison to this file.", parser=a_path
        ),
    ] = None,
) -> None:
    """Run recipes: train, evaluate on images that the network never trained on, and write records.

    With --budget, HueLab times a few steps of each run and begins it only if it will end in time.
    """
    for option, minutes in (("--max-minutes", max_minutes), ("--budget", budget)):
        if minutes is not None and not minutes >= 0:  # NaN is refused, too
            wrong = f"{minutes:g} is not a number of minutes from 0"
            raise typer.BadParameter(wrong, param_hint=option)
    if bool(names) + missing + everything != 1:
        raise typer.BadParameter("name recipes, or give one of --missing and --all")
    if jobs > 1 and devices * num_nodes > 1:
        wrong = "it shares one device among runs, so --devices and --num-nodes must be 1"
        raise typer.BadParameter(wrong, param_hint="--jobs")
    if budget is not None and devices * num_nodes > 1:
        # Each process would decide by its own clock which run to begin.
        wrong = "it is for runs on one device, so --devices and --num-nodes must be 1"
        raise typer.BadParameter(wrong, param_hint="--budget")
    if verify and (missing or jobs > 1 or budget is not None or devices * num_nodes > 1):
        wrong = "it works without --missing, --jobs, --budget, --devices, and --num-nodes"
        raise typer.BadParameter(wrong, param_hint="--verify")
    if log and not verify:
        raise typer.BadParameter("it needs --verify, whose results it keeps", param_hint="--log")
    deadline = None if budget is None else time.monotonic() + 60 * budget
    only_missing = missing or budget is not None
    # The list is made before the first run, so that processes that train together share it.
    wanted, failed = _wanted(names, profile, _numbers(seeds), only_missing)
    if budget is not None:
        wanted.sort(key=lambda run: (-run[0].priority, run[1]))
    shared = {"devices": devices, "num_nodes": num_nodes, "strategy": strategy}
    runs = _Runs(profile, device, max_minutes, deadline, shared)
    if verify:
        failed += sum(not verified(recipe, profile, seed, device, log) for recipe, seed in wanted)
    elif jobs > 1:
        failed += runs.at_once(wanted, jobs)
    else:
        failed += sum(not runs.made(recipe, seed) for recipe, seed in wanted)
    if failed:
        raise typer.Exit(1)


@dataclass(frozen=True)
class _Runs:
    """How all runs of one call are made."""

    profile: str
    device: str
    max_minutes: float | None
    deadline: float | None
    shared: dict[str, Any]

    @property
    def seconds_left(self) -> float | None:
        return None if self.deadline is None else max(0.0, self.deadline - time.monotonic())

    def made(self, recipe: "Recipe", seed: int) -> bool:
        """Make one run; False says that it failed."""
        from huelab.data.processes import is_first
        from huelab.reproduce import NotBegun
        from huelab.reproduce import reproduce as run

        _say(f"{recipe.name}, profile {self.profile}, seed {seed}")
        more: dict[str, Any] = {"max_minutes": self.max_minutes, "seconds_left": self.seconds_left}
        make = partial(run, recipe, profile=self.profile, seed=seed, device=self.device)
        try:
            record = _one_of_many(recipe, lambda: make(**more, **self.shared))
        except NotBegun as reason:
            _complain(recipe, reason)
            return True
        if record is not None and is_first():
            keys = ("name", "data", "space", "averaging", "n", "value")
            rows = [{key: getattr(m, key) for key in keys} for m in record.metrics]
            print_rows(rows, title=f"{record.id} ({record.status})")
        return record is not None

    def at_once(self, wanted: "Sequence[tuple[Recipe, int]]", jobs: int) -> int:
        """Make each run in a process of its own; the result is the number of failed runs."""
        from huelab.reproduce import Job, run_jobs

        made = [
            Job(f"{recipe.name}, seed {seed}", partial(self._command, recipe, seed))
            for recipe, seed in wanted
        ]
        _say(f"{len(made)} runs, {jobs} at once")
        run_jobs(made, jobs, _report)
        return sum(job.status != 0 for job in made)

    def _command(self, recipe: "Recipe", seed: int) -> list[str]:
        command = [sys.executable, "-m", "huelab", "reproduce", recipe.name]
        command += ["--profile", self.profile, "--seeds", str(seed), "--device", self.device]
        if self.max_minutes is not None:
            command += ["--max-minutes", str(self.max_minutes)]
        if self.seconds_left is not None:
            command += ["--budget", f"{self.seconds_left / 60:.3f}"]
        return command


def _report(job: "Job") -> None:
    _say(f"{job.name}: {'ended' if job.status == 0 else f'exit status {job.status}'}")
    typer.echo(job.output, nl=False)


def _one_of_many(recipe: "Recipe", run: Callable[[], T]) -> T | None:
    """The result of a run, or None after its error is printed, so that other runs go on."""
    from huelab.reproduce import NotBegun
    from huelab.storage import HueLabError

    try:
        return run()
    except NotBegun:
        raise
    except (HueLabError, OSError) as error:
        _complain(recipe, error)
        return None


def _numbers(seeds: str) -> list[int]:
    try:
        numbers = list(dict.fromkeys(int(seed) for seed in seeds.split(",")))
    except ValueError:
        wrong = f"{seeds!r} is not a list of whole numbers, such as 0,1,2"
        raise typer.BadParameter(wrong, param_hint="--seeds") from None
    if any(not 0 <= number < 1 << 32 for number in numbers):
        wrong = f"{seeds!r} has a seed outside 0 to 4294967295"
        raise typer.BadParameter(wrong, param_hint="--seeds")
    return numbers


def _wanted(
    names: list[str] | None, profile: str, seeds: list[int], missing: bool
) -> tuple[list[tuple["Recipe", int]], int]:
    """The runs to make, and the number of runs of which HueLab cannot say if they are recorded."""
    from huelab import recipes
    from huelab.reproduce import is_recorded
    from huelab.storage import HueLabError

    chosen = recipes.chosen(names or list(recipes.RECIPES))
    if not names:  # all recipes that have this profile
        chosen = [r for r in chosen if profile == "full" or profile in r.profiles]
        if not chosen:
            wrong = f"no recipe has the profile {profile!r}"
            raise typer.BadParameter(wrong, param_hint="--profile")
    wanted, unknown = [], 0
    for recipe in chosen:
        for seed in seeds:
            try:
                if not (missing and is_recorded(recipe, profile, seed)):
                    wanted.append((recipe, seed))
            except HueLabError as error:  # such as absent data or a damaged record
                unknown += 1
                _complain(recipe, error)
    return wanted, unknown


def _complain(recipe: "Recipe", error: Exception) -> None:
    from huelab.data.processes import is_first

    if is_first():
        complain(f"{recipe.name}: {error}")


def _say(text: str) -> None:
    from huelab.data.processes import is_first

    if is_first():
        typer.echo(text, err=True)
