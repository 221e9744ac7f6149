"""What an evaluation left in a run's folder."""

import math
from typing import Any

from models.experiments.run import METRICS, Run
from pipeline.errors import ModelError

_SHARES = ("accuracy", "accuracy_low", "accuracy_high")


def read_metrics(run: Run) -> dict[str, Any] | None:
    """`metrics.json`; None before the first evaluation.

    Returns:
        With `accuracy` and the ends of its 95 % interval, `accuracy_low` and `accuracy_high`, in [0, 1], of so many
        `pictures` of the `split` of `data`; and what else was measured.

    Raises:
        ModelError: it is damaged, or of another version.
    """
    if not run.path(METRICS).exists():
        return None
    found = run.read_json(METRICS)
    numbers = [found.get(name) for name in (*_SHARES, "pictures")]
    words = [found.get(name) for name in ("data", "split")]
    if not all(_is_number(one) for one in numbers) or not all(isinstance(one, str) for one in words):
        raise ModelError(f"{run.path(METRICS)} is damaged or of another version; evaluate {run.folder} again")
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
