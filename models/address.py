"""A file from an address: resumed where it was cut off, checked, and under its name only when it is whole."""

import contextlib
import http.client
import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from models.cache import sha256_of
from pipeline.errors import ModelError
from pipeline.locks import lock, unlock

Progress = Callable[[int, int | None], None]
"""Takes the bytes that are there and those there will be, None where the server does not say."""
PAUSES_S = (0.5, 1.0, 2.0, 4.0)
"""Before each new attempt after a fault that can pass."""
TIMEOUT_S = 30.0
"""For the connection, and for each read."""
_BLOCK = 1 << 18
_CUT_OFF = (urllib.error.URLError, http.client.HTTPException, ConnectionError, socket.timeout, TimeoutError)


class _PassingError(Exception):
    """What another attempt may mend."""


def download(
    address: str,
    target: Path,
    sha256: str | None = None,
    progress: Progress = lambda done, total: None,
    pauses_s: tuple[float, ...] = PAUSES_S,
    timeout_s: float = TIMEOUT_S,
) -> Path:
    """Get `address` as the file `target`; at once where it is there already and its checksum is known to be right.

    What was cut off stays as `.NAME.part` beside the target, and the next call goes on from there (RFC 9110, section
    14: Range with If-Range), as long as the server still has the same file. Two processes may do it at the same time:
    the second waits for the first.

    Args:
        address: `http://` or `https://`; proxies are those of the environment.
        target: The file to make; its folder is made if absent.
        sha256: What its SHA-256 has to be, as hex; None: anything.
        progress: Told how far it is.
        pauses_s: Seconds before each new attempt.
        timeout_s: For the connection and each read.

    Raises:
        ModelError: no answer, no such file, another checksum, or a full disk.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _only_one(part):
            if target.is_file() and sha256 is not None and sha256_of(target) == sha256:
                return target
            _attempts(address, part, progress, pauses_s, timeout_s)
            _check(address, part, sha256)
            part.replace(target)
            _note_of(part).unlink(missing_ok=True)
    except OSError as error:
        raise ModelError(
            f"cannot write to {target.parent}: {error.strerror}; free the disk or mend its rights"
        ) from error
    return target


def shown(address: str) -> str:
    """An address without what may be secret in it: user, password, query.

    >>> shown("https://me:secret@host:8443/a/b.zip?token=1")
    'https://***@host:8443/a/b.zip'
    """
    parts = urlsplit(address)
    user = "***@" if "@" in parts.netloc else ""
    return f"{parts.scheme}://{user}{parts.netloc.rpartition('@')[2]}{parts.path}"


def _attempts(address: str, part: Path, progress: Progress, pauses_s: tuple[float, ...], timeout_s: float) -> None:
    for pause_s in (*pauses_s, None):
        had = part.stat().st_size
        try:
            _attempt(address, part, progress, timeout_s)
            return
        except _PassingError as error:
            if pause_s is None:
                got = part.stat().st_size
                kept = f"; {got:,} bytes are kept, the next attempt goes on from there" if got else ""
                raise ModelError(
                    f"cannot get {shown(address)}: {error}; check the network, or get the file by other means and name"
                    f" its folder with --models-dir{kept}"
                ) from error
        if part.stat().st_size <= had:  # one that brought something may go on at once
            time.sleep(pause_s)


def _attempt(address: str, part: Path, progress: Progress, timeout_s: float) -> None:
    """One request, which adds to `part` what is missing."""
    start, same = part.stat().st_size, _validator(part, address)
    headers = {"Accept-Encoding": "identity", "User-Agent": "sluice"}
    if start and same:
        headers |= {"Range": f"bytes={start}-", "If-Range": same}
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=timeout_s) as answer:
            if answer.status != 206 or not str(answer.headers.get("Content-Range")).startswith(f"bytes {start}-"):
                start = 0
            length = answer.headers.get("Content-Length")
            total = start + int(length) if length is not None else None
            _note(part, address, answer)
            with part.open("r+b") as out:
                out.truncate(start)
                out.seek(start)
                for block in _blocks(answer):
                    out.write(block)
                    start += len(block)
                    progress(start, total)
    except urllib.error.HTTPError as error:
        error.close()  # it holds the connection
        if error.code == 416:  # the file there is shorter than what we have: another one
            part.write_bytes(b"")
        if error.code in {408, 416, 425, 429} or error.code >= 500:
            raise _PassingError(f"the server says {error.code} {error.reason}") from error
        raise ModelError(
            f"cannot get {shown(address)}: the server says {error.code} {error.reason}; the address may have changed:"
            " look at the entry's origin, or name a folder that has the file with --models-dir"
        ) from error
    except _CUT_OFF as error:
        raise _PassingError(f"no answer ({_reason(error)})") from error
    if total is not None and start < total:
        raise _PassingError(f"cut off after {start:,} of {total:,} bytes")


def _blocks(answer: Any) -> Iterator[bytes]:
    try:
        while block := answer.read(_BLOCK):
            yield block
    except http.client.IncompleteRead as error:
        yield error.partial
    except _CUT_OFF as error:
        raise _PassingError(f"the connection broke ({_reason(error)})") from error


def _check(address: str, part: Path, sha256: str | None) -> None:
    if sha256 is None:
        return
    found = sha256_of(part)
    if found != sha256:
        part.write_bytes(b"")
        raise ModelError(
            f"{shown(address)} has SHA-256 {found[:12]}…, expected {sha256[:12]}…; it is not the file that was checked,"
            " so it was not kept"
        )


def _note_of(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _note(part: Path, address: str, answer: Any) -> None:
    """Remember what identifies the file on the server; a weak ETag (W/...) may not be used for this."""
    etag = answer.headers.get("ETag")
    same = etag if etag and not etag.startswith("W/") else answer.headers.get("Last-Modified")
    _note_of(part).write_text(json.dumps({"address": shown(address), "same": same}), encoding="utf-8")


def _validator(part: Path, address: str) -> str | None:
    try:
        note = json.loads(_note_of(part).read_text(encoding="utf-8"))
        return str(note["same"]) if note["address"] == shown(address) and note["same"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _reason(error: BaseException) -> str:
    inner = getattr(error, "reason", error)
    return str(getattr(inner, "strerror", None) or inner or type(inner).__name__)[:120]


@contextlib.contextmanager
def _only_one(part: Path) -> Iterator[None]:
    """Hold the lock of `part`, which is there from then on; where another process had it, wait for it to end."""
    held = lock(part, wait=True)
    part.touch()
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            if part.stat().st_size == 0:
                part.unlink()
                _note_of(part).unlink(missing_ok=True)
        unlock(held)
