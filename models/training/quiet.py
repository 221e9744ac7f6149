"""TensorFlow without what it says of itself: it writes to standard error before anything can tell it not to."""

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from models.workshop import require


def quiet() -> None:
    """Import TensorFlow and Keras in silence; to be called before anything else imports them.

    Raises:
        ModelError: one of them is not installed.
    """
    require(("tensorflow", "keras"), "the workshop")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if "tensorflow" not in sys.modules:
        with _nothing_on_stderr():
            importlib.import_module("tensorflow")
            importlib.import_module("keras")


@contextmanager
def _nothing_on_stderr() -> Iterator[None]:
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
