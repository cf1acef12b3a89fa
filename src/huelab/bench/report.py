"""Tables of speeds from records: each contestant of a run, and its speedup over its rivals."""

from collections import defaultdict

from huelab.bench import batches, color, film, methods, photograph, steps, together
from huelab.records import Record

TITLES = {
    "bench-color": "Color conversion",
    "bench-batches": "Training batches",
    "bench-steps": "Training steps",
    "bench-together": "Several images at once",
    "bench-photograph": "A large photograph",
    "bench-methods": "One photograph with each method",
    "bench-start": "Coloring from the command line",
    "bench-film": "Films",
    "bench-chapters": "Chapters of the book",
}
#: The contestants that others are compared with.
RIVALS: dict[str, tuple[str, ...]] = {
    "bench-color": color.RIVALS,
    "bench-batches": (batches.RIVAL,),
    "bench-steps": (steps.RIVAL,),
    "bench-together": (together.RIVAL,),
    "bench-photograph": (photograph.RIVAL,),
    "bench-methods": (),
    "bench-start": (),
    "bench-film": (film.RIVAL,),
    "bench-chapters": (),
}
#: Contestants that do only what all others do as well; no other contestant can be faster.
LIMITS: dict[str, tuple[str, ...]] = {
    "bench-color": (color.LIMIT,),
    "bench-methods": (", ".join(methods.FLOOR),),
}
#: The name of the column with the contestants' names.
NAME = "contestant"
_UNITS = {
    "ms_per_picture": "ms an image",
    "ms_per_picture, fastest": "fastest",
    "ms_per_picture, quartile 1": "quartile 1",
    "ms_per_picture, quartile 3": "quartile 3",
    "seconds": "seconds",
    "seconds, quartile 1": "quartile 1",
    "seconds, quartile 3": "quartile 3",
    "peak_mb": "peak MB",
    "weights_mb": "MB of weights",
    "cpu_seconds": "processor seconds",
    "frames_a_second": "frames a second",
    "warping_error": "warping error",
    "cdc": "CDC",
}


def about(record: Record) -> str:
    """Where and when a record of a bench was made, in words.

    Example:
        >>> from huelab.records import DataSpec, DataUsed, new_record
        >>> data = DataUsed(train=DataSpec(name="embedded"))
        >>> record = new_record("bench-color", profile="full", config={}, data=data, device="cpu")
        >>> about(record).endswith(record.created[:10])
        True
    """
    environment = record.environment
    where = environment["cpu"] if record.device == "cpu" else record.device
    return (
        f"{where}, {environment['threads']} threads, torch {environment['packages']['torch']}, "
        f"{record.created[:10]}"
    )


def tables(record: Record) -> dict[str, list[dict[str, object]]]:
    """Rows by caption: each contestant has a row with its measurements.

    `x RIVAL` is the speedup over a rival of the same run. Ratios between two runs would compare two
    machines.

    Example:
        >>> from huelab.records import DataSpec, DataUsed, Measurement, new_record
        >>> found = [Measurement(name="ms_per_picture: ours", space="to Lab", value=0.5)]
        >>> data = DataUsed(train=DataSpec(name="embedded"))
        >>> more = {"config": {"size": 64}, "data": data, "device": "cpu", "metrics": found}
        >>> tables(new_record("bench-color", profile="full", **more))
        {'to Lab, size 64': [{'contestant': 'ours', 'ms an image': 0.5}]}
    """
    spaces: dict[str, dict[str, dict[str, object]]] = defaultdict(dict)
    for metric in record.metrics:
        quantity, _, contestant = metric.name.partition(": ")
        row = spaces[metric.space or ""].setdefault(contestant, {NAME: contestant})
        row[_UNITS.get(quantity, quantity)] = metric.value
    return {
        ", ".join(filter(None, (space, _settings(record)))): _compared(rows, record.recipe)
        for space, rows in spaces.items()
    }


def _compared(rows: dict[str, dict[str, object]], recipe: str) -> list[dict[str, object]]:
    for rival in RIVALS.get(recipe, ()):
        for row in rows.values():
            for unit in ("ms an image", "seconds"):
                times = row.get(unit), rows.get(rival, {}).get(unit)
                if all(isinstance(time, float) for time in times):
                    own, other = times
                    row[f"x {rival}"] = other / own  # type: ignore[operator]
    return list(rows.values())


def _settings(record: Record) -> str:
    """The configuration without the device, which `about` names."""
    pairs = record.config.items()
    return ", ".join(f"{key} {value}" for key, value in pairs if key != "device")
