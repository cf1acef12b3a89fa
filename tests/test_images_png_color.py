"""Colors that a PNG names by chunks: against closed forms of the standards, and Little CMS."""

import io
import struct
import zlib

import numpy as np
import pytest
from picture_files import (
    NOISE,
    P3_D50,
    assert_close,
    assert_same,
    png,
    rgb_profile,
    saved,
    srgb_from_linear,
)
from PIL import Image, ImageCms

from huelab.images import profiles, read

D65 = (0.3127, 0.3290)
SRGB = (*D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
P3 = (*D65, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)
REC2020 = (*D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046)
ROWS = [row.tobytes() for row in NOISE]


def gamma(value):
    return b"gAMA", struct.pack(">I", round(value * 100_000))


def primaries(corners):
    return b"cHRM", struct.pack(">8I", *(round(value * 100_000) for value in corners))


def cicp(*codes):
    return b"cICP", bytes(codes)


def embedded(profile):
    return b"iCCP", b"x\0\0" + zlib.compress(profile)


def noise(*chunks, notes=None):
    return read(png(9, 6, 8, 2, ROWS, *chunks), notes=notes)


def matrix(corners):
    """Linear RGB to XYZ, from the definition: the sum of the primaries is the white."""
    points = [np.array([x / y, 1, (1 - x - y) / y]) for x, y in np.reshape(corners, (4, 2))]
    white, columns = points[0], np.column_stack(points[1:])
    return columns * np.linalg.solve(columns, white)


def seen(linear, corners):
    """What sRGB shows for linear colors of other primaries of the same white."""
    return srgb_from_linear(linear @ (np.linalg.inv(matrix(SRGB)) @ matrix(corners)).T)


def rec709(value):
    return np.where(value < 0.081, value / 4.5, ((value + 0.099) / 1.099) ** (1 / 0.45))


def srgb(value):
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize("stored", [1.0, 1 / 1.8, 1 / 2.4, 0.5])
def test_gamma_alone_has_the_primaries_of_srgb(stored):
    found = noise(gamma(stored))
    assert_close(found, srgb_from_linear((NOISE / 255) ** (1 / round(stored, 5))), 1)


def test_gamma_of_gray_of_8_and_16_bits():
    ramp = np.arange(256, dtype=np.uint8)
    found = read(png(256, 1, 8, 0, [ramp.tobytes()], gamma(1)))
    expected = np.repeat(srgb_from_linear(ramp / 255)[None, :, None], 3, 2)
    assert_close(found, expected, 1)
    deep = np.arange(0, 65536, 257, dtype=">u2")
    assert_close(read(png(256, 1, 16, 0, [deep.tobytes()], gamma(1))), expected, 1)


def test_gamma_of_srgb_and_its_primaries_change_nothing():
    assert_same(noise(gamma(0.45455)), NOISE)
    assert_same(noise(primaries(SRGB), gamma(0.45455)), NOISE)


@pytest.mark.parametrize("corners", [P3, REC2020])
def test_gamma_with_primaries(corners):
    found = noise(gamma(1 / 2.2), primaries(corners))
    # 45455 stands for the curve of sRGB.
    assert_close(found, seen(srgb(NOISE / 255), corners), 2)
    found = noise(primaries(corners), gamma(0.5))
    assert_close(found, seen((NOISE / 255) ** 2, corners), 2)


def test_another_white_is_shown_as_white():
    corners = (0.3457, 0.3585, *P3[2:])
    white = [b"\xff" * 6]
    assert_same(read(png(2, 1, 8, 2, white, gamma(0.5), primaries(corners))), [[[255] * 3] * 2])


def test_a_profile_made_of_numbers_is_the_one_littlecms_knows():
    """Little CMS's own sRGB profile, and ours of the same primaries and curve."""
    own = ImageCms.ImageCmsProfile(io.BytesIO(profiles.rgb_profile(SRGB, profiles.SRGB_CURVE)))
    theirs = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    for name in ("red_colorant", "green_colorant", "blue_colorant"):
        assert (
            np.abs(np.subtract(getattr(own.profile, name), getattr(theirs.profile, name))).max()
            < 1e-3
        )
    every = Image.fromarray(np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3))
    exact = ImageCms.Flags.NOOPTIMIZE
    change = ImageCms.buildTransform(own, theirs, "RGB", "RGB", 1, exact)
    assert np.abs(np.asarray(change.apply(every)).astype(int) - np.asarray(every)).max() <= 1


