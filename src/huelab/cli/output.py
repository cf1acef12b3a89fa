"""The output of commands: tables to standard output, one line about an error to standard error."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from unicodedata import category

import typer
from rich.console import Console
from rich.table import Table

# Unicode categories: control characters, surrogates (which stand for bytes that are not UTF-8), and
# line and paragraph separators.
_UNSEEN = ("Cc", "Cs", "Zl", "Zp")


def print_rows(rows: Sequence[Mapping[str, object]], *, title: str) -> None:
    """Print rows as a table; numbers have three significant digits and are aligned to the right."""
    table = Table(title=title, title_justify="left", title_style="bold")
    columns = list(dict.fromkeys(key for row in rows for key in row))
    for column in columns:
        numeric = all(isinstance(row.get(column, 0.0), int | float) for row in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(column, "")) for column in columns))
    # A pipe has no width, and wide lines are easier to search than folded ones.
    Console(width=None if sys.stdout.isatty() else 200, markup=False).print(table)


def complain(error: object) -> None:
    """Print in one line, on standard error, what went wrong."""
    if isinstance(error, OSError) and error.strerror and error.filename:
        error = f"{error.filename}: {error.strerror}"
    typer.echo(printable(f"huelab: {' '.join(str(error).split())}"), err=True)


def lacks_memory(error: BaseException) -> bool:
    """Whether an error says that memory was too small.

    PyTorch reports this as a RuntimeError, and only the text tells it from other RuntimeErrors.

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

    Names may hold line breaks, control codes for the terminal, and bytes that are not UTF-8. They
    appear as escape sequences of Python.
    """
    return "".join(
        character.encode("unicode_escape").decode() if category(character) in _UNSEEN else character
        for character in str(text)
    )


def print_path(path: Path) -> None:
    r"""Print the name of a file on a line of its own.

    A person at a terminal sees the name as `printable` writes it. A program gets the bytes of the
    name, so that it can open the file. Only a line break in a name is written as `\n`, because each
    line is one name.

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
    """Print one line for each error, and end the command with status 1.

    Without errors the command continues. Commands call it last, because readers overlook lines in
    the middle.
    """
    found = list(errors)
    for error in found:
        complain(error)
    if found:
        raise typer.Exit(1)


def a_path(text: str) -> Path:
    """The value of an option that is a path.

    Raises:
        BadParameter: for an empty text, which would mean the working directory, and for a text
            with the character 0.
    """
    if not text.strip():
        raise typer.BadParameter("a path cannot be empty")
    if "\0" in text:
        raise typer.BadParameter("a path cannot contain the character 0")
    return Path(text)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return str(value)
