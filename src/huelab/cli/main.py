"""The commands, and how errors reach the user.

Heavy imports are inside the commands, so that `huelab --help` answers at once.
"""

import atexit
import contextlib
import io
import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from huelab.cli import bench
from huelab.cli.colorize import DashCommand, colorize
from huelab.cli.export import export
from huelab.cli.film import film
from huelab.cli.ledger import ledger
from huelab.cli.output import complain, fail_with, lacks_memory, print_rows
from huelab.cli.reproduce import reproduce
from huelab.cli.serve import serve


class Commands(TyperGroup):
    """Turns documented errors and errors of the file system into one line and exit status 1."""

    def invoke(self, ctx: Any) -> Any:
        from huelab.storage import HueLabError

        if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
            # A character that the terminal's encoding lacks is escaped; the table still appears.
            sys.stdout.reconfigure(errors="backslashreplace")
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # such as in `huelab ledger | head`; Typer ends quietly
            raise
        except (HueLabError, OSError) as error:
            complain(error)
            raise typer.Exit(1) from error
        except (MemoryError, RuntimeError) as error:
            if not lacks_memory(error):
                raise
            complain(
                "this computer has too little memory for the command; smaller values need less"
            )
            raise typer.Exit(1) from error
        except ModuleNotFoundError as error:
            if (error.name or "huelab").startswith("huelab"):
                raise
            complain(f"this command needs {error.name}; `pip install 'huelab[train]'` installs it")
            raise typer.Exit(1) from error


app = typer.Typer(
    rich_markup_mode="markdown",
    cls=Commands,
    help="HueLab: five papers on automatic image colorization, taught and reproduced.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
listing = typer.Typer(
    rich_markup_mode="markdown", help="List data sets, recipes, or weights.", no_args_is_help=True
)
data = typer.Typer(
    rich_markup_mode="markdown", help="Download or make data sets.", no_args_is_help=True
)
app.command(cls=DashCommand)(colorize)
app.command()(serve)
app.command()(export)
app.command()(reproduce)
app.command()(ledger)
app.add_typer(bench.app, name="bench")
app.add_typer(listing, name="list")
app.add_typer(data, name="data")
data.command("film")(film)


@app.command()
def doctor() -> None:
    """Show what is installed, which device is used, and where data and cache are."""
    from huelab.cli import doctor

    report = doctor.examine()
    for title, rows in report.items():
        print_rows(rows, title=title)
    problems = [row for rows in report.values() for row in rows if row.get("state") == "problem"]
    if problems:
        raise typer.Exit(1)


@app.command("tables")
def print_tables(
    profile: Annotated[str, typer.Option(help="reduced or full.")] = "full",
) -> None:
    """Print the tables of results, made from the records."""
    from huelab import records
    from huelab.ledger import tables

    if profile not in ("reduced", "full"):
        wrong = f"{profile!r} is not one of reduced, full"
        raise typer.BadParameter(wrong, param_hint="--profile")
    damaged: list[Exception] = []
    found = records.find(damaged=damaged.append)
    for table in tables.all_tables(profile):
        rows = tables.rows(table, found, profile)
        print_rows(rows, title=f"{table.title}, profile {profile}")
    fail_with(damaged)


@listing.command("data")
def list_data() -> None:
    """List the data sets: which are here, which are not, and how to get those."""
    from huelab.data import data_dir, describe, names

    rows = []
    for name in names():
        info = describe(name)
        splits = ", ".join(f"{split} {n:,}" for split, n in info.splits.items())
        row = {"name": info.name, "what": info.about, "license": info.license}
        rows.append(row | {"here": splits or "no", "to get it": info.way})
    print_rows(rows, title=f"data sets (HUELAB_DATA is {data_dir()})")


@listing.command("recipes")
def list_recipes() -> None:
    """List the experiments that `huelab reproduce` runs."""
    from huelab.recipes import RECIPES

    rows = [
        {
            "name": recipe.name,
            "what": recipe.title,
            "method": recipe.method,
            "group": recipe.group,
            "profiles": ", ".join(["full", *recipe.profiles]),
        }
        for recipe in RECIPES.values()
    ]
    print_rows(rows, title="recipes")


@listing.command("weights")
def list_weights() -> None:
    """List the weights that ship with huelab, those of ImageNet networks, and recorded runs."""
    from huelab import imagenet, records
    from huelab.methods import shipped, trained
    from huelab.methods.untrained import UNTRAINED
    from huelab.storage import WeightsError

    keys = ("name", "good_at", "trained_on", "license", "record")
    rows = [{key: getattr(entry, key) for key in keys} for entry in shipped.index().values()]
    print_rows(rows, title="weights that ship with huelab: names for `huelab colorize --model`")
    rows = [
        {
            "name": name,
            "good_at": entry.good_at,
            "needs": ", ".join(map("--{}".format, sorted(entry.kind.needs))),
        }
        for name, entry in UNTRAINED.items()
    ]
    print_rows(rows, title="methods without weights: more names for `huelab colorize --model`")
    rows = []
    for name in imagenet.OFFICIAL_URLS:
        try:
            here = str(imagenet.find_weights(name, fetch=False))
        except WeightsError:
            here = "no; downloaded when needed"
        rows.append({"network": name, "here": here})
    print_rows(rows, title="ImageNet networks")
    damaged: list[Exception] = []
    rows = [
        {"run": record.id, "method": record.config["method"], "here": str(where)}
        for record in records.find(damaged=damaged.append)
        if (where := trained.where(record))
    ]
    print_rows(rows, title="recorded runs")
    fail_with(damaged)


@data.command("fetch")
def data_fetch(
    name: Annotated[str, typer.Argument(help="One of `huelab list data`.")],
    near: Annotated[
        bool, typer.Option("--near", help="Keep resized pictures even if their bytes differ.")
    ] = False,
) -> None:
    """Download a data set from its official source, or say which files to get by hand and where
    to put them.
    """
    from huelab.data import fetch

    typer.echo(fetch(name, near=near))


def main() -> None:
    """The command line; it always ends with SystemExit, whose code is 130 after Ctrl-C."""
    app()


def script() -> None:
    """The entry point of the program `huelab`: `main`, and then a fast end of the process.

    Python's normal end visits every object and every library that torch has loaded. It takes as
    long as coloring a photograph, and 120 MB of memory.
    """
    try:
        main()
    except SystemExit as end:
        atexit._run_exitfuncs()
        with contextlib.suppress(OSError):  # such as a pipe whose reader has ended
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(end.code if isinstance(end.code, int) else int(end.code is not None))
