"""What can go wrong, as a tree: PipelineError is what a person is told in one line.

    PipelineError
    ├── ConfigError    the settings or arguments cannot work; mend them (exit 2)
    ├── SourceError    the input cannot be read at all (exit 2)
    ├── ModelError     a model is missing, damaged or does not fit its task (exit 2)
    ├── StageError     a stage raised while the pipeline ran (exit 1)
    └── SinkError      an output could not be written, or its proof did not hold (exit 1)

A message says what happened, where, and how to mend it, in one line. Wrong arguments from a caller inside the program
are `ValueError` or `TypeError`, with what was expected and what came.
"""

from typing import ClassVar


class PipelineError(Exception):
    """Something a person can act on; `str(error)` is the line to show."""

    exit_code: ClassVar[int] = 2


class ConfigError(PipelineError):
    """The settings or arguments cannot work."""


class SourceError(PipelineError):
    """The input cannot be read."""


class ModelError(PipelineError):
    """A model is missing, damaged, or does not fit its task."""


class StageError(PipelineError):
    """A stage raised while the pipeline ran."""

    exit_code = 1


class SinkError(PipelineError):
    """An output could not be written, or what was written is not what the ledger says."""

    exit_code = 1
