"""`huelab bench`: print a table of speeds and write a record of it."""

import contextlib
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from huelab.cli.bench_film import film
from huelab.cli.bench_methods import methods
from huelab.cli.bench_record import write_bench
from huelab.cli.output import print_rows

app = typer.Typer(
    rich_markup_mode="markdown",
    help="Measure speeds next to those of rivals, in one run.",
    no_args_is_help=True,
)

app.command()(film)
app.command()(methods)

Device = Annotated[str, typer.Option(help="cpu, cuda, or auto for the best device.")]
Rounds = Annotated[
    int, typer.Option(min=1, max=1000, help="How many rounds count; the table has their median.")
]
Keep = Annotated[bool, typer.Option("--record/--no-record", help="Write a record of the run.")]


@app.command()
def color(
    pictures: Annotated[int, typer.Option(min=1, max=4096, help="How many pictures.")] = 64,
    size: Annotated[
        int, typer.Option(min=8, max=4096, help="Side of the pictures in pixels.")
    ] = 256,
    rounds: Rounds = 7,
    device: Device = "auto",
    threads: Annotated[
        int | None,
        typer.Option(min=1, max=256, help="Processor threads; by default as many as PyTorch uses."),
    ] = None,
    compiled: Annotated[
        bool, typer.Option("--compile", help="Also measure torch.compile.")
    ] = False,
    record: Keep = True,
) -> None:
    """Convert RGB to Lab and back, next to scikit-image and, where installed, OpenCV and kornia.

    The environment variable OMP_WAIT_POLICY says how PyTorch's threads wait. PyTorch reads it when
    the program starts, so compare ACTIVE and PASSIVE in two runs. The record names the value.
    """
    from huelab.bench.color import CALLS, RIVALS, bench_color, use_threads
    from huelab.bench.race import metrics, speedups, spreads

    chosen = _device(device)
    numbers = {"pictures": pictures, "size": size, "rounds": rounds, "calls": CALLS}
    config = numbers | use_threads(threads)
    forward, backward, data_hash = bench_color(
        pictures, size, device=chosen, rounds=rounds, compiled=compiled
    )
    averaging = f"median of {rounds} rounds of {CALLS - 1} calls"
    title = f"{pictures} pictures of {size} x {size}, {averaging}, on {chosen}"
    for space, side in (("sRGB to Lab", forward), ("Lab to sRGB", backward)):
        print_rows(speedups(side, RIVALS), title=f"{space}: {title}")
        rows = [{"way": way.name} | way.spread() for way in side]
        print_rows(rows, title=f"{space}: ms a picture over the calls")
    if record:
        measured = [
            m.model_copy(update={"space": space})
            for space, side in (("sRGB to Lab", forward), ("Lab to sRGB", backward))
            for m in [*metrics(side, averaging), *spreads(side)]
        ]
        full = (pictures, size) == (64, 256) and rounds >= 5
        data = {"name": "embedded", "split": "train", "n": pictures, "size": size}
        write_bench("bench-color", full, config, data | {"hash": data_hash}, measured, chosen)


@app.command()
def batches(
    pictures: Annotated[int, typer.Option(min=32, max=4096, help="How many pictures.")] = 256,
    size: Annotated[int, typer.Option(min=32, max=4096, help="Side of the crops in pixels.")] = 256,
    workers: Annotated[
        int, typer.Option(min=0, max=64, help="How many processes the usual loader has.")
    ] = 2,
    rounds: Rounds = 5,
    device: Device = "auto",
    record: Keep = True,
) -> None:
    """Make training batches with crop, flip, gray and Lab, next to the usual per-picture loader."""
    from huelab.bench.batches import RIVAL, bench_batches
    from huelab.bench.race import metrics, speedups

    chosen = _device(device)
    config = {"pictures": pictures, "size": size, "workers": workers, "rounds": rounds}
    ways, data_hash = bench_batches(pictures, size, workers=workers, device=chosen, rounds=rounds)
    title = f"{pictures} pictures, crops of {size} x {size}, {workers} workers, on {chosen}"
    print_rows(speedups(ways, [RIVAL]), title=title)
    if record:
        full = (pictures, size, workers) == (256, 256, 2) and rounds >= 5
        data = {"name": "embedded", "split": "train", "n": pictures, "size": size}
        measured = metrics(ways, f"median of {rounds} rounds")
        write_bench("bench-batches", full, config, data | {"hash": data_hash}, measured, chosen)


