"""Everything that a training goes on from, in one file that is whole or not there."""

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import ModelError
from pipeline.whole import whole


@dataclass(frozen=True)
class Checkpoint:
    """A training between two epochs."""

    epochs: int
    """How many are done."""
    model: list[np.ndarray]
    """`model.variables`: weights, and the seeds of dropout."""
    optimiser: list[np.ndarray]
    averages: list[np.ndarray]
    """Empty where none are kept."""
    best: dict[str, float]
    """epoch, val_accuracy, val_loss."""

    def save(self, path: Path) -> None:
        """Write it, in place of an older one.

        Raises:
            OSError: no room, or no right.
        """
        arrays = {
            f"{part}.{number}": value
            for part in ("model", "optimiser", "averages")
            for number, value in enumerate(getattr(self, part))
        }
        told = json.dumps({"epochs": self.epochs, "best": self.best})
        with whole(path) as beside, beside.open("wb") as file:
            np.savez(file, told=np.array(told), **arrays)


def load_checkpoint(path: Path) -> Checkpoint:
    """What `save` wrote.

    Raises:
        ModelError: it is missing or damaged.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            told = json.loads(str(arrays["told"]))
            parts: dict[str, list[np.ndarray]] = {"model": [], "optimiser": [], "averages": []}
            for part, values in parts.items():
                count = sum(name.startswith(f"{part}.") for name in arrays.files)
                values.extend(arrays[f"{part}.{number}"] for number in range(count))
    except FileNotFoundError:
        raise ModelError(f"{path.parent} has no {path.name} to go on from; train it anew") from None
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path} is damaged: {str(error)[:120]}; train it anew") from error
    return Checkpoint(told["epochs"], best=told["best"], **parts)


def put(variables: list[Any], values: list[np.ndarray], what: str) -> None:
    """Set Keras variables.

    Raises:
        ModelError: other variables than those that were saved.
    """
    if [tuple(one.shape) for one in variables] != [value.shape for value in values]:
        raise ModelError(f"the checkpoint's {what} is of another network or version; train it anew")
    for one, value in zip(variables, values, strict=True):
        one.assign(value)
