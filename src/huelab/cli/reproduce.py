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
) -> None:
    """Run recipes: train, evaluate on pictures never seen, record."""
    from huelab import recipes
    from huelab.errors import HueLabError
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
    for recipe in chosen:
        for seed in numbers:
            try:
                if missing and is_recorded(recipe, profile, seed):
                    continue
                typer.echo(f"{recipe.name}, profile {profile}, seed {seed}", err=True)
                record = run(
                    recipe, profile=profile, seed=seed, device=device, max_minutes=max_minutes
                )
            except HueLabError as error:
                # One run that fails should not cost the others.
                failed += 1
                typer.echo(f"huelab: {recipe.name}: {error}", err=True)
                continue
            keys = ("name", "space", "averaging", "n", "value")
            rows = [{key: m[key] for key in keys} for m in record["metrics"]]
            print_rows(rows, title=f"{record['id']} ({record['status']})")
    if failed:
        raise typer.Exit(1)
