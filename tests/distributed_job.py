"""Run a small recipe, and train a small GAN, in one process or in several.

The first process writes the record and the weights.

python tests/distributed_job.py FOLDER
torchrun --nproc-per-node 2 tests/distributed_job.py FOLDER
"""

import os
import sys

import torch
from test_learned import ToyGAN, pixels
from torch import nn

from huelab.data import Batches
from huelab.data.processes import is_first
from huelab.methods.colorizer import LearnedLab, Turn
from huelab.recipes import Recipe
from huelab.reproduce import reproduce
from huelab.training import fit


class Plain(LearnedLab):
    """Without batch norm and dropout: both see a process's own pictures only."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 2, 1))

    def optimizers(self):
        return [Turn(torch.optim.Adam(self.parameters(), lr=1e-2))]

    def forward(self, lightness):
        return self.layers(lightness / 50 - 1).float() * 50


class PlainGAN(ToyGAN):
    """The same for two optimizers."""

    def __init__(self):
        super().__init__()
        layers = nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 3, padding=1)
        self.generator = nn.Sequential(*layers, nn.Sigmoid())


# As many training pictures as whole batches need; tested on a number that is odd.
RECIPE = Recipe(
    name="shared",
    title="a test",
    method="distributed_job:Plain",
    train={"name": "embedded", "split": "train", "size": 32, "n": 32},
    batches={"batch_size": 8, "crop": 16, "flip": True},
    epochs=3,
    tests=({"name": "embedded", "split": "test", "size": 32, "n": 47},),
    probes=("luminance_psnr", "train_test_gap"),
)


def main() -> None:
    os.environ["HUELAB_RESULTS"] = sys.argv[1]
    os.environ["HUELAB_CACHE"] = sys.argv[1]
    torch.set_num_threads(1)
    world = int(os.environ.get("WORLD_SIZE", 1))
    several = {"devices": world, "strategy": "ddp"} if world > 1 else {}
    reproduce(RECIPE, profile="full", device="cpu", **several)
    torch.manual_seed(0)
    network = PlainGAN()
    batches = Batches(pixels(), 4 // world, flip=True, targets=network.targets, seed=1)
    fit(network, batches, epochs=2, device="cpu", precision="32-true", **several)
    if is_first():
        torch.save(network.state_dict(), os.path.join(sys.argv[1], "gan.pt"))


if __name__ == "__main__":
    main()
