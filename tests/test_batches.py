"""Batches: right pictures, right colors, and the same ones whoever makes them when."""

import hashlib
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from skimage.color import rgb2lab

from huelab import color, data
from huelab.data import batches as module
from huelab.data.pixels import Pixels, cut_with_numpy, cut_with_torch, flip

PIXELS = np.random.default_rng(0).integers(0, 256, (23, 20, 24, 3), dtype=np.uint8)


def made(epoch=0, **options):
    """All batches of one epoch."""
    batches = data.Batches(PIXELS, options.pop("batch_size", 5), **options)
    batches.set_epoch(epoch)
    return list(batches)


def planes(pixels):
    """uint8 (N, H, W, 3) as float64 RGB (N, 3, H, W), by numpy."""
    return np.moveaxis(pixels, 3, 1) / 255


# What is in a batch


def test_whole_pictures_in_order():
    batches = made(shuffle=False, targets=("rgb",))
    assert [len(batch.index) for batch in batches] == [5, 5, 5, 5, 3]
    assert torch.cat([batch.index for batch in batches]).tolist() == list(range(23))
    rgb = torch.cat([batch.rgb for batch in batches])
    assert rgb.dtype == torch.float32 and rgb.is_contiguous()
    np.testing.assert_allclose(rgb, planes(PIXELS), atol=1e-7)
    assert batches[0].gray is None and batches[0].lab is None


def test_targets_are_the_colors_of_the_same_pixels():
    for batch in made(targets=("rgb", "gray", "lab"), crop=12, flip=True, gray_formula="rec601"):
        assert batch.rgb.shape == batch.lab.shape == (len(batch.index), 3, 12, 12)
        assert batch.gray.shape == (len(batch.index), 1, 12, 12)
        rgb = batch.rgb.double().numpy()
        gray = np.tensordot([0.299, 0.587, 0.114], rgb, (0, 1))
        np.testing.assert_allclose(batch.gray[:, 0], gray, atol=1e-6)
        lab = rgb2lab(rgb, channel_axis=1)
        np.testing.assert_allclose(batch.lab, lab, atol=2e-4)
        assert batch.gray.dtype == batch.lab.dtype == torch.float32


@pytest.mark.parametrize("formula", color.GRAY_FORMULAS)
def test_gray_is_by_the_formula_asked_for(formula):
    expected = color.rgb_to_gray(torch.from_numpy(planes(PIXELS)), formula)
    for targets in (["gray"], ["lab", "gray"]):
        (batch,) = made(batch_size=23, shuffle=False, targets=targets, gray_formula=formula)
        np.testing.assert_allclose(batch.gray, expected, atol=1e-5)


def test_autocast_changes_nothing():
    with torch.autocast("cpu", torch.bfloat16):
        inside = made(targets=("rgb", "gray", "lab"))
    for one, two in zip(inside, made(targets=("rgb", "gray", "lab")), strict=True):
        assert one.lab.dtype == torch.float32
        assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))


def found(rgb, pixels):
    """Where a float crop (3, h, w) lies in a picture: all (top, left, mirrored) that fit."""
    crop = np.rint(np.moveaxis(rgb.numpy(), 0, 2) * 255).astype(np.uint8)
    height, width = crop.shape[:2]
    return [
        (top, left, mirrored)
        for top in range(pixels.shape[0] - height + 1)
        for left in range(pixels.shape[1] - width + 1)
        for mirrored in (False, True)
        if (
            pixels[top : top + height, left : left + width][:, :: -1 if mirrored else 1] == crop
        ).all()
    ]


