"""Parts of a recording on disk: whole under their name or not there, and not read where they are of something else."""

import pickle
from pathlib import Path
from typing import Any

from pipeline.errors import SinkError


def keep(path: Path, value: object) -> None:
    """Write a value of ours.

    Raises:
        SinkError: the disk is full, or the folder cannot be written.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            pickle.dump(value, file, protocol=5)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise SinkError(f"cannot write {path}: {error.strerror}; free the disk, then --resume") from error


def kept(path: Path) -> Any:
    """What `keep` wrote, in a folder that this program alone writes.

    Raises:
        SinkError: it is not there, or damaged.
    """
    try:
        with path.open("rb") as file:
            return pickle.load(file)
    except (OSError, pickle.UnpicklingError, EOFError, AttributeError) as error:
        raise SinkError(f"cannot read {path}: {' '.join(str(error).split())[:120]}; --resume makes it anew") from error
