"""The package without its book: a wheel colors, with what it asks for and nothing else."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import distribution, packages_distributions

import numpy as np
import pytest
import tifffile
from book_files import ROOT
from packaging.requirements import Requirement
from PIL import Image
from skimage.color import rgb2lab
from skimage.data import astronaut

# Training, measuring and the book: a tool that colors must not wait for them. Typer itself brings
# pydantic, so that records, which also use it, are the ones to look for.
ROOMS = (
    "bench",
    "data",
    "ledger",
    "measure",
    "metrics",
    "page",
    "recipes",
    "records",
    "reproduce",
    "show",
)
KEPT_OUT = (
    *(f"huelab.{room}" for room in (*ROOMS, "features", "training")),
    *(
        "fastapi",
        "gradio",
        "jsonschema",
        "lightning",
        "matplotlib",
        "requests",
        "scipy",
        "skimage",
        "sklearn",
    ),
    *("torchmetrics", "torchvision"),
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel that the source makes, built in a copy so that the checkout stays clean."""
    folder = tmp_path_factory.mktemp("build")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "src", folder / "src", ignore=ignored)
    build = "from setuptools.build_meta import build_wheel; build_wheel('.')"
    subprocess.run([sys.executable, "-c", build], cwd=folder, check=True, capture_output=True)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def environment(wheel, project, tmp_path_factory):
    """A folder with the wheel and what it asks for, as `pip install` would fill it."""
    folder = tmp_path_factory.mktemp("environment")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    for found in with_what_they_ask_for(project["dependencies"]):
        for file in found.files or ():
            link = folder / file.parts[0]
            if file.parts[0] not in ("..", "__pycache__") and not link.exists():
                link.symlink_to(found.locate_file(file.parts[0]))
    return folder


def with_what_they_ask_for(names):
    """The distributions that are installed when these are, as their metadata say."""
    found, waiting = {}, [Requirement(name) for name in names]
    while waiting:
        wanted = waiting.pop()
        if wanted.name in found or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
            continue
        found[wanted.name] = distribution(wanted.name)
        waiting += [Requirement(line) for line in found[wanted.name].requires or ()]
    return found.values()


@pytest.fixture(scope="module")
def run(environment, tmp_path_factory):
    """The folder that the wheel colored two photographs in, and the modules that this imported.

    The second is a TIFF of three floats a pixel, which has a reader of its own.
    """
    folder, home = tmp_path_factory.mktemp("empty"), tmp_path_factory.mktemp("home")
    gray = Image.fromarray(astronaut()).convert("L")
    gray.save(folder / "photo.jpg")
    floats = (astronaut()[:64, :64] / 255).astype(np.float32)
    tifffile.imwrite(folder / "floats.tif", floats, photometric="rgb")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUELAB")}
    # Without the module `site` there is nothing to import but the environment.
    words = ["-S", "-X", "importtime", "-m", "huelab", "colorize", "photo.jpg", "floats.tif"]
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=kept | {"PYTHONPATH": str(environment), "HOME": str(home)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert list(home.rglob("*")) == []
    return folder, set(re.findall(r"\| +([\w.]+)$", done.stderr, re.MULTILINE))


def test_it_colors_and_leaves_nothing_else_behind(run):
    folder, _ = run
    names = ["floats-color.png", "floats.tif", "photo-color.png", "photo.jpg"]
    assert sorted(path.name for path in folder.iterdir()) == names
    gray = np.asarray(Image.open(folder / "photo.jpg").convert("RGB"))
    colored = rgb2lab(np.asarray(Image.open(folder / "photo-color.png")))
    assert np.abs(colored[..., 0] - rgb2lab(gray)[..., 0]).max() < 1
    # A gray copy has 0 here, and a sepia print the same color all over.
    assert np.hypot(colored[..., 1], colored[..., 2]).mean() > 3
    assert colored[..., 2].std() > 1
    # Closer to the truth than gray is, in the warm part of the photograph.
    truth = rgb2lab(astronaut())[..., 1:]
    assert np.square(colored[..., 1:] - truth).mean() < np.square(truth).mean()


def test_files_of_the_web_page_are_in_it(wheel):
    folder = ROOT / "src" / "huelab" / "page" / "static"
    own = {f"huelab/page/static/{file.name}" for file in folder.iterdir()}
    with zipfile.ZipFile(wheel) as archive:
        assert own and own <= set(archive.namelist())


def test_coloring_imports_neither_training_nor_the_book(run):
    _, modules = run
    assert {"huelab.apply", "torch", "numpy"} <= modules
    wrong = {m for m in modules for name in KEPT_OUT if m == name or m.startswith(f"{name}.")}
    assert sorted(wrong) == []


def test_package_asks_for_nothing_that_coloring_does_not_import(run, project):
    _, modules = run
    known = packages_distributions()
    used = {name.lower() for m in modules for name in known.get(m.split(".")[0], [])}
    assert sorted({Requirement(name).name for name in project["dependencies"]} - used) == []
