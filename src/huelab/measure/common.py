"""What probes share: the pictures they look at, and how a record names what they found."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from huelab.data import Batch, Batches, open_dataset
from huelab.data.processes import gathered
from huelab.methods.colorizer import Colorizer
from huelab.recipes import place
from huelab.records import Record, metric

#: Pictures colored at a time.
BATCH = 16

Config = Mapping[str, Any]
Probe = Callable[[Colorizer, Config, str], list[Record]]


def pictures(method: Colorizer, data: Mapping[str, Any], device: str) -> Iterator[Batch]:
    """RGB, and the gray that a method expects, of all pictures of a set, in order."""
    return iter(
        Batches(
            open_dataset(**data),
            BATCH,
            targets=("rgb", "gray"),
            gray_formula=method.gray_formula,
            device=device,
            shuffle=False,
        )
    )


def over_test(
    method: Colorizer, config: Config, device: str, measure: Callable[[Batch], Tensor]
) -> Tensor:
    """What `measure` finds in the batches of the first test set, put together, `(n,)`."""
    test = config["tests"][0]
    return gathered(torch.cat([measure(batch) for batch in pictures(method, test, device)]))


def entry(name: str, config: Config, values: Tensor, space: str, range: str) -> Record:
    """The mean of one value for each picture; pictures that have none (NaN) do not count."""
    values = values[~values.isnan()].double()
    mean = values.mean().item() if len(values) else None
    full_name = f"{name}: {place(config['tests'][0])}"
    return metric(full_name, mean, space=space, range=range, averaging="pictures", n=len(values))
