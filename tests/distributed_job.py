"""Run a small recipe in one process or in several; the first one writes record and weights.

python tests/distributed_job.py FOLDER
torchrun --nproc-per-node 2 tests/distributed_job.py FOLDER
"""

import os
import sys

import torch
from torch import nn

from huelab.methods.colorizer import LearnedLab, Turn
from huelab.recipes import Recipe
from huelab.reproduce import reproduce


class Plain(LearnedLab):
    """Without batch norm and dropout: both see a process's own pictures only."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 2, 1))

    def optimizers(self):
        return [Turn(torch.optim.Adam(self.parameters(), lr=1e-2))]

    def forward(self, lightness):
        return self.layers(lightness / 50 - 1).float() * 50


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


if __name__ == "__main__":
    main()
