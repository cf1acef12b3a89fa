"""`huelab data film`: it takes frames out of a film, without near-duplicates."""

from pathlib import Path
from typing import Annotated

import typer

from huelab.cli.output import a_path, complain


def film(
    files: Annotated[list[Path], typer.Argument(help="Films of any format.", parser=a_path)],
    out: Annotated[Path, typer.Option(help="Folder for the frames.", parser=a_path)],
    threshold: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Smallest difference from the last kept frame, 0 to 1."),
    ] = None,
    every: Annotated[
        float, typer.Option(min=0, help="Seconds between two frames of a scene, at least.")
    ] = 0.0,
    size: Annotated[
        int | None,
        typer.Option(
            min=1, help="Shorter side of a frame in pixels; frames are shrunk, never enlarged."
        ),
    ] = None,
    split: Annotated[
        str,
        typer.Option(
            help="scene puts whole scenes in the test split; train or test is for whole films."
        ),
    ] = "scene",
    seed: Annotated[
        int, typer.Option(help="Whole number that chooses the scenes of the test split.")
    ] = 0,
) -> None:
    """Take frames out of films, without near-duplicates; the folder can be opened as a data set.

    If a run is stopped, the same command continues where it ended.
    """
    if split not in ("scene", "train", "test"):
        raise typer.BadParameter(
            f"{split!r} is not one of scene, train, test", param_hint="--split"
        )
    from huelab.data.film import THRESHOLD, Settings
    from huelab.data.frames import take
    from huelab.storage import HueLabError

    least = THRESHOLD if threshold is None else threshold
    settings = Settings(threshold=least, every=every, size=size, split=split, seed=seed)
    failed = 0
    for file in files:
        try:
            taken = take(file, out, settings, progress=True)
        except HueLabError as error:  # one bad film should not cost the others
            failed += 1
            complain(error)
            continue
        typer.echo(
            f"{out / taken.film}: {taken.kept:,} of {taken.frames:,} frames in {taken.scenes:,} "
            f"scenes, {f'{taken.new:,} new' if taken.new else 'all were here'}"
        )
        if taken.error:
            failed += 1
            complain(f"{taken.error}; HueLab keeps the frames before that")
    if failed:
        raise typer.Exit(1)
