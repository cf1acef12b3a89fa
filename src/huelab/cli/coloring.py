"""The work of `huelab colorize`: one photograph after the other, and a report at the end."""

import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from huelab.cli.chosen import check_names, prepared
from huelab.cli.output import complain, counted, print_path, printable
from huelab.cli.progress import MANY, progress
from huelab.cli.wanted import Wanted
from huelab.cli.work import Work

if TYPE_CHECKING:
    from huelab.cli.batch import Batch

#: The name of standard input and standard output.
STANDARD = Path("-")


def color_all(files: list[Path], output: Path | None, wanted: Wanted) -> None:
    """Color the given files and folders; unless all went well, raise `typer.Exit`."""
    if STANDARD in files:
        _color_standard(files, output, wanted)
        return
    work = Call(wanted)
    try:
        _color_files(files, output, work)
    except KeyboardInterrupt:
        complain(work.broken_off())
        raise typer.Exit(130) from None
    if work.failed:
        raise typer.Exit(1)


def _color_standard(files: list[Path], output: Path | None, wanted: Wanted) -> None:
    """One photograph from standard input to standard output."""
    if len(files) > 1 or output is not None:
        both = "- must be the only file, and its result goes to standard output, without --output"
        raise typer.BadParameter(both, param_hint="FILES")
    if sys.stdout.isatty():
        terminal = "a terminal cannot show a picture; add > and a name, such as > photo-color.png"
        raise typer.BadParameter(terminal, param_hint="FILES")
    from huelab.apply import colorize_bytes

    method, guide = prepared(wanted)
    stream = io.BytesIO(sys.stdin.buffer.read())
    stream.name = "standard input"  # its name in messages
    notes: list[str] = []
    how = wanted.how | {"method": method, "guide": guide, "notes": notes}
    result = colorize_bytes(stream, wanted.suffix, **how)
    sys.stdout.buffer.write(result)
    sys.stdout.buffer.flush()
    if notes:
        complain(f"{stream.name}: {' '.join(notes)}")


def _color_files(files: list[Path], output: Path | None, work: "Call") -> None:
    from huelab.cli.batch import plan
    from huelab.images.film_marks import FORMATS
    from huelab.storage import remove_abandoned

    wanted = work.wanted
    _check_output(output)
    check_names(wanted)
    if wanted.hints and (len(files) > 1 or files[0].is_dir()):
        alone = "hints belong to one photograph; name only that photograph"
        raise typer.BadParameter(alone, param_hint="--hints")
    batch = plan(
        files,
        output,
        recursive=wanted.recursive,
        overwrite=wanted.overwrite,
        ending=wanted.ending,
    )
    if not (batch.jobs or batch.done or batch.own or batch.errors):
        folders = ", ".join(map(printable, files))
        where = "this folder" if len(files) == 1 else "these folders"
        said = [f"{folders}: HueLab finds no pictures in {where}.", *_left_out(batch)]
        raise typer.BadParameter(" ".join(said), param_hint="FILES")
    for folder in batch.folders:
        for ending in (wanted.ending, *(f"-color{suffix}" for suffix in FORMATS)):
            remove_abandoned(folder, ending)
    work.do(batch)


def _check_output(output: Path | None) -> None:
    """Refuse a file, and a name of one: a folder photo-color.png is a mistake."""
    if output is None or output.is_dir():
        return
    if os.path.lexists(output):
        raise typer.BadParameter(f"{output} is not a folder", param_hint="--output")
    from huelab.images import SUFFIXES
    from huelab.images.film_marks import FILM_SUFFIXES

    if output.suffix.lower() in SUFFIXES | FILM_SUFFIXES:
        named = "is the name of a file; --output takes a folder, and HueLab names the results"
        raise typer.BadParameter(f"{output} {named}", param_hint="--output")


@dataclass
class Call(Work):
    """The photographs of a call, and what it says at its end."""

    what: str = "photograph"
    jobs: int = 0

    def do(self, batch: "Batch") -> None:
        self.jobs, self.done, self.what = len(batch.jobs), batch.done, batch.what
        for error in batch.errors:
            self.fail(error)
        if batch.jobs and self.wanted.engine == "ray":
            self._color_on_ray(batch)
        elif batch.jobs:
            method, guide = prepared(self.wanted)
            how = self.wanted.how | {"method": method, "guide": guide}
            with progress(len(batch.jobs)) as step:
                for source, target in batch.jobs:
                    again = self.wanted.overwrite or target in batch.outdated
                    self.color(source, target, how | {"overwrite": again}, step)
                    step()
        if self.jobs >= MANY:  # by now the lines about failures are far above
            for failure in self.failures:
                complain(failure)
        if self.jobs + len(batch.errors) > 1 or self.done or _left_out(batch):
            complain(self._summary(batch))

    def _color_on_ray(self, batch: "Batch") -> None:
        from huelab.cli.on_ray import color_on_ray

        prepared(self.wanted)  # so that a mistake is reported here, and only once
        again = self.wanted.overwrite
        jobs = [(s, t, again or t in batch.outdated) for s, t in batch.jobs]
        with progress(len(jobs)) as step:
            for index, outcome in color_on_ray(jobs, self.wanted):
                self.colored += outcome["colored"]
                self.done += outcome["done"]
                self.failed += outcome["failed"]
                if outcome["failed"]:
                    self.failures.append(outcome["said"].removeprefix("huelab: "))
                if outcome["colored"]:
                    print_path(jobs[index][1])
                typer.echo(outcome["said"], err=True, nl=False)
                step()

    def _summary(self, batch: "Batch") -> str:
        said = []
        if self.jobs:
            said.append(f"{_were(self.colored, self.what)} colored.")
        if self.done:
            them, results = ("it", "a result") if self.done == 1 else ("them", "results")
            those = counted(self.done, self.what)
            said.append(f"{those} already had {results}; use --overwrite to color {them} again.")
        if batch.outdated:
            changed = counted(len(batch.outdated), self.what)
            said.append(f"{changed} changed after the result was made.")
        said += [f"{self.failed} failed."] if self.failed else []
        return " ".join([*said, *_left_out(batch)])

    def broken_off(self) -> str:
        if not self.colored:
            begun = ""
            if self.what != "photograph":
                begun = "; run the same command again, and it repeats at most 240 frames"
            return f"interrupted before the first {self.what} was colored{begun}"
        again = "; with --overwrite it starts from the beginning" if self.wanted.overwrite else ""
        done = f"{self.colored} of {counted(self.jobs, self.what)}"
        verb = "is" if self.jobs == 1 else "are"
        more = f"Run the same command again to color the others{again}."
        return f"interrupted; {done} {verb} done. {more}"


def _were(number: int, what: str) -> str:
    """The beginning of a sentence: 1 file was, 2 files were, No file was."""
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
    if batch.links:
        verb = "was" if batch.links == 1 else "were"
        left = f"{counted(batch.links, 'linked subfolder')} {verb} left out"
        said.append(f"{left}; name a linked folder itself to include it.")
    return said
