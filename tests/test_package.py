"""The package as a whole: it runs as a module, has types, a license and checks before a commit."""

import re
import runpy
import subprocess
import sys
import tomllib
from importlib.resources import files

import pytest
import yaml
from book_files import ROOT

import huelab
from huelab import cli
from huelab.cli.main import main


@pytest.mark.parametrize(
    ("arguments", "status", "printed"),
    [(["--help"], 0, "colorize"), (["list", "recipes"], 0, "autoencoder"), (["nonsense"], 2, "")],
)
def test_module_runs_the_command_line(monkeypatch, capsys, arguments, status, printed):
    monkeypatch.setattr(sys, "argv", ["huelab", *arguments])
    # Which ends the process, and this one is not to end.
    monkeypatch.setattr(cli, "script", main)
    with pytest.raises(SystemExit) as stopped:
        runpy.run_module("huelab", run_name="__main__")
    assert stopped.value.code == status
    assert printed in capsys.readouterr().out


@pytest.mark.parametrize(
    ("module", "said"),
    [("typer", "before any work was done"), ("PIL", "before the first photograph was colored")],
)
def test_interrupt_during_imports_is_one_line(tmp_path, module, said):
    """As of Ctrl-C in the first second."""
    (tmp_path / "a.jpg").touch()
    code = f"""if True:
        import importlib.abc, runpy, sys

        class Stop(importlib.abc.MetaPathFinder):
            def find_spec(self, name, path, target=None):
                if name == {module!r}:
                    raise KeyboardInterrupt

        sys.meta_path.insert(0, Stop())
        sys.argv = ["huelab", "colorize", "a.jpg"]
        runpy.run_module("huelab", run_name="__main__")
    """
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 130 and done.stdout == ""
    assert done.stderr == f"huelab: interrupted {said}\n"


def test_marker_of_types_is_packaged():
    assert files("huelab").joinpath("py.typed").is_file()
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert "py.typed" in tools["setuptools"]["package-data"]["huelab"]


def license_words(file):
    """The text of a license without its title, its copyright lines and its line breaks."""
    text = file.read_text(encoding="utf-8")
    head = r"^(BSD 3-Clause License|Copyright .*|All rights reserved\.)$"
    return re.sub(head, "", text, flags=re.MULTILINE).split()


def test_license_is_the_standard_text_alone():
    """Word for word the license of the vendored widget manager, so that tools recognize it."""
    other = ROOT / "book" / "_static" / "vendor" / "ipw" / "LICENSE"
    assert license_words(ROOT / "LICENSE") == license_words(other)


def test_readme_says_which_license_covers_what():
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## License")[1]
    for name in ("LICENSE", "LICENSE-text", "book/_static/vendor/README.md", "CITATION.cff"):
        assert f"]({name})" in section
        assert (ROOT / name).is_file()


def test_hooks_before_a_commit_need_no_other_host():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [repository["repo"] for repository in config["repos"]] == ["local"]
    hooks = {hook["id"]: hook for hook in config["repos"][0]["hooks"]}
    assert set(hooks) == {"ruff-check", "ruff-format", "pairs", "mypy"}
    assert {hook["language"] for hook in hooks.values()} == {"system"}


@pytest.mark.parametrize(
    ("file", "formatted"),
    [
        *[("src/huelab/color/x.py", True), ("tests/test_x.py", True), ("book/x.py", True)],
        *[("notebooks/00_first_color.py", False), ("src/huelab/x.md", False)],
    ],
)
def test_formatter_leaves_chapters_alone(file, formatted):
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = {hook["id"]: hook for hook in config["repos"][0]["hooks"]}
    assert bool(re.search(hooks["ruff-format"]["files"], file)) == formatted


def test_changelog_keeps_its_form():
    """Keep a Changelog 1.1.0: what is unreleased comes first, then releases by date."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    first, *releases = re.findall(r"(?m)^## (.+)$", text)
    assert first == "[Unreleased]"
    dates = [re.fullmatch(r"\[\d+\.\d+\.\d+\] - (\d{4}-\d\d-\d\d)", line)[1] for line in releases]
    assert dates == sorted(dates, reverse=True)
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"(?m)^### (.+)$", text)) <= kinds


def test_one_version_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    release = f"## [{project['version']}] - {citation['date-released']}"
    assert (citation["version"], huelab.__version__) == (project["version"],) * 2
    assert release in changelog


def test_citation_names_the_five_papers_as_the_bibliography_does():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    cited = {
        re.search(r"Paper (\d{3})", reference["notes"])[1]: (
            reference["title"],
            [person["family-names"] for person in reference["authors"]],
            reference.get("year"),
        )
        for reference in citation["references"]
    }
    entries = (ROOT / "book" / "references.bib").read_text(encoding="utf-8").split("\n@")
    papers = {}
    for entry in entries:
        if number := re.search(r"Paper (\d{3}) of this book", entry):
            title = re.search(r"title\s*=\s*\{(.*)\}", entry)[1].replace("{", "").replace("}", "")
            authors = re.search(r"author\s*=\s*\{(.*)\}", entry)[1].split(" and ")
            year = re.search(r"year\s*=\s*\{(\d+)\}", entry)
            names = [author.split(",")[0] for author in authors]
            papers[number[1]] = (title, names, year and int(year[1]))
    assert len(papers) == 5
    assert cited == papers
