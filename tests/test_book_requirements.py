"""What the library imports is asked for, and what is asked for has one version everywhere."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

from book_files import ROOT


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(name: str) -> dict[str, str]:
    """Distribution -> version, of a requirements file."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    found = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonical(name): version for name, version in found}


def imported() -> set[str]:
    """The distributions that the library imports, anywhere in its code."""
    modules = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                modules.add(node.module.split(".")[0])
    # IPython is imported only where a notebook is running, and there it is at hand.
    modules -= {"huelab", "IPython", *sys.stdlib_module_names}
    known = packages_distributions()
    return {canonical(known.get(module, [module])[0]) for module in modules}


def test_package_asks_for_what_it_imports():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [project["dependencies"], *project["optional-dependencies"].values()]
    names = {canonical(re.match(r"[\w.-]+", item)[0]) for group in asked for item in group}
    assert sorted(imported() - names) == [], "missing in pyproject.toml"


def test_requirements_pin_what_is_imported():
    assert sorted(imported() - set(pins("requirements.txt"))) == []


def test_lock_agrees_with_the_requirements():
    lock = pins("requirements.lock")
    assert {name: lock.get(name) for name in pins("requirements.txt")} == pins("requirements.txt")
