"""Show the library's own code, and small tables of numbers."""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from numbers import Number
from pathlib import PurePath
from typing import Any

from huelab.records.profiles import PROFILES, current_profile
from huelab.show.bundle import Bundle

# Text that is aligned at the right: a number, a mean with its standard deviation, a percentage, but
# not an identifier such as 002.
NUMERIC = re.compile(
    r"[-+−]?(?!0\d)[\d.,]+(e[-+]?\d+)?( ?± ?[\d.,]+)?( \(n=.+\))?( ?%)?|nan|[-+−]?inf"
)


def source(obj: Any, *names: str, docstring: bool = False) -> Bundle:
    """The code of a class, function, method or module, as it is in its file.

    Args:
        obj: what to show; of a decorated function or a property, the function itself is shown.
        names: attributes of `obj` to show instead of the whole, in this order:
            `source(Encoder, "__init__", "forward")`.
        docstring: whether to keep docstrings. Without them the code is short enough for a page
            whose text explains it at more length. Comments always stay.

    Returns:
        Highlighted Markdown with module and line below; the plain text is the code alone.

    Raises:
        TypeError: for an object without Python source.
        OSError: if the source file cannot be found.
        AttributeError: for a wrong name.

    Example:
        >>> print(source(textwrap.dedent).formats["text/plain"].splitlines()[0])
        def dedent(text):
    """
    parts, places, shortened = [], [], False
    for target in [getattr(obj, name) for name in names] or [obj]:
        target = _function(target)
        lines, first = inspect.getsourcelines(target)
        first = max(first, 1)  # for a module Python gives 0
        kept = lines if docstring else _without_docstrings(target, lines, first)
        shortened |= kept != lines
        parts.append(textwrap.dedent("".join(kept)).strip("\n"))
        name = getattr(target, "__qualname__", "")
        places.append(f"`{name}`, line {first}" if name else f"line {first}")
    code = "\n\n".join(parts)
    # A fence must be longer than any run of backquotes inside.
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", code)), default=0))
    caption = f"`{_place(target)}`: {'; '.join(places)}"
    caption += " (docstrings left out)" if shortened else ""
    markdown = f"{fence}python\n{code}\n{fence}\n\n{caption}\n"
    return Bundle({"text/markdown": markdown, "text/plain": code})


def table(
    rows: Sequence[Mapping[str, object]],
    *,
    columns: Sequence[str] | None = None,
    formats: Mapping[str, str | Callable[[object], str]] | None = None,
    caption: str | None = None,
    profile: str | None = None,
) -> Bundle:
    """A small table, stamped with its profile; columns of numbers are aligned at the right.

    Args:
        rows: one mapping for each row, column -> value. A missing value or None is shown as a dash.
        columns: the columns to show, in this order; by default all, in the order of appearance.
        formats: column -> format such as `".2f"`, or a function of the value.
        caption: a line above the table.
        profile: profile of the numbers, if not the current one. If values have their own `profile`,
            such as the cells of `huelab.ledger.tables`, the stamp names that one.

    All text is escaped for HTML.

    Raises:
        ValueError: for a format of a column that does not exist.

    Example:
        >>> table([{"method": "gray copy", "dB": 22.126}], formats={"dB": ".1f"}, profile="full")
        method       dB
        ---------  ----
        gray copy  22.1
        profile: full
    """
    columns = list(columns or dict.fromkeys(key for row in rows for key in row))
    formats = dict(formats or {})
    if unknown := formats.keys() - set(columns):
        raise ValueError(f"formats names columns that do not exist: {sorted(unknown)}")

    def cell(row: Mapping[str, object], column: str) -> str:
        value, how = row.get(column), formats.get(column, "")
        if value is None:
            return "–"
        if callable(how):
            return how(value)
        return format(value, how) if how and isinstance(value, Number) else str(value)

    def numeric(row: Mapping[str, object], column: str) -> bool:
        value = row.get(column)
        if isinstance(value, Number):
            return not isinstance(value, bool)
        return value is None or bool(NUMERIC.fullmatch(cell(row, column)))

    cells = [[cell(row, column) for column in columns] for row in rows]
    right = [all(numeric(row, column) for row in rows) for column in columns]
    note = f"profile: {_stamp(rows, columns, profile)}"
    return Bundle(
        {
            "text/html": _html(columns, cells, right, caption, note),
            "text/plain": _plain(columns, cells, right, caption, note),
        }
    )


