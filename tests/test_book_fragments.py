"""What the site's build puts into pages: the deviations that stand in the records' files."""

import json

import pytest
from book_files import ROOT
from bs4 import BeautifulSoup


@pytest.fixture(scope="module")
def folds():
    """The text of each folded part of the page of results."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "book"))
        import fragments
    page = BeautifulSoup(fragments.results(), "html.parser")
    return [[item.get_text() for item in fold.find_all("li")] for fold in page.find_all("details")]


@pytest.mark.parametrize(
    "run",
    ["gray-copy-cifar10--full--0", "vgg-faces--reduced--0", "vgg-fruits-by-class--reduced--0"],
)
def test_results_name_what_a_run_departs_in(folds, run):
    (path,) = (ROOT / "book" / "results").glob(f"{run}--*.json")
    deviations = json.loads(path.read_text(encoding="utf-8"))["deviations"]
    assert deviations
    recipe = run.partition("--")[0]
    for deviation in deviations:
        sentence = deviation["sentence"]
        lines = [line for fold in folds for line in fold if line.startswith(f"{sentence} ")]
        named = [name for line in lines for name in line.removeprefix(sentence).split(", ")]
        assert recipe in [name.strip() for name in named]
