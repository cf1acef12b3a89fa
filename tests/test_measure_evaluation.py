"""`Evaluation` against the functions it is made of, however pictures are batched or shared out."""

import json
import math
import socket
import sys
import warnings

import pytest
import torch
from torch import nn

from huelab import metrics, records
from huelab.color import lightness_to_gray, rgb_to_lab
from huelab.measure import ERRORS, STANDARD, Evaluation
from huelab.methods.baselines import GrayCopy

N = 7


class StubNetwork(nn.Module):
    """Stands for a network of `huelab.features`: features and logits from the mean color."""

    name, resizer, layer, dimension = "stub", "none", "mean color", 3

    def forward(self, rgb):
        seen = type("Seen", (), {})()
        seen.features = rgb.mean((2, 3))
        seen.logits = seen.features.repeat(1, 2)
        return seen


class StubLpips(nn.Module):
    name = "lpips_stub"

    def forward(self, first, second, normalize):
        assert normalize
        return (first - second).square().mean((1, 2, 3), keepdim=True)


def pictures(n=N, size=(34, 40)):
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(n, 3, 5, 5, generator=generator)
    true = nn.functional.interpolate(coarse, size, mode="bicubic").clamp(0, 1)
    pred = 0.5 * true + 0.5 * torch.rand(true.shape, generator=generator)
    return pred, true


def evaluated(batch_size=N, pred=None, true=None, **settings):
    evaluation = Evaluation(**settings)
    if pred is None:
        pred, true = pictures()
    for part in zip(pred.split(batch_size), true.split(batch_size), strict=True):
        evaluation.update(*part)
    return evaluation


def value(entries, name, **where):
    fitting = [e for e in entries if e.name == name]
    fitting = [e for e in fitting if all(getattr(e, key) == where[key] for key in where)]
    assert len(fitting) == 1, (name, where)
    return fitting[0].value


def assert_same(entries, expected, rel=1e-5):
    assert [(e.name, e.n) for e in entries] == [(e.name, e.n) for e in expected]
    for ours, theirs in zip(entries, expected, strict=True):
        if theirs.value is None:
            assert ours.value is None
        else:
            assert ours.value == pytest.approx(theirs.value, rel=rel), ours.name


def test_every_metric_is_the_mean_of_its_function():
    pred, true = pictures()
    entries = evaluated().metrics()
    ab128 = {"space": "ab", "divisor": 128}
    expected = {
        ("mae", "rgb"): metrics.mae(pred, true, space="rgb"),
        ("mse", "rgb"): metrics.mse(pred, true, space="rgb"),
        ("mae", "ab/128"): metrics.mae(pred, true, **ab128),
        ("mse", "ab/128"): metrics.mse(pred, true, **ab128),
        ("mae", "ab/110"): metrics.mae(pred, true, space="ab", divisor=110),
        ("mse", "ab/110"): metrics.mse(pred, true, space="ab", divisor=110),
        ("mae", "lab"): metrics.mae(pred, true, space="lab"),
        ("mse", "lab"): metrics.mse(pred, true, space="lab"),
        ("ssim", "rgb"): metrics.ssim(pred, true),
        ("delta_e_76", "lab"): metrics.delta_e_76(pred, true),
        ("delta_e_2000", "lab"): metrics.delta_e_2000(pred, true),
        ("chroma_error", "lab"): metrics.chroma_error(pred, true),
        ("hue_error", "lab"): metrics.hue_error(pred, true),
        ("colorfulness", "rgb"): metrics.colorfulness(pred),
        ("colorfulness_truth", "rgb"): metrics.colorfulness(true),
        ("colorfulness_gap", "rgb"): metrics.colorfulness_gap(pred, true),
        ("uncolored_share", "lab"): metrics.uncolored(pred),
        ("color_leaking", "ab"): metrics.color_leaking(pred, true),
        ("channel_argmax_accuracy", "rgb"): metrics.channel_argmax_accuracy(pred, true),
    }
    assert {(column.name, column.space) for column in STANDARD} == set(expected)
    for (name, space), each in expected.items():
        mean = each.double().nanmean().item()
        assert value(entries, name, space=space) == pytest.approx(mean, rel=1e-5), name


