"""How commands speak: tables to standard output, one line about an error to standard error."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from unicodedata import category

import typer
from rich.console import Console
from rich.table import Table

# Controls, halves of characters (which stand for bytes that are not UTF-8), and ends of lines.
_UNSEEN = ("Cc", "Cs", "Zl", "Zp")


def print_rows(rows: Sequence[Mapping[str, object]], *, title: str) -> None:
    """Print rows as a table; numbers with three digits that count, aligned to the right."""
    table = Table(title=title, title_justify="left", title_style="bold")
    columns = list(dict.fromkeys(key for row in rows for key in row))
    for column in columns:
        numeric = all(isinstance(row.get(column, 0.0), int | float) for row in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(column, "")) for column in columns))
    # In a pipe there is no width to fit: wide lines are easier to search than folded ones.
    Console(width=None if sys.stdout.isatty() else 200, markup=False).print(table)


def complain(error: object) -> None:
    """Say in one line what went wrong."""
    if isinstance(error, OSError) and error.strerror and error.filename:
        error = f"{error.filename}: {error.strerror}"
    typer.echo(printable(f"huelab: {' '.join(str(error).split())}"), err=True)


def lacks_memory(error: BaseException) -> bool:
    """Whether an error says that memory was too small.

    PyTorch says so in a RuntimeError, of which only the text tells it from others.

    >>> lacks_memory(MemoryError()), lacks_memory(RuntimeError("a shape is wrong"))
    (True, False)
    """
    words = ("out of memory", "can't allocate memory", "not enough memory")
    said = isinstance(error, RuntimeError) and any(some in str(error) for some in words)
    return said or isinstance(error, MemoryError)


def printable(text: object) -> str:
    """Text, such as the name of a file, that is one line in any terminal.

    >>> printable("caf\\udce9.jpg")
    'caf\\\\udce9.jpg'

    Names may hold line breaks, codes that steer a terminal, and bytes that are not UTF-8. They are
    shown as Python writes them.
    """
    return "".join(
        character.encode("unicode_escape").decode() if category(character) in _UNSEEN else character
        for character in str(text)
    )


def print_path(path: Path) -> None:
    r"""Print the name of a file, a line of its own.

    A person on a terminal gets what `printable` makes of it. A program gets the bytes of the name,
    which open the file; only a line break in a name stays `\n`, since each line is one name.

    >>> print_path(Path("photo-color.png"))
    photo-color.png
    """
    if sys.stdout.isatty() or not hasattr(sys.stdout, "buffer"):
        typer.echo(printable(path))
    else:
        typer.echo(os.fsencode(str(path).replace("\n", "\\n")))


def counted(number: int, what: str) -> str:
    """A number with its noun: 1 file, 2 files."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def fail_with(errors: Iterable[object]) -> None:
    """Say what cost a command a part of its work, a line each, and end it with status 1.

    Without errors the command goes on. It is called last, since lines in the middle are overlooked.
    """
    found = list(errors)
    for error in found:
        complain(error)
    if found:
        raise typer.Exit(1)


def a_path(text: str) -> Path:
    """The value of an option that is a path.

    Raises:
        BadParameter: for an empty one, which would otherwise be the working directory.
    """
    if not text.strip():
        raise typer.BadParameter("a path cannot be empty")
    if "\0" in text:
        raise typer.BadParameter("a path cannot hold the character 0")
    return Path(text)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return str(value)
