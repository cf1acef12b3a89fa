"""The members of an archive, read as if somebody had packed it to do harm.

This module writes nothing and never follows links. Three limits keep an archive from costing too
much: the number of its members, the size of each, and the size of all of them compared with that of
the archive.
"""

import bz2
import gzip
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

from huelab.data.source import DataError

#: The most members of an archive: four times as many as the largest part of any set has, which is
#: COCO's training part.
MEMBERS = 500_000
#: The most bytes of a member: thirty times as many as the largest picture of any set has.
MEMBER_BYTES = 1 << 26
#: The most bytes of all members for each byte of the archive. Pictures hardly shrink when they are
#: packed; the tables and texts next to them shrink to a tenth.
GROWTH = 10
#: Bytes that any archive may unpack to, however small it is.
SMALL = 1 << 30

_AGAIN = "Remove it and get it again"
_ENCRYPTED = 0x41  # the bits of a zip's flags for encryption and for strong encryption
_OPENERS: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
}


class ArchiveError(DataError):
    """An archive cannot be used; the message names it and says what to do.

    Attributes:
        reason: what is wrong with it, as a predicate that follows its name.

    Example:
        >>> print(ArchiveError(Path("photos.zip"), "is cut short"))
        photos.zip is cut short. Remove it and get it again
    """

    def __init__(self, archive: Path, reason: str, advice: str = _AGAIN):
        super().__init__(f"{archive} {reason}. {advice}")
        self.reason = reason


_Open = Callable[[], IO[bytes]]


@dataclass(frozen=True)
class Member:
    """A file in an archive.

    Attributes:
        archive: the archive that it is in.
        name: its name in the archive, which may be any text.
        size: its size in bytes, by the archive.

    Example:
        >>> import io
        >>> member = Member(Path("a.zip"), "a.png", 6, partial(io.BytesIO, b"pixels"))
        >>> member.read(), member.is_too_large
        (b'pixels', False)
    """

    archive: Path
    name: str
    size: int
    _open: _Open

    @property
    def is_too_large(self) -> bool:
        """Whether it is larger than any picture of a set."""
        return self.size > MEMBER_BYTES

    def read(self) -> bytes:
        """The bytes of the member. It must be read before the next member is asked for.

        Raises:
            ArchiveError: if it is too large, encrypted, damaged, or packed in a way that Python
                cannot unpack.
        """
        if self.is_too_large:
            raise ArchiveError(
                self.archive,
                f"holds {self.name!r} of {self.size / 1e6:,.0f} MB, and no picture has more than "
                f"{MEMBER_BYTES / 1e6:,.0f}",
            )
        with _reading(self.archive), self._open() as file:
            content = file.read(self.size)
            if len(content) < self.size:
                raise EOFError(f"{self.name!r} is cut off")
            file.read(1)  # reach the end, where zipfile compares the checksum
        return content


def members(archive: Path) -> Iterator[Member]:
    """The files in a .zip, .tar, .tar.gz, .tar.bz2, or .tar.xz, in its order, without links.

    Raises:
        ArchiveError: if the archive is damaged, or would unpack to more than `MEMBERS`, `GROWTH`,
            and `SMALL` allow; the message names the archive and says what to do.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     archive = Path(folder, "a.zip")
        ...     with zipfile.ZipFile(archive, "w") as packed:
        ...         packed.writestr("apple/1.jpg", b"pixels")
        ...     [(member.name, member.size, member.read()) for member in members(archive)]
        [('apple/1.jpg', 6, b'pixels')]
    """
    with _reading(archive):
        most = max(SMALL, GROWTH * archive.stat().st_size)
        found = _zipped if zipfile.is_zipfile(archive) else _tarred
        number = total = 0
        for member in found(archive, most):
            number, total = number + 1, total + member.size
            if number > MEMBERS:
                raise ArchiveError(archive, f"holds more than {MEMBERS:,} files")
            if total > most:
                raise ArchiveError(archive, _too_much(most))
            yield member


def _too_much(most: int) -> str:
    return f"would unpack to more than {most / 1e9:,.1f} GB, which no set of its size does"


def _zipped(archive: Path, most: int) -> Iterator[Member]:
    with zipfile.ZipFile(archive) as packed:
        for info in packed.infolist():
            if not info.is_dir():
                opened = _opener(archive, packed, info)
                yield Member(archive, info.filename, info.file_size, opened)


def _opener(archive: Path, packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> _Open:
    def opened() -> IO[bytes]:
        if info.flag_bits & _ENCRYPTED:
            raise ArchiveError(archive, "is encrypted", "Get one that needs no password")
        try:
            return packed.open(info)
        except NotImplementedError as error:
            raise ArchiveError(
                archive,
                f"is packed in a way that Python cannot unpack ({error})",
                "Unpack it with another program, and pack its files again as an ordinary zip",
            ) from error

    return opened


def _tarred(archive: Path, most: int) -> Iterator[Member]:
    with open(archive, "rb") as file:
        beginning = file.read(8)
        file.seek(0)
        fitting = (opener for magic, opener in _OPENERS.items() if beginning.startswith(magic))
        stream = next(fitting, lambda file: file)(file)
        bounded = cast(IO[bytes], _Bounded(archive, stream, most))
        with tarfile.open(fileobj=bounded, mode="r:") as packed:
            while (info := packed.next()) is not None:
                packed.members = []  # type: ignore[attr-defined]  # tarfile would keep all of them
                if info.isfile():
                    opened = partial(packed.extractfile, info)
                    yield Member(archive, info.name, info.size, cast(_Open, opened))


class _Bounded:
    """A stream that gives no more bytes than the limits allow, and not too many at once.

    The headers of a tar state their own length, and a short archive can unpack to any length.
    """

    def __init__(self, archive: Path, stream: IO[bytes], most: int):
        self.archive, self.stream, self.most = archive, stream, most
        self.tell = stream.tell

    def read(self, size: int) -> bytes:
        if size > MEMBER_BYTES:
            raise ValueError("a header is too long")
        return self.stream.read(size)

    def seek(self, position: int) -> int:
        # The headers and the padding of a tar take room, too.
        if position > 2 * self.most:
            raise ArchiveError(self.archive, _too_much(self.most))
        return self.stream.seek(position)


@contextmanager
def _reading(archive: Path) -> Iterator[None]:
    """Turn every error of reading an archive into an ArchiveError."""
    try:
        yield
    except ArchiveError:
        raise
    except Exception as error:  # a damaged file can cause errors of any kind
        if isinstance(error, OSError) and error.errno is not None:
            raise ArchiveError(archive, f"cannot be read: {error.strerror}") from error
        words = " ".join(str(error).split())[:200] or type(error).__name__
        raise ArchiveError(archive, f"is damaged ({words})") from error
