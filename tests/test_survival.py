"""Runs that are killed, and runs that are shared among processes, end as one quiet run would."""

import json
import subprocess
import sys
from pathlib import Path

import torch

HERE = Path(__file__).parent


def run(*command):
    done = subprocess.run(
        [sys.executable, *map(str, command)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_a_run_killed_at_five_random_moments_ends_with_the_same_bits(tmp_path):
    told = json.loads(run(HERE / "survival_job.py", tmp_path, 5).splitlines()[-1])
    assert told["kills"] == 5
    assert told["same"]
    assert any(0 < epochs < 8 for epochs in told["epochs"])  # some were hit at work
    assert told["left"] == ["final.pt", "last.ckpt"]


def test_two_processes_train_as_one_with_the_same_global_batch(tmp_path):
    job, alone, both = HERE / "distributed_job.py", tmp_path / "1.pt", tmp_path / "2.pt"
    run(job, alone)
    run("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", 2, job, both)
    one, two = torch.load(alone), torch.load(both)
    assert one["steps"] == two["steps"] == 12
    for name, weights in one["weights"].items():
        torch.testing.assert_close(two["weights"][name], weights, atol=1e-5, rtol=1e-4)
