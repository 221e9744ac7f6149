"""Sources named in a file, one a line: so that passwords stand in no list of processes."""

from pathlib import Path

from pipeline.errors import ConfigError


def read_sources(path: Path) -> tuple[str, ...]:
    """The sources in a file; empty lines and those that begin with `#` are left out.

    Raises:
        ConfigError: it cannot be read, or names none.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ConfigError(
            f"cannot read {path}: {error.strerror}; name a file with a camera or stream a line"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"cannot read {path}: it is no text; a camera or stream a line is expected") from error
    sources = tuple(line.strip() for line in lines if line.strip() and not line.strip().startswith("#"))
    if not sources:
        raise ConfigError(f"{path} names no source; write a camera or stream a line")
    return sources
