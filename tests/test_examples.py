"""Every public function and class of the library has an example, which the doctest run executes.

Public is what has no leading underscore at the top of a module, but for the commands of `cli`,
whose help shows their use. A public method with a docstring is used in an example of its module.
"""

import ast
import re
from collections.abc import Iterator

from book_files import ROOT

PACKAGE = ROOT / "src" / "huelab"
#: What has no example, and why.
WITHOUT = {
    "bench/chapters.py::bench_chapter": "executes a chapter, which takes up to a minute",
    "bench/film.py::bench_film": "colors a film twice",
    "bench/methods.py::bench_methods": "starts a process for each method",
    "bench/photograph.py::bench_photograph": "starts two processes that import torch",
    "bench/start.py::bench_start": "starts processes that import torch",
    "data/datasets.py::Files": "a protocol: `Folder`, `Cifar10` and `Embedded` keep to it",
    "data/folder.py::Fetching": "a protocol: `Listed` and `Official` keep to it",
    "data/sources/manifests.py::make": "writes into the package",
    "ledger/judgments.py::Judgment": "a protocol: `Number`, `Bound` and `Compared` keep to it",
    "measure/summary.py::Frozen": "a protocol: `huelab.features.Network` keeps to it",
    "page/line.py::Line": "starts a process that imports torch",
    "page/process.py::Process": "starts a process that imports torch",
    "page/server.py::serve": "serves until the process is interrupted",
    "metrics/inputs.py::Measure": "a protocol: what `in_lab` returns keeps to it",
}
#: Methods that no example calls by their names, and why.
UNCALLED = {
    "forward": "a network is called itself",
    "data/cifar10.py::Cifar10.open": "needs the archive",
    "data/cifar10.py::Cifar10.fetch": "needs a network",
    "data/sources/rebuild.py::Listed.fetch": "needs a network",
    "measure/evaluation.py::Evaluation.sync": "torchmetrics calls it where several processes train",
    "training/module.py::Module.end_epoch": "`Checkpoints` calls it before it writes",
}
Definition = ast.FunctionDef | ast.ClassDef


def definitions(body: list[ast.stmt]) -> Iterator[Definition]:
    for node in body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield node


def example(node: Definition) -> str:
    """The code in the `Example:` section at the end of a docstring; "" without one."""
    _, _, section = (ast.get_docstring(node) or "").partition("\nExample:\n")
    return "\n".join(re.findall(r"^ +(?:>>>|\.\.\.) (.*)$", section, re.MULTILINE))


def public() -> dict[str, Definition]:
    files = [f for f in PACKAGE.rglob("*.py") if "cli" not in f.relative_to(PACKAGE).parts]
    return {
        f"{file.relative_to(PACKAGE).as_posix()}::{node.name}": node
        for file in sorted(files)
        for node in definitions(ast.parse(file.read_text(encoding="utf-8")).body)
    }


def lacking(found: dict[str, Definition]) -> set[str]:
    return {name for name, node in found.items() if not example(node)}


def test_every_public_function_and_class_has_an_example():
    found = public()
    assert len(found) > 300
    assert sorted(lacking(found) - set(WITHOUT)) == []
    assert sorted(set(WITHOUT) - lacking(found)) == [], "these exceptions are needed no longer"


def methods(found: dict[str, Definition]) -> Iterator[tuple[str, str]]:
    """Public methods that have a docstring, of classes that need an example: class and name."""
    for name, node in found.items():
        if isinstance(node, ast.ClassDef) and name not in WITHOUT:
            for method in definitions(node.body):
                if ast.get_docstring(method):
                    yield name, method.name


def test_every_method_that_says_what_it_does_is_used_in_an_example_of_its_module():
    found = public()
    missing = [
        f"{name}.{method}"
        for name, method in methods(found)
        if method not in UNCALLED and not is_used(method, examples_beside(name, found))
    ]
    assert sorted(set(missing) - set(UNCALLED)) == []


def examples_beside(name: str, found: dict[str, Definition]) -> str:
    """All examples of the module that a name is from, those of methods included."""
    file = name.partition("::")[0]
    nodes = (node for other, node in found.items() if other.startswith(f"{file}::"))
    inner = (each for node in nodes for each in ast.walk(node) if isinstance(each, Definition))
    return "\n".join(map(example, inner))


def is_used(method: str, code: str) -> bool:
    """Whether code calls a method, or defines it for a class of its own."""
    return bool(re.search(rf"(?:\.|def ){method}\b", code))
