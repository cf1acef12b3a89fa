"""Make a committed listing from a folder of pictures with a `manifest.csv` that names sources.

    python -m huelab.data.sources.make_manifests NAME FOLDER [--archive] [--digits 16]

Needed only when a set changes. `--archive` is for sets of very many files, or of files whose
paths are not known: whole commits are fetched and searched by sha256, so paths are left out.
"""

import argparse
import csv
import json
from dataclasses import replace
from pathlib import Path

from huelab.data.sources.make import pixels_sha256
from huelab.data.sources.manifests import FOLDER, Entry, Origin, digest_of, pack

# A sheet of many pictures is named, its row, and what else there is to say: "x.png row 7; ...".
_ROW = " row "


def entry_of(row: dict[str, str], root: Path, *, archive: bool = False, digits: int = 64) -> Entry:
    """A row of a folder's manifest as a row of a listing."""
    path, _, after = row.get("source_path", "").partition(_ROW)
    number = after.partition(";")[0] if after else ""
    original = row.get("source_sha256", "")
    resized = row.get("resized") == "1"
    return Entry(
        file=row["file"],
        label=row.get("label", ""),
        dataset=row["dataset"],
        path="" if archive else path,
        original=original if original != row["sha256"] else "",
        sha256=row["sha256"][:digits],
        size=f"{row['width']}x{row['height']}" if resized else "",
        row=number,
        pixels=pixels_sha256((root / row["file"]).read_bytes()) if number else "",
    )


def make(name: str, root: Path, *, archive: bool = False, digits: int = 64) -> None:
    """Write the listing of one set and its facts.

    Raises:
        ValueError: if a picture lies in another split than its manifest says.
    """
    with open(root / "manifest.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    entries = [entry_of(row, root, archive=archive, digits=digits) for row in rows]
    for entry, row in zip(entries, rows, strict=True):
        if entry.split != row["split"]:
            raise ValueError(f"{entry.file} is listed as {row['split']}")
    origins = {
        row["dataset"]: Origin(row["source_repo"], row["source_commit"], row["licence"])
        for row in rows
    }
    (FOLDER / f"{name}.csv.gz").write_bytes(pack(entries))
    table = FOLDER / "sources.json"
    facts = json.loads(table.read_text(encoding="utf-8")) if table.exists() else {}
    for key, known in facts.get(name, {}).get("origins", {}).items():
        if key in origins:  # what was found out about a license since is not lost
            origins[key] = replace(origins[key], license=known["license"])
    facts[name] = {
        "archive": archive,
        "digest": digest_of((row["file"], row["sha256"]) for row in rows),
        "origins": {
            key: {field: getattr(origin, field) for field in Origin.__slots__}
            for key, origin in sorted(origins.items())
        },
    }
    ordered = json.dumps(dict(sorted(facts.items())), indent=2, ensure_ascii=False)
    table.write_text(ordered + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("name")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--archive", action="store_true")
    parser.add_argument("--digits", type=int, default=64)
    asked = parser.parse_args()
    make(asked.name, asked.folder, archive=asked.archive, digits=asked.digits)