def test_psnr_is_given_pooled_and_as_a_mean_with_its_range():
    pred, true = pictures()
    entries = evaluated().metrics()
    for space, about in (
        ("rgb", {"space": "rgb"}),
        ("ab/128", {"space": "ab", "divisor": 128}),
        ("ab/110", {"space": "ab", "divisor": 110}),
    ):
        for peak in (1,) if space == "rgb" else (1, 2):
            mean = metrics.psnr(pred, true, **about, data_range=peak).mean().item()
            pooled = metrics.psnr_of_mse(metrics.mse(pred, true, **about).mean(), peak).item()
            where = {"space": space, "range": str(peak)}
            assert value(entries, "psnr", **where, averaging="pictures") == pytest.approx(mean)
            assert value(entries, "psnr", **where, averaging="pooled") == pytest.approx(pooled)
            assert mean != pytest.approx(pooled, rel=1e-4)


def test_error_by_hue_is_pooled_over_pixels():
    pred, true = pictures()
    pooled = metrics.pool_by_hue(*metrics.error_by_hue(pred, true))
    entries = evaluated().metrics()
    names = [f"delta_e_2000_hue_{start:03d}" for start in range(0, 360, 30)]
    for name, expected in zip([*names, "delta_e_2000_neutral"], pooled, strict=True):
        assert value(entries, name) == pytest.approx(expected.item(), rel=1e-4)


def test_the_division_into_batches_does_not_matter():
    whole = evaluated().metrics()
    for batch_size in (1, 2):
        assert_same(evaluated(batch_size).metrics(), whole)


def test_pictures_of_different_sizes_are_pooled_by_their_pixels():
    large, small = pictures(1, (40, 40)), pictures(1, (20, 20))
    evaluation = Evaluation()
    evaluation.update(*large)
    evaluation.update(*small)
    errors = [metrics.mse(*pair, space="rgb").item() for pair in (large, small)]
    entries = evaluation.metrics()
    pooled = value(entries, "psnr", space="rgb", averaging="pooled")
    assert pooled == pytest.approx(-10 * math.log10((4 * errors[0] + errors[1]) / 5))
    assert value(entries, "mse", space="rgb") == pytest.approx(sum(errors) / 2)


@pytest.mark.filterwarnings("ignore:The ``compute`` method")
def test_entries_fit_the_schema_of_records():
    pred, true = pictures(2)
    evaluation = Evaluation(networks=[StubNetwork()], unavailable=["fd_inception_tv"])
    evaluation.update(pred, true)
    for entries in (evaluation.metrics(), Evaluation().metrics()):
        for entry in entries:
            written = json.loads(json.dumps(entry.model_dump(), allow_nan=False))
            assert records.Measurement(**written) == entry
        keys = [(e.name, e.space, e.range, e.averaging) for e in entries]
        assert len(set(keys)) == len(keys)


def test_what_cannot_be_measured_is_listed_as_none():
    entries = evaluated(unavailable=["fd_inception_tv"]).metrics()
    assert value(entries, "lpips_alex") is None
    assert value(entries, "fd_inception_tv") is None
    assert value(evaluated(lpips=StubLpips()).metrics(), "lpips_stub") > 0


def test_a_gray_prediction_has_no_hue_and_leaks_nothing():
    _, true = pictures()
    gray = lightness_to_gray(rgb_to_lab(true)[:, :1]).expand_as(true)
    entries = evaluated(pred=gray, true=true).metrics()
    for name in ("hue_error", "color_leaking"):
        entry = next(e for e in entries if e.name == name)
        assert entry.value is None and entry.n == 0
    assert value(entries, "uncolored_share") == 1
    assert value(entries, "colorfulness") == pytest.approx(0, abs=0.02)


def test_a_perfect_prediction():
    _, true = pictures()
    entries = evaluated(pred=true, true=true).metrics()
    assert value(entries, "psnr", space="rgb", averaging="pictures") == 60
    assert value(entries, "psnr", space="rgb", averaging="pooled") == 60
    assert value(entries, "ssim") == pytest.approx(1)
    assert value(entries, "delta_e_2000") == pytest.approx(0, abs=1e-4)
    assert value(entries, "channel_argmax_accuracy") == 1
    assert value(entries, "color_leaking") in (None, pytest.approx(0, abs=1e-5))


def test_networks_give_distances_and_answers():
    pred, true = pictures()
    evaluation = Evaluation(networks=[StubNetwork()])
    labels = torch.tensor([0, 1, 2, -1])
    evaluation.update(pred[:4], true[:4], labels)
    evaluation.update(pred[4:], true[4:])
    entries = evaluation.metrics()
    seen_pred, seen_true = (rgb.mean((2, 3)) for rgb in (pred, true))
    distance = metrics.frechet_distance(seen_pred, seen_true).item()
    assert value(entries, f"fd_stub_none_n{N}") == pytest.approx(distance)
    distance = metrics.kernel_distance(seen_pred, seen_true).item()
    assert value(entries, f"kd_stub_none_n{N}") == pytest.approx(distance)
    agreement = (seen_pred.argmax(1) == seen_true.argmax(1)).float().mean().item()
    assert value(entries, "agreement_stub") == pytest.approx(agreement)
    accuracy = next(e for e in entries if e.name == "accuracy_stub_truth")
    right = (seen_true.argmax(1)[:3] == labels[:3]).float().mean().item()
    assert accuracy.n == 3 and accuracy.value == pytest.approx(right)
    assert 0 <= value(entries, "agreement_stub_gray") <= 1


