"""Runs that are killed, and runs that are shared among processes, end as one quiet run would."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from huelab import records

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


def test_two_processes_run_a_recipe_as_one_does(tmp_path):
    """The same weights, and the same metrics of 47 pictures, which two cannot share alike.

    A GAN, whose two optimizers take turns, has the same weights as well.
    """
    job, alone, both = HERE / "distributed_job.py", tmp_path / "1", tmp_path / "2"
    run(job, alone)
    run("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", 2, job, both)
    (one,), (two,) = records.find(folder=alone), records.find(folder=both)
    assert (one.id, one.cost.steps) == (two.id, 12)
    assert (one.device, two.device) == ("cpu", "2 x cpu")
    weights = [
        load_file(folder / record.weights.path) for folder, record in ((alone, one), (both, two))
    ]
    for name, values in weights[0].items():
        torch.testing.assert_close(weights[1][name], values, atol=2e-3, rtol=2e-3)  # halves
    assert len(one.metrics) == len(two.metrics) > 30
    for expected, found in zip(one.metrics, two.metrics, strict=True):
        assert expected.model_copy(update={"value": 0}) == found.model_copy(update={"value": 0})
        assert expected.n != 48  # not padded
        if expected.value is None:  # LPIPS, without its weights
            assert found.value is None
        else:
            assert found.value == pytest.approx(expected.value, rel=5e-3, abs=2e-3)
    gans = [torch.load(folder / "gan.pt") for folder in (alone, both)]
    for name, values in gans[0].items():
        torch.testing.assert_close(gans[1][name], values, atol=1e-5, rtol=1e-4)
