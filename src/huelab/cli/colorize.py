"""`huelab colorize`: photographs in, colored photographs next to them."""

import errno
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from huelab.cli.output import a_path, complain, counted, lacks_memory, print_path, printable
from huelab.cli.progress import progress

if TYPE_CHECKING:
    from huelab.cli.batch import Batch
    from huelab.methods.colorizer import Colorizer


def colorize(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Gray photographs, or folders of them.", parser=a_path, metavar="FILES"
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder for the results.", parser=a_path),
    ] = None,
    model: Annotated[
        str, typer.Option(help="Weights that ship with huelab, see `huelab list weights`.")
    ] = "first",
    recipe: Annotated[
        str | None,
        typer.Option(
            help="Instead of a model: the newest weights that `huelab reproduce` trained by this "
            "recipe, see `huelab list recipes`."
        ),
    ] = None,
    size: Annotated[
        int, typer.Option(min=16, max=4096, help="Shorter side that the network sees.")
    ] = 256,
    recursive: Annotated[
        bool,
        typer.Option("--recursive", "-r", help="Also the folders in a folder; -o mirrors them."),
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace older results.")] = False,
    max_pixels: Annotated[
        int,
        typer.Option(
            min=1,
            max=10**10,
            help="Photographs of more pixels are refused; 10 bytes of memory for each.",
        ),
    ] = 200_000_000,
    max_scans: Annotated[
        int,
        typer.Option(min=1, max=10**6, help="JPEGs of more scans are refused; each takes time."),
    ] = 100,
) -> None:
    """Color photographs: photo.jpg gives photo-color.png next to it, or in the output folder.

    The colors are plausible ones, not the true ones: a gray photograph does not hold those.

    HueLab reads JPEG, PNG, TIFF, WebP, AVIF, GIF, BMP, PPM, JPEG 2000, QOI, and PSD, and writes
    PNG. Where two photographs would share a name, the ending is added: photo-jpg-color.png. If
    that is taken too, a number is added. The command prints the name of each result.

    Photographs that have a result are skipped, so run the same command again to continue. A
    photograph that changed since then is colored again. Results carry a mark, and HueLab does not
    color them again. It skips hidden files in folders.

    Exit status: 0 if all went well, 1 if a photograph failed, 2 for wrong usage, 130 after Ctrl-C.
    """
    work = _Work(size, overwrite, max_pixels, max_scans)
    try:
        _colorize(files, output, work, model, recipe, recursive)
    except KeyboardInterrupt:
        complain(work.broken_off())
        raise typer.Exit(130) from None
    if work.failed:
        raise typer.Exit(1)


def _colorize(
    files: list[Path],
    output: Path | None,
    work: "_Work",
    model: str,
    recipe: str | None,
    recursive: bool,
) -> None:
    from huelab.cli.batch import ENDING, plan
    from huelab.storage import remove_abandoned

    if output is not None and os.path.lexists(output) and not output.is_dir():
        raise typer.BadParameter(f"{output} is not a folder", param_hint="--output")
    batch = plan(files, output, recursive=recursive, overwrite=work.overwrite)
    if not (batch.jobs or batch.done or batch.own or batch.errors):
        folders = ", ".join(map(printable, files))
        where = "this folder" if len(files) == 1 else "these folders"
        said = [f"{folders}: there are no pictures in {where}.", *_left_out(batch)]
        raise typer.BadParameter(" ".join(said), param_hint="FILES")
    for folder in batch.folders:
        remove_abandoned(folder, ENDING)
    work.do(batch, model, recipe)


@dataclass
class _Work:
    """The photographs of a call, one after the other; what goes wrong with one costs no other."""

    size: int
    overwrite: bool
    max_pixels: int
    max_scans: int
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
                    self._color(source, target, method, self.overwrite or target in batch.outdated)
                    step()
        if self.wanted + len(batch.errors) > 1 or self.done or _left_out(batch):
            complain(self._summary(batch))

    def _color(self, source: Path, target: Path, method: "Colorizer", overwrite: bool) -> None:
        from huelab.apply import colorize_file
        from huelab.images import mark_of
        from huelab.images.marks import names_source

        notes: list[str] = []
        how = partial(colorize_file, method=method, size=self.size, overwrite=overwrite)
        how = partial(how, max_pixels=self.max_pixels, max_scans=self.max_scans)
        try:
            _make_room(source, target)
            how(source, target, notes=notes)
        except FileExistsError as error:
            if names_source(mark_of(target), source, target):  # another process was quicker
                self.done += 1
            else:
                self._fail(error)
        except Exception as error:
            self._fail(_of_one(source, error))
        else:
            self.colored += 1
            print_path(target)
            if notes:
                complain(f"{source}: {' '.join(notes)}")

    def _fail(self, error: object) -> None:
        self.failed += 1
        complain(error)

    def _summary(self, batch: "Batch") -> str:
        said = []
        if self.wanted:
            said.append(f"{_were(self.colored, 'photograph')} colored.")
        if self.done:
            them, results = ("it", "a result") if self.done == 1 else ("them", "results")
            photographs = counted(self.done, "photograph")
            said.append(
                f"{photographs} already had {results}; use --overwrite to make {them} again."
            )
        if batch.outdated:
            changed = counted(len(batch.outdated), "photograph")
            said.append(f"{changed} changed after the result was made.")
        said += [f"{self.failed} failed."] if self.failed else []
        return " ".join([*said, *_left_out(batch)])

    def broken_off(self) -> str:
        if not self.colored:
            return "interrupted before the first photograph was colored"
        again = "; with --overwrite it starts from the beginning" if self.overwrite else ""
        done = f"{self.colored} of {counted(self.wanted, 'photograph')}"
        verb = "is" if self.wanted == 1 else "are"
        return f"interrupted; {done} {verb} done. Run the same command again{again}."


def _were(number: int, what: str) -> str:
    """How a sentence begins: 1 file was, 2 files were, No file was."""
    return f"{counted(number, what) if number else f'No {what}'} {'was' if number < 2 else 'were'}"


def _left_out(batch: "Batch") -> list[str]:
    said = []
    if batch.own:
        verb = "was" if batch.own == 1 else "were"
        said.append(f"{counted(batch.own, 'file')} that HueLab made {verb} left out.")
    if batch.others:
        its = "its ending is not that" if batch.others == 1 else "their endings are not those"
        left = f"{_were(batch.others, 'file')} left out"
        said.append(f"{left} because {its} of pictures that HueLab reads.")
    if batch.below:
        them = "it" if batch.below == 1 else "them"
        left = f"{_were(batch.below, 'subfolder')} left out"
        said.append(f"{left}; use --recursive to include {them}.")
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
