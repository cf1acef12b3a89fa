"""Probes for paper 001: training images, sky and water, faces, kinds of fruit, steady losses."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from huelab import features
from huelab.color import rgb_to_lab
from huelab.data import open_dataset
from huelab.data.processes import gathered
from huelab.measure.common import Config, Images, entry, over_test, pictures, probe
from huelab.methods.colorizer import Colorizer
from huelab.methods.vitigan import KEPT, RECENT, ViTGAN
from huelab.metrics import UNCOLORED_CHROMA, hue_error
from huelab.metrics.distances import distance_name, frechet_distance
from huelab.recipes import place
from huelab.records import Measurement

#: Number of training images for the distance: as many as the photographs have test images.
COMPARED = 504
#: Size of the smallest images, in pixels, that the network of the distance judges.
JUDGED_FROM = 128
#: Hues in CIE Lab, in degrees: those of most sky and water, and those of red and orange.
BLUE, RED = (200.0, 290.0), (-15.0, 75.0)
#: Chroma, in Lab units, from which a pixel counts as having a hue.
COLORED = 10.0
#: Labels of photographs of people.
FACES = frozenset({"Faces", "Faces_easy", "person"})
#: The kinds of the Natural-Color Dataset.
KINDS = (
    *("Apple", "Banana", "Brinjal", "Broccoli", "CapsicumGreen", "Carrot", "Cherry"),
    *("ChilliGreen", "Corn", "Cucumber", "LadyFinger", "Lemon", "Orange", "Peach", "Pear"),
    *("Plum", "Pomegranate", "Potato", "Strawberry", "Tomato"),
)


@probe("fd_squeezenet_bilinear224_train_n504")
def training_distance(method: Colorizer, config: Config, device: str) -> list[Measurement]:
    """Fréchet distance on training images, as in the paper's Table 2.

    It takes 504 training images, as many as the photographs have test images, because the distance
    falls as their number grows. On a set with more test images the two distances do not compare.

    Example:
        >>> from huelab.methods.baselines import GrayCopy
        >>> images = {"name": "embedded", "split": "test", "size": 16}
        >>> (found,) = training_distance(GrayCopy(), {"train": images, "tests": [images]}, "cpu")
        >>> found.name, found.value  # no network judges thumbnails
        ('fd_squeezenet_bilinear224_train_n48', None)
    """
    where = place(config["tests"][0])
    return [_distance(method, "squeezenet", config["train"], COMPARED, where, device, "_train")]


@probe("fd_inception_tv_bilinear299_train_n10000")
def inception_on_training(method: Colorizer, config: Config, device: str) -> list[Measurement]:
    """Fréchet distance with Inception-v3 on the 10,000 training images of Table 2.

    Without the weights of Inception-v3 its value is None.

    Example:
        >>> from huelab.methods.baselines import GrayCopy
        >>> images = {"name": "embedded", "split": "test", "size": 16}
        >>> config = {"train": images, "tests": [images]}
        >>> inception_on_training(GrayCopy(), config, "cpu")[0].name
        'fd_inception_tv_bilinear299_train_n48'
    """
    where = place(config["tests"][0])
    return [_distance(method, "inception_tv", config["train"], 10_000, where, device, "_train")]


@probe("fd_inception_tv_bilinear299_n10000", "fd_inception_tv_bilinear299_n40000")
def inception_on_tests(method: Colorizer, config: Config, device: str) -> list[Measurement]:
    """Distances with Inception-v3 on as many test images as the paper states for COCO.

    Example:
        >>> from huelab.methods.baselines import GrayCopy
        >>> config = {"tests": [{"name": "embedded", "split": "test", "size": 16}]}
        >>> [found.name for found in inception_on_tests(GrayCopy(), config, "cpu")]
        ['fd_inception_tv_bilinear299_n48', 'fd_inception_tv_bilinear299_n48']
    """
    test = config["tests"][0]
    whole = {key: value for key, value in test.items() if key != "n"}
    return [
        _distance(method, "inception_tv", whole, n, place(test), device) for n in (10_000, 40_000)
    ]


def _distance(
    method: Colorizer,
    network: str,
    images: Mapping[str, Any],
    most: int,
    where: str,
    device: str,
    suffix: str = "",
) -> Measurement:
    """Fréchet distance on at most `most` images; None for thumbnails and without weights."""
    n = min(most, len(open_dataset(**images)))
    resizer = {"squeezenet": "bilinear224", "inception_tv": "bilinear299"}[network]
    name = distance_name("fd", network, f"{resizer}{suffix}", n)
    nothing = Measurement(name=name, data=where, n=n)
    if images["size"] < JUDGED_FROM:
        return nothing
    if features.weights_file(network) is None:
        return nothing
    judge = features.load(network, fetch=False).to(device)
    made, true = [], []
    for batch in pictures(method, {**images, "n": n}, device):
        made.append(judge(method.colorize(batch.gray)).features)
        true.append(judge(batch.rgb).features)
    value = frechet_distance(*(gathered(torch.cat(seen)) for seen in (made, true))).item()
    about = {"space": f"{judge.layer}, {judge.dimension} features", "averaging": "sets"}
    return nothing.model_copy(update={"value": value, **about})


@probe("hue_error_blue", "uncolored_blue")
def blue_regions(method: Colorizer, config: Config, device: str) -> list[Measurement]:
    """Error of hue of the truly blue pixels, and the share of them that were left uncolored.

    Sky and water are not labeled. So this takes all blue pixels, most of which are sky and water in
    photographs.

    Example:
        >>> from huelab.methods.baselines import GrayCopy
        >>> config = {"tests": [{"name": "embedded", "split": "test", "size": 16}]}
        >>> error, uncolored = blue_regions(GrayCopy(), config, "cpu")
        >>> error.value, uncolored.value
        (None, 1.0)
    """

    def measure(batch: Images) -> Tensor:
        true, made = rgb_to_lab(batch.rgb), rgb_to_lab(method.colorize(batch.gray))
        blue = of_hue(true, BLUE)
        left = blue & (_chroma(made) < UNCOLORED_CHROMA)
        # Pixels that are not blue become gray in both images, and gray has no hue.
        where = blue[:, None]
        error = hue_error.of_lab(*(_only(lab, where) for lab in (made, true)))
        return torch.stack([error, _count(left) / _count(blue)], 1)

    error, share = over_test(method, config, device, measure).unbind(1)
    test, hues = config["tests"][0], f"true hue {BLUE[0]:g}..{BLUE[1]:g}, chroma >= {COLORED:g}"
    return [
        entry("hue_error_blue", test, error, "lab", f"degrees 0..180, {hues}"),
        entry("uncolored_blue", test, share, "lab", f"0..1, chroma < {UNCOLORED_CHROMA:g}, {hues}"),
    ]


@probe()
def red_on_faces(method: Colorizer, config: Config, device: str) -> list[Measurement]:
    """Share of pixels in photographs of people that become red or orange but truly are not.

    Example:
        >>> from huelab.methods.baselines import GrayCopy
        >>> config = {"tests": [{"name": "embedded", "split": "test", "size": 16}]}
        >>> red_on_faces(GrayCopy(), config, "cpu")[0].n  # no picture has such a label
        0
    """

    def measure(batch: Images) -> Tensor:
        true, made = rgb_to_lab(batch.rgb), rgb_to_lab(method.colorize(batch.gray))
        return (of_hue(made, RED) & ~of_hue(true, RED)).float().flatten(1).mean(1)

    values = over_test(method, config, device, measure)
    faces = labeled(config["tests"][0], FACES)
    scale = f"0..1, hue {RED[0]:g}..{RED[1]:g}, chroma >= {COLORED:g}"
    return [entry("red_on_faces", config["tests"][0], values[faces], "lab", scale)]


@probe(*(f"hue_error_{kind.lower()}" for kind in KINDS))
def kinds_of_fruit(method: Colorizer, config: Config, device: str) -> list[Measurement]:
    """Error of hue for each kind of fruit and vegetable of the Natural-Color Dataset.

    Example:
        >>> from huelab.methods.baselines import GrayCopy
        >>> config = {"tests": [{"name": "embedded", "split": "test", "size": 16}]}
        >>> found = kinds_of_fruit(GrayCopy(), config, "cpu")
        >>> found[1].name, found[1].n
        ('hue_error_banana', 0)
    """

    def measure(batch: Images) -> Tensor:
        return hue_error(method.colorize(batch.gray), batch.rgb)

    values = over_test(method, config, device, measure)
    test = config["tests"][0]
    scale = "degrees 0..180, both chromas >= 5"
    return [
        entry(f"hue_error_{kind.lower()}", test, values[labeled(test, {kind})], "lab", scale)
        for kind in KINDS
    ]


@probe("loss_variance", "generator_loss")
def last_losses(method: Colorizer, config: Config, device: str) -> list[Measurement]:
    """Variance of the generator's adversarial term, and mean of its loss, over the last steps.

    Example:
        >>> network = ViTGAN(
        ...     widths=(2,) * 5, discriminator={"kind": "patchgan", "patch": 16, "width": 2}
        ... )
        >>> network.recent[:, -3:] = torch.tensor([[1.0, 2.0, 3.0], [5.0, 5.0, 8.0]])
        >>> images = {"name": "embedded", "split": "test", "size": 16}
        >>> [(m.value, m.n) for m in last_losses(network, {"tests": [images]}, "cpu")]
        [(1.0, 3), (6.0, 3)]

    Raises:
        TypeError: for a method that is not a `ViTGAN`.
    """
    if not isinstance(method, ViTGAN):
        raise TypeError(f"the probe last_losses needs a ViTGAN, not {type(method).__name__}")
    gan, whole = method.recent[:, ~method.recent[0].isnan()].double()
    where, n = place(config["tests"][0]), len(gan)
    steps = f"last {RECENT} steps at most"
    variance = gan.var().item() if n > 1 else None
    return [
        Measurement(
            name="loss_variance", data=where, range=f"{KEPT[0]}, {steps}", value=variance, n=n
        ),
        Measurement(
            name="generator_loss",
            data=where,
            range=f"{KEPT[1]}, {steps}",
            value=whole.mean().item() if n else None,
            n=n,
        ),
    ]


def of_hue(lab: Tensor, between: tuple[float, float]) -> Tensor:
    """Which pixels are colored and have a hue between two angles in degrees.

    It takes Lab `(N, 3, H, W)` and gives booleans `(N, H, W)`.

    Example:
        >>> blue = torch.tensor([50.0, -10.0, -20.0]).view(1, 3, 1, 1)  # at 243 degrees
        >>> of_hue(blue, BLUE).item(), of_hue(blue, RED).item(), of_hue(blue / 5, BLUE).item()
        (True, False, False)
    """
    low, high = between
    hue = torch.rad2deg(torch.atan2(lab[:, 2], lab[:, 1]))
    return ((hue - low) % 360 <= high - low) & (_chroma(lab) >= COLORED)


def labeled(data: Mapping[str, Any], wanted: frozenset[str] | set[str]) -> Tensor:
    """Which pictures of a set have one of the wanted labels: boolean `(n,)`, on the CPU.

    Example:
        >>> data = {"name": "embedded", "split": "test", "size": 16}
        >>> labeled(data, {"rocket"}).sum().item()
        16
    """
    images = open_dataset(**data)
    labels = images.labels or [""] * len(images)
    return torch.tensor([label in wanted for label in labels])


def _chroma(lab: Tensor) -> Tensor:
    return torch.hypot(lab[:, 1], lab[:, 2])


def _only(lab: Tensor, where: Tensor) -> Tensor:
    return torch.cat([lab[:, :1], lab[:, 1:] * where], 1)


def _count(mask: Tensor) -> Tensor:
    return mask.flatten(1).sum(1).float()
