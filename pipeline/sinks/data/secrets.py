"""Passwords and tokens stand in files, so that they stand in no config, no log and no list of processes."""

from pathlib import Path

from pipeline.errors import ConfigError


def read_secret(path: Path, setting: str) -> str:
    """The first line of a file.

    Args:
        path: the file.
        setting: that names it, for messages.

    Raises:
        ConfigError: it cannot be read, or is empty.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigError(
            f"{setting}: cannot read {path}: {why}; name a text file with the secret in its first line"
        ) from error
    if not lines or not lines[0].strip():
        raise ConfigError(f"{setting}: {path} is empty; write the secret into its first line")
    return lines[0].strip()
