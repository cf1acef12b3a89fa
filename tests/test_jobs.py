"""Several runs at once, runs within a time limit, and what the command line makes of them."""

import os
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from huelab import records
from huelab.cli.main import app
from huelab.methods.first import FirstColor
from huelab.reproduce import Job, NotBegun, estimate, reproduce, run_jobs
from huelab.training.step import BareSteps


@pytest.fixture(autouse=True)
def own_places(tmp_path, monkeypatch):
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HUELAB_RESULTS", str(tmp_path / "results"))


def python(code):
    return lambda: [sys.executable, "-S", "-c", code]


def test_at_most_so_many_run_at_once_in_their_order(tmp_path):
    """Each notes its beginning and end; from the notes follows how many there were at a time."""
    code = "import time; open({0!r}, 'a').write('+'); time.sleep(.3); open({0!r}, 'a').write('-')"
    log, ended = str(tmp_path / "log"), []
    jobs = [Job(str(n), python(code.format(log))) for n in range(5)]
    run_jobs(jobs, 2, ended.append)
    depth = [0]
    for sign in Path(log).read_text():
        depth.append(depth[-1] + (1 if sign == "+" else -1))
    assert max(depth) == 2 and depth[-1] == 0 and len(depth) == 11
    assert [job.status for job in jobs] == [0] * 5
    assert sorted(job.name for job in ended) == ["0", "1", "2", "3", "4"]


def test_a_job_that_fails_costs_no_other_and_its_words_are_kept():
    codes = ["import sys; print('wrong', file=sys.stderr); sys.exit(3)", "print('right')"]
    jobs = [Job(str(n), python(code)) for n, code in enumerate(codes)]
    run_jobs(jobs, 1, lambda job: None)
    assert [(job.status, job.output) for job in jobs] == [(3, "wrong\n"), (0, "right\n")]


def test_jobs_share_the_cores(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    cores = len(os.sched_getaffinity(0))
    job = Job("threads", python("import os; print(os.environ['OMP_NUM_THREADS'])"))
    run_jobs([job], 2, lambda job: None)
    assert int(job.output) == max(1, cores // 2)


@pytest.mark.parametrize(("number", "expected"), [("SIGINT", KeyboardInterrupt), ("SIGTERM", 143)])
def test_a_signal_reaches_every_job_once_and_starts_no_other(number, expected):
    code = (
        "import signal, sys, time\n"
        "seen = []\n"
        f"signal.signal(signal.{number}, lambda *a: seen.append(1))\n"
        "print('ready', flush=True)\n"
        "end = time.monotonic() + 20\n"
        "while not seen and time.monotonic() < end: time.sleep(.05)\n"
        "time.sleep(.3); print(len(seen))"
    )
    jobs = [Job(str(n), python(code)) for n in range(3)]
    threading.Timer(1.5, lambda: os.kill(os.getpid(), getattr(signal, number))).start()
    with pytest.raises((KeyboardInterrupt, SystemExit)) as caught:
        run_jobs(jobs, 2, lambda job: None)
    assert caught.type is expected or caught.value.code == expected
    assert [job.output for job in jobs] == ["ready\n1\n", "ready\n1\n", ""]
    assert jobs[2].status is None


def test_no_job_goes_on_after_an_error(tmp_path):
    """Such as a pipe that is closed while a job is reported."""
    late = tmp_path / "late"
    jobs = [
        Job("quick", python("")),
        Job("slow", python(f"import time; time.sleep(2); open({str(late)!r}, 'w')")),
    ]

    def report(job):
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        run_jobs(jobs, 2, report)
    time.sleep(2.5)
    assert not late.exists()


class Slow(FirstColor):
    """A network by whose clock a training step takes 50 ms, and coloring a batch a second."""

    now = 0.0

    def losses(self, batch, turn):
        Slow.now += 0.05
        return super().losses(batch, turn)

    def colorize(self, gray, **options):
        Slow.now += 1.0
        return super().colorize(gray, **options)


def test_an_estimate_is_what_the_steps_take(tiny, monkeypatch):
    monkeypatch.setattr("time.perf_counter", lambda: Slow.now)
    config = tiny.config("full") | {"method": "test_jobs:Slow", "epochs": 100}
    found = estimate(config, "cpu")
    assert found.training == pytest.approx(100 * 2 * 0.05)  # two steps an epoch
    assert found.measuring >= 1
    assert found.seconds > found.training + found.measuring
    half = estimate(config, "cpu", epochs_done=50)
    assert half.training == pytest.approx(found.training / 2)
    assert estimate(config, "cpu", epochs_done=100).training == 0


def test_estimating_changes_nothing_of_the_run(tiny, tmp_path, monkeypatch):
    plain = reproduce(tiny, profile="reduced", device="cpu")
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path / "other"))
    monkeypatch.setenv("HUELAB_RESULTS", str(tmp_path / "others"))
    timed = reproduce(tiny, profile="reduced", device="cpu", seconds_left=1e6)
    assert [m.value for m in timed.metrics] == [m.value for m in plain.metrics]


