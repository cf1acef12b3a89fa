"""What CONTRIBUTING.md shows works as it stands there: a new method, its recipe, its training."""

import re
import sys
from types import ModuleType

import pytest
import torch
from book_files import ROOT
from skimage.color import rgb2lab

from huelab import records
from huelab.recipes import RecipeError
from huelab.reproduce import reproduce

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
METHOD, RECIPE, USE = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


@pytest.fixture
def tint(monkeypatch, tmp_path):
    """The example as the module that it would be."""
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HUELAB_RESULTS", str(tmp_path / "results"))
    torch.manual_seed(0)
    module = ModuleType("huelab.methods.tint")
    exec(compile(METHOD, "tint.py", "exec"), module.__dict__)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def error_of_ab(rgb, truth):
    """Mean squared error of a* and b*, by scikit-image."""
    first, second = (rgb2lab(picture.numpy(), channel_axis=1)[:, 1:] for picture in (rgb, truth))
    return ((first - second) ** 2).mean()


def test_the_method_learns_colors_and_beats_a_gray_copy(tint):
    names = {}
    exec(compile(USE, "use.py", "exec"), names)
    method, photographs = names["method"], names["photographs"]
    truth = torch.stack(list(photographs)) / 255
    gray = names["rgb_to_gray"](truth, method.gray_formula)
    assert names["colored"].shape == names["truth"].shape
    trained = error_of_ab(method.colorize(gray), truth)
    assert trained < 0.95 * error_of_ab(gray.expand_as(truth), truth)
    assert trained < 0.95 * error_of_ab(tint.Tint().colorize(gray), truth)


def test_the_recipe_runs_in_the_quick_profile(tint):
    names = {}
    exec(compile(RECIPE, "recipe.py", "exec"), names)
    recipe = names["TINT"]
    reproduce(recipe, profile="quick", device="cpu")
    assert records.find("tint") == []  # a quick run is no result
    recipe.config("full")
    with pytest.raises(RecipeError, match="no profile 'reduced'"):
        recipe.config("reduced")


def test_the_commands_it_names_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in set(re.findall(r"`make ([a-z]+)`", TEXT)):
        assert re.search(rf"(?m)^{command}:.*## ", makefile), command


def test_no_method_of_the_library_has_the_name_of_the_example():
    assert not (ROOT / "src" / "huelab" / "methods" / "tint.py").exists()
