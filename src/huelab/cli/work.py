"""Single photographs and films of `huelab colorize`: each is colored, done already, or failed."""

import errno
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from huelab.cli.output import complain, lacks_memory, print_path
from huelab.cli.progress import Step
from huelab.cli.wanted import Wanted


@dataclass
class Work:
    """Photographs, one after the other; if one fails, the others go on."""

    wanted: Wanted
    colored: int = 0
    done: int = 0
    failed: int = 0
    failures: list[object] = field(default_factory=list)

    def color(self, source: Path, target: Path, how: dict[str, Any], step: Step) -> None:
        """Color one photograph or film, with the options of `colorize_file`."""
        from huelab.apply import colorize_file
        from huelab.images import mark_of
        from huelab.images.film_marks import written_as
        from huelab.images.marks import names_source

        notes: list[str] = []
        try:
            _make_room(source, target)
            if written_as(source):
                self._color_film(source, target, how | {"notes": notes}, step)
            else:
                colorize_file(source, target, notes=notes, **how)
        except FileExistsError as error:
            if names_source(mark_of(target), source, target):  # another process was quicker
                self.done += 1
            else:
                self.fail(error)
        except Exception as error:
            self.fail(_of_one(source, error))
        else:
            self.colored += 1
            print_path(target)
            if notes:
                complain(f"{source}: {' '.join(notes)}")

    def _color_film(self, source: Path, target: Path, how: dict[str, Any], step: Step) -> None:
        from huelab.apply import colorize_film
        from huelab.images import ImageError

        for name in ("side_by_side", "keep_tint"):
            if how[name]:
                option = name.replace("_", "-")
                raise ImageError(f"{source}: --{option} works for photographs only, not for films")
        taken = ("method", "guide", "size", "overwrite", "notes")
        with step.within(source.name) as told:
            colorize_film(
                source,
                target,
                smooth=self.wanted.smooth,
                progress=told,
                **{name: how[name] for name in taken},
            )

    def fail(self, error: object) -> None:
        self.failed += 1
        self.failures.append(error)
        complain(error)


def _make_room(source: Path, target: Path) -> None:
    """Make the folder of a result, and check before any work that it can be written to."""
    folder = target.parent
    if folder != source.parent:
        folder.mkdir(parents=True, exist_ok=True)
    if folder.is_dir() and not os.access(folder, os.W_OK):
        words = f"{os.strerror(errno.EACCES)}; --output names another folder for the results"
        raise PermissionError(errno.EACCES, words, os.fspath(folder))


def _of_one(source: Path, error: Exception) -> object:
    """What to say about an error; errors of the library and of the system name their file."""
    from huelab.storage import HueLabError

    if isinstance(error, HueLabError | OSError):
        return error
    if type(error) is ValueError:  # an option does not fit this photograph
        return f"{source}: {error}"
    if lacks_memory(error):
        return f"{source}: not enough memory"
    return f"{source}: {type(error).__name__}: {error}"
