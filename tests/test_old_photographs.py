"""The old photographs of the book may be shown, and their list says why and by whom."""

import csv

import pytest
from book_files import ROOT
from PIL import Image

OLD = ROOT / "book" / "_static" / "old"
#: Why a photograph may be in the book.
BASES = {
    "published in the United States before 1931",
    "work of the United States government",
    "the author died in 1944, more than 70 years ago",
    "no known copyright restrictions, as the Library of Congress says of the collection",
}


def rows(name):
    with open(OLD / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


CREDITS = rows("credits.csv")


def test_every_photograph_is_listed_once():
    files = sorted(path.name for path in OLD.glob("*.jpg"))
    assert sorted(row["file"] for row in CREDITS) == files and len(files) == 10


@pytest.mark.parametrize("row", CREDITS, ids=lambda row: row["file"])
def test_photograph_has_a_license_that_allows_it(row):
    assert all(row.values()) and row["license"] == "public domain" and row["basis"] in BASES
    if row["basis"].startswith("published"):
        assert int(row["year"].split()[-1]) < 1931


def test_photographs_are_small_and_carry_no_one_elses_metadata():
    sizes = []
    for path in OLD.glob("*.jpg"):
        with Image.open(path) as image:
            assert max(image.size) <= 640 and image.format == "JPEG"
            assert not image.getexif() and "icc_profile" not in image.info
        sizes.append(path.stat().st_size)
    assert sum(sizes) < 900_000


def test_four_have_known_colors_and_six_have_none():
    modes = {}
    for row in CREDITS:
        with Image.open(OLD / row["file"]) as image:
            modes[row["file"]] = image.mode
    assert list(modes.values()) == ["L"] * 6 + ["RGB"] * 4
    assert all("Prokudin" in row["author"] for row in CREDITS[-4:])


def test_what_was_left_out_has_a_reason():
    left = rows("left_out.csv")
    assert len(left) == 8 and all(row["why"] for row in left)
