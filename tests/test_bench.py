"""Timing is fair: turns are taken, the warm-up is left out, the median counts."""

import resource
import sys
from collections import Counter

import numpy as np
import pytest
import torch

from huelab.bench import methods
from huelab.bench import photograph as large
from huelab.bench import race as racing
from huelab.bench.race import Contestant, metrics, race, speedups
from huelab.bench.start import StartError, measure
from huelab.bench.steps import (
    FIT,
    RIVAL,
    SUBJECTS,
    UNPREPARED,
    PlainAutoencoder,
    Subject,
    bench_steps,
)
from huelab.bench.together import bench_together
from huelab.methods.autoencoder import Autoencoder
from huelab.methods.baselines import MeanColor
from huelab.methods.vitigan import ViTGAN


@pytest.fixture
def clock(monkeypatch):
    """A clock that only the contestants move."""
    now = [0.0]
    monkeypatch.setattr(racing.time, "perf_counter", lambda: now[0])
    return now


def test_turns_warm_up_and_median(clock):
    turns = []
    slow, fast = iter([100, 4, 90, 6]), iter([100, 1, 1, 50])

    def runner(name, seconds):
        def run():
            turns.append(name)
            clock[0] += next(seconds)

        return run

    contestants = [Contestant("slow", runner("slow", slow), 2)]
    contestants.append(Contestant("fast", runner("fast", fast), 2))
    race(contestants, rounds=3, device=torch.device("cpu"))
    assert turns == ["slow", "fast"] * 4
    assert contestants[0].seconds == [4, 90, 6]
    assert contestants[0].milliseconds == 3000  # 6 s for 2 pictures
    assert contestants[1].milliseconds == 500


def test_the_first_of_several_calls_in_a_turn_does_not_count(clock):
    seconds = iter([100, 100, 100, 30, 2, 3, 40, 4, 5])

    def run():
        clock[0] += next(seconds)

    contestant = Contestant("wakes up slowly", run, 1)
    race([contestant], rounds=2, device=torch.device("cpu"), calls=3)
    assert contestant.seconds == [2, 3, 4, 5]


def test_nobody_pays_for_the_result_of_another(clock):
    class Result:
        def __del__(self):
            clock[0] += 7  # giving the memory back takes time

    def work():
        clock[0] += 1
        return Result()

    contestants = [Contestant("first", work, 1), Contestant("second", work, 1)]
    race(contestants, rounds=2, device=torch.device("cpu"))
    assert [way.seconds for way in contestants] == [[1, 1], [1, 1]]


def test_speedups_and_metrics_by_hand():
    ways = [Contestant("a", int, 10, [2.0]), Contestant("b", int, 10, [0.5])]
    rows = speedups(ways, ["a", "absent"])
    assert rows[1]["ms a picture"] == 50
    assert rows[1]["pictures a second"] == 20
    assert rows[1]["x a"] == 4
    assert "x absent" not in rows[1]
    assert Contestant("c", int, 2, [3.0, 1.0, 2.0, 5.0, 4.0]).spread() == {
        "fastest": 500,
        "quartile 1": 1000,
        "quartile 3": 2000,
    }
    measured = metrics(ways, "median of 1 rounds")[1]
    assert (measured.name, measured.value) == ("ms_per_picture: b", 50.0)
    assert (measured.averaging, measured.n) == ("median of 1 rounds", 10)


def test_the_rival_of_the_steps_is_the_same_network_but_for_its_padding():
    rival, ours = PlainAutoencoder(), Autoencoder()
    count = [[p.numel() for p in network.parameters()] for network in (rival, ours)]
    assert count[0] == count[1]
    gray = torch.rand(2, 1, 32, 32)
    assert rival(gray).shape == ours(gray).shape == (2, 3, 32, 32)


def test_steps_are_timed_bare_and_through_fit():
    ways = bench_steps("autoencoder", 2, 3, device=torch.device("cpu"), rounds=1)
    assert ways[0].name == RIVAL and ways[-1].name.startswith(FIT)
    assert all(len(way.seconds) == 1 and way.seconds[0] > 0 for way in ways)


def test_batches_of_all_sizes_color_the_same_images(monkeypatch):
    seen = []
    monkeypatch.setattr(
        Autoencoder, "colorize", lambda self, gray: seen.append(gray) or gray.expand(-1, 3, -1, -1)
    )
    ways = bench_together("autoencoder", [1, 4], device=torch.device("cpu"), rounds=1)
    assert [len(gray) for gray in seen] == [1, 1, 1, 1, 4] * 2  # the first lap warms up
    assert torch.equal(torch.cat(seen[:4]), seen[4])
    assert [way.items for way in ways] == [4, 4]
    with pytest.raises(ValueError, match="the batch size 3 does not divide the largest one, 4"):
        bench_together("autoencoder", [3, 4], device=torch.device("cpu"), rounds=1)


