"""Figures in files: matplotlib without a window, loaded only when a picture is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of so many inches.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ConfigError("pictures of figures need a package: pip install matplotlib; or leave --plot out") from error
    return Figure(figsize=(width, height), dpi=120, layout="constrained")


def save(figure: Figure, path: Path) -> None:
    """Write it as the file's name says: .png, .svg or .pdf.

    Raises:
        ConfigError: it cannot be written there, or in no such format.
    """
    try:
        figure.savefig(path)
    except ValueError as error:
        raise ConfigError(f"cannot draw into {path}: no such format; end its name in .png or .svg") from error
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}; choose another place") from error