def test_a_run_that_would_not_end_in_time_is_not_begun(tiny):
    with pytest.raises(
        NotBegun, match=r"not begun: the run needs about .* minutes, and 0\.0 are left"
    ):
        reproduce(tiny, profile="full", device="cpu", seconds_left=1e-3)
    assert records.find("tiny") == []
    looking = replace(tiny, method="huelab.methods.baselines:GrayCopy", method_args={}, epochs=0)
    with pytest.raises(NotBegun, match="the time is over"):
        reproduce(looking, profile="full", device="cpu", seconds_left=0.0)


def test_a_run_made_again_begins_anew(tiny, tmp_path):
    """What is in the cache of a run that is recorded cannot stand in for training."""
    once = reproduce(tiny, profile="reduced", device="cpu")
    assert not list((tmp_path / "cache" / "runs").glob("*/last.ckpt"))
    again = reproduce(tiny, profile="reduced", device="cpu")
    assert again.cost.steps == once.cost.steps == 4
    assert again.cost.seconds < 5 * once.cost.seconds


def test_a_bare_step_is_the_step_of_a_plain_loop():
    from huelab.color.batch import Batch

    torch.manual_seed(0)
    one, other = FirstColor(width=4), FirstColor(width=4)
    other.load_state_dict(one.state_dict())
    batch = Batch(torch.arange(2), lab=torch.rand(2, 3, 16, 16) * 50)
    step, plain = BareSteps(one, "32-true"), torch.optim.Adam(other.parameters(), lr=2e-3)
    for _ in range(3):
        step(batch)
        loss = torch.nn.functional.mse_loss(other(batch.lab[:, :1]) / 50, batch.lab[:, 1:] / 50)
        plain.zero_grad()
        loss.backward()
        plain.step()
    for a, b in zip(one.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(a, b)


# ------------------------------------------------------------------ the command line


def invoke(*arguments):
    return CliRunner().invoke(app, ["reproduce", *arguments])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tiny", "--jobs", "0"], "--jobs"),
        (["tiny", "--jobs", "2", "--devices", "2"], "shares one device"),
        (["tiny", "--verify", "--jobs", "2"], "--verify"),
        (["tiny", "--budget", "-1"], "--budget"),
        (["tiny", "--budget", "nan"], "--budget"),
        (["tiny", "--budget", "3", "--devices", "2"], "--budget"),
        (["tiny", "--max-minutes", "-1"], "--max-minutes"),
        (["tiny", "--max-minutes", "nan"], "--max-minutes"),
        (["tiny", "--seeds", "a,b"], "--seeds"),
        (["tiny", "--seeds", "12345678901234567890123"], "--seeds"),
        (["tiny", "--all"], "one of --missing and --all"),
        ([], "one of --missing and --all"),
    ],
)
def test_wrong_usage_is_named(tiny, arguments, said):
    done = invoke(*arguments)
    assert done.exit_code == 2
    # Typer folds its message into a box.
    assert said in " ".join(done.output.replace("│", " ").split())


def test_a_budget_takes_what_is_missing_by_priority(tiny, monkeypatch):
    """A recorded run is left out; the others come by priority, and by seed within it."""
    known = {
        name: replace(tiny, name=name, priority=priority, group="group")
        for name, priority in (("low", 1), ("high", 9), ("done", 99))
    }
    monkeypatch.setattr("huelab.recipes.RECIPES", known)
    order = []

    def run(recipe, *, seed, seconds_left, **options):
        order.append((recipe.name, seed))
        assert 0 < seconds_left <= 600
        if recipe.name == "high":
            raise NotBegun("not begun: it needs about 99.0 minutes")
        return records.new_record(
            recipe.name, profile="reduced", seed=seed, config={}, data=spec(), device="cpu"
        )

    monkeypatch.setattr("huelab.reproduce.reproduce", run)
    monkeypatch.setattr("huelab.reproduce.is_recorded", lambda recipe, *a: recipe.name == "done")
    done = invoke("group", "--profile", "reduced", "--seeds", "1,0", "--budget", "10")
    assert done.exit_code == 0, done.output
    assert order == [("high", 0), ("high", 1), ("low", 0), ("low", 1)]
    assert done.output.count("not begun") == 2


def spec():
    return records.DataUsed(train=records.DataSpec(name="none", split="train", size=1, n=1))
