"""Decides which encoded frames go into which segment, and goes on after whatever the disk does to it. No threads."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import av.error

from pipeline.errors import PipelineError
from pipeline.sinks.live_encoder import Coded
from pipeline.sinks.lookback import Lookback
from pipeline.sinks.segment_file import SegmentFile
from pipeline.sinks.shelf import Shelf

logger = logging.getLogger(__name__)

RETRY_S = 2.0
"""After a failure, before the disk is asked again."""
TELL_S = 5.0
"""One warning in this time, whatever happens."""
SYNC_S = 5.0
"""What a power cut may take of a segment."""
TIDY_S = 10.0
"""Between looks at the folder; 10,000 segments take some 60 ms."""
PIECES = 4
"""A segment also ends when it is this part of the limit of size, or it alone would be over it."""

REFUSED = (OSError, PipelineError, av.error.FFmpegError)


class Recorder:
    """Writes segments of a set length, or clips around events.

    Args:
        shelf: the folder.
        source: its name in file names.
        segment_s: length of a segment, and the most of a clip.
        key_s: between key frames, where files can end.
        around_s: seconds before and after an event that are kept; None: everything is recorded.
        max_bytes: limit of the folder, for segments that alone would be over it.
        clock: seconds since 1970.
        monotonic: the clock of `Coded.captured_s`.
    """

    def __init__(
        self,
        shelf: Shelf,
        source: str,
        segment_s: float,
        key_s: float,
        around_s: tuple[float, float] | None = None,
        max_bytes: int | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shelf, self._source = shelf, source
        self._lookback = None if around_s is None else Lookback(around_s[0])
        self._before_s, self._after_s = around_s or (0.0, 0.0)
        self._enough_s = segment_s - key_s / 2
        self._most_bytes = None if max_bytes is None else max_bytes // PIECES
        self._clock, self._monotonic = clock, monotonic
        self._file: SegmentFile | None = None
        self._until_s: float | None = None
        """End of the clip that is being kept."""
        self._event: str | None = None
        self._retry_at_s = self._tidy_at_s = self._sync_at_s = 0.0
        self._told_at_s = -TELL_S
        self.segments = self.frames = self.lost_frames = self.failures = self.events = 0
        self.error: str | None = None
        """Why nothing is being written, in one line; None while all is well."""

    @property
    def file(self) -> str | None:
        """Final name of the segment that is being written."""
        file = self._file  # once: the other thread may end it meanwhile
        return None if file is None else file.path.name

    def take(self, coded: Coded) -> None:
        """The next encoded frame."""
        if self._lookback is None:
            self._write(coded)
            return
        self._lookback.add(coded)
        if self._until_s is None:
            return
        if coded.captured_s <= self._until_s:
            self._write(coded)
        else:
            self.rest()

    def mark(self, event: str, at_s: float) -> None:
        """Something happened at that time: keep a clip around it, or go on with the one that is being kept."""
        self.events += 1
        if self._lookback is None:
            return
        running = self._until_s is not None
        self._until_s = max(self._until_s or 0.0, at_s + self._after_s)
        if not running:
            self._event = event
            for coded in self._lookback.since(at_s - self._before_s):
                self._write(coded)

    def go_on(self, at_s: float) -> None:
        """What began the clip is still there."""
        if self._until_s is not None:
            self._until_s = max(self._until_s, at_s + self._after_s)

    def rest(self) -> None:
        """Nothing more comes for now: make the segment whole."""
        self._until_s = self._event = None
        self._finish()

    def forget(self) -> None:
        """Recording was switched off: no later clip reaches back before this moment."""
        self.rest()
        if self._lookback is not None:
            self._lookback.clear()

    def expire(self) -> None:
        """No frame waits: end a clip whose time is over."""
        if self._until_s is not None and self._monotonic() > self._until_s + 1:
            self.rest()

    def upkeep(self) -> None:
        """What has to be done now and then, whether frames come or not."""
        now_s = self._monotonic()
        try:
            if self._file is not None and now_s >= self._sync_at_s:
                self._sync_at_s = now_s + SYNC_S
                self._file.sync()
            if now_s >= self._tidy_at_s:
                self._tidy_at_s = now_s + TIDY_S
                self._shelf.check()
                self._shelf.tidy()
                if self._until_s is None and self._lookback is not None:
                    self.error = None
        except REFUSED as error:
            self._failed(error)

    def tell(self, line: str) -> None:
        """Warn, at most once in five seconds, with the count."""
        now_s = self._monotonic()
        if now_s - self._told_at_s >= TELL_S:
            self._told_at_s = now_s
            logger.warning("%s (failures so far: %d, frames not recorded: %d)", line, self.failures, self.lost_frames)

    def _write(self, coded: Coded) -> None:
        try:
            if self._file is not None and self._ends_before(coded):
                self._finish()
            if self._file is None and not (coded.is_key and self._begin(coded)):
                self.lost_frames += 1
                return
            assert self._file is not None
            self._file.add(coded)
            self.frames += 1
        except REFUSED as error:
            self.lost_frames += 1
            self._failed(error)

    def _ends_before(self, coded: Coded) -> bool:
        """Whether a packet belongs to the next file: a key frame that comes about when the segment is long enough."""
        file = self._file
        assert file is not None
        if coded.begins or coded.stream is not file.encoder:
            return True
        if not coded.is_key:
            return False
        too_big = self._most_bytes is not None and file.size >= self._most_bytes
        return too_big or file.length_s(coded) >= self._enough_s

    def _begin(self, coded: Coded) -> bool:
        now_s = self._monotonic()
        if now_s < self._retry_at_s:
            return False
        self._shelf.check()
        utc_s = self._clock() - (now_s - coded.captured_s)
        self._file = SegmentFile(self._shelf.place(utc_s, self._source, self._event), coded, utc_s)
        self._sync_at_s = now_s + SYNC_S
        if self.error is not None:
            logger.info("recording again: %s", self._file.path)
            self.error = None
        self._shelf.tidy()
        return True

    def _finish(self) -> None:
        file = self._file
        if file is None:
            return
        try:
            file.finish()
            self._file = None
            self.segments += 1
            self._shelf.tidy()
        except REFUSED as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        self.failures += 1
        self._retry_at_s = self._monotonic() + RETRY_S
        file, self._file = self._file, None
        if file is not None and file.abandon():
            self.segments += 1
        if isinstance(error, PipelineError):
            self.error = str(error)
        else:
            reason = getattr(error, "strerror", None) or str(error)
            self.error = (
                f"cannot record to {self._shelf.folder}: {reason}; make room or bring the folder back, "
                "recording goes on by itself then"
            )
        self.tell(self.error)