def _stamp(
    rows: Sequence[Mapping[str, object]], columns: Sequence[str], profile: str | None
) -> str:
    """The profiles that the values have; if they have none, the profile of the caller."""
    values = [row.get(column) for row in rows for column in columns]
    known = {getattr(value, "profile", None) for value in values} - {None}
    if known and (profile is None or profile in PROFILES):
        return " and ".join(name for name in PROFILES if name in known)
    return profile or current_profile()


def _html(
    columns: Sequence[str],
    cells: Sequence[Sequence[str]],
    right: Sequence[bool],
    caption: str | None,
    note: str,
) -> str:
    """The table as HTML with inline styles, since notebooks and pages style tables differently."""
    sides = ["right" if side else "left" for side in right]

    def line(tag: str, texts: Sequence[str]) -> str:
        return "".join(
            f'<{tag} style="text-align:{side};padding:.2em .8em;{_unbroken(text)}'
            f'font-variant-numeric:tabular-nums">{escape(text)}</{tag}>'
            for text, side in zip(texts, sides, strict=True)
        )

    body = "".join(f"<tr>{line('td', texts)}</tr>" for texts in cells)
    above = (
        f'<caption style="caption-side:top;color:inherit">{escape(caption)}</caption>'
        if caption
        else ""
    )
    return (
        '<div style="overflow-x:auto">'
        '<table class="dataframe" style="margin:0;border-collapse:collapse">'
        f"{above}<thead><tr>{line('th', columns)}</tr></thead><tbody>{body}</tbody></table></div>"
        f'<div style="font-size:.75em;opacity:.75">{escape(note)}</div>'
    )


def _unbroken(text: str) -> str:
    """A style for short entries, such as `000-R01`, which would otherwise break at a hyphen."""
    return "white-space:nowrap;" if len(text) <= 14 else ""


def _plain(
    columns: Sequence[str],
    cells: Sequence[Sequence[str]],
    right: Sequence[bool],
    caption: str | None,
    note: str,
) -> str:
    """The table as text, with columns padded to their widest entry."""
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    lines = [columns, ["-" * width for width in widths], *cells]
    text = [
        "  ".join(
            entry.rjust(width) if side else entry.ljust(width)
            for entry, width, side in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    ]
    return "\n".join([*([caption] if caption else []), *text, note])


def _function(obj: Any) -> Any:
    """The function behind a property or a decorator; any other object is returned as it is."""
    obj = getattr(obj, "fget", None) or obj
    if not inspect.isclass(obj):
        obj = getattr(obj, "func", obj)  # functools.cached_property and partial
    return inspect.unwrap(obj) if callable(obj) else obj


def _place(obj: Any) -> str:
    """The file of `obj` as a path of its module, such as `huelab/methods/vgg.py`."""
    module = sys.modules.get(getattr(inspect.getmodule(obj), "__name__", "__main__"))
    name = getattr(module, "__file__", None)
    if module is None or module.__name__ == "__main__" or not name:
        return "this notebook"
    parts = module.__name__.split(".")
    file = PurePath(name)
    return "/".join([*parts, file.name] if file.stem == "__init__" else [*parts[:-1], file.name])


def _without_docstrings(obj: Any, lines: list[str], first: int) -> list[str]:
    """`lines`, which start at line `first` of the file of `obj`, without their docstrings.

    The file is parsed, so a string that only looks like a docstring stays.
    """
    kept = dict(enumerate(lines, first))
    for start, stop, stub in _docstrings(inspect.findsource(obj)[0]):
        if start not in kept or stop not in kept:
            continue
        for number in range(start, stop + 1):
            del kept[number]
        if stub:
            kept[start] = stub
        else:
            while kept.get(stop + 1, "x").isspace():  # the empty lines after the docstring
                del kept[stop := stop + 1]
    return [kept[number] for number in sorted(kept)]


def _docstrings(lines: list[str]) -> Iterator[tuple[int, int, str]]:
    """First and last line of each docstring, and the code that must replace it, if any."""
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(ast.parse("".join(lines))):
        if not isinstance(node, kinds) or ast.get_docstring(node, clean=False) is None:
            continue
        text = node.body[0]
        assert text.end_lineno is not None and text.end_col_offset is not None  # parsed from a file
        # The parser's columns count bytes. A docstring that shares its line with code stays.
        before = lines[text.lineno - 1].encode()[: text.col_offset].decode()
        after = lines[text.end_lineno - 1].encode()[text.end_col_offset :].decode().strip()
        if before.strip() or (after and not after.startswith("#")):
            continue
        # A body cannot be empty, so `...` replaces its only statement.
        yield text.lineno, text.end_lineno, f"{before}...\n" if len(node.body) == 1 else ""
