"""`huelab bench film`: how fast films are colored and how much they flicker, with a record."""

from pathlib import Path
from typing import Annotated

import typer

from huelab.cli.bench_record import write_bench
from huelab.cli.output import a_path, print_rows

#: Quantities that are measured for a whole film.
SPEEDS = ("seconds", "cpu_seconds", "frames_a_second")


def film(
    files: Annotated[list[Path], typer.Argument(help="Films of any format.", parser=a_path)],
    model: Annotated[
        str | None, typer.Option(help="Weights that ship with huelab; see `huelab list weights`.")
    ] = None,
    size: Annotated[
        int, typer.Option(min=16, max=4096, help="Shorter side that the network sees.")
    ] = 256,
    record: Annotated[
        bool, typer.Option("--record/--no-record", help="Write a record of each film.")
    ] = True,
) -> None:
    """Color films with and without smoothing: frames per second, flicker, and colorfulness."""
    import torch

    from huelab.bench.film import bench_film
    from huelab.methods import shipped
    from huelab.records import Measurement
    from huelab.weights import DEFAULT_MODEL

    name = model or DEFAULT_MODEL
    method = shipped.load(name)
    for file in files:
        costs, count, digest = bench_film(file, method, size=size)
        rows = [{"way": way} | cost.values for way, cost in costs.items()]
        print_rows(rows, title=f"{file.name}: {count} frames, {name}, on cpu")
        if record:
            averaging = "mean over frames"
            measured = [
                Measurement(
                    name=f"{quantity}: {way}",
                    value=value,
                    n=count,
                    averaging=None if quantity in SPEEDS else averaging,
                )
                for way, cost in costs.items()
                for quantity, value in cost.values.items()
            ]
            config = {"film": file.stem, "model": name, "size": size}
            config |= {"threads": torch.get_num_threads()}
            data = {"name": "films", "split": file.stem, "n": count, "hash": digest}
            write_bench("bench-film", True, config, data, measured, torch.device("cpu"))
