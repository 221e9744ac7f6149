"""Recordings that lie elsewhere, brought here whole: whatever fsspec reads (s3, gs, az, http, sftp, memory ...)."""

import shutil
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError, SourceError
from pipeline.whole import whole

_CHUNK = 8 << 20


def fetch(address: str, into: Path) -> None:
    """Copy a file from an address, unless it is here already.

    Raises:
        ConfigError: fsspec, or what it needs for this address, is not installed.
        SourceError: it cannot be read; user and password of the address are not told.
    """
    if into.is_file():
        return
    fsspec = opener()
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        with whole(into) as part, fsspec.open(address, "rb") as source, part.open("wb") as target:
            shutil.copyfileobj(source, target, _CHUNK)
    except ImportError as error:
        raise ConfigError(f"{hidden(address)}: {error}") from error
    except (OSError, ValueError) as error:
        told = " ".join(str(error).split()).replace(address, hidden(address))[:160]
        raise SourceError(f"cannot fetch {hidden(address)}: {told or type(error).__name__}") from error


def opener() -> Any:
    """The package that reads and writes addresses.

    Raises:
        ConfigError: it is not installed.
    """
    try:
        import fsspec
    except ImportError as error:
        raise ConfigError("addresses need a package: pip install -r requirements-batch.txt") from error
    return fsspec


def hidden(address: str) -> str:
    """An address without user, password and query.

    >>> hidden("s3://me:secret@store/clip.mp4?token=x")
    's3://***@store/clip.mp4'
    """
    scheme, _, rest = address.partition("://")
    rest = rest.partition("?")[0]
    return f"{scheme}://***@{rest.rpartition('@')[2]}" if "@" in rest else f"{scheme}://{rest}"


def listed(pattern: str) -> list[str]:
    """The files whose addresses fit a pattern, by name.

    Raises:
        ConfigError: fsspec, or what it needs for this address, is not installed.
        SourceError: none, or the place cannot be read.
    """
    fsspec = opener()
    try:
        system, _, _ = fsspec.get_fs_token_paths(pattern)
        found = sorted(system.unstrip_protocol(name) for name in system.glob(pattern))
    except ImportError as error:
        raise ConfigError(f"{hidden(pattern)}: {error}") from error
    except (OSError, ValueError) as error:
        raise SourceError(f"cannot list {hidden(pattern)}: {type(error).__name__}") from error
    if not found:
        raise SourceError(f"nothing is called {hidden(pattern)}; check the pattern")
    return found