@pytest.mark.parametrize(
    ("codes", "corners", "curve"),
    [
        ((1, 13, 0, 1), SRGB, srgb),
        ((12, 13, 0, 1), P3, srgb),
        ((9, 14, 0, 1), REC2020, rec709),
        ((1, 1, 0, 1), SRGB, rec709),
        ((1, 8, 0, 1), SRGB, lambda value: value),
        ((1, 4, 0, 1), SRGB, lambda value: value**2.2),
        ((5, 5, 0, 1), (*D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06), lambda value: value**2.8),
        ((6, 6, 0, 1), (*D65, 0.63, 0.34, 0.31, 0.595, 0.155, 0.07), rec709),
        ((22, 13, 0, 1), (*D65, 0.63, 0.34, 0.295, 0.605, 0.155, 0.077), srgb),
        (
            (1, 7, 0, 1),
            SRGB,
            lambda v: np.where(v < 0.0912, v / 4, ((v + 0.1115) / 1.1115) ** (1 / 0.45)),
        ),
    ],
)
def test_cicp(codes, corners, curve):
    found = noise(cicp(*codes), notes=(notes := []))
    assert_close(found, seen(curve(NOISE / 255), corners), 2)
    assert notes == []


@pytest.mark.parametrize("bits", [8, 16])
def test_cicp_of_narrow_range(bits):
    levels = np.arange(256)
    part = np.clip((levels - 16) / 219, 0, 1)
    row = {8: levels.astype(np.uint8), 16: (levels * 256).astype(">u2")}[bits]
    found = read(png(256, 1, bits, 0, [row.tobytes()], cicp(1, 8, 0, 0)))
    assert_close(found, np.repeat(srgb_from_linear(part)[None, :, None], 3, 2), 1)


def test_order_of_precedence():
    """cICP before iCCP before sRGB before gAMA and cHRM, whatever their order in the file."""
    linear = embedded(rgb_profile(P3_D50, 1.0))
    by_profile = read(saved(NOISE, "PNG", icc_profile=rgb_profile(P3_D50, 1.0)))
    wrong = gamma(0.25)
    assert_same(noise(wrong, primaries(REC2020), linear), by_profile)
    assert_same(noise(wrong, (b"sRGB", b"\0"), linear), by_profile)
    assert_same(noise(wrong, primaries(REC2020), (b"sRGB", b"\0")), NOISE)
    assert_same(noise(wrong, linear, cicp(1, 13, 0, 1)), NOISE)
    assert_same(noise(cicp(12, 13, 0, 1), linear), noise(cicp(12, 13, 0, 1)))


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        ((9, 16, 0, 1), "PQ"),
        ((9, 18, 0, 1), "HLG"),
        ((2, 2, 0, 1), "2/2/0"),
        ((1, 13, 1, 1), "1/13/1"),
    ],
)
def test_what_cannot_be_applied_is_said(codes, words):
    """Then the next of the order has the word."""
    found = noise(cicp(*codes), gamma(1), notes=(notes := []))
    assert_same(found, noise(gamma(1)))
    assert len(notes) == 1 and words in notes[0] and "not applied" in notes[0]


@pytest.mark.parametrize(
    "chunks",
    [
        [gamma(0)],
        [gamma(40)],
        [primaries((0.3, 0, 0.1, 0.1, 0.2, 0.2, 0.3, 0.3))],
        [primaries((*D65, 0.1, 0.1, 0.2, 0.2, 0.3, 0.3))],
    ],
)
def test_impossible_numbers_are_said(chunks):
    assert_same(noise(*chunks, notes=(notes := [])), NOISE)
    assert len(notes) == 1 and "not applied" in notes[0]


@pytest.mark.parametrize("chunk", [(b"gAMA", b"\0"), (b"cHRM", b"\0" * 5), (b"cICP", b"\1")])
def test_chunks_of_a_wrong_length_say_nothing(chunk):
    try:
        found = noise(chunk)
    except Exception as error:
        assert "<bytes>" in str(error)
    else:
        assert_same(found, NOISE)
