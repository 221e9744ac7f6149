"""Records a live source in segments that play whatever happens, or keeps clips around events.

Two threads share the work. The sink's own encodes, which costs what it costs; a second one does everything that touches
the disk, so that a slow card, a full disk or a folder that vanished costs recorded frames at worst, never one of what
is shown. Nothing here ends a run: a disk is a thing that can come back.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from pipeline.onsets import Onsets
from pipeline.sinks.encoder import VideoConfig
from pipeline.sinks.live_encoder import Coded, LiveEncoder
from pipeline.sinks.recorder import REFUSED, Recorder
from pipeline.sinks.segment_names import slug, source_slug
from pipeline.sinks.shelf import Shelf
from pipeline.types import Packet, SourceInfo

logger = logging.getLogger(__name__)

MOST_WAITING = 300
"""Encoded frames that may wait for the disk: 10 s of a camera, some 10 MB. Beyond that they are lost and counted."""
IDLE_S = 5.0
"""A source that is silent for so long has its segment finished."""
PATIENCE_S = 10.0
"""How long the end of a run waits for a disk that does not answer."""


class SegmentConfig(BaseModel):
    """How a live source is recorded."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    segment_s: Annotated[float, Field(ge=1, le=86_400, description="seconds of a segment, and the most of a clip")] = (
        60.0
    )
    max_bytes: Annotated[
        int | None, Field(ge=1_000_000, description="of all segments in the folder; beyond it the oldest go")
    ] = None
    max_age_s: Annotated[
        float | None, Field(ge=1, description="seconds after which a segment goes, counted from its beginning")
    ] = None
    min_free_bytes: Annotated[
        int, Field(ge=0, description="of the disk, that recording leaves to others; it pauses below that")
    ] = 256_000_000
    events_only: Annotated[bool, Field(description="keep clips around events instead of everything")] = False
    before_s: Annotated[float, Field(ge=0, le=120, description="seconds kept before an event")] = 5.0
    after_s: Annotated[float, Field(ge=0, le=600, description="seconds kept after an event, or after its end")] = 10.0
    event_classes: Annotated[
        tuple[str, ...], Field(description="classes whose events and new tracks begin a clip; none named: all")
    ] = ()
    event_alarms: Annotated[bool, Field(description="an alarm of the picture's health is an event")] = True
    on: Annotated[bool, Field(description="record from the beginning, not only when somebody switches it on")] = True
    video: VideoConfig = VideoConfig()
    """How the pictures are encoded."""


class _Mark:
    """An event on its way to the other thread."""

    def __init__(self, event: str | None, at_s: float) -> None:
        self.event = event
        """None: the one before goes on."""
        self.at_s = at_s


class _Off:
    """Recording was switched off, or the source is silent."""

    def __init__(self, forget: bool) -> None:
        self.forget = forget


