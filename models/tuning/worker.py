"""A search in several processes: `python -m models.tuning.worker JOB` is one of them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from models.tuning.search import Plan, search
from models.tuning.study import open_study, read_kept_space
from models.tuning.training import Training
from pipeline.errors import ModelError, PipelineError

INTERRUPTED = 130
_LOOK_EVERY_S = 0.5
_END_WITHIN_S = 30.0


def search_together(folder: Path, plan: Plan, jobs: int, told: Callable[[], None]) -> None:
    """Search in so many processes, each with its share of the cores, until they end.

    Args:
        folder: Of a study that was opened before.
        plan: For all of them together.
        jobs: How many.
        told: Called again and again meanwhile.

    Raises:
        ModelError: one of them failed; the others went on.
        KeyboardInterrupt: all are ended; their trials are put back.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    job: dict[str, Any] = {
        "folder": str(folder.resolve()),
        "trials": plan.trials,
        "sampler": plan.sampler,
        "pruner": plan.pruner,
        "seconds": None if plan.until_s is None else max(0.0, plan.until_s - time.monotonic()),
        "threads": max(1, cores // jobs),
        "parent": os.getpid(),
    }
    with ExitStack() as opened:
        workers, logs = [], [folder / f"worker-{number}.log" for number in range(jobs)]
        for log in logs:
            out = opened.enter_context(log.open("w"))
            workers.append(opened.enter_context(_start(job, out)))
        try:
            while any(worker.poll() is None for worker in workers):
                told()
                time.sleep(_LOOK_EVERY_S)
        except BaseException:
            _end(workers)
            for log in logs:
                log.unlink()
            raise
    for worker, log in zip(workers, logs, strict=True):
        if worker.returncode == 0:
            log.unlink()
            continue
        lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
        why = lines[-1][:300] if lines else f"it ended with {worker.returncode}"
        raise ModelError(f"a process of the search failed: {why} (all of it: {log})")


def _start(job: dict[str, Any], out: Any) -> "subprocess.Popen[bytes]":
    words = [sys.executable, "-m", "models.tuning.worker", json.dumps(job)]
    here = Path(__file__).resolve().parents[2]
    stdin = subprocess.DEVNULL
    return subprocess.Popen(words, cwd=here, stdin=stdin, stdout=out, stderr=subprocess.STDOUT)


def _end(workers: "list[subprocess.Popen[bytes]]") -> None:
    """Ask each to end, and end those that do not."""
    for worker in workers:
        with suppress(ProcessLookupError):
            worker.send_signal(signal.SIGINT)
    until = time.monotonic() + _END_WITHIN_S
    for worker in workers:
        try:
            worker.wait(max(0.1, until - time.monotonic()))
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            worker.kill()


def main(job: dict[str, Any]) -> None:
    """Search as the job says.

    Raises:
        SystemExit: something went wrong; the reason is the last line.
    """
    folder = Path(job["folder"])
    until = None if job["seconds"] is None else time.monotonic() + job["seconds"]
    plan = Plan(job["trials"], job["sampler"], job["pruner"], until, job["parent"])
    try:
        space = read_kept_space(folder)
        with open_study(folder, space) as study:
            search(study, folder, space, plan, Training(job["threads"]))
    except PipelineError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
