"""A task done in a worker, whatever comes of it, as something that can be sent."""

from typing import Any

from batch.engine import Task
from batch.tasks import do
from pipeline.errors import PipelineError


def answer(task: Task) -> tuple[dict[str, Any] | None, str]:
    """The result of a task, or None and the line that says why there is none."""
    try:
        return do(task.kind, task.job, *task.arguments), ""
    except PipelineError as error:
        return None, str(error)
    except Exception as error:  # noqa: BLE001  # a worker's edge: told with its task, and others go on
        return None, f"{type(error).__name__}: {' '.join(str(error).split())}"
