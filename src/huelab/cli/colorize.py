"""`huelab colorize`: photographs in, colored photographs next to them."""

from pathlib import Path
from typing import Annotated

import typer

from huelab.cli.output import a_path, complain


def colorize(
    files: Annotated[
        list[Path], typer.Argument(help="Gray photographs, or folders of them.", parser=a_path)
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder for the results.", parser=a_path),
    ] = None,
    model: Annotated[
        str, typer.Option(help="Weights that ship with huelab, see `huelab list weights`.")
    ] = "first",
    recipe: Annotated[
        str | None, typer.Option(help="Instead of a model: the weights of a recorded run.")
    ] = None,
    size: Annotated[
        int, typer.Option(min=16, max=4096, help="Shorter side that the network sees.")
    ] = 256,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace older results.")] = False,
) -> None:
    """Color photographs: photo.jpg gives photo-color.png next to it, or in the output folder."""
    from huelab.apply import colorize_file
    from huelab.methods import trained
    from huelab.storage import HueLabError

    if output is not None and output.exists() and not output.is_dir():
        raise typer.BadParameter(f"{output} is not a folder", param_hint="--output")
    sources = [file for given in files for file in _images(given)]
    if not sources:
        raise typer.BadParameter("no images there", param_hint="FILES")
    method = trained.load_shipped(model) if recipe is None else trained.newest(recipe)
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
    written: set[Path] = set()
    failed = 0
    for source in sources:
        target = (output or source.parent) / f"{source.stem}-color.png"
        # Files of one name in two folders or formats must not replace each other's results.
        replace = overwrite and target not in written
        try:
            written.add(colorize_file(source, target, method=method, size=size, overwrite=replace))
            typer.echo(target)
        except FileExistsError:
            failed += 1
            again = "was just made from another file" if target in written else "exists"
            complain(f"{target} {again}; --overwrite replaces it")
        except HueLabError as error:
            # One bad file should not cost the others.
            failed += 1
            complain(error)
    if failed:
        raise typer.Exit(1)


def _images(given: Path) -> list[Path]:
    """A file itself; the images of a folder without what an earlier run put there."""
    from huelab.images import SUFFIXES

    if not given.is_dir():
        return [given]
    found = [p for p in sorted(given.iterdir()) if p.suffix.lower() in SUFFIXES]
    return [p for p in found if not p.stem.endswith("-color")]
