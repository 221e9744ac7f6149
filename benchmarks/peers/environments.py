"""An environment for each peer: made with pip from the pinned list, kept in the cache, made anew if its pins change."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

PINS = Path(__file__).with_name("requirements.txt")


class NotInstalledError(Exception):
    """A peer that pip cannot install on this Python; the message has pip's reason."""


def pins() -> dict[str, list[str]]:
    """The requirements of each peer, by its name, in the order of the file."""
    found: dict[str, list[str]] = {}
    for line in PINS.read_text(encoding="utf-8").splitlines():
        if line.startswith("# ") and line.endswith(":") and " " not in line[2:]:
            found[line[2:-1]] = []
        elif line and not line.startswith("#"):
            list(found.values())[-1].append(line)
    return found


def python_of(peer: str, into: Path, told: Callable[[str], None]) -> Path:
    """The interpreter of a peer's environment, which is made where it is not there or was made for other pins.

    Args:
        peer: Name of its part of the list.
        into: Folder of all environments.
        told: Gets a line before something slow.

    Raises:
        NotInstalledError: pip refused.
    """
    wanted = "\n".join([sys.version, *pins()[peer]]) + "\n"
    folder = into / peer
    made_for = folder / "made-for.txt"
    python = folder / "bin" / "python"
    if made_for.is_file() and made_for.read_text(encoding="utf-8") == wanted:
        return python
    told(f"installing {peer}: {', '.join(pins()[peer])}")
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *pins()[peer]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        shutil.rmtree(folder, ignore_errors=True)
        raise NotInstalledError((errors or done.stderr.splitlines() or ["pip said nothing"])[-1].strip())
    made_for.write_text(wanted, encoding="utf-8")
    return python
