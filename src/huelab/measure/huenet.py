"""Probes for HueNet: the metrics at its vivid end, and whether gray things stay gray."""

import re

import torch

from huelab.color import lightness_to_gray, rgb_to_lab
from huelab.data import open_dataset
from huelab.measure.common import BATCH, Config, pictures, probe
from huelab.measure.evaluation import Evaluation
from huelab.measure.judges import judges
from huelab.methods.colorizer import Colorizer, Guide
from huelab.recipes import place
from huelab.records import Measurement

#: The standard metrics that are also measured at the vivid end.
VIVID = ("psnr", "delta_e_2000", "colorfulness", "colorfulness_gap", "uncolored_share")
# The metrics that use networks are measured at both ends.
_BY_NETWORKS = re.compile(r"(fd|kd|agreement|accuracy)_\w+")
#: L* of the gray cards, and their side in pixels.
LEVELS, SIDE = tuple(range(0, 101, 10)), 64
CARDS = ("gray_card_chroma", "vivid_gray_card_chroma")


@probe(*(f"vivid_{name}" for name in VIVID))
def vivid(method: Colorizer, config: Config, device: str) -> list[Measurement]:
    """Metrics at the vivid end, on the first test set, under names such as `vivid_psnr`.

    A method without a vivid end gives no measurement.

    Example:
        >>> from huelab.methods.huenet import HueNet
        >>> config = {"tests": [{"name": "embedded", "split": "test", "size": 32, "n": 2}]}
        >>> found = vivid(HueNet(width=8, pretrained=False), config, "cpu")
        >>> [m.name for m in found][:2], found[0].n
        (['vivid_psnr', 'vivid_psnr'], 2)
    """
    if "vivid" not in method.guides:
        return []
    test = config["tests"][0]
    networks, unavailable = judges(test["size"], len(open_dataset(**test)))
    evaluation = Evaluation(networks=networks, by_hue=False, unavailable=unavailable).to(device)
    for batch in pictures(method, test, device):
        evaluation.update(method.colorize(batch.gray, guide=Guide(vivid=1.0)), batch.rgb)
    return [
        m.model_copy(update={"name": f"vivid_{m.name}", "data": place(test)})
        for m in evaluation.metrics()
        if (m.name in VIVID and m.space in ("rgb", "lab")) or _BY_NETWORKS.fullmatch(m.name)
    ]


@probe(*CARDS)
def gray_cards(method: Colorizer, config: Config, device: str) -> list[Measurement]:
    """Mean chroma that a method gives to plain gray cards, at the accurate and at the vivid end.

    Example:
        >>> from huelab.methods.baselines import GrayCopy
        >>> config = {"tests": [{"name": "embedded", "split": "test", "size": 16}]}
        >>> (card,) = gray_cards(GrayCopy(), config, "cpu")
        >>> card.name, card.value < 0.1
        ('gray_card_chroma', True)
    """
    lightness = torch.tensor(LEVELS, dtype=torch.float32, device=device).view(-1, 1, 1, 1)
    gray = lightness_to_gray(lightness).expand(-1, 1, SIDE, SIDE)
    ends = [0.0, 1.0] if "vivid" in method.guides else [None]
    found = []
    for name, end in zip(CARDS, ends, strict=False):
        colored = torch.cat(
            [method.colorize(part, guide=Guide(vivid=end)) for part in gray.split(BATCH)]
        )
        chroma = rgb_to_lab(colored)[:, 1:].norm(dim=1).mean().item()
        about = {"data": place(config["tests"][0]), "space": "lab", "range": "Lab units"}
        found.append(
            Measurement(name=name, value=chroma, averaging="pooled", n=len(LEVELS), **about)
        )
    return found