def test_crops_and_flips_are_windows_of_their_picture_and_all_occur():
    places = []
    for epoch in range(12):
        for batch in made(epoch, crop=16, flip=True, targets=("rgb",)):
            for index, rgb in zip(batch.index, batch.rgb, strict=True):
                (place,) = found(rgb, PIXELS[index])
                places.append(place)
    tops, lefts, mirrored = map(np.array, zip(*places, strict=True))
    assert set(tops) == set(range(5)) and set(lefts) == set(range(9))
    # 276 fair draws; a share outside 0.4..0.6 has a probability of about 0.001.
    assert 0.4 < mirrored.mean() < 0.6
    for values in (tops, lefts):
        _, counts = np.unique(values, return_counts=True)
        expected = len(places) / len(counts)
        assert ((counts - expected) ** 2 / expected).sum() < 27  # chi-square, 8 degrees: 0.0007


def test_without_flip_nothing_is_mirrored():
    for batch in made(crop=16, targets=("rgb",)):
        for index, rgb in zip(batch.index, batch.rgb, strict=True):
            assert not found(rgb, PIXELS[index])[0][2]


def test_cutting_and_flipping_equal_plain_slices():
    rng = np.random.default_rng(1)
    index, top, left = rng.integers(23, size=9), rng.integers(8, size=9), rng.integers(12, size=9)
    expected = np.stack(
        [PIXELS[i, y : y + 13, x : x + 13] for i, y, x in zip(index, top, left, strict=True)]
    )
    np.testing.assert_array_equal(cut_with_numpy(PIXELS, index, top, left, 13), expected)
    where = [torch.from_numpy(values) for values in (index, top, left)]
    cut = cut_with_torch(torch.from_numpy(PIXELS), *where, 13)
    np.testing.assert_array_equal(cut, expected)
    mirrored = torch.tensor([True, False, False, True, True, False, True, False, False])
    expected[mirrored.numpy()] = expected[mirrored.numpy(), :, ::-1]
    np.testing.assert_array_equal(flip(cut, mirrored), expected)
    np.testing.assert_array_equal(flip(cut.clone(), torch.zeros(9, dtype=torch.bool)), expected)


def test_resident_pixels_give_the_same_batches(monkeypatch):
    """The way taken on a GPU, on the CPU."""
    plain = made(crop=16, flip=True, targets=("rgb",)) + made(targets=("lab",))
    monkeypatch.setattr(Pixels, "resident", torch.from_numpy(PIXELS))
    resident = made(crop=16, flip=True, targets=("rgb",)) + made(targets=("lab",))
    for one, two in zip(plain, resident, strict=True):
        for a, b in zip(one, two, strict=True):
            assert a is b is None or torch.equal(a, b)


def assert_same_up_to_one_ulp(one, two):
    """Every pair of float32 values is equal or neighbors: what two devices owe each other."""
    assert one.dtype == two.dtype == torch.float32 and one.shape == two.shape
    one, two = one.cpu().numpy(), two.cpu().numpy()
    lower, upper = np.nextafter(one, np.float32(-np.inf)), np.nextafter(one, np.float32(np.inf))
    assert ((two >= lower) & (two <= upper)).all()


@pytest.mark.parametrize("direction", [np.inf, -np.inf])
def test_one_ulp_is_the_same_and_two_are_not(direction):
    values = np.float32([0, 1e-3, 0.25, 1 / 3, 0.5, 1])
    once = np.nextafter(values, np.float32(direction))
    twice = np.nextafter(once, np.float32(direction))
    values, once, twice = map(torch.from_numpy, (values, once, twice))
    assert_same_up_to_one_ulp(values, values)
    assert_same_up_to_one_ulp(values, once)
    for place in range(len(values)):
        changed = values.clone()
        changed[place] = twice[place]
        with pytest.raises(AssertionError):
            assert_same_up_to_one_ulp(values, changed)
    with pytest.raises(AssertionError):
        assert_same_up_to_one_ulp(values, values * torch.nan)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_on_a_gpu_the_host_does_not_wait():
    batches = data.Batches(PIXELS, 5, crop=16, flip=True, targets=("rgb", "lab"), device="cuda")
    next(iter(batches))  # the pixels are sent once
    torch.cuda.set_sync_debug_mode("error")
    try:
        assert sum(len(batch.index) for batch in batches) == len(PIXELS)
    finally:
        torch.cuda.set_sync_debug_mode("default")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("room", [1 << 30, 0])
