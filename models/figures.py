"""Figures in files, whole or not at all."""

import warnings
from pathlib import Path
from typing import Any

from pipeline.errors import ModelError
from pipeline.whole import whole


def save_figure(figure: Any, path: Path) -> None:
    """Write a figure of matplotlib as the file's name says: .png, .svg or .pdf.

    Raises:
        ModelError: it cannot be written there, or in no such format.
    """
    try:
        with whole(path) as part, warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph", UserWarning)  # a name in a script that the font has not
            figure.savefig(part)
    except ValueError as error:
        raise ModelError(f"cannot draw into {path}: no such format; end its name in .png or .svg") from error
    except OSError as error:
        why = error.strerror or error
        raise ModelError(f"cannot write {path}: {why}; choose another place, or free the disk") from error
