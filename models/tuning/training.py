"""A trial's training: pictures are read once for all trials, and nothing is left in memory after one."""

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.data.dataset import DataConfig, DataSet
from models.experiments.run import Run
from models.training.config import TrainConfig
from pipeline.errors import ConfigError


class Training:
    """Trains one trial after another.

    Args:
        threads: Of one training; None: as many as there are cores.
        say: Told what takes long.
    """

    def __init__(self, threads: int | None = None, say: Callable[[str], None] = lambda line: None) -> None:
        self._threads, self._say = threads, say
        self._read: tuple[DataConfig, DataSet] | None = None

    def __call__(self, config: TrainConfig, folder: Path, told: Callable[[Any], bool | None], resume: bool) -> Run:
        """Train.

        Raises:
            PipelineError: settings or data that do not work, or a loss that is no number.
        """
        from models.training.quiet import quiet
        from models.training.train import train

        quiet()
        import keras
        import tensorflow as tf

        if self._threads is not None:
            tf.config.threading.set_intra_op_parallelism_threads(self._threads)
            self._threads = None
        data = self._data(config.data)
        try:
            return train(config.model_copy(update={"tensorboard": False}), folder, told, data=data, resume=resume)
        finally:
            keras.backend.clear_session()
            gc.collect()

    def _data(self, config: DataConfig) -> DataSet:
        from models.data.load import load

        if self._read is None or self._read[0] != config:
            self._read = config, load(config, self._say)
        data = self._read[1]
        if not len(data.validation):
            raise ConfigError("data.validation: no pictures are kept back to choose by; set it to 0.1 or more")
        return data
