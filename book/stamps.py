"""What each result was built from, so that only what a change requires is built again.

`_build/stamps.json` keeps, for each result, a checksum of the names and contents of the files that
it was built from. A changed, new or deleted file counts, and a file that was only touched does not.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILT = ROOT / "_build"
STAMPS = BUILT / "stamps.json"


def checksum(*parts: Path | str) -> str:
    """A checksum of texts and files; a folder counts with all files in it."""
    found = hashlib.sha256()
    for part in parts:
        for name, content in _contents(part):
            found.update(f"{name}\0{len(content)}\0".encode() + content)
    return found.hexdigest()


def _contents(part: Path | str) -> Iterable[tuple[str, bytes]]:
    if isinstance(part, str):
        yield part, b""
        return
    files = sorted(part.rglob("*")) if part.is_dir() else [part]
    for file in files:
        if file.is_file() and file.suffix != ".pyc":
            yield file.relative_to(ROOT).as_posix(), file.read_bytes()


def is_fresh(target: Path, stamp: str) -> bool:
    """Whether `target` exists and was made from files with the checksum `stamp`."""
    return target.exists() and _stamps().get(target.name) == stamp


def keep_stamp(target: Path, stamp: str) -> None:
    """Write down the checksum of the files from which `target` was made."""
    text = json.dumps(_stamps() | {target.name: stamp}, indent=1)
    new = STAMPS.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    new.replace(STAMPS)


def _stamps() -> dict[str, str]:
    try:
        return json.loads(STAMPS.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
