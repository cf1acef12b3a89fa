"""`huelab colorize --engine ray` on a Ray of this machine, with two workers."""

import logging
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data
from typer.testing import CliRunner

import huelab
from huelab import images
from huelab.cli import on_ray
from huelab.cli.main import app
from huelab.cli.wanted import Wanted


def run(*words):
    result = CliRunner().invoke(app, ["colorize", *words])
    assert isinstance(result.exception, SystemExit | None), repr(result.exception)
    return result


def start_ray(ray, tries=2):
    """Ray gives its own parts 15 and 30 seconds to start, which a busy machine may not have."""
    for left in reversed(range(tries)):
        try:
            ray.init(
                num_cpus=2,
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
                object_store_memory=100 << 20,
            )
            return
        except Exception as error:
            ray.shutdown()
            if "timed out during startup" not in str(error):
                raise
            if not left:
                pytest.skip("Ray did not start within the time that it gives itself")


def test_two_workers_make_what_one_process_makes(tmp_path, monkeypatch):
    """One file of five is bad; the second call has nothing to do but to say so."""
    ray = pytest.importorskip("ray")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    start_ray(ray)
    try:
        cat = Image.fromarray(data.chelsea()).convert("L").resize((90, 60))
        for name in ("a.png", "b b.jpg", "c.tif", "é.png"):
            cat.save(name)
        (tmp_path / "bad.jpg").write_bytes(b"no picture")
        result = run(".", "--engine", "ray", "--size", "64")
    finally:
        ray.shutdown()
    made = ["a-color.png", "b b-color.png", "c-color.png", "é-color.png"]
    assert result.exit_code == 1 and sorted(result.stdout.splitlines()) == sorted(made)
    lines = result.stderr.splitlines()
    assert sum("bad.jpg: this is not a picture" in line for line in lines) == 1
    assert "4 photographs were colored." in lines[-1] and "1 failed." in lines[-1]
    for name in made:
        (source,) = tmp_path.glob(f"{name.removesuffix('-color.png')}.*")
        assert np.array_equal(images.read(name), huelab.colorize(source, size=64))
    # Started again, here without Ray: only what failed is left.
    result = run(".", "--size", "64")
    assert result.exit_code == 1 and result.stdout == ""
    assert "4 photographs already had results" in result.stderr.splitlines()[-1]


def wanted():
    return Wanted(size=64)


def test_a_worker_counts_and_tells_what_one_process_would(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.new("L", (30, 20), 90).save("a.png")
    (tmp_path / "b.png").write_bytes(b"no picture")
    worker = on_ray.Worker(wanted())
    rows = [
        {"index": i, "source": f"{n}.png", "target": f"out/{n}-color.png", "again": False}
        for i, n in enumerate("aab")
    ]
    first, again, bad = map(worker, rows)
    counts = [[row[key] for key in ("colored", "done", "failed")] for row in (first, again, bad)]
    assert counts == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert first["said"] == again["said"] == "" and "b.png: this is not a pic" in bad["said"]
    assert bad["index"] == 2 and (tmp_path / "out" / "a-color.png").is_file()


def test_a_photograph_that_no_worker_ends_has_failed(monkeypatch):
    """In place of a cluster: one that loses the second photograph."""
    ray = pytest.importorskip("ray")
    pytest.importorskip("ray.data")

    class Lossy:
        def map(self, worker, *, fn_constructor_kwargs, max_task_retries, **rest):
            assert worker is on_ray.Worker and max_task_retries == on_ray.RETRIES
            assert fn_constructor_kwargs == {"wanted": wanted()}
            assert rest["compute"].max_size == 3 and rest["num_gpus"] == 1  # one a device
            return self

        def iter_rows(self):
            for index in (2, 0):
                yield {"index": index, "colored": 1, "done": 0, "failed": 0, "said": ""}

    monkeypatch.setattr(ray, "is_initialized", lambda: True)
    monkeypatch.setattr(ray, "cluster_resources", lambda: {"GPU": 3.0, "CPU": 64.0})
    monkeypatch.setattr(ray.data, "from_items", lambda rows, override_num_blocks: Lossy())
    jobs = [(Path(f"{n}.png"), Path(f"{n}-color.png"), False) for n in "abcd"]
    ended = dict(on_ray.color_on_ray(jobs, wanted()))
    assert list(ended) == [2, 0, 1, 3] and [ended[i]["failed"] for i in range(4)] == [0, 1, 0, 1]
    assert ended[1]["said"].startswith("huelab: b.png: its worker was lost")


def test_without_ray_the_message_says_what_helps(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.new("L", (30, 20), 90).save("a.png")
    monkeypatch.setitem(sys.modules, "ray", None)
    result = run("a.png", "--engine", "ray")
    assert result.exit_code == 1 and "pip install 'huelab[ray]'" in result.stderr
