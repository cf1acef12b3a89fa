"""Picture files made by hand, and the colors that they should have, worked out by hand."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

RNG = np.random.default_rng(0)
NOISE = RNG.integers(0, 256, (6, 9, 3), dtype=np.uint8)
RGBA = np.concatenate([NOISE, RNG.integers(0, 256, (6, 9, 1), dtype=np.uint8)], 2)
RGBA[0, :4, 3] = (0, 255, 1, 254)


def saved(image, form, **options) -> bytes:
    image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def png(width, height, depth, kind, rows, *extra, interlace=0, pieces=1) -> bytes:
    """A PNG by hand: `rows` are the packed samples of each row, `extra` chunks (name, data)."""
    packed = zlib.compress(b"".join(b"\0" + row for row in rows))
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlace)
    chunks = [(b"IHDR", head), *extra, (b"IDAT", packed), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def tiff(width, height, samples, order="<", **tags) -> bytes:
    """An uncompressed TIFF by hand: `samples` bytes, tags by number as t262=8."""
    entries = {256: width, 257: height, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: height}
    entries |= {279: len(samples)} | {int(name[1:]): value for name, value in tags.items()}
    spare, directory = b"", b""
    start = 8 + len(samples) + len(samples) % 2
    for tag, value in sorted(entries.items()):
        values = value if isinstance(value, tuple) else (value,)
        packed = struct.pack(f"{order}{len(values)}H", *values)
        if len(packed) > 4:
            where = start + 2 + 12 * len(entries) + 4 + len(spare)
            spare, packed = spare + packed, struct.pack(f"{order}I", where)
        directory += struct.pack(f"{order}HHI", tag, 3, len(values)) + packed.ljust(4, b"\0")
    head = b"II*\0" if order == "<" else b"MM\0*"
    count = struct.pack(f"{order}H", len(entries))
    padding = b"\0" * (len(samples) % 2)
    return (
        head + struct.pack(f"{order}I", start) + samples + padding + count + directory + b"\0" * 4
    ) + spare


# Color by hand: an ICC writer and the profile connection space (D50), from the specification.

D50 = np.array([0.9642, 1.0, 0.8249])
# sRGB's colorants adapted to D50, as in every sRGB profile; columns are red, green and blue.
SRGB_D50 = np.array(
    [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]]
)
# Display P3 and ProPhoto-like wide colorants, adapted to D50.
P3_D50 = np.array(
    [[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]]
)


def icc(space, kind, tags, connection=b"XYZ ") -> bytes:
    head = struct.pack(">I4sI4s4s4s", 0, b"none", 0x02400000, kind, space, connection)
    head += struct.pack(">6H4s", 2000, 1, 1, 0, 0, 0, b"acsp").ljust(32, b"\0")
    head = head[:68].ljust(68, b"\0") + fixed(*D50)
    head = head.ljust(128, b"\0")
    tags = {b"desc": b"desc\0\0\0\0\0\0\0\2x\0".ljust(90, b"\0"), b"wtpt": xyz(*D50)} | tags
    table, body, where = b"", b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", where + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    whole = head + struct.pack(">I", len(tags)) + table + body
    return struct.pack(">I", len(whole)) + whole[4:]


def fixed(*values):
    return struct.pack(f">{len(values)}i", *(round(v * 65536) for v in values))


def xyz(*values):
    return b"XYZ \0\0\0\0" + fixed(*values)


def curve(gamma):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))


def rgb_profile(colorants, gamma):
    names = (b"rXYZ", b"gXYZ", b"bXYZ")
    tags = {name: xyz(*column) for name, column in zip(names, colorants.T, strict=True)}
    return icc(b"RGB ", b"mntr", tags | {n: curve(gamma) for n in (b"rTRC", b"gTRC", b"bTRC")})


def gray_profile(gamma):
    return icc(b"GRAY", b"mntr", {b"kTRC": curve(gamma)})


def lab_bytes(lab):
    """CIE Lab as the 8-bit numbers of ICC version 2: L 0..100 on 0..255, a and b from -128."""
    return [round(lab[0] * 2.55), round(lab[1]) + 128, round(lab[2]) + 128]


def cmyk_profile(corner):
    """A profile of two grid points an ink; `corner(c, m, y, k)` of 0 or 1 gives Lab."""
    grid = [(c, m, y, k) for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1)]
    ramp = bytes(range(256))
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + fixed(1, 0, 0, 0, 1, 0, 0, 0, 1) + ramp * 4
    table += bytes(n for point in grid for n in lab_bytes(corner(*point))) + ramp * 3
    return icc(b"CMYK", b"prtr", {b"A2B0": table, b"A2B1": table}, b"Lab ")


def srgb_from_linear(linear):
    linear = np.clip(linear, 0, 1)
    curved = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(curved * 255).astype(int)


def srgb_from_lab(lab):
    lab = np.asarray(lab, float)
    y = (lab[..., 0] + 16) / 116
    f = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], -1)
    pcs = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * D50
    return srgb_from_linear(pcs @ np.linalg.inv(SRGB_D50).T)


def over(rgb, alpha, paper=(255, 255, 255)):
    rgb, alpha = np.asarray(rgb, float), np.asarray(alpha, float)[..., None] / 255
    return np.floor(rgb * alpha + np.asarray(paper) * (1 - alpha) + 0.5).astype(int)


def assert_close(got, expected, most=1):
    assert got.dtype == np.uint8 and got.shape == np.shape(expected)
    worst = np.abs(got.astype(int) - expected).max()
    assert worst <= most


def assert_same(got, expected):
    assert_close(got, np.asarray(expected), 0)
