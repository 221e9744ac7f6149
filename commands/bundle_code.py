"""The program itself for a bundle: what a device needs to run it and to install it as a service."""

from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
ROOMS = (
    *("batch", "commands", "configs", "deploy", "gallery", "models"),
    *("pipeline", "readers", "stages", "vision", "web"),
)
"""Folders that come along, where they are here: an installed program has no `deploy`."""
FILES = ("run.py", "requirements-base.txt", "requirements-edge.txt", "LICENSE")
FOLDER = "code"
"""Where it lies in a bundle."""


def code_files() -> dict[str, bytes]:
    """Every file by its path in the bundle, as it is here; nothing that was compiled, and nothing hidden."""
    found = [HOME / name for name in FILES]
    found += [path for room in ROOMS for path in (HOME / room).rglob("*") if path.is_file() and _belongs(path)]
    return {f"{FOLDER}/{path.relative_to(HOME).as_posix()}": path.read_bytes() for path in sorted(found)}


def _belongs(path: Path) -> bool:
    return not any(part.startswith((".", "__pycache__")) for part in path.relative_to(HOME).parts)
