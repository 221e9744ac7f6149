"""Figures in files, whole or not at all."""

import warnings
from pathlib import Path
from typing import Any

from pipeline.errors import ModelError


def save_figure(figure: Any, path: Path) -> None:
    """Write a figure of matplotlib as the file's name says: .png, .svg or .pdf.

    Raises:
        ModelError: it cannot be written there, or in no such format.
    """
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph", UserWarning)  # a name in a script that the font has not
            figure.savefig(part)
        part.replace(path)
    except ValueError as error:
        raise ModelError(f"cannot draw into {path}: no such format; end its name in .png or .svg") from error
    except OSError as error:
        raise ModelError(f"cannot write {path}: {error.strerror}; choose another place") from error
    finally:
        part.unlink(missing_ok=True)
