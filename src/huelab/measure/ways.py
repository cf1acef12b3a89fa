"""Probes for the methods around the papers: how much hints help, and how drawn colors differ."""

from itertools import combinations

import torch
from torch import Tensor

from huelab.color import rgb_to_lab
from huelab.data import open_dataset
from huelab.data.processes import gathered
from huelab.measure.common import Config, Images, entry, over_test, pictures, probe
from huelab.measure.evaluation import Evaluation
from huelab.measure.judges import judges
from huelab.methods.color_classes import ColorClasses
from huelab.methods.colorizer import Colorizer, Guide
from huelab.methods.sampled import Sampled
from huelab.methods.simulated_hints import random_hints
from huelab.metrics import delta_e_2000
from huelab.recipes import place
from huelab.records import Measurement

#: Numbers of hints, and the side of the patch of each in pixels.
HINTS, SIDE = (0, 1, 3, 10, 30, 100), 5
#: Colorings drawn for each image.
DRAWS = 4


@probe(*(f"delta_e_2000_hints_{count}" for count in HINTS))
def hints(method: Colorizer, config: Config, device: str) -> list[Measurement]:
    """CIEDE2000 against the number of hints, on one device the same hints for every method.

    A hint is the mean of the true colors of a small patch at a random place. A method that takes no
    hints gives no measurement.

    Example:
        >>> config = {"tests": [{"name": "embedded", "split": "test", "size": 32, "n": 2}]}
        >>> found = hints(ColorClasses(width=4, hinted=True), config, "cpu")
        >>> len(found), found[0].name
        (6, 'delta_e_2000_hints_0')
    """
    if "hints" not in method.guides:
        return []

    def with_hints(count: int) -> Measurement:
        # The places are the same in every run on one device. Each number of hints has its own.
        draws = torch.Generator().manual_seed(count)

        def error(batch: Images) -> Tensor:
            lab = rgb_to_lab(batch.rgb)
            given = random_hints(lab[:, 1:], count, SIDE, draws)
            return delta_e_2000(method.colorize(batch.gray, guide=Guide(given)), batch.rgb)

        values = over_test(method, config, device, error)
        name = f"delta_e_2000_hints_{count}"
        return entry(name, config["tests"][0], values, "lab", "CIEDE2000")

    return [with_hints(count) for count in HINTS]


@probe("draw_diversity", "draw_delta_e_2000", "best_draw_delta_e_2000", "draw_colorfulness_gap")
def draws(method: Colorizer, config: Config, device: str) -> list[Measurement]:
    """How drawn colorings differ from each other, from the truth, and as a set.

    Four colorings are drawn for each image. The values are the mean CIEDE2000 between two of them
    (diversity), their mean difference from the truth, and that of the nearest one. Metrics that use
    networks, such as `draw_fd_...`, take the first coloring. A GAN draws by its dropout, if that
    stays active. A method that has one answer gives no measurement.

    Example:
        >>> config = {"tests": [{"name": "embedded", "split": "test", "size": 32, "n": 2}]}
        >>> found = draws(ColorClasses(width=4), config, "cpu")
        >>> [m.name for m in found][:3]
        ['draw_diversity', 'draw_delta_e_2000', 'best_draw_delta_e_2000']
        >>> found[0].value > 5  # for an untrained network all colors are about equally probable
        True
    """
    sampled = _sampled(method)
    if sampled is None:
        return []
    test, seed = config["tests"][0], torch.Generator().manual_seed(0)
    networks, unavailable = judges(test["size"], len(open_dataset(**test)))
    evaluation = Evaluation(networks=networks, by_hue=False, unavailable=unavailable).to(device)
    apart: list[Tensor] = []
    wrong: list[Tensor] = []
    for batch in pictures(method, test, device):
        made = [sampled.colorize(batch.gray, generator=seed) for _ in range(DRAWS)]
        apart.append(torch.stack([delta_e_2000(a, b) for a, b in combinations(made, 2)]).mean(0))
        wrong.append(torch.stack([delta_e_2000(one, batch.rgb) for one in made], 1))
        evaluation.update(made[0], batch.rgb)
    of_all = gathered(torch.cat(wrong))
    measured = {
        "draw_diversity": gathered(torch.cat(apart)),
        "draw_delta_e_2000": of_all.mean(1),
        "best_draw_delta_e_2000": of_all.amin(1),
    }
    found = [entry(name, test, values, "lab", "CIEDE2000") for name, values in measured.items()]
    return found + [
        m.model_copy(update={"name": f"draw_{m.name}", "data": place(test)})
        for m in evaluation.metrics()
        if m.name == "colorfulness_gap" or m.name.startswith(("fd_", "agreement_"))
    ]


def _sampled(method: Colorizer) -> Colorizer | None:
    """The method as one that answers each call with another draw; None if it has one answer."""
    if isinstance(method, ColorClasses) and method.classes:
        return Sampled(method)
    return method if "dropout" in method.stays_training else None
