"""`huelab bench methods`: what each method takes to color one photograph, with a record."""

from typing import Annotated

import typer

from huelab.cli.bench_record import write_bench
from huelab.cli.output import print_rows

#: One megapixel, so that seconds are seconds a megapixel.
WIDTH, HEIGHT = 1250, 800


def methods(
    width: Annotated[int, typer.Option(min=64, max=20_000, help="Width in pixels.")] = WIDTH,
    height: Annotated[int, typer.Option(min=64, max=20_000, help="Height in pixels.")] = HEIGHT,
    size: Annotated[
        int, typer.Option(min=16, max=4096, help="Shorter side that the networks see.")
    ] = 256,
    rounds: Annotated[
        int, typer.Option(min=1, max=1000, help="How many rounds count; the median is printed.")
    ] = 5,
    threads: Annotated[int, typer.Option(min=1, max=256, help="Processor threads.")] = 2,
    record: Annotated[bool, typer.Option("--record/--no-record", help="Write a record.")] = True,
) -> None:
    """Color a photograph with each method of the papers and with HueNet: time, memory, weights.

    The networks have the settings of the recipes of the group same-pictures, reduced and full, and
    random weights.
    """
    import numpy as np
    import torch

    from huelab.bench.methods import bench_methods
    from huelab.data import open_dataset
    from huelab.records import Measurement

    costs = bench_methods(width, height, size=size, rounds=rounds, threads=threads)
    rows = [
        {
            "method": cost.name,
            "seconds": cost.median,
            "peak MB": cost.peak_mb,
            "MB of weights": cost.weights_mb,
        }
        for cost in costs
    ]
    print_rows(rows, title=f"{width} x {height} pixels, median of {rounds} rounds, on cpu")
    if record:
        measured = []
        for cost in costs:
            first, third = np.quantile(cost.seconds, [0.25, 0.75])
            values = {
                "seconds": cost.median,
                "seconds, quartile 1": float(first),
                "seconds, quartile 3": float(third),
                "peak_mb": cost.peak_mb,
                "weights_mb": cost.weights_mb,
            }
            measured += [Measurement(name=f"{k}: {cost.name}", value=v) for k, v in values.items()]
        full = (width, height, size) == (WIDTH, HEIGHT, 256) and rounds >= 5
        config = {"width": width, "height": height, "size": size}
        config |= {"rounds": rounds, "threads": threads}
        data = {"name": "embedded", "split": "train"}
        data |= {"hash": open_dataset("embedded", "train", None).hash}
        write_bench("bench-methods", full, config, data, measured, torch.device("cpu"))
