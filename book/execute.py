"""Execute one chapter."""

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import jupytext
from errors import BuildError
from jupytext.combine import combine_inputs_with_outputs
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

CELL_SECONDS = {"quick": 300}  # other profiles train for as long as they need


FOLDED = {"source_hidden": True, "outputs_hidden": True}


def fold(cell: NotebookNode) -> None:
    """Fold the code and the output of a solution in JupyterLab."""
    if cell.cell_type == "code" and "solution" in cell.metadata.get("tags", []):
        cell.metadata["jupyter"] = FOLDED


def run(source: Path, target: Path) -> None:
    """Execute the chapter `source` (py:percent) and write it with its outputs to `target`.

    Raises:
        BuildError: if a cell fails; the message shows the cell.
    """
    notebook = jupytext.read(source)
    stored = source.with_suffix(".ipynb")
    if stored.exists():  # keeps the cells' ids, so that a rerun changes nothing but outputs
        notebook = combine_inputs_with_outputs(notebook, jupytext.read(stored), fmt="py:percent")
    for cell in notebook.cells:  # times would differ in every stored notebook
        cell.metadata.pop("execution", None)
        fold(cell)
    os.environ.pop("MPLBACKEND", None)  # it would keep figures out of the notebook
    start = time.perf_counter()
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=CELL_SECONDS.get(os.environ.get("HUELAB_PROFILE", "quick")),
        record_timing=False,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        resources={"metadata": {"path": str(source.parent)}},
    )
    try:
        client.execute()
    except CellExecutionError as error:
        raise BuildError(f"{source} failed:\n{error}") from None
    target.parent.mkdir(parents=True, exist_ok=True)
    jupytext.write(notebook, target, fmt="ipynb")
    seconds = time.perf_counter() - start
    _keep_account(target, seconds)
    print(f"{source.stem}: {seconds:.1f} s", flush=True)


def _keep_account(target: Path, seconds: float) -> None:
    """Write next to the executed chapter when it ran, how long, and in which profile.

    Not into the chapter: there, each run would change a file under version control.
    """
    account = {
        "profile": os.environ.get("HUELAB_PROFILE", "quick"),
        "seconds": round(seconds, 1),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    target.with_suffix(".json").write_text(json.dumps(account), encoding="utf-8")
