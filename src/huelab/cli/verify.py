"""`huelab reproduce --verify`: it runs a recipe again and compares the metrics with its record."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from huelab.cli.output import complain, print_rows

if TYPE_CHECKING:
    from huelab.recipes import Recipe


def verified(
    recipe: "Recipe", profile: str, seed: int, device: str, log: Path | None = None
) -> bool:
    """Run a recipe again, print each metric next to its record, and say whether all agree.

    With `log`, a new line of that file keeps the result.
    """
    from huelab import records
    from huelab.reproduce import rerun
    from huelab.storage import HueLabError

    typer.echo(f"{recipe.name}, profile {profile}, seed {seed}: HueLab runs it again", err=True)
    try:
        recorded, now = rerun(recipe, profile=profile, seed=seed, device=device)
        found = records.compare(recorded, now)
        if log:
            records.add_rerun(log, records.rerun_of(recorded, now, found))
    except (HueLabError, OSError) as error:
        complain(f"{recipe.name}: {error}")
        return False
    rows = [
        {
            "name": one.name,
            "data": one.data,
            "space": one.space,
            "averaging": one.averaging,
            "recorded": one.recorded,
            "now": one.now,
            "difference": one.difference,
            "agrees": "yes" if one.agrees else "no" if one.difference else "not measured",
        }
        for one in found
    ]
    wrong = sum(not one.agrees for one in found)
    title = f"{recipe.name}, {profile}, seed {seed}: {wrong} of {len(rows)} do not agree"
    print_rows(rows, title=title)
    return not wrong