def test_a_contestant_may_time_itself(clock):
    clock[0] = 0.0
    timed = Contestant("a", lambda: 2.5, 1)
    race([timed], rounds=2, device=torch.device("cpu"))
    assert timed.seconds == [2.5, 2.5]


def test_a_photograph_is_colored_in_a_process_of_its_own():
    """Small here; both ways keep the picture and report what a process of torch can hold."""
    costs, digest = large.bench_photograph(320, 256, rounds=1, threads=1, network="first")
    assert [cost.way for cost in costs] == [large.OURS, large.RIVAL]
    assert all(cost.seconds > 0 and 100 < cost.peak_mb < 4000 for cost in costs)
    assert len(digest) == 64


def test_both_ways_color_the_same_photograph():
    whole = large.photograph(300, 280)
    assert whole.shape == (280, 300, 3) and whole.dtype == np.uint8
    picture = whole // 3 + 80  # neither so dark nor so light that a color would not fit
    method = MeanColor(torch.tensor([8.0, 20.0]))
    ours, rival = (way(picture, method).astype(int) for way in large.WAYS.values())
    assert ours.shape == rival.shape == picture.shape
    # One plain color has no edges, so that how it is carried up does not matter.
    assert np.abs(ours - rival).max() <= 1


def test_methods_color_the_same_photograph_in_turns(monkeypatch):
    seen = []

    def colored(picture, *, method, size):
        seen.append((type(method).__name__, picture.shape, size))

    monkeypatch.setattr(methods, "colorize", colored)
    subjects = [methods.FLOOR, ("first", "full")]
    costs = methods.bench_methods(96, 64, size=32, rounds=2, threads=1, subjects=subjects)
    one_round = [("GrayCopy", (64, 96, 3), 32), ("FirstColor", (64, 96, 3), 32)]
    assert seen == 3 * one_round  # the first of them warms up
    assert [cost.name for cost in costs] == ["gray-copy-photos, full", "first, full"]
    assert all(len(cost.seconds) == 2 and 100 < cost.peak_mb < 4000 for cost in costs)
    assert costs[0].weights_mb == 0 < costs[1].weights_mb


def test_only_the_weights_that_color_are_counted():
    """The generator counts, and so does the classifier that it asks; the discriminator does not."""

    def expected(network):
        values = network.generator.state_dict().values()
        return sum(value.numel() for value in values if value.is_floating_point())

    judge = {"kind": "patchgan", "patch": 16, "width": 2}
    alone = ViTGAN(widths=(2,) * 5, discriminator=judge)
    asking = ViTGAN(embedding="random", widths=(2,) * 5, discriminator=judge)
    losses = alone.recent.numel()  # a small buffer of the module that colors
    counted = [round(1e6 / 2 * methods.weights_mb(network)) for network in (alone, asking)]
    assert counted[0] == expected(alone) + losses
    squeezenet, standardization = 1_248_424, 2 * 1000  # torchvision's count of its parameters
    rest = counted[1] - expected(asking) - losses - squeezenet - standardization
    assert 0 <= rest < 10  # the mean and the deviation of the classifier's input


def test_a_command_is_measured_in_a_process_of_its_own():
    """The memory of this process, which holds torch, does not count for the one it starts."""
    idle = measure([sys.executable, "-c", "import time; time.sleep(0.3)"])
    assert idle.peak_mb < 50 < resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    assert idle.seconds >= 0.3
    filled = measure([sys.executable, "-c", "b'1' * 200_000_000"])
    assert 200 < filled.peak_mb < 300
    with pytest.raises(StartError, match=r"status 1: .*no such thing"):
        measure([sys.executable, "-c", "raise SystemExit('no such thing')"])


def test_what_is_kept_of_training_images_has_a_rival_without(monkeypatch):
    """All but one contestant ask the classifier once; that one asks at every step."""
    asked = []

    class Watched(ViTGAN):
        def __init__(self):
            judge = {"kind": "patchgan", "patch": 16, "width": 2}
            super().__init__(embedding="random", widths=(2,) * 5, discriminator=judge)
            network = self.embedder._network(torch.device("cpu"))
            network.register_forward_pre_hook(lambda *_: asked.append(id(self)))

    monkeypatch.setitem(SUBJECTS, "vitigan", Subject(Watched, 32, 2))
    ways = bench_steps("vitigan", 2, 4, device=torch.device("cpu"), rounds=1)
    assert [way.name for way in ways][4] == UNPREPARED and len(ways) == 6
    # A round that warms up, one that counts, and of 4 steps each.
    assert sorted(Counter(asked).values()) == [1, 1, 1, 1, 1, 2 * 4]
