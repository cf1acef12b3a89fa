"""The table of contents, the literature and the vendored scripts are complete."""

import hashlib
import re

import numpy as np
import pytest
import readme_picture
import yaml
from book_files import CHAPTERS, PAGES, ROOT, citations, stem, toc
from pybtex.database import parse_file

from huelab import DEFAULT_MODEL, images, records
from huelab.apply import colorize
from huelab.methods import shipped

VENDORED = {"site": ROOT / "book" / "_static" / "vendor", "tests": ROOT / "tests" / "vendor"}
ENTRIES = parse_file(str(ROOT / "book" / "references.bib")).entries


def test_table_of_contents_lists_everything_once():
    files = [path.relative_to(ROOT).with_suffix("").as_posix() for path in [*PAGES, *CHAPTERS]]
    assert sorted(toc()) == sorted(files)


def test_deeper_chapter_is_listed_under_its_chapter():
    """What may be skipped, `NN_name_deeper`, stands in the sections of `NN_name`, alone."""
    parts = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))["parts"]
    listed = [chapter for part in parts for chapter in part["chapters"]]
    under = {s["file"]: c["file"] for c in listed for s in c.get("sections", [])}
    names = [path.stem for path in CHAPTERS if path.stem.endswith("_deeper")]
    expected = {f"notebooks/{n}": f"notebooks/{n.removesuffix('_deeper')}" for n in names}
    assert under == expected


@pytest.mark.parametrize("path", [*PAGES, *CHAPTERS], ids=stem)
def test_citations_have_entries(path):
    assert citations(path.read_text(encoding="utf-8")) <= set(ENTRIES)


@pytest.mark.parametrize("key", sorted(ENTRIES))
def test_entry_is_usable(key):
    entry = ENTRIES[key]
    assert entry.fields.get("title") and entry.persons
    # A paper without a date is cited as one; everything published has a year.
    assert "year" in entry.fields or entry.type == "unpublished"
    assert re.fullmatch(r"10\.\d{4,9}/\S+", entry.fields.get("doi", "10.0000/none"))


def test_no_work_has_two_entries():
    titles = [re.sub(r"\W+", "", entry.fields["title"]).lower() for entry in ENTRIES.values()]
    dois = [entry.fields["doi"].lower() for entry in ENTRIES.values() if "doi" in entry.fields]
    assert len(set(titles)) == len(titles)
    assert len(set(dois)) == len(dois)


@pytest.mark.parametrize("folder", VENDORED.values(), ids=VENDORED)
def test_vendored_scripts_are_the_published_ones(folder):
    lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {name.removeprefix("./"): sha for sha, name in (line.split() for line in lines)}
    files = [path for path in folder.rglob("*") if path.is_file()]
    found = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.name not in ("README.md", "SHA256SUMS")
    }
    assert found == sums


def test_readme_says_how_the_network_that_ships_compares_with_gray():
    """Both numbers of each pair come from records, and the words follow from them."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    entry = shipped.index()[DEFAULT_MODEL]
    by_id = {record.id: record for record in records.find()}
    behind = []
    for name in ("photos", "kodak24"):
        place = f"{name}/test at 256"
        (gray,) = [
            r for r in by_id.values() if (r.recipe, r.profile) == (f"gray-copy-{name}", "full")
        ]
        cells = []
        for metric, unit in (("delta_e_2000", ""), ("psnr", " dB")):
            where = {"data": place, "averaging": "pictures"}
            where |= {"space": "rgb", "range": "1"} if metric == "psnr" else {}
            values = [records.value(r, metric, **where) for r in (by_id[entry.record], gray)]
            cells += [f"{value:.2f}{unit}" for value in values]
            behind += [values[0] > values[1]] if metric == "delta_e_2000" else []
        (n,) = {m.n for m in by_id[entry.record].metrics if m.data == place and m.name == "psnr"}
        assert f"| {n} of `{name}` | {' | '.join(cells)} |" in text
    assert behind == [False, True]
    assert "its colors are **closer to the truth** than gray" in text
    assert "of other kinds, gray is **closer to the truth**" in text
    assert "a gray copy is closer" in entry.good_at
    size = entry.path.stat().st_size / 1e6
    begun = by_id[by_id[entry.record].config["method_args"]["record"]]
    assert f"{size:.1f} MB, trained on {begun.data.train.n:,} photographs" in text


def test_readme_shows_what_its_command_makes():
    """The picture on the first page is the default network's, and its left half the original."""
    shown, original = images.read(readme_picture.RESULT), images.read(readme_picture.SOURCE)
    width = original.shape[1]
    assert shown.shape[1] >= 2 * width
    made = colorize(original)
    for half, expected in ((shown[:, :width], original), (shown[:, -width:], made)):
        assert np.abs(half.astype(int) - expected).mean() < 3
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"huelab colorize {readme_picture.SOURCE.name} --side-by-side --format jpg" in text


def test_readme_names_every_chapter_with_its_recorded_cost():
    """The README's table is copied from the record of `huelab bench chapters`."""
    record = records.find("bench-chapters")[-1]
    found = {m.name: m.value for m in record.metrics}
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for chapter in sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9]*.py")):
        row = next(line for line in text.splitlines() if f"(notebooks/{chapter}.ipynb)" in line)
        cost = "| not recorded yet | not recorded yet |"
        if f"seconds: {chapter}" in found:
            seconds, memory = found[f"seconds: {chapter}"], found[f"peak_mb: {chapter}"]
            cost = f"| {seconds:.0f} s | {memory:,.0f} MB |"
        assert row.rstrip().endswith(cost), row
