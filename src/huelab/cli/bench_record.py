"""The record of a bench."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from huelab.records import Measurement


def write_bench(
    recipe: str,
    full: bool,
    config: dict[str, Any],
    data: dict[str, Any],
    measured: "Sequence[Measurement]",
    device: Any,
) -> None:
    """Write the record of a bench, and print its path."""
    from huelab import records
    from huelab.records.provenance import device_name

    used, name = records.DataSpec(**data), device_name(device)
    made = records.new_record(
        recipe,
        profile="full" if full else "reduced",
        # The configuration holds the name of the GPU, so that each device has a record of its own.
        config=config | {"device": name},
        data=records.DataUsed(train=used),
        device=name,
        metrics=[m.model_copy(update={"data": used.place}) for m in measured],
    )
    typer.echo(f"record: {records.write(made)}")
