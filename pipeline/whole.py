"""A file is written beside its place and renamed, so that its name never stands for half of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Where to write meanwhile: beside `path`, with its suffix. It takes the place of `path` when the block ends well.

    Where the block raises, nothing is left and `path` is what it was.

    Raises:
        OSError: it cannot take its place.
    """
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: Path, content: str | bytes) -> None:
    """A file, whole or not at all; text as UTF-8.

    Raises:
        OSError: it cannot be written.
    """
    with whole(path) as part:
        part.write_bytes(content.encode() if isinstance(content, str) else content)
