"""Which state of the program a run was made with."""

import subprocess
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[2]


def git_state(folder: Path = PROGRAM) -> dict[str, str | bool | None]:
    """The commit, and whether something was changed since.

    Args:
        folder: Anywhere in the repository.

    Returns:
        `commit`, 40 digits, and `dirty`, whether a file that git knows differs from it. Both are None outside of a
        repository, before its first commit, and where there is no git.
    """
    commit = _ask(folder, "rev-parse", "--verify", "HEAD")
    if commit is None:
        return {"commit": None, "dirty": None}
    changed = _ask(folder, "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "dirty": None if changed is None else bool(changed)}


def _ask(folder: Path, *words: str) -> str | None:
    """What git says; None where it fails. It takes no lock, so that nobody who commits meanwhile is held up."""
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", "-C", str(folder), *words],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else done.stdout.strip()
