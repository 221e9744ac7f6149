"""Workers on a Ray cluster, an actor of one core each; or on this machine, where no cluster is named.

Ray moves the tasks; what they read and write are files, so every node has to see the recordings and the folder of the
results under the same path (NFS, a mounted bucket) or the recordings by address. The program goes along with the job,
models too: a node needs the Python packages and nothing else.
"""

import contextlib
import logging
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batch.engine import Done, Task
from pipeline.errors import ConfigError

CONNECT_S = 15.0
"""How long a cluster may take to answer."""
HOME = Path(__file__).resolve().parents[1]
_LEFT_AT_HOME = ["/.git", "/.venv", "/tests", "/docs", "/runs", "/out", "**/__pycache__", "/.ci", "/.mypy_cache"]


@dataclass
class _Worker:
    actor: Any
    task: Task | None = None
    reference: Any = None


class RayEngine:
    """Actors of a Ray cluster.

    Args:
        address: Of the cluster, `auto` for the one of this machine, or None: one is started here and ended with us.
        workers: How many actors, one core each.
        models: Files that go into the cache of each machine that has them not, by their path in it.

    Raises:
        ConfigError: Ray is not installed, the cluster does not answer, runs another version, or has no such core free.
    """

    name = "ray"

    def __init__(self, address: str | None, workers: int, models: Mapping[str, bytes]) -> None:
        self.workers = workers
        self._ray = _connect(address, workers)
        self._models = self._ray.put(dict(models))
        self._all: list[_Worker] = []
        try:
            self._all = [_Worker(self._actor()) for _ in range(workers)]
            self._check_alive()
        except BaseException:
            self.close()
            raise

    def start(self, task: Task) -> None:
        """Give a task to a free worker."""
        worker = next(one for one in self._all if one.task is None)
        worker.task, worker.reference = task, worker.actor.do.remote(task)

    def wait(self, timeout_s: float) -> list[Done]:
        """Tasks that are over."""
        busy = [one for one in self._all if one.reference is not None]
        if not busy:
            return []
        ready, _ = self._ray.wait([one.reference for one in busy], num_returns=1, timeout=timeout_s)
        return [self._heard(one) for one in busy if one.reference in ready]

    def close(self) -> None:
        """End every worker, at once; a cluster that was started here ends too."""
        for worker in self._all:
            with contextlib.suppress(Exception):
                self._ray.kill(worker.actor)
        self._all = []
        if self._ray.is_initialized():
            self._ray.shutdown()

    def pids(self) -> list[int]:
        """Of the workers, each on its own machine."""
        return [int(self._ray.get(one.actor.pid.remote())) for one in self._all]

    def _heard(self, worker: _Worker) -> Done:
        task, reference = worker.task, worker.reference
        assert task is not None
        worker.task = worker.reference = None
        try:
            result, error = self._ray.get(reference)
        except self._ray.exceptions.RayError as gone:
            with contextlib.suppress(Exception):
                self._ray.kill(worker.actor)
            worker.actor = self._actor()
            told = " ".join(str(gone).split())[:120]
            return Done(task, error=f"its worker went: {type(gone).__name__}: {told}", died=True)
        return Done(task, result, error)

    def _actor(self) -> Any:
        return self._ray.remote(Worker).options(num_cpus=1, max_restarts=0).remote(self._models)

    def _check_alive(self) -> None:
        """Wait until every worker is there."""
        waiting = [one.actor.pid.remote() for one in self._all]
        ready, late = self._ray.wait(waiting, num_returns=len(waiting), timeout=60)
        if late:
            raise ConfigError(
                f"the Ray cluster gave {len(ready)} of {len(waiting)} workers in 60 s: it has no more free cores;"
                " ask for fewer with --workers"
            )
        try:
            self._ray.get(ready)
        except self._ray.exceptions.RayError as error:
            told = " ".join(str(error).split())[-160:]
            raise ConfigError(f"a Ray worker cannot start: {told}; install the same packages on its machine") from error


class Worker:
    """What runs in an actor's process."""

    def __init__(self, models: dict[str, bytes]) -> None:
        from batch.models import receive

        receive(models)
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            os.environ[name] = "1"

    def do(self, task: Task) -> tuple[dict[str, Any] | None, str]:
        """Do a task; its result, or the line that says why not."""
        from batch.serving import answer

        return answer(task)

    def pid(self) -> int:
        """Of the process."""
        return os.getpid()


def _check_answers(address: str) -> None:
    """Refuse a place where nobody listens, before Ray waits a minute for it."""
    host, _, port = address.partition("://")[2].rpartition(":") if "://" in address else address.rpartition(":")
    if not port.isdigit():
        return  # auto, or local: Ray itself says at once
    try:
        socket.create_connection((host, int(port)), CONNECT_S).close()
    except OSError as error:
        raise ConfigError(
            f"the Ray cluster at {address} does not answer: {error.strerror or error}; check address and firewall"
        ) from error


def _connect(address: str | None, workers: int) -> Any:
    """Ray, connected."""
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise ConfigError("--engine ray needs a package: pip install -r requirements-batch.txt") from error
    logging.getLogger("ray").setLevel(logging.ERROR)  # it warns before it looks at logging_level
    if address is None:
        os.environ["PYTHONPATH"] = str(HOME)  # for the workers: they begin with this environment
        # local: a cluster that happens to run on this machine is not joined unasked
        arguments: dict[str, Any] = {"address": "local", "num_cpus": workers, "include_dashboard": False}
    else:
        _check_answers(address)
        arguments = {"address": address, "runtime_env": {"working_dir": str(HOME), "excludes": _LEFT_AT_HOME}}
    try:
        ray.init(**arguments, logging_level=logging.ERROR, log_to_driver=False, configure_logging=False)
    except (ConnectionError, RuntimeError, ValueError, TimeoutError, ray.exceptions.RayError) as error:
        raise ConfigError(_why(address or "this machine", " ".join(str(error).split()))) from error
    return ray


def _why(address: str, said: str) -> str:
    """Why Ray did not connect, in a line.

    >>> _why("gate:6379", "The cluster was started with: Ray: 2.9.0 Python: 3.12.1 This process on ...")
    'the Ray cluster at gate:6379 runs Ray: 2.9.0 Python: 3.12.1; use the same versions of both on all machines'
    """
    begin, end = "The cluster was started with: ", " This process"
    if begin in said and end in said:
        theirs = said.partition(begin)[2].partition(end)[0]
        return f"the Ray cluster at {address} runs {theirs}; use the same versions of both on all machines"
    token = "" if "RAY_AUTH_MODE" in os.environ else "; if it wants a token, set RAY_AUTH_MODE=token"
    return f"the Ray cluster at {address} does not answer: {said[:160]}{token}"