@app.command()
def steps(
    network: Annotated[
        str, typer.Option(help="autoencoder, vgg, cgan, or vitigan.")
    ] = "autoencoder",
    batch: Annotated[int | None, typer.Option(min=1, max=4096, help="Images per step.")] = None,
    steps: Annotated[int, typer.Option(min=1, max=10_000, help="Steps per round.")] = 20,
    rounds: Rounds = 5,
    device: Device = "auto",
    record: Keep = True,
) -> None:
    """Train a network for some steps, bare and with `fit`, next to a plain loop in float32."""
    from huelab.bench.race import metrics, speedups
    from huelab.bench.steps import RIVAL, SUBJECTS, bench_steps

    _check(network, SUBJECTS)
    chosen, subject = _device(device), SUBJECTS[network]
    batch = batch or subject.batch
    ways = bench_steps(network, batch, steps, device=chosen, rounds=rounds)
    rows = [row | {"ms a step": batch * row["ms a picture"]} for row in speedups(ways, [RIVAL])]
    side = f"{subject.side} x {subject.side}"
    print_rows(rows, title=f"{network}: steps of {batch} images of {side}, on {chosen}")
    if record:
        config = {"network": network, "batch": batch, "steps": steps, "rounds": rounds}
        measured = metrics(ways, f"median of {rounds} rounds")
        full = batch * steps >= 20 * subject.batch and rounds >= 5
        data = {"name": "noise", "size": subject.side}
        write_bench("bench-steps", full, config, data, measured, chosen)


@app.command()
def together(
    network: Annotated[str, typer.Option(help="autoencoder, vgg, or cgan.")] = "cgan",
    most: Annotated[int, typer.Option(min=1, max=1024, help="Images in the largest batch.")] = 64,
    rounds: Rounds = 5,
    device: Device = "auto",
    record: Keep = True,
) -> None:
    """Color images with a network, one at a time and several at once: images per second."""
    from huelab.bench.race import metrics, speedups
    from huelab.bench.steps import SUBJECTS
    from huelab.bench.together import RIVAL, bench_together

    _check(network, SUBJECTS)
    chosen, side = _device(device), SUBJECTS[network].side
    batches = [2**power for power in range(most.bit_length())]
    if batches[-1] != most:
        raise typer.BadParameter(f"{most} is not a power of 2", param_hint="--most")
    ways = bench_together(network, batches, device=chosen, rounds=rounds)
    print_rows(speedups(ways, [RIVAL]), title=f"{network}: images of {side} x {side}, on {chosen}")
    if record:
        config = {"network": network, "most": most, "rounds": rounds}
        measured = metrics(ways, f"median of {rounds} rounds")
        data = {"name": "noise", "size": side}
        write_bench("bench-together", most >= 64 and rounds >= 5, config, data, measured, chosen)