def test_on_a_gpu_the_same_pictures(monkeypatch, room):
    monkeypatch.setattr("huelab.data.pixels._room", lambda device: room)
    options = {"crop": 16, "flip": True, "targets": ("rgb", "gray", "lab")}
    for one, two in zip(made(**options), made(**options, device="cuda"), strict=True):
        assert two.lab.is_cuda and torch.equal(one.index, two.index.cpu())
        assert_same_up_to_one_ulp(one.rgb, two.rgb)
        assert (one.lab - two.lab.cpu()).abs().max() < 1e-3
        assert (one.gray - two.gray.cpu()).abs().max() < 1e-5


# When which pictures come


def test_an_epoch_is_a_function_of_seed_and_number():
    def order(epoch, seed):
        return torch.cat([batch.index for batch in made(epoch, seed=seed)]).tolist()

    assert order(3, 0) == order(3, 0)
    assert sorted(order(3, 0)) == list(range(23)) != order(3, 0)
    assert len({tuple(order(epoch, seed)) for epoch in range(4) for seed in range(4)}) == 16


def test_iterating_twice_gives_the_same_batches_whatever_ran_between():
    batches = data.Batches(PIXELS, 5, crop=16, flip=True, targets=("rgb",))
    first = [batch.rgb for batch in batches]
    torch.manual_seed(7)
    next(iter(batches))
    assert all(torch.equal(a, b.rgb) for a, b in zip(first, batches, strict=True))
    batches.set_epoch(1)
    assert not torch.equal(first[0], next(iter(batches)).rgb)


def test_global_random_state_is_left_alone():
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    made(crop=16, flip=True)
    assert torch.equal(torch.rand(4), expected)


def test_drop_last():
    assert len(data.Batches(PIXELS, 5)) == 5 == len(made())
    assert len(data.Batches(PIXELS, 5, drop_last=True)) == 4 == len(made(drop_last=True))
    assert len(data.Batches(PIXELS[:20], 5)) == len(data.Batches(PIXELS[:20], 5, drop_last=True))
    assert len(data.Batches(PIXELS, 50)) == 1 and len(data.Batches(PIXELS, 50, drop_last=True)) == 0


@pytest.mark.parametrize("world", [2, 3])
def test_processes_share_each_batch(monkeypatch, world):
    """Together they make what one process with the batch size of all makes, crop for crop."""
    options = {"crop": 16, "flip": True, "targets": ("rgb",), "drop_last": True}
    alone = made(2, batch_size=3 * world, **options)
    shares = []
    for rank in range(world):
        monkeypatch.setattr(module, "rank_and_count", lambda rank=rank: (rank, world))
        shares.append(made(2, batch_size=3, **options))
    for whole, *parts in zip(alone, *shares, strict=True):
        assert all(len(part.index) == 3 for part in parts)
        for rank, part in enumerate(parts):
            assert torch.equal(whole.index[rank::world], part.index)
            assert torch.equal(whole.rgb[rank::world], part.rgb)


@pytest.mark.parametrize("world", [2, 4, 7])
@pytest.mark.parametrize("n", [23, 22, 21, 20, 17])
def test_uneven_numbers_are_never_padded(monkeypatch, world, n):
    training, evaluation = [], []
    for rank in range(world):
        monkeypatch.setattr(module, "rank_and_count", lambda rank=rank: (rank, world))
        for lots, shuffle in ((training, True), (evaluation, False)):
            batches = data.Batches(PIXELS[:n], 2, shuffle=shuffle, targets=())
            lots.append([batch.index.tolist() for batch in batches])
            assert len(lots[-1]) == len(batches)
    # In training all take the same number of steps and each picture comes at most once.
    assert len({len(lot) for lot in training}) == 1
    used = [index for lot in training for batch in lot for index in batch]
    assert len(set(used)) == len(used) > n - world
    # In evaluation each picture comes exactly once.
    assert sorted(i for lot in evaluation for batch in lot for i in batch) == list(range(n))


