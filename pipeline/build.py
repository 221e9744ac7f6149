"""Makes the stage objects of a config, wired and ready to run: every worker's own, before a thread starts."""

import os
from collections.abc import Container, Sequence
from contextlib import ExitStack

import cv2

from pipeline.config import Settings, StageSettings
from pipeline.errors import ConfigError, PipelineError
from pipeline.stage import Stage
from pipeline.station import StagePlan
from pipeline.wiring import wire


def cores() -> int:
    """Processors this process may use: the thread budget that workers share."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def thread_budget(settings: Settings) -> int:
    """Cores that the run may keep busy."""
    return cores() if settings.flow.threads == "auto" else settings.flow.threads


def build(settings: Settings, only: Container[str] | None = None) -> list[StagePlan]:
    """Wire the stages and make an object for each worker; a missing model fails here.

    Args:
        settings: The config.
        only: Names of the stages to make, wired as in the whole config; None: all.

    Raises:
        ConfigError: the wiring cannot be.
        ModelError: a model is missing, damaged, or does not fit.
    """
    wired = wire(settings.stages)
    budget = thread_budget(settings)
    cv2.setNumThreads(1)  # the stages are the parallelism; OpenCV's pool would fight them for the same cores
    with ExitStack() as made:
        plans = [_plan(stage, budget, made) for stage in wired if only is None or stage.name in only]
        made.pop_all()
    return plans


def _plan(settings: StageSettings, budget: int, made: ExitStack) -> StagePlan:
    workers: list[Stage] = []
    for _ in range(_workers(settings, budget)):
        try:
            stage = settings.kind(settings.config)  # type: ignore[call-arg]
        except PipelineError:
            raise
        except Exception as error:  # a stage begins here: whatever it raises is told in a line
            told = " ".join(f"{type(error).__name__}: {error}".split())
            raise ConfigError(f"stages.{settings.name}: it cannot be made: {told}") from error
        close = getattr(stage, "close", None)
        if close is not None:
            made.callback(close)
        workers.append(stage)
    return StagePlan(settings.name, settings.config, tuple(workers))


def _workers(settings: StageSettings, budget: int) -> int:
    if settings.kind.in_order:
        return 1
    return settings.config.workers or budget


def names_of(plans: Sequence[StagePlan], *kinds: type) -> list[str]:
    """Names of the stages that give one of `kinds`, in order."""
    return [plan.name for plan in plans if issubclass(plan.workers[0].gives, kinds)]