def test_a_part_of_the_set_is_quick_and_has_values_for_each_picture():
    evaluation = evaluated(columns=ERRORS, by_hue=False)
    names = {entry.name for entry in evaluation.metrics()}
    assert names == {"mae", "mse", "psnr", "lpips_alex"}
    torch.testing.assert_close(
        evaluation.per_picture("mae", "rgb"), metrics.mae(*pictures(), space="rgb")
    )
    with pytest.raises(KeyError, match="4 columns match 'mae'"):
        evaluation.per_picture("mae")


def test_one_evaluation_can_be_added_to_another():
    pred, true = pictures()
    first, second = (Evaluation(networks=[StubNetwork()]) for _ in range(2))
    first.update(pred[:3], true[:3])
    first.metrics()
    second.update(pred[3:], true[3:])
    first.merge_state(second)
    assert_same(first.metrics(), evaluated(networks=[StubNetwork()]).metrics())
    first.reset()
    first.update(pred[:0], true[:0])
    assert value(first.metrics(), "mae", space="rgb") is None


def test_autocast_and_no_pictures_change_nothing():
    pred, true = pictures()
    evaluation = Evaluation()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        evaluation.update(pred, true)
    evaluation.update(pred[:0], true[:0])
    assert evaluation.metrics() == evaluated().metrics()


def test_values_that_are_no_pictures_are_refused():
    pred, true = pictures(1)
    evaluation = Evaluation()
    for bad in (pred * 255, pred - 1, pred.masked_fill(pred > 0.5, math.nan)):
        with pytest.raises(ValueError, match="in \\[0, 1\\]"):
            evaluation.update(bad, true)
    with pytest.raises(ValueError, match="shape"):
        evaluation.update(pred[..., 1:], true)
    assert value(evaluation.metrics(), "mae", space="rgb") is None


def test_gray_copy_through_the_seam():
    from huelab.color import rgb_to_gray

    _, true = pictures()
    pred = GrayCopy().colorize(rgb_to_gray(true, "lightness"))
    entries = evaluated(pred=pred, true=true).metrics()
    chroma = metrics.mean_chroma(true).mean().item()
    assert value(entries, "chroma_error") == pytest.approx(chroma, rel=1e-4)
    assert value(entries, "delta_e_76") == pytest.approx(chroma, rel=1e-4)
    ab = rgb_to_lab(true)[:, 1:].abs().mean().item() / 128
    assert value(entries, "mae", space="ab/128") == pytest.approx(ab, rel=1e-4)


def _share(rank, port, results):
    """One of two processes: the first measures all pictures of odd number, the second the rest."""
    import torch.distributed as dist

    torch.set_num_threads(1)
    address = f"tcp://127.0.0.1:{port}"
    dist.init_process_group("gloo", init_method=address, rank=rank, world_size=2)
    pred, true = pictures()
    shared = Evaluation(networks=[StubNetwork()])
    shared.update(pred[rank::2], true[rank::2])
    alone = Evaluation(networks=[StubNetwork()])
    if rank == 0:
        alone.update(pred, true)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a process without pictures has none
        results.put((rank, shared.metrics(), alone.metrics()))
    dist.barrier()
    dist.destroy_process_group()


@pytest.mark.skipif(sys.platform != "linux", reason="forks, so as not to import torch again")
def test_two_processes_gather_uneven_shares_and_none_at_all():
    context = torch.multiprocessing.get_context("fork")
    results = context.Queue()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    processes = [context.Process(target=_share, args=(rank, port, results)) for rank in (0, 1)]
    for process in processes:
        process.start()
    gathered = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    whole = evaluated(networks=[StubNetwork()]).metrics()
    for _, *both in gathered:
        for entries in both:
            assert_same(entries, whole)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_gives_what_the_cpu_gives():
    pred, true = pictures()
    evaluation = Evaluation(networks=[StubNetwork()]).to("cuda")
    evaluation.update(pred.cuda(), true.cuda())
    expected = evaluated(networks=[StubNetwork()]).metrics()
    assert_same(evaluation.metrics(), expected, rel=1e-3)
