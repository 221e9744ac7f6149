"""Labels of a data set found among those of a model, by name: their order may differ."""

from collections.abc import Sequence
from difflib import get_close_matches

import numpy as np

from pipeline.errors import ConfigError


def match(data: Sequence[str], model: Sequence[str], named: bool = True) -> np.ndarray:
    """Where each label of the data stands among those of the model.

    Args:
        data: K names.
        model: At least those.
        named: Whether the model's labels are names; numbers that were made up stand for the data's, where there are as
            many, in their order.

    Returns:
        `(K,) int64`.

    Raises:
        ConfigError: the model lacks one, or has one twice; the message has the nearest.
    """
    if not named and len(data) == len(model):
        return np.arange(len(data))
    missing = [label for label in data if label not in model]
    if missing:
        near = get_close_matches(missing[0], model, n=1, cutoff=0.6)
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        known = f"the nearest is '{near[0]}'" if near else f"it knows {_some(model)}"
        raise ConfigError(f"the model has no class '{missing[0]}'{more} of the data; {known}: rename the data's")
    twice = next((label for label in data if list(model).count(label) > 1), None)
    if twice is not None:
        raise ConfigError(f"the model has two classes '{twice}'; leave that label out of the data")
    return np.array([list(model).index(label) for label in data], np.int64)


def _some(labels: Sequence[str]) -> str:
    return ", ".join(labels[:6]) + (f" and {len(labels) - 6} more" if len(labels) > 6 else "")
