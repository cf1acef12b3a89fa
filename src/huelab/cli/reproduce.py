"""`huelab reproduce`: recipes run, one after the other, and what became of each."""

from typing import TYPE_CHECKING, Annotated

import typer

from huelab.cli.output import print_rows
from huelab.cli.verify import verified

if TYPE_CHECKING:
    from huelab.recipes import Recipe


def reproduce(
    names: Annotated[
        list[str] | None, typer.Argument(help="Recipes or groups, see `huelab list recipes`.")
    ] = None,
    missing: Annotated[bool, typer.Option("--missing", help="All without a record.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="All, recorded or not.")] = False,
    profile: Annotated[
        str, typer.Option(envvar="HUELAB_PROFILE", help="quick, reduced or full.")
    ] = "quick",
    seeds: Annotated[str, typer.Option(help="Comma-separated whole numbers.")] = "0",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    max_minutes: Annotated[float | None, typer.Option(help="Of training, per run.")] = None,
    devices: Annotated[int, typer.Option(min=1, help="How many train together, per node.")] = 1,
    num_nodes: Annotated[int, typer.Option(min=1, help="Computers that train together.")] = 1,
    strategy: Annotated[str, typer.Option(help="Lightning's, as ddp or fsdp.")] = "auto",
    verify: Annotated[
        bool, typer.Option("--verify", help="Run again and compare with the record; write nothing.")
    ] = False,
) -> None:
    """Run recipes: train, evaluate on pictures never seen, record."""
    from huelab.data.processes import is_first
    from huelab.reproduce import reproduce as run
    from huelab.storage import HueLabError

    if bool(names) + missing + everything != 1:
        raise typer.BadParameter("name recipes, or give one of --missing and --all")
    # Decided before the first run, so that processes that train together agree on it.
    if verify and (missing or devices * num_nodes > 1):
        raise typer.BadParameter("what is missing, or runs on several devices, cannot be verified")
    wanted, failed = _wanted(names, profile, _numbers(seeds), missing)
    if verify:
        failed += sum(not verified(recipe, profile, seed, device) for recipe, seed in wanted)
        raise typer.Exit(1 if failed else 0)
    for recipe, seed in wanted:
        if is_first():
            typer.echo(f"{recipe.name}, profile {profile}, seed {seed}", err=True)
        try:
            record = run(
                recipe,
                profile=profile,
                seed=seed,
                device=device,
                max_minutes=max_minutes,
                devices=devices,
                num_nodes=num_nodes,
                strategy=strategy,
            )
        except (HueLabError, OSError) as error:
            # One run that fails should not cost the others.
            failed += 1
            _complain(recipe, error)
            continue
        if is_first():
            keys = ("name", "data", "space", "averaging", "n", "value")
            rows = [{key: getattr(m, key) for key in keys} for m in record.metrics]
            print_rows(rows, title=f"{record.id} ({record.status})")
    if failed:
        raise typer.Exit(1)


def _numbers(seeds: str) -> list[int]:
    try:
        return [int(seed) for seed in seeds.split(",")]
    except ValueError:
        raise typer.BadParameter(f"{seeds!r} is no list of numbers", param_hint="--seeds") from None


def _wanted(
    names: list[str] | None, profile: str, seeds: list[int], missing: bool
) -> tuple[list[tuple["Recipe", int]], int]:
    """The runs to make, and how many nobody can tell of whether they are missing."""
    from huelab import recipes
    from huelab.data import DataError
    from huelab.reproduce import is_recorded

    chosen = recipes.chosen(names or list(recipes.RECIPES))
    if not names:  # of all recipes, those that have this profile
        chosen = [r for r in chosen if profile == "full" or profile in r.profiles]
    wanted, untold = [], 0
    for recipe in chosen:
        for seed in seeds:
            try:
                if not (missing and is_recorded(recipe, profile, seed)):
                    wanted.append((recipe, seed))
            except DataError as error:
                untold += 1
                _complain(recipe, error)
    return wanted, untold


def _complain(recipe: "Recipe", error: Exception) -> None:
    from huelab.data.processes import is_first

    if is_first():
        typer.echo(f"huelab: {recipe.name}: {error}", err=True)
