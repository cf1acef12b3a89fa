"""What all recorded runs took together: time on each kind of device, and energy where measured."""

from collections.abc import Sequence

from raw import STYLE, raw, table

from huelab import records
from huelab.recipes import chosen
from huelab.records import Record

#: Parts of the book in their order, each with its recipes or groups of recipes.
PARTS = {
    "The first network": ["first"],
    "Papers 000 and 003, autoencoder": ["autoencoders"],
    "Paper 002, VGG encoder-decoder": ["vgg"],
    "Paper 004, conditional GAN": ["cgans"],
    "Paper 001, ViT-I-GAN": ["vitgans"],
    "Other ways": ["ways"],
    "HueNet": ["huenets", "huenet-measured"],
    "All methods on the same pictures": ["same-pictures"],
    "Baselines": ["baselines"],
    "One color for every pixel": ["constants"],
}
JOULES_PER_KWH = 3.6e6


def costs(found: Sequence[Record] | None = None) -> str:
    """A table with a row for each part of the book and one for all of them, and a sentence.

    Training counts; measuring the metrics, benches, and runs without a record do not. A recipe
    of two parts counts once, in the first.
    """
    found = records.find() if found is None else found
    left = {run.id: run for run in found if not run.recipe.startswith("bench-")}
    rows, every = [], list(left.values())
    for title, listed in PARTS.items():
        names = {recipe.name for recipe in chosen(listed)}
        own = [left.pop(key) for key, run in list(left.items()) if run.recipe in names]
        rows.append(_row(title, own))
    if left:
        rows.append(_row("Recipes that are no longer listed", list(left.values())))
    rows.append(_row("All", every))
    shown = raw(STYLE + table(rows, "What the recorded runs took"))
    return f"{shown}\n\n{_said(every)}"


def _row(title: str, runs: Sequence[Record]) -> dict[str, object]:
    cpu = [run for run in runs if run.device == "cpu"]
    gpu = [run for run in runs if run.device != "cpu"]
    measured = [run for run in runs if run.cost.energy is not None]
    return {
        "part": title,
        "runs": len(runs),
        "of these full": sum(run.profile == "full" for run in runs),
        "CPU, hours": f"{_hours(cpu):.1f}",
        "GPU, hours": f"{_hours(gpu):.2f}",
        "million steps": f"{sum(run.cost.steps or 0 for run in runs) / 1e6:.3f}",
        "energy measured, kWh": f"{_kwh(measured):.3f}" if measured else None,
        "in runs": len(measured),
    }


def _hours(runs: Sequence[Record]) -> float:
    return sum(run.cost.seconds or 0 for run in runs) / 3600


def _kwh(runs: Sequence[Record]) -> float:
    return sum(run.cost.energy or 0 for run in runs) / JOULES_PER_KWH


def _said(runs: Sequence[Record]) -> str:
    """What part of the time the measured energy stands for."""
    measured = [run for run in runs if run.cost.energy is not None]
    trained = [run for run in runs if run.cost.steps]
    return (
        f"The counters of energy could be read in {len(measured)} of {len(trained)} runs that "
        f"train something. These runs took {_hours(measured):.2f} of {_hours(runs):.1f} hours. "
        "The energy of the others is not known, and this page does not estimate it."
    )
