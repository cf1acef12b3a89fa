"""Archives that are damaged, or packed to do harm: one line, and nothing is left behind."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest

from huelab.data import DataError, sources
from huelab.data.sources import archives


def zip_of(contents):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in contents.items():
            packed.writestr(name, content)
    return file.getvalue()


def tar_of(contents, links=()):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as packed:
        for name, kind in links:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "../../secret"
            packed.addfile(info)
        for name, content in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
    return file.getvalue()


PICTURES = {f"{k}.jpg": bytes([k]) * 5000 for k in range(3)}
ZIP, TAR = zip_of(PICTURES), tar_of(PICTURES)


def edited(packed, at, value):
    """Change the field at an offset of the local header and of the entry in the directory."""
    content = bytearray(packed)
    for place in (at + packed.index(b"PK\3\4"), at + 2 + packed.index(b"PK\1\2")):
        content[place : place + len(value)] = value
    return bytes(content)


def huge_header():
    """A GNU long name of 300 MB, which gzip packs into 300 KB."""
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 300_000_000
    return gzip.compress(info.tobuf(tarfile.GNU_FORMAT) + bytes(1000))


def claims(size):
    """A tar whose first member says that it has so many bytes."""
    info = tarfile.TarInfo("0.jpg")
    info.size = size
    return gzip.compress(info.tobuf(tarfile.GNU_FORMAT) + bytes(5000))


@pytest.fixture
def unpack(tmp_path):
    (tmp_path / "secret").write_text("secret")

    def unpack(content, count=3):
        (tmp_path / "set").mkdir(exist_ok=True)
        (tmp_path / "set" / "a.zip").write_bytes(content)
        sources.unpack(tmp_path / "set" / "a.zip", tmp_path / "set", "pictures", str, count)
        return {file.name: file.read_bytes() for file in (tmp_path / "set/pictures").iterdir()}

    return unpack


@pytest.mark.parametrize(
    "content", [ZIP, TAR, gzip.compress(TAR), bz2.compress(TAR), lzma.compress(TAR)]
)
def test_archives_of_every_kind_are_unpacked(unpack, content):
    assert unpack(content) == PICTURES


BAD = {
    "an encrypted zip": (edited(ZIP, 6, b"\1"), "is encrypted. Get one that needs no password"),
    "deflate64": (edited(ZIP, 8, b"\x09"), "pack its files again as an ordinary zip"),
    "a zip with a wrong checksum": (edited(ZIP, 14, b"\0\0\0\0"), "is damaged"),
    "half a zip": (ZIP[: len(ZIP) // 2], "is damaged"),
    "half a gz": (gzip.compress(TAR)[:60], "is damaged"),
    "a wrong bz2": (bz2.compress(TAR)[:40] + b"x" * 40, "is damaged"),
    "a wrong xz": (lzma.compress(TAR)[:40] + b"x" * 200, "is damaged"),
    "half a tar": (TAR[:7000], "is damaged"),
    "a page": (b"<html>Sign in to your hotel's network</html>", "is damaged"),
    "nothing": (b"", "is damaged"),
    "a long header": (huge_header(), "is damaged"),
    "a large member": (claims(70_000_000), "no picture has more than 67"),
    "a huge member": (claims(1 << 40), "would unpack to more than 1.1 GB"),
    "a negative member": (claims(-5), "is damaged"),
    "zip slip": (zip_of({"../../x.jpg": b"", **PICTURES}), "would lie outside of"),
    "tar slip": (tar_of({"/elsewhere/x.jpg": b"", **PICTURES}), "would lie outside of"),
    "a folder as a file": (tar_of({".": b"", **PICTURES}), "would lie outside of"),
    "a part": (
        zip_of({"0.jpg": b""}),
        "holds 1 of 3 pictures. Remove it and get the whole archive",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_archive_is_one_line_and_leaves_nothing_behind(unpack, tmp_path, name):
    content, said = BAD[name]
    with pytest.raises(DataError) as caught:
        unpack(content)
    message = str(caught.value)
    assert said in message and str(tmp_path / "set" / "a.zip") in message and "\n" not in message
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"a.zip", "secret"}
    assert unpack(ZIP) == PICTURES  # the right one in its place


def test_links_are_left_out(unpack):
    links = [("link.jpg", tarfile.SYMTYPE), ("hard.jpg", tarfile.LNKTYPE)]
    assert unpack(tar_of(PICTURES, links)) == PICTURES


@pytest.mark.parametrize("pack", [zip_of, tar_of])
def test_the_members_and_what_they_unpack_to_have_limits(unpack, monkeypatch, pack):
    monkeypatch.setattr(archives, "MEMBERS", 2)
    with pytest.raises(DataError, match="holds more than 2 files"):
        unpack(pack(PICTURES))
    monkeypatch.undo()
    monkeypatch.setattr(archives, "SMALL", 100)
    packed = pack({"0.jpg": bytes(40_000)})
    packed = packed if pack is zip_of else gzip.compress(packed)
    with pytest.raises(DataError, match="would unpack to more than"):
        unpack(packed, 1)
    monkeypatch.setattr(archives, "GROWTH", 400)
    assert unpack(packed, 1) == {"0.jpg": bytes(40_000)}
