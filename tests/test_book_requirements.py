"""What the library imports is asked for, and what is asked for has one version everywhere."""

import ast
import re
import sys
import tomllib
from importlib.metadata import distribution, distributions, packages_distributions

import pytest
from book_files import ROOT
from packaging.requirements import Requirement


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(name: str) -> dict[str, str]:
    """Distribution -> version, of a requirements file."""
    text = (ROOT / name).read_text(encoding="utf-8")
    found = re.findall(r"^([\w.-]+)==([\w.]+)", text, re.MULTILINE)
    assert len(found) == len({canonical(name) for name, _ in found}), "a package with two versions"
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


def test_lock_has_hashes_of_every_package():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(pins("requirements.lock")) > 200
    bad = [entry for entry in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry)]
    assert bad == []


def test_environment_is_the_locked_one():
    """What is installed here has the versions of the lock, and nothing needed is outside it.

    Without pip, which installs the others, and the project itself.
    """
    lock = pins("requirements.lock")
    here = {canonical(found.name): found.version for found in distributions()}
    if here.get("torch") != lock["torch"]:
        pytest.skip("this environment was not made by `make`")
    assert {name: here[name] for name in lock.keys() & here.keys()} == {
        name: version for name, version in lock.items() if name in here
    }
    needed, seen = list(pins("requirements.txt")), set()
    while needed:
        name = needed.pop()
        if name in seen or name not in here:
            continue
        seen.add(name)
        asked = [Requirement(line) for line in distribution(name).requires or ()]
        needed += [
            canonical(one.name)
            for one in asked
            if one.marker is None or one.marker.evaluate({"extra": ""})
        ]
    assert sorted(seen - lock.keys()) == []
