"""Train a small network in one process or in several; rank 0 saves its weights.

python tests/distributed_job.py OUT.pt
torchrun --nproc-per-node 2 tests/distributed_job.py OUT.pt
"""

import os
import sys

import numpy as np
import torch
import torch.nn.functional as F
from lightning import LightningModule
from torch import nn

from huelab.data import Batches
from huelab.training import fit


class Plain(LightningModule):
    """Without batch norm and dropout: both see a process's own pictures only."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 2, 1))

    def training_step(self, batch):
        return F.mse_loss(self.layers(batch.lab[:, :1] / 50 - 1), batch.lab[:, 1:] / 50)

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=1e-2)


def main() -> None:
    torch.set_num_threads(1)
    world = int(os.environ.get("WORLD_SIZE", 1))
    torch.manual_seed(1)
    network = Plain()
    pixels = np.random.default_rng(0).integers(0, 256, (32, 24, 24, 3), dtype=np.uint8)
    batches = Batches(pixels, 8 // world, crop=16, flip=True, targets=("lab",), seed=3)
    several = {"devices": world, "strategy": "ddp"} if world > 1 else {}
    done = fit(network, batches, epochs=3, device="cpu", precision="32-true", **several)
    if int(os.environ.get("RANK", 0)) == 0:
        torch.save({"weights": network.state_dict(), "steps": done.steps}, sys.argv[1])


if __name__ == "__main__":
    main()