SCRIPT = """
import hashlib, sys
import numpy as np
from huelab import data
pixels = np.random.default_rng(0).integers(0, 256, (23, 20, 24, 3), dtype=np.uint8)
batches = data.Batches(pixels, 5, crop=16, flip=True, targets=("rgb",), seed=5)
batches.set_epoch(3)
print(hashlib.sha256(b"".join(batch.rgb.numpy().tobytes() for batch in batches)).hexdigest())
print(data.open_dataset("embedded", "train", 24).hash)
"""


def test_another_process_makes_the_same(tmp_path, monkeypatch):
    environment = {**os.environ, "HUELAB_CACHE": str(tmp_path / "theirs"), "PYTHONHASHSEED": "1"}
    theirs = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True
    )
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path / "ours"))
    batches = made(3, crop=16, flip=True, targets=("rgb",), seed=5)
    content = b"".join(batch.rgb.numpy().tobytes() for batch in batches)
    ours = [hashlib.sha256(content).hexdigest(), data.open_dataset("embedded", "train", 24).hash]
    assert theirs.stdout.split() == ours


def test_generators_depend_on_all_they_are_given():
    draws = {
        tuple(torch.randint(1 << 30, (3,), generator=data.generator_for(*where)).tolist())
        for where in [
            *((0, 0), (0, 0, 0), (0, 0, 1), (0, 1), (0, 1, 0), (1, 0), (1, 0, 0), (10, 1)),
            *((0, 0, 0, "crops"), (0, 0, -1, "order")),
        ]
    }
    assert len(draws) == 10


# Around it


def test_batches_of_a_photo_set(tmp_path, monkeypatch):
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path))
    photos = data.open_dataset("embedded", "test", 40)
    batches = data.Batches(photos, 16, crop=32, flip=True)
    assert len(pickle.dumps(batches)) < 20_000  # the pixels stay where they are
    for batch in pickle.loads(pickle.dumps(batches)):
        assert batch.rgb.shape == (16, 3, 32, 32) and batch.gray.shape == (16, 1, 32, 32)
    with pytest.raises(ValueError, match="open it with a size"):
        data.Batches(data.open_dataset("embedded", "test", None), 4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"crop": 21}, "crop must be 1 to 20"),
        ({"crop": 0}, "crop must be 1 to 20"),
        ({"targets": ("rgb", "hsv")}, r"unknown targets \['hsv'\]; there are rgb, gray, lab"),
        ({"gray_formula": "mean"}, "unknown gray formula 'mean'; there are rec601"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
    ],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        made(**options)
    with pytest.raises(ValueError, match="uint8"):
        data.Batches(PIXELS.astype(np.float32), 4)


def test_lightning_takes_them_and_sets_their_epochs(tmp_path):
    import lightning

    class Watching(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(1))
            self.seen = {}

        def training_step(self, batch, step):
            self.seen.setdefault(self.current_epoch, []).append(batch.index.tolist())
            return (batch.rgb.mean() * self.weight).sum()

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), 0.1)

    def fit(epochs, resume=None):
        watching = Watching()
        trainer = lightning.Trainer(
            max_epochs=epochs,
            accelerator="cpu",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            default_root_dir=tmp_path,
        )
        trainer.fit(watching, data.Batches(PIXELS, 8, crop=16, flip=True), ckpt_path=resume)
        trainer.save_checkpoint(tmp_path / "end.ckpt")
        return watching.seen

    expected = {
        epoch: [batch.index.tolist() for batch in made(epoch, batch_size=8)] for epoch in range(3)
    }
    assert fit(2) == {epoch: expected[epoch] for epoch in (0, 1)}
    assert fit(3, tmp_path / "end.ckpt") == {2: expected[2]}
