"""What probes share: their registry, the images that they look at, and entries for records."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from huelab.data import Batches, open_dataset
from huelab.data.processes import gathered, rank_and_count
from huelab.methods.colorizer import Colorizer
from huelab.recipes import place
from huelab.records import Measurement

#: Number of pictures that are colored at a time.
BATCH = 16

Config = Mapping[str, Any]


class Images(NamedTuple):
    """A batch for probes: sRGB `(N, 3, H, W)` and its gray `(N, 1, H, W)`, both in [0, 1].

    Example:
        >>> batch = Images(rgb=torch.rand(2, 3, 8, 8), gray=torch.rand(2, 1, 8, 8))
        >>> batch.gray.shape
        torch.Size([2, 1, 8, 8])
    """

    rgb: Tensor
    gray: Tensor


Measure = Callable[[Colorizer, Config, str], list[Measurement]]


@dataclass(frozen=True)
class Probe:
    """A further measurement of a trained method.

    Attributes:
        measure: function of the method, the configuration of its run, and a device.
        names: names of all measurements that it may give.
        data: arguments of `open_dataset` for images that it looks at beyond the test sets.

    Example:
        >>> PROBES["tint_halo"].names
        ('tint_halo', 'tint_halo_unlit')
    """

    measure: Measure
    names: tuple[str, ...]
    data: tuple[Mapping[str, Any], ...] = ()


#: All probes, by the names that recipes use; the decorator `probe` adds them.
PROBES: dict[str, Probe] = {}


def probe(*names: str, data: Sequence[Mapping[str, Any]] = ()) -> Callable[[Measure], Measure]:
    """Decorate a function so that it is in `PROBES` under its own name.

    Args:
        names: names of the measurements that it gives; by default the name of the function.
        data: arguments of `open_dataset` for images that it looks at beyond the test sets.

    Example:
        >>> @probe()
        ... def always_zero(method: Colorizer, config: Config, device: str) -> list[Measurement]:
        ...     return [Measurement(name="always_zero", value=0.0)]
        >>> PROBES.pop("always_zero").names
        ('always_zero',)
    """

    def enter(measure: Measure) -> Measure:
        name = measure.__name__
        PROBES[name] = Probe(measure, names or (name,), tuple(data))
        return measure

    return enter


def pictures(method: Colorizer, data: Mapping[str, Any], device: str) -> Iterator[Images]:
    """All pictures of a set in order, in batches of RGB and the gray that a method expects.

    Args:
        data: arguments of `open_dataset`.

    Example:
        >>> from huelab.methods.baselines import GrayCopy
        >>> test = {"name": "embedded", "split": "test", "size": 16}
        >>> batch = next(pictures(GrayCopy(), test, "cpu"))
        >>> batch.rgb.shape, batch.gray.shape
        (torch.Size([16, 3, 16, 16]), torch.Size([16, 1, 16, 16]))
    """
    batches = Batches(
        open_dataset(**data),
        BATCH,
        targets=("rgb", "gray"),
        gray_formula=method.gray_formula,
        device=device,
        shuffle=False,
    )
    for batch in batches:
        assert batch.rgb is not None and batch.gray is not None  # the targets asked for above
        yield Images(batch.rgb, batch.gray)


def over_test(
    method: Colorizer, config: Config, device: str, measure: Callable[[Images], Tensor]
) -> Tensor:
    """The results of `measure` for all images of the first test set, in their order: `(n, ...)`.

    Args:
        measure: function of a batch that gives one row for each image.

    Example:
        >>> from huelab.methods.baselines import GrayCopy
        >>> config = {"tests": [{"name": "embedded", "split": "test", "size": 16}]}
        >>> over_test(GrayCopy(), config, "cpu", lambda batch: batch.rgb.amax((1, 2, 3))).shape
        torch.Size([48])
    """
    test = config["tests"][0]
    found = gathered(torch.cat([measure(batch) for batch in pictures(method, test, device)]))
    # `Batches` deals the images to the processes one by one; this puts them in order again.
    world = rank_and_count()[1]
    dealt = torch.cat([torch.arange(first, len(found), world) for first in range(world)])
    return found[dealt.argsort()]


def entry(
    name: str,
    data: Mapping[str, Any],
    values: Tensor,
    space: str,
    range: str,
    averaging: str = "pictures",
) -> Measurement:
    """The entry of a record for the mean of `(n,)` values; NaN, for no value, does not count.

    Args:
        data: the images, as arguments of `open_dataset`.
        space, range, averaging: as in `Measurement`.

    Example:
        >>> test = {"name": "embedded", "split": "test", "size": 16}
        >>> values = torch.tensor([0.25, 0.75, torch.nan])
        >>> found = entry("share", test, values, "rgb", "0..1")
        >>> found.value, found.n, found.data
        (0.5, 2, 'embedded/test at 16')
    """
    values = values[~values.isnan()].double()
    return Measurement(
        name=name,
        data=place(data),
        space=space,
        range=range,
        averaging=averaging,
        n=len(values),
        value=values.mean().item() if len(values) else None,
    )
