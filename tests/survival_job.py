"""Train the same small network once in peace and once killed again and again; compare.

    python tests/survival_job.py FOLDER KILLS

Each attempt is a fork of this process, so that the imports are paid for once. Prints a line of
JSON: how many kills hit a running attempt, after how many epochs, and whether the weights agree.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from huelab.data import Batches
from huelab.methods.first import FirstColor
from huelab.training import fit

EPOCHS = 8


def train(folder: Path) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(1)
    network = FirstColor(width=4)
    network.up1.append(nn.Dropout(0.3))
    pixels = np.random.default_rng(0).integers(0, 256, (64, 48, 48, 3), dtype=np.uint8)
    batches = Batches(pixels, 8, crop=32, flip=True, targets=("lab",), seed=3)
    fit(
        network,
        batches,
        epochs=EPOCHS,
        seed=5,
        checkpoint=folder / "last.ckpt",
        checkpoint_every=0,
        device="cpu",
        progress=False,
    )
    torch.save(network.state_dict(), folder / "part")
    os.replace(folder / "part", folder / "final.pt")


def attempt(folder: Path, kill_after: float | None) -> bool:
    """Fork an attempt; returns whether it was killed before it had finished."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            train(folder)
            status = 0
        finally:
            os._exit(status)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status) and os.WEXITSTATUS(status):
        sys.exit("an attempt failed")
    return os.WIFSIGNALED(status)


def epochs_done(folder: Path) -> int:
    """Epochs in the checkpoint, which must be whole if it is there."""
    path = folder / "last.ckpt"
    return torch.load(path, weights_only=False)["epoch"] + 1 if path.exists() else 0


def main() -> None:
    folder, kills = Path(sys.argv[1]), int(sys.argv[2])
    peace, war = folder / "peace", folder / "war"
    peace.mkdir(parents=True)
    start = time.monotonic()
    attempt(peace, None)
    whole = time.monotonic() - start
    draw = random.Random(0)
    hits, epochs, rounds = 0, [], 0
    while hits < kills:
        war.mkdir(exist_ok=True)
        # A share of what a whole run takes on this machine; one that resumes needs less.
        hits += attempt(war, draw.uniform(0.1, 0.7) * whole)
        rounds += 1
        if rounds > 20 * kills:
            sys.exit("the attempts are over before they can be killed")
        if (war / "final.pt").exists():  # it got through: start the war anew
            war = folder / f"war{rounds}"
            continue
        epochs.append(epochs_done(war))
    war.mkdir(exist_ok=True)
    attempt(war, None)
    one, other = (torch.load(p / "final.pt") for p in (peace, war))
    same = one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)
    left = sorted(p.name for p in war.iterdir())
    print(json.dumps({"kills": hits, "epochs": epochs, "same": same, "left": left}))


if __name__ == "__main__":
    main()