@app.command()
def photograph(
    width: Annotated[int, typer.Option(min=256, max=20_000, help="Width in pixels.")] = 4000,
    height: Annotated[int, typer.Option(min=256, max=20_000, help="Height in pixels.")] = 3000,
    rounds: Rounds = 3,
    threads: Annotated[int, typer.Option(min=1, max=256, help="Processor threads.")] = 1,
    network: Annotated[
        str, typer.Option(help="vgg, or a method that ships; see huelab list weights.")
    ] = "vgg",
    record: Keep = True,
) -> None:
    """Color a large photograph on the processor: seconds and memory."""
    import torch

    from huelab.bench.photograph import VGG_NAME, bench_photograph
    from huelab.methods import shipped
    from huelab.methods.untrained import UNTRAINED
    from huelab.records import Measurement

    _check(network, [VGG_NAME, *shipped.index(), *UNTRAINED])
    numbers = {"width": width, "height": height, "rounds": rounds, "threads": threads}
    config = {**numbers, "network": network}
    costs, data_hash = bench_photograph(
        width, height, rounds=rounds, threads=threads, network=network
    )
    rows = [{"way": c.way, "seconds": c.seconds, "peak MB": c.peak_mb} for c in costs]
    print_rows(
        rows, title=f"{network}, {width} x {height} pixels, median of {rounds} rounds, on cpu"
    )
    if record:
        measured = [
            Measurement(name=f"{name}: {cost.way}", value=value)
            for cost in costs
            for name, value in (("seconds", cost.seconds), ("peak_mb", cost.peak_mb))
        ]
        full = (width, height) == (4000, 3000) and rounds >= 3
        data = {"name": "embedded", "split": "train", "hash": data_hash}
        write_bench("bench-photograph", full, config, data, measured, torch.device("cpu"))


@app.command()
def start(rounds: Rounds = 5, record: Keep = True) -> None:
    """Start the command-line tool, next to importing torch: seconds and memory."""
    import torch

    from huelab.bench.start import SIZE, bench_start
    from huelab.records import Measurement

    costs, data_hash = bench_start(rounds)
    names = {"seconds": "seconds", "cpu_seconds": "processor seconds", "peak_mb": "peak MB"}
    rows = [
        {"what": what} | {title: getattr(cost, name) for name, title in names.items()}
        for what, cost in costs.items()
    ]
    print_rows(rows, title=f"fresh processes, median of {rounds} rounds")
    if record:
        averaging = f"median of {rounds} rounds"
        measured = [
            Measurement(name=f"{name}: {what}", value=getattr(cost, name), averaging=averaging)
            for what, cost in costs.items()
            for name in names
        ]
        config = {"rounds": rounds, "width": SIZE[0], "height": SIZE[1]}
        data = {"name": "embedded", "split": "train", "hash": data_hash}
        write_bench("bench-start", rounds >= 5, config, data, measured, torch.device("cpu"))


@app.command()
def chapters(record: Keep = True) -> None:
    """Execute every chapter of the book in the current profile: seconds and memory."""
    import torch

    from huelab.bench.chapters import bench_chapter, chapter_files
    from huelab.records import Measurement
    from huelab.records.profiles import current_profile

    costs = [bench_chapter(file) for file in chapter_files()]
    rows = [{"chapter": c.chapter, "seconds": c.seconds, "peak MB": c.peak_mb} for c in costs]
    profile = current_profile()
    print_rows(rows, title=f"chapters in the profile {profile}")
    if record:
        measured = [
            Measurement(name=f"{name}: {cost.chapter}", value=value)
            for cost in costs
            for name, value in (("seconds", cost.seconds), ("peak_mb", cost.peak_mb))
        ]
        data = {"name": "embedded"}
        write_bench(
            "bench-chapters", True, {"profile": profile}, data, measured, torch.device("cpu")
        )


def _check(network: str, known: Iterable[str]) -> None:
    if network not in known:
        names = ", ".join(known)
        raise typer.BadParameter(f"{network!r} is not one of {names}", param_hint="--network")


def _device(name: str) -> Any:
    import torch

    from huelab.records.provenance import best_device

    if name == "auto":
        return best_device()
    with contextlib.suppress(RuntimeError):
        # torch knows other devices, such as `meta`, but only these compute.
        if torch.device(name).type in ("cpu", best_device().type):
            torch.empty(1, device=name)
            return torch.device(name)
    raise typer.BadParameter(f"{name!r} is not a device of this machine", param_hint="--device")
