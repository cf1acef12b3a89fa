"""`huelab colorize`: photographs in, colored photographs beside them."""

from pathlib import Path
from typing import Annotated

import typer


def colorize(
    files: Annotated[list[Path], typer.Argument(help="Gray photographs, or folders of them.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for the results.")
    ] = None,
    recipe: Annotated[str, typer.Option(help="Whose weights to use.")] = "first",
    size: Annotated[int, typer.Option(min=16, help="Shorter side that the network sees.")] = 256,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace older results.")] = False,
) -> None:
    """Color photographs: photo.jpg gives photo-color.png beside it, or in the output folder."""
    from huelab.apply import colorize_file, default_colorizer
    from huelab.storage import HueLabError

    sources = [file for given in files for file in _pictures(given)]
    if not sources:
        raise typer.BadParameter("no pictures there", param_hint="FILES")
    method = default_colorizer(recipe)
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
    failed = 0
    for source in sources:
        target = (output or source.parent) / f"{source.stem}-color.png"
        try:
            written = colorize_file(source, target, method=method, size=size, overwrite=overwrite)
            typer.echo(written)
        except FileExistsError:
            failed += 1
            typer.echo(f"huelab: {target} exists; --overwrite replaces it", err=True)
        except HueLabError as error:
            # One bad file should not cost the others.
            failed += 1
            typer.echo(f"huelab: {error}", err=True)
    if failed:
        raise typer.Exit(1)


def _pictures(given: Path) -> list[Path]:
    """A file itself; the pictures of a folder without what an earlier run put there."""
    from huelab.data.folder import SUFFIXES

    if not given.is_dir():
        return [given]
    found = [p for p in sorted(given.iterdir()) if p.suffix.lower() in SUFFIXES]
    return [p for p in found if not p.stem.endswith("-color")]
