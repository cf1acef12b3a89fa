"""`huelab reproduce`: recipes run, one after the other, and what became of each."""

from typing import Annotated

import typer

from huelab.cli.output import print_rows


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
) -> None:
    """Run recipes: train, evaluate on pictures never seen, record."""
    from huelab import recipes
    from huelab.data import DataError
    from huelab.errors import HueLabError
    from huelab.processes import is_first
    from huelab.reproduce import is_recorded
    from huelab.reproduce import reproduce as run

    if bool(names) + missing + everything != 1:
        raise typer.BadParameter("name recipes, or give one of --missing and --all")
    try:
        numbers = [int(seed) for seed in seeds.split(",")]
    except ValueError:
        raise typer.BadParameter(f"{seeds!r} is no list of numbers", param_hint="--seeds") from None
    chosen = recipes.chosen(names or list(recipes.RECIPES))
    if not names:  # of all recipes, those that have this profile
        chosen = [r for r in chosen if profile == "full" or profile in r.profiles]
    failed = 0

    def complain(recipe: recipes.Recipe, error: Exception) -> None:
        # One run that fails should not cost the others.
        nonlocal failed
        failed += 1
        if is_first():
            typer.echo(f"huelab: {recipe.name}: {error}", err=True)

    # Decided before the first run, so that processes that train together agree on it.
    wanted = []
    for recipe in chosen:
        for seed in numbers:
            try:
                if not (missing and is_recorded(recipe, profile, seed)):
                    wanted.append((recipe, seed))
            except DataError as error:
                complain(recipe, error)
    for recipe, seed in wanted:
        try:
            if is_first():
                typer.echo(f"{recipe.name}, profile {profile}, seed {seed}", err=True)
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
            complain(recipe, error)
            continue
        if is_first():
            keys = ("name", "space", "averaging", "n", "value")
            rows = [{key: m[key] for key in keys} for m in record["metrics"]]
            print_rows(rows, title=f"{record['id']} ({record['status']})")
    if failed:
        raise typer.Exit(1)
