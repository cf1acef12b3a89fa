"""`huelab export`: it writes a trained model as an ONNX file."""

from pathlib import Path
from typing import Annotated

import typer

from huelab.cli.chosen import method_of
from huelab.cli.output import a_path, print_path


def export(
    model: Annotated[
        str,
        typer.Argument(
            help="Weights that ship with huelab (see `huelab list weights`), or a file with such "
            "a name, such as first.onnx.",
            metavar="MODEL",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="The file to write; by default MODEL.onnx.", parser=a_path
        ),
    ] = None,
    recipe: Annotated[
        bool,
        typer.Option(
            "--recipe",
            help="MODEL is a recipe: export the newest weights that `huelab reproduce` trained "
            "with it.",
        ),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing file.")
    ] = False,
) -> None:
    """Write a model as an ONNX file: first.onnx, with `L*` as its input and `a*b*` as its output.

    The number, the height, and the width of the pictures are free. The file's metadata names the
    model, the units, and the shorter side that pictures should have. This command needs onnx;
    `pip install 'huelab[onnx]'` installs it.
    """
    name = Path(model).stem if model.endswith(".onnx") else model
    target = output or (Path(model) if model.endswith(".onnx") else Path(f"{model}.onnx"))
    if target.is_dir():
        raise typer.BadParameter(f"{target} is a folder", param_hint="--output")
    from huelab.apply.export import export_onnx
    from huelab.methods import shipped

    method = method_of(name, name if recipe else None)
    entry = None if recipe else shipped.index().get(name)
    about = {"name": name}
    if entry:
        about |= {"license": entry.license, "trained on": entry.trained_on, "record": entry.record}
    print_path(export_onnx(method, target, about=about, overwrite=overwrite))
