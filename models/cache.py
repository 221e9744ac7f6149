"""Where fetched and converted models live between runs."""

import hashlib
from pathlib import Path

import platformdirs


def default_cache() -> Path:
    """The user's cache folder for Sluice, as the platform has it (`$XDG_CACHE_HOME/sluice` on Linux)."""
    return platformdirs.user_cache_path("sluice")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
