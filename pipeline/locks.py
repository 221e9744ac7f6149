"""A file that one process has at a time; the lock goes with the process, so a killed one leaves none."""

import os
import sys
from pathlib import Path

if sys.platform != "win32":
    import fcntl


def lock(path: Path, *, wait: bool) -> int | None:
    """Make `path` if it is absent, and lock it; what is in it stays.

    Args:
        path: the file; whoever has the lock may rename or remove it.
        wait: until the one who has it lets go.

    Returns:
        The descriptor that holds the lock until `unlock`. None on Windows, where files cannot be told apart this way.

    Raises:
        BlockingIOError: somebody else has it, and `wait` is false.
        OSError: the file cannot be made.
    """
    while True:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o666)
        if sys.platform == "win32":
            os.close(descriptor)
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            if _is_at(descriptor, path):  # else the one before renamed or removed it between the two calls
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def unlock(descriptor: int | None) -> None:
    """Let the next one have it."""
    if descriptor is not None:
        os.close(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
