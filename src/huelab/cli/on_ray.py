"""`huelab colorize --engine ray`: the same work on all machines of a Ray cluster."""

import contextlib
import io
import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from huelab.cli.wanted import Wanted

#: The largest number of parts into which the photographs are divided.
PARTS = 10_000
#: How often a photograph is tried again if its worker is lost, for example with its machine.
RETRIES = 2

#: A photograph, the file of its result, and whether that file may be replaced.
Job = tuple[Path, Path, bool]
#: For each photograph: its counts as colored, done or failed, and the text for standard error.
Outcome = dict[str, Any]


class Worker:
    """One device's share of the work; it loads the network once."""

    def __init__(self, wanted: Wanted):
        import torch

        from huelab.cli.chosen import prepared

        method, guide = prepared(wanted)
        if isinstance(method, torch.nn.Module) and torch.cuda.is_available():
            method = method.cuda()
        self.wanted, self.how = wanted, wanted.how | {"method": method, "guide": guide}

    def __call__(self, row: dict[str, Any]) -> Outcome:
        from huelab.cli.progress import progress
        from huelab.cli.work import Work

        work, source, target = Work(self.wanted), row["source"], row["target"]
        said = io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            how = self.how | {"overwrite": row["again"]}
            with progress(1) as step:
                work.color(Path(source), Path(target), how, step)
        counts = {"colored": work.colored, "done": work.done, "failed": work.failed}
        return {"index": row["index"], "said": said.getvalue(), **counts}


def color_on_ray(jobs: Sequence[Job], wanted: Wanted) -> Iterator[tuple[int, Outcome]]:
    """Color photographs with one worker for each GPU of the cluster, or else for each CPU.

    `RAY_ADDRESS` names the cluster; without it, Ray starts on this machine. All machines must see
    the photographs and the folders of the results under the same names.

    If a photograph's worker is lost, another worker tries it again. After `RETRIES` more tries the
    photograph has failed.

    Yields:
        The number of a job and its outcome, in the order in which the jobs end.

    Raises:
        HueLabError: if Ray is not installed.
    """
    from huelab.storage import HueLabError

    try:
        import ray
        import ray.data
    except ModuleNotFoundError as error:
        raise HueLabError(
            "--engine ray needs Ray; `pip install 'huelab[ray]'` installs it"
        ) from error
    ours = not ray.is_initialized()
    if ours:
        ray.init(log_to_driver=False, logging_level=logging.ERROR)
    try:
        yield from _outcomes(jobs, wanted)
    finally:
        if ours:
            ray.shutdown()


def _outcomes(jobs: Sequence[Job], wanted: Wanted) -> Iterator[tuple[int, Outcome]]:
    import ray

    rows = [
        {"index": i, "source": os.path.abspath(s), "target": os.path.abspath(t), "again": again}
        for i, (s, t, again) in enumerate(jobs)
    ]
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.max_errored_blocks = -1  # the loop below finds the photographs that are lost
    gpus = int(ray.cluster_resources().get("GPU", 0))
    workers = min(gpus or int(ray.cluster_resources().get("CPU", 1)), len(rows))
    results = ray.data.from_items(rows, override_num_blocks=min(len(rows), PARTS)).map(
        Worker,  # type: ignore[arg-type]  # a class is called for each worker
        fn_constructor_kwargs={"wanted": wanted},
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=workers),
        num_gpus=1 if gpus else 0,
        num_cpus=1,
        max_restarts=-1,
        max_task_retries=RETRIES,
    )
    ended = set()
    for result in results.iter_rows():
        ended.add(result["index"])
        yield result["index"], result
    for index in range(len(rows)):
        if index not in ended:
            lost = f"huelab: {jobs[index][0]}: its worker was lost {RETRIES + 1} times\n"
            yield index, {"colored": 0, "done": 0, "failed": 1, "said": lost}
