"""What a network said of each picture it was judged on, kept so that two runs can be compared picture by picture."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.errors import ModelError

PREDICTIONS = "predictions.npz"


@dataclass(frozen=True)
class Predictions:
    """Answers to questions whose truth is known, in the order of the questions."""

    data: str
    """Name of the set."""
    split: str
    truth: tuple[str, ...]
    """Label of each picture."""
    said: tuple[str, ...]

    def right(self) -> np.ndarray:
        """`(N,) bool`."""
        return np.asarray(np.array(self.truth) == np.array(self.said))

    def same_questions(self, other: "Predictions") -> bool:
        """Whether both were asked about the same pictures, as far as their truths tell."""
        return (self.data, self.split, self.truth) == (other.data, other.split, other.truth)


def predictions_file(
    probability: np.ndarray, truth: np.ndarray, labels: tuple[str, ...], data: str, split: str
) -> bytes:
    """What belongs into `predictions.npz`.

    Args:
        probability: `(N, K)`.
        truth: `(N,)` positions in the labels.
        labels: K names.
        data: Name of the set.
        split: Which part of it.
    """
    best = np.asarray(probability).argmax(axis=1).astype(np.int32)
    sure = np.asarray(probability).max(axis=1).astype(np.float32)
    made = io.BytesIO()
    told = {"labels": np.array(labels), "data": np.array(data), "split": np.array(split)}
    np.savez_compressed(made, truth=np.asarray(truth, np.int32), said=best, sure=sure, **told)  # type: ignore[arg-type]
    return made.getvalue()


def read_predictions(folder: Path) -> Predictions | None:
    """Of a run's folder; None where none were kept.

    Raises:
        ModelError: the file is damaged.
    """
    path = folder / PREDICTIONS
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            labels = arrays["labels"].astype(str)
            truth, said = (tuple(labels[arrays[name]].tolist()) for name in ("truth", "said"))
            return Predictions(str(arrays["data"]), str(arrays["split"]), truth, said)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path} is damaged ({str(error)[:100]}); make it anew with evaluate {folder}") from error
