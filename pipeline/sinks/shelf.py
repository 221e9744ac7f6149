"""A folder of segments that does not grow without end: the oldest go, nothing else is touched.

Which segment is older is asked of the names once, when the folder is first looked at; what appears later is younger
than all that was there. So a clock that jumps in mid-run (a board without a battery thinks it is 1970 until the network
tells it) neither makes old segments of new ones nor saves them for ever.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from pipeline.errors import ConfigError, SinkError
from pipeline.locks import lock, unlock
from pipeline.sinks.segment_file import rescue
from pipeline.sinks.segment_names import begun_at, is_growing, segment_name
from pipeline.sinks.staged import part_of


class Shelf:
    """One folder; several sources, and several runs, may share it and its limits.

    Args:
        folder: made if it is absent.
        max_bytes: of all segments in it together; None: no limit.
        max_age_s: since a segment began; None: no limit.
        min_free_bytes: of the disk, that are left to others.
        clock: seconds since 1970.
        monotonic: seconds that never go back.
    """

    def __init__(
        self,
        folder: Path,
        max_bytes: int | None,
        max_age_s: float | None,
        min_free_bytes: int,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make the folder, and give what a killed run left in it its final name.

        Raises:
            ConfigError: it cannot be made or written.
        """
        self.folder = folder
        self._max_bytes, self._max_age_s, self._min_free = max_bytes, max_age_s, min_free_bytes
        self._clock, self._monotonic = clock, monotonic
        self.bytes = self.removed = 0
        """Of all segments when last looked at; segments removed so far, to keep to the limits."""
        self.rescued = 0
        self._born_s: dict[str, float] = {}
        """When each segment began, on the monotonic clock, by its final name; the oldest first."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.on_root_disk = _on_root_disk(folder)
            """Whether it lies on the system's disk; if not at first, then never: the disk was taken away."""
            self._rescue()
            unlock(lock(folder / ".sluice-record", wait=True))
            (folder / ".sluice-record").unlink(missing_ok=True)
        except FileExistsError as error:
            raise ConfigError(f"cannot record to {folder}: it is a file; name a folder") from error
        except OSError as error:
            raise ConfigError(
                f"cannot record to {folder}: {error.strerror}; name a folder that this user may write"
            ) from error

    def check(self) -> None:
        """Whether a segment can be begun.

        Raises:
            SinkError: the folder is gone, or the disk is full.
        """
        try:
            unmounted = _on_root_disk(self.folder) and not self.on_root_disk
        except OSError as error:
            raise SinkError(
                f"cannot record to {self.folder}: {error.strerror}; recording goes on by itself once the folder is back"
            ) from error
        if unmounted:
            raise SinkError(
                f"cannot record to {self.folder}: its disk is not mounted; recording goes on by itself once it is"
            )
        if self._free() < self._min_free:
            self.tidy()
            free = self._free()
            if free < self._min_free:
                limits = self._max_bytes is not None or self._max_age_s is not None
                mend = "make room" if limits else "make room, or set a limit, so that the oldest segments go"
                raise SinkError(
                    f"cannot record to {self.folder}: the disk is full ({free / 1e6:.0f} MB free, "
                    f"{self._min_free / 1e6:.0f} MB have to stay so); {mend}"
                )

    def place(self, utc_s: float, source: str, event: str | None = None) -> Path:
        """A name for a segment that begins at `utc_s`, a millisecond later where it is taken; taken by this call, with
        an empty temporary file, so that no other recorder can get it.

        Raises:
            OSError: the folder cannot be written.
        """
        while True:
            path = self.folder / segment_name(utc_s, source, event)
            part = part_of(path)
            with contextlib.suppress(FileExistsError):
                os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
                if not path.exists():
                    return path
                part.unlink()
            utc_s += 0.001

    def tidy(self) -> None:
        """Remove the oldest segments beyond the limits; never one that is being written, by whomever.

        Without a limit nothing is ever removed. With one, a disk that is nearly full counts as over the limit. The
        newest whole segment goes by age alone: a limit of less than one segment would leave nothing to look at.

        Raises:
            OSError: the folder cannot be read.
        """
        sizes = self._look()
        self.bytes = sum(size for size, _ in sizes.values())
        if self._max_bytes is None and self._max_age_s is None:
            return
        missing = self._min_free - self._free()
        now_s = self._monotonic()
        whole = [name for name in self._born_s if name in sizes and not sizes[name][1]]
        for name in whole:
            too_old = self._max_age_s is not None and now_s - self._born_s[name] > self._max_age_s
            too_much = missing > 0 or (self._max_bytes is not None and self.bytes > self._max_bytes)
            if not too_old and (not too_much or name == whole[-1]):
                return
            with contextlib.suppress(FileNotFoundError):  # another recorder of the same folder was quicker
                (self.folder / name).unlink()
                self.removed += 1
            del self._born_s[name]
            self.bytes -= sizes[name][0]
            missing -= sizes[name][0]

    def _look(self) -> dict[str, tuple[int, bool]]:
        """Size of each segment, and whether it is still being written, by its final name; learns what is new."""
        found: dict[str, tuple[int, bool]] = {}
        new: dict[str, float] = {}
        with os.scandir(self.folder) as entries:
            for entry in entries:
                name = entry.name.replace(".part.mp4", ".mp4")
                if name not in self._born_s:  # those known are not read again: it is most of the time
                    begun_s = begun_at(entry.name)
                    if begun_s is None:
                        continue
                    new[name] = begun_s
                with contextlib.suppress(FileNotFoundError):
                    if entry.is_file(follow_symlinks=False):
                        found[name] = (entry.stat(follow_symlinks=False).st_size, name != entry.name)
        first_look, now_s = not self._born_s, self._monotonic()
        self._born_s = {name: born_s for name, born_s in self._born_s.items() if name in found}
        for name in sorted(new.keys() & found.keys()):
            age_s = max(0.0, self._clock() - new[name]) if first_look else 0.0
            self._born_s[name] = now_s - age_s
        return found

    def _rescue(self) -> None:
        """Finish the names of segments that a killed run left; one that somebody is writing now is locked."""
        for part in sorted(path for path in self.folder.iterdir() if is_growing(path.name) and path.is_file()):
            try:
                held = lock(part, wait=False)
            except (BlockingIOError, PermissionError):
                continue
            try:
                self.rescued += rescue(part, part.with_name(part.name.replace(".part.mp4", ".mp4")))
            finally:
                unlock(held)

    def _free(self) -> int:
        try:
            return shutil.disk_usage(self.folder).free
        except OSError:
            return 0


def _on_root_disk(folder: Path) -> bool:
    """Whether a folder lies on the system's own disk, where a recording for another must not go."""
    return folder.stat().st_dev == Path(folder.anchor or Path.cwd().anchor).stat().st_dev
