"""One trained run for all tests of this folder."""

from pathlib import Path

import pytest
from small_classifiers import exported, trained_run


@pytest.fixture(scope="session")
def digits_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained run with `model.keras`, `model.onnx` and `model.tflite`; nobody writes into it."""
    run = trained_run(tmp_path_factory.mktemp("runs") / "digits")
    exported(run)
    return run