class SegmentSink:
    """A sink for a live source; `record`, `mark` and `status` may be called from any thread."""

    name = "record"

    def __init__(
        self,
        folder: Path,
        info: SourceInfo,
        config: SegmentConfig | None = None,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Makes the folder, gives what a killed run left there its names, and finds an encoder.

        Args:
            folder: where segments go; sources may share one, and then share its limits.
            info: of the source; its name stands in file names, without what could be secret.
            config: settings.
            clock: seconds since 1970, for names; may jump.
            monotonic: the clock of `Frame.captured_s`.

        Raises:
            ConfigError: the folder cannot be made or written, or no encoder opens.
        """
        self.config = config or SegmentConfig()
        settings = self.config
        self._monotonic = monotonic
        key_s = settings.segment_s / -(-settings.segment_s // settings.video.keyframe_s)  # segments end at one
        self._encoder = LiveEncoder(info, settings.video, key_s)
        self._shelf = Shelf(folder, settings.max_bytes, settings.max_age_s, settings.min_free_bytes, clock, monotonic)
        around_s = (settings.before_s, settings.after_s) if settings.events_only else None
        self._recorder = Recorder(
            self._shelf,
            source_slug(info.name),
            settings.segment_s,
            key_s,
            around_s,
            settings.max_bytes,
            clock,
            monotonic,
        )
        self._onsets = Onsets(settings.event_classes, alarms=settings.event_alarms, follow_s=settings.segment_s)
        self._queue: queue.SimpleQueue[Coded | _Mark | _Off | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        """Over the encoder and the switches."""
        self._on, self._closed, self._skipping = settings.on, False, False
        self._last_s = monotonic()
        self._overrun = self._refused = 0
        self._given, self._taken = [0, 0], [0, 0]
        """Frames and marks handed to the other thread, and taken by it; each side counts for itself."""
        self._thread: threading.Thread | None = None

    def write(self, packet: Packet) -> None:
        """Encode the next frame and hand it on; never raises, and never waits for the disk."""
        began, goes_on = self._onsets.of(packet)
        with self._lock:
            if not self._on or self._closed:
                return
            self._start()
            self._last_s = self._monotonic()
            try:
                self._hand_on(self._encoder.encode(packet.frame))
            except REFUSED as error:
                self._refused += 1
                self._recorder.tell(f"a frame of {packet.frame.source} could not be encoded: {error}")
            at_s = packet.frame.captured_s
            for event in began:
                self._tell(slug(event, "event"), at_s)
            if goes_on and not began:
                self._tell(None, at_s)

    def mark(self, event: str) -> None:
        """Something happened now: with `events_only`, keep a clip around it."""
        with self._lock:
            if self._on and not self._closed:
                self._start()
                self._tell(slug(event, "event"), self._monotonic())

    def record(self, on: bool) -> None:
        """Start or stop; what was recorded is whole soon after a stop."""
        with self._lock:
            if self._on != on and not self._closed:
                self._on = on
                if not on:
                    self._pause(forget=True)

    def status(self) -> dict[str, object]:
        """How it stands, for a page, metrics or a report.

        Returns:
            `state` ("off", "recording", "waiting": for an event or for frames, "failing": and tried again), `error`
            (one line or None), `file`, `segments`, `events`, `frames` (given to a file), `lost_frames` (by disk,
            encoder, or no key frame), `failures`, `removed` (segments, by the limits), `rescued` (segments that an
            earlier run left), `bytes` (of the folder's segments), `encoder`, `retimed_frames`.
        """
        recorder, shelf = self._recorder, self._shelf
        error, file = recorder.error, recorder.file
        if self._closed or not self._on:
            state = "off"
        elif error is not None:
            state = "failing"
        else:
            state = "waiting" if file is None else "recording"
        return {
            "state": state,
            "error": error if state == "failing" else None,
            "file": file,
            "segments": recorder.segments,
            "events": recorder.events,
            "frames": recorder.frames,
            "lost_frames": recorder.lost_frames + self._overrun + self._refused,
            "failures": recorder.failures,
            "removed": shelf.removed,
            "rescued": shelf.rescued,
            "bytes": shelf.bytes,
            "encoder": self._encoder.name,
            "retimed_frames": self._encoder.retimed,
        }

    def finish(self) -> None:
        """Make the last segment whole."""
        self.close()

    def close(self) -> None:
        """Make the last segment whole, and let go. May be called twice."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._pause(forget=False)
                self._queue.put(None)
        if self._thread is not None:
            self._thread.join(PATIENCE_S)
            if self._thread.is_alive():
                logger.warning(
                    "%s does not answer; left after %.0f s, the last segment ends where the disk stopped",
                    self._shelf.folder,
                    PATIENCE_S,
                )

    def _start(self) -> None:
        if self._thread is None:
            # A daemon, since a thread inside a dead network disk cannot be ended; close waits for it all the same.
            self._thread = threading.Thread(target=self._run, name="sluice-record-disk", daemon=True)
            self._thread.start()

    def _hand_on(self, coded: list[Coded]) -> None:
        for one in coded:
            if self._given[0] - self._taken[0] >= MOST_WAITING or (self._skipping and not one.is_key):
                self._skipping = True  # what follows cannot be shown without it, up to the next key frame
                self._overrun += 1
            else:
                self._skipping = False
                self._given[0] += 1
                self._queue.put(one)

    def _tell(self, event: str | None, at_s: float) -> None:
        if self._given[1] - self._taken[1] < MOST_WAITING:  # more of them only where the disk does not answer
            self._given[1] += 1
            self._queue.put(_Mark(event, at_s))

    def _pause(self, *, forget: bool) -> None:
        try:
            self._hand_on(self._encoder.flush())
        except REFUSED as error:
            self._recorder.tell(f"the encoder could not be ended: {error}")
        self._queue.put(_Off(forget))

    # --- the disk's thread --------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while True:
                try:
                    item = self._queue.get(timeout=1.0)
                except queue.Empty:
                    self._pause_if_silent()
                    self._recorder.expire()
                else:
                    if item is None:
                        return
                    self._take(item)
                self._recorder.upkeep()
        except Exception:  # a thread's edge: a fault of ours ends the recording, not what is shown
            logger.exception("recording to %s has ended", self._shelf.folder)
            self._recorder.error = "recording has ended by a fault of the program; the log has it"

    def _take(self, item: Coded | _Mark | _Off) -> None:
        if isinstance(item, Coded):
            self._taken[0] += 1
            self._recorder.take(item)
        elif isinstance(item, _Off):
            self._recorder.forget() if item.forget else self._recorder.rest()
        else:
            self._taken[1] += 1
            if item.event is None:
                self._recorder.go_on(item.at_s)
            else:
                self._recorder.mark(item.event, item.at_s)

    def _pause_if_silent(self) -> None:
        with self._lock:
            silent_s = self._monotonic() - self._last_s
            if self._encoder.is_open and silent_s > max(IDLE_S, self._encoder.gap_s) and not self._closed:
                self._pause(forget=False)
