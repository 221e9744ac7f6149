"""An output under a temporary name beside its target, which gets the final name only when it is whole.

`clip.mp4` grows as `clip.part.mp4`: the suffix stays, so that what an interrupted run leaves can be opened at once.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from pipeline.errors import ConfigError, SinkError
from pipeline.locks import lock, unlock


def part_of(path: Path, mark: str = "part") -> Path:
    """Where an output grows before it is whole.

    >>> part_of(Path("out/clip.mp4")).name
    'clip.part.mp4'
    """
    return path.with_name(f"{path.stem}.{mark}{path.suffix}")


class Claim:
    """A target that nobody else writes meanwhile: its first temporary file, empty and locked until `release`.

    The lock goes with the process, so what a killed run leaves stands in nobody's way. Where the platform has no
    `flock` (Windows), two runs with one target are not told apart.
    """

    def __init__(self, path: Path, source: Path | None = None, marks: tuple[str, ...] = ("part",)) -> None:
        """Make sure that `path` can be written.

        Args:
            path: the target.
            source: the file that the run reads, which must not be overwritten.
            marks: one for each temporary file that the output needs.

        Raises:
            ConfigError: the target is a folder or the input itself, its folder is missing or cannot be written, or
                another run is writing it.
        """
        parts = [part_of(path, mark) for mark in marks]
        self.part = parts[0]
        """The temporary file for the first of `marks`."""
        self._lock: int | None = None
        try:
            if path.is_dir():
                raise ConfigError(f"cannot write {path}: it is a folder; name a file in it")
            if not path.parent.is_dir():
                raise ConfigError(f"cannot write {path}: the folder {path.parent} does not exist; make it first")
            if source is not None and source.exists():
                for name in (path, *parts):
                    if name.exists() and name.samefile(source):
                        raise ConfigError(
                            f"writing {path} would overwrite the input {source}; choose another output name"
                        )
            self._lock = lock(self.part, wait=False)
        except BlockingIOError as error:
            raise ConfigError(
                f"cannot write {path}: another run is writing it; wait for that one, or choose another output"
            ) from error
        except OSError as error:
            raise ConfigError(f"cannot write {path}: {error.strerror}; choose another output") from error
        os.truncate(self.part, 0)

    def release(self) -> None:
        """Let others write the target; may be called twice."""
        unlock(self._lock)
        self._lock = None


def publish(whole: Path, path: Path) -> None:
    """Give a whole file its final name, so that it survives a power cut under that name or not at all.

    Raises:
        OSError: it could not be written through or renamed.
    """
    for place in (whole, path.parent):
        if place == path.parent:
            whole.replace(path)
        descriptor = os.open(place, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class StagedText:
    """Records appended to a temporary file, written through about once a second, renamed when all came."""

    def __init__(self, path: Path, source: Path | None = None, flush_every_s: float = 1.0) -> None:
        self.path = path
        self._claim = Claim(path, source)
        self.part = self._claim.part
        self.records = 0
        self._file = self.part.open("wb", buffering=1 << 16)
        self._flush_every_s, self._flushed_s = flush_every_s, time.monotonic()
        self._published = False

    def head(self, data: bytes) -> None:
        """What stands before the first record."""
        self._file.write(data)

    def write(self, data: bytes) -> None:
        """Append one record.

        Raises:
            SinkError: the disk is full, or the like.
        """
        try:
            self._file.write(data)
            self.records += 1
            now_s = time.monotonic()
            if now_s - self._flushed_s >= self._flush_every_s:
                self._file.flush()
                self._flushed_s = now_s
        except OSError as error:
            raise self._failed(error) from error

    def finish(self, tail: bytes = b"") -> None:
        """Append `tail` and give the file its final name.

        Raises:
            SinkError: it could not be written or renamed.
        """
        try:
            self._file.write(tail)
            self._file.close()
            publish(self.part, self.path)
        except OSError as error:
            raise self._failed(error) from error
        self._published = True

    def close(self) -> None:
        """Let go; a temporary file without a record is removed, one with records stays."""
        with contextlib.suppress(OSError):
            self._file.close()
        if not self._published and not self.records:
            with contextlib.suppress(OSError):
                self.part.unlink(missing_ok=True)
        self._claim.release()

    def _failed(self, error: OSError) -> SinkError:
        return SinkError(
            f"cannot write {self.path}: {error.strerror}; the {self.records} records so far are in {self.part.name}"
        )
