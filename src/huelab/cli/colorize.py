"""`huelab colorize`: photographs in, colored photographs next to them."""

import errno
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from huelab.cli.output import a_path, complain, counted, lacks_memory, printable
from huelab.cli.progress import progress

if TYPE_CHECKING:
    from huelab.cli.batch import Batch
    from huelab.methods.colorizer import Colorizer


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
    recursive: Annotated[
        bool,
        typer.Option("--recursive", "-r", help="Also the folders in a folder; -o mirrors them."),
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace older results.")] = False,
) -> None:
    """Color photographs: photo.jpg gives photo-color.png next to it, or in the output folder.

    Where two photographs would share a name, the format joins it: photo-jpg-color.png. A number
    follows where that is not enough. The command prints the name of each result.

    Photographs that have a result are skipped, so that the same command goes on after a break.
    Results carry a mark, and HueLab does not color them again. It skips hidden files in folders.
    """
    from huelab.cli.batch import ENDING, plan
    from huelab.storage import remove_abandoned

    if output is not None and os.path.lexists(output) and not output.is_dir():
        raise typer.BadParameter(f"{output} is not a folder", param_hint="--output")
    work = _Work(size=size, overwrite=overwrite)
    try:
        batch = plan(files, output, recursive=recursive, overwrite=overwrite)
        if not (batch.jobs or batch.done or batch.own or batch.errors):
            raise typer.BadParameter(
                "; ".join(["no images there", *_left_out(batch)]), param_hint="FILES"
            )
        for folder in batch.folders:
            remove_abandoned(folder, ENDING)
        work.do(batch, model, recipe)
    except KeyboardInterrupt:
        complain(work.broken_off())
        raise typer.Exit(130) from None
    if work.failed:
        raise typer.Exit(1)


@dataclass
class _Work:
    """The photographs of a call, one after the other; what goes wrong with one costs no other."""

    size: int
    overwrite: bool
    wanted: int = 0
    colored: int = 0
    done: int = 0
    failed: int = 0

    def do(self, batch: "Batch", model: str, recipe: str | None) -> None:
        self.wanted, self.done = len(batch.jobs), batch.done
        for error in batch.errors:
            self._fail(error)
        if batch.jobs:
            method = _method(model, recipe)
            with progress(len(batch.jobs)) as step:
                for source, target in batch.jobs:
                    self._color(source, target, method)
                    step()
        if self.wanted + len(batch.errors) > 1 or self.done or batch.own or batch.below:
            complain(self._summary(batch))

    def _color(self, source: Path, target: Path, method: "Colorizer") -> None:
        from huelab.apply import colorize_file
        from huelab.images import mark, mark_of

        notes: list[str] = []
        how = partial(colorize_file, method=method, size=self.size, overwrite=self.overwrite)
        try:
            _make_room(source, target)
            how(source, target, notes=notes)
        except FileExistsError as error:
            if mark_of(target) == mark(source, target):  # another process was quicker
                self.done += 1
            else:
                self._fail(error)
        except Exception as error:
            self._fail(_of_one(source, error))
        else:
            self.colored += 1
            typer.echo(printable(target))
            if notes:
                complain(f"{source}: {' '.join(notes)}")

    def _fail(self, error: object) -> None:
        self.failed += 1
        complain(error)

    def _summary(self, batch: "Batch") -> str:
        said = [f"{counted(self.colored, 'photograph')} colored"] if self.wanted else []
        said += [f"{self.done} had results, which --overwrite replaces"] if self.done else []
        said += [f"{self.failed} failed"] if self.failed else []
        return "; ".join([*said, *_left_out(batch)])

    def broken_off(self) -> str:
        again = "the same command without --overwrite" if self.overwrite else "the same command"
        done = f"{self.colored} of {counted(self.wanted, 'photograph')}"
        return f"interrupted; {done} are done, and {again} goes on from there"


def _left_out(batch: "Batch") -> list[str]:
    said = [f"{counted(batch.own, 'file')} made by HueLab left out"] if batch.own else []
    if batch.below:
        said.append(f"{counted(batch.below, 'subfolder')} left out, which --recursive takes in")
    return said


def _method(model: str, recipe: str | None) -> "Colorizer":
    from torch import nn

    from huelab.methods import trained

    if recipe is None:
        return trained.load_shipped(model)
    from huelab.recipes import RecipeError, get

    if not issubclass(trained.method_class(vars(get(recipe))), nn.Module):
        raise RecipeError(f"the recipe {recipe} trains nothing, so that it has no weights")
    return trained.newest(recipe, damaged=complain)


def _make_room(source: Path, target: Path) -> None:
    """Make the folder of a result, and see that it can be written to, before any work is done."""
    folder = target.parent
    if folder != source.parent:
        folder.mkdir(parents=True, exist_ok=True)
    if folder.is_dir() and not os.access(folder, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fspath(folder))


def _of_one(source: Path, error: Exception) -> object:
    """What to say of an error; errors of the library and of the system name their file."""
    from huelab.storage import HueLabError

    if isinstance(error, HueLabError | OSError):
        return error
    if lacks_memory(error):
        return f"{source}: not enough memory"
    return f"{source}: {type(error).__name__}: {error}"
