"""Figures of each epoch for TensorBoard, where it is installed."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

FOLDER = "tensorboard"


class Logs:
    """Writes into the folder of the run while the block runs.

    Args:
        folder: Of the run.
        wanted: Whether to write at all.
    """

    def __init__(self, folder: Path, wanted: bool) -> None:
        self._writer: Any = None
        if wanted and importlib.util.find_spec("tensorboard") is not None:
            import tensorflow as tf

            self._writer = tf.summary.create_file_writer(str(folder / FOLDER))

    def write(self, row: Mapping[str, float]) -> None:
        """One epoch."""
        if self._writer is None:
            return
        import tensorflow as tf

        with self._writer.as_default(step=int(row["epoch"])):
            for name, value in row.items():
                if name != "epoch":
                    tf.summary.scalar(name, value)
        self._writer.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.close()
