"""How a folder of converted files is made: by a process of its own, beside its place, and put there whole.

TensorFlow takes 780 MB and seconds to import, and talks; none of that may reach the program that asked.
"""

import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from models.cache import sha256_of
from models.wheels import Say
from pipeline.errors import ModelError

RECIPE = 1
"""Counts up when a conversion changes, so that files of an older one are made anew."""
REPORT = "convert.json"
"""Beside the files: versions, checksums, and how far they are from the original."""


def require(packages: Sequence[str], what: str) -> None:
    """Raise ModelError, with the line that installs them, unless every package is there."""
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        raise ModelError(f"{what} needs {' and '.join(missing)}: pip install -r requirements.txt")


def run_child(module: str, job: dict[str, object], log: Path, what: str) -> None:
    """Run `python -m MODULE JOB` and wait for it; an interrupt ends it too.

    Args:
        module: Its last words are the reason where it fails.
        job: Given as JSON.
        log: Everything it says; stays where it failed.
        what: 'convert x.pb', for messages.

    Raises:
        ModelError: it failed.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        with log.open("w") as out:
            done = subprocess.run(
                [sys.executable, "-m", module, json.dumps(job)],
                cwd=Path(__file__).parents[1],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                check=False,
            )
    except KeyboardInterrupt:
        log.unlink(missing_ok=True)
        raise
    if done.returncode:
        raise ModelError(f"cannot {what}: {_last_line(log)} (all of it: {log})")
    log.unlink(missing_ok=True)


def make_folder(module: str, job: dict[str, object], into: Path, what: str, say: Say, notice: str) -> None:
    """Make the folder `into` by a child process, whole or not at all; where another process made it, that one stays.

    Args:
        module: Makes files and `REPORT` in the folder that its job names under 'into'.
        job: What else it is told.
        into: The folder to make; a damaged one in its place is replaced.
        what: 'convert x.pb', for messages.
        say: Told `notice` before anything slow happens.
        notice: What is going on, and how long it takes.

    Raises:
        ModelError: the child failed, or the disk is full.
    """
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=into.parent, prefix=".convert-") as folder:
            say(notice)
            made = Path(folder) / into.name
            made.mkdir()
            log = into.with_name(f"{into.name}.log")
            run_child(module, {**job, "into": str(made.resolve())}, log, what)
            _put_in_place(made, into, Path(folder) / "old")
    except OSError as error:
        why = error.strerror or error
        raise ModelError(f"cannot write to {into}: {why}; free the disk or mend its rights") from error


def is_whole(folder: Path) -> bool:
    """Whether `folder` holds what this recipe's conversion made, byte for byte."""
    try:
        report = json.loads((folder / REPORT).read_text(encoding="utf-8"))
        return report["recipe"] == RECIPE and all(
            sha256_of(folder / name) == made["sha256"] for name, made in report["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _put_in_place(made: Path, into: Path, old: Path) -> None:
    """Rename the whole folder; another process may be doing the same."""
    if into.exists() and not is_whole(into):
        into.rename(old)
    try:
        made.rename(into)
    except OSError:
        if not is_whole(into):
            raise


def _last_line(log: Path) -> str:
    """The line of a log that most likely says why."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1][:200] if lines else "it ended without a word"
