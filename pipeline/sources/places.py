"""Where a person pointed: is there a file, and what to say when there is not."""

import difflib
from pathlib import Path

from pipeline.errors import SourceError


def is_pattern(path: Path) -> bool:
    """True for a glob; a file that has brackets in its name is a file."""
    return any(mark in str(path) for mark in "*?[") and not path.exists()


def matches(path: Path) -> list[Path]:
    """The files a pattern names, in no order."""
    rest = path.relative_to(path.anchor) if path.anchor else path
    return [found for found in Path(path.anchor or ".").glob(str(rest)) if found.is_file()]


def require_file(path: Path) -> None:
    """Check that `path` is a file with something in it that may be read.

    Raises:
        SourceError: it is not.
    """
    try:
        if path.exists() and not path.is_file():  # opening a pipe would wait for somebody to write into it
            raise SourceError(f"cannot read {path}: it is a pipe or a device; give a recording that is a file")
        with path.open("rb") as file:
            if file.read(1):
                return
    except FileNotFoundError as error:
        raise SourceError(f"no such file: {path}{_near(path)}") from error
    except PermissionError as error:
        raise SourceError(f"cannot read {path}: permission denied; give yourself the right to read it") from error
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}; check the path") from error
    raise SourceError(f"cannot read {path}: the file is empty; copy or record it again")


def _near(path: Path) -> str:
    """What to do about a file that is not there: the nearest names beside it."""
    if not path.parent.is_dir():
        return f"; there is no folder {path.parent} either, check the path"
    names = [beside.name for beside in path.parent.iterdir()]
    near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(near)}?" if near else f"; check the name in {path.parent.absolute()}"
