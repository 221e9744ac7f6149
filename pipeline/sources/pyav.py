"""Reads recordings with PyAV (FFmpeg): exact times, damage told, every container."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np
from av import VideoFrame
from av.error import FFmpegError

from pipeline.errors import SourceError
from pipeline.sources.colour import ToBgr, colour_of
from pipeline.sources.packets import Packets
from pipeline.sources.probe import Recording, open_recording
from pipeline.sources.sizing import fit
from pipeline.sources.timing import Clock, note
from pipeline.sources.turning import turn_of
from pipeline.types import Damage, Frame

_REORDERED = 20
"""Frames that a decoder may still give from before a damaged packet: 16 of H.264, and those in its threads."""


class PyAVSource:
    """A recording, decoded frame by frame. Read once, by one thread; any thread may close it.

    The first frame is decoded when it is opened, so `info` is what the pictures are, not what the header says.

    Args:
        path: A file that is there.
        threads: Of the decoder; 0 is 1, which costs the least CPU (decision 0002).
        limit: Frames to stop after, or None.

    Raises:
        SourceError: it cannot be opened, or no frame of it can be decoded.
    """

    def __init__(self, path: Path, threads: int = 0, limit: int | None = None) -> None:
        self.damage = Damage()
        self._lock = threading.Lock()
        self._limit = limit
        self._closing = False
        self._recording: Recording | None = open_recording(path)
        self._start(self._recording, threads)

    def _start(self, recording: Recording, threads: int) -> None:
        codec = recording.stream.codec_context
        codec.thread_count = threads or 1
        codec.thread_type = "AUTO" if threads > 1 else "NONE"
        self._packets = Packets(recording, self.damage)
        self._decoded: deque[VideoFrame] = deque()
        self._time_base = recording.time_base
        self._origin = recording.origin_ticks
        self._created_s = recording.created_s
        self._harm = 0  # damage met so far
        self._watched = 0  # frames still to look for gaps in time, after damage
        self._end: int | None = None  # of the frame before, ticks
        first = self._next_decoded()
        if first is None:
            name = codec.name
            self.close()
            raise SourceError(
                f"no frame in {recording.path} could be decoded ({name}, {self.damage.corrupt_packets} damaged "
                "packets); play it elsewhere to see, or record it again"
            )
        self._decoded.appendleft(first)
        self._to_bgr = ToBgr()
        self._turn, swapped = turn_of(_display_matrix(first))
        self._stored_size = (first.width, first.height)
        self._size = (first.height, first.width) if swapped else self._stored_size
        self._clock = Clock(self.damage, reordered=recording.reordered, frame_ticks=recording.frame_ticks)
        self.info = recording.info(self._size, turned=swapped, colour=colour_of(first), reader="pyav")

    def __iter__(self) -> Iterator[Frame]:
        """The frames, indices from 0 without gaps; ends early, without an error, when the source is closed."""
        index = 0
        while not self._closing and (self._limit is None or index < self._limit):
            with self._lock:
                decoded = self._next_decoded() if self._recording else None
                if decoded is None:
                    return
                frame = self._frame(decoded, index)
            yield frame
            index += 1

    def close(self) -> None:
        """Let go of file and decoder, after the frame that another thread is decoding now; may be called twice."""
        self._closing = True  # before the lock, which a busy reader would take again and again
        with self._lock:
            recording, self._recording = self._recording, None
            self._decoded.clear()
            if recording is not None:
                del self._packets
                recording.container.close()

    def _next_decoded(self) -> VideoFrame | None:
        """The next frame that can be decoded, or None at the end."""
        while not self._decoded:
            packet = self._packets.next()
            if packet is None:
                return None
            try:
                self._decoded.extend(packet.decode())
            except FFmpegError:
                if packet.is_corrupt:
                    continue  # counted already
                self.damage.corrupt_packets += 1
                at = float((packet.pts or packet.dts or 0) * self._time_base)
                if self.damage.corrupt_packets == 1:
                    note(self.damage, f"damaged data at {at:.1f} s could not be decoded and was passed over")
        return self._decoded.popleft()

    def _frame(self, decoded: VideoFrame, index: int) -> Frame:
        ticks = self._clock.tick(decoded.pts, decoded.dts, decoded.duration) - self._origin
        self._measure_gap(ticks, decoded.duration or self._clock.length)
        seconds = ticks * self._time_base.numerator / self._time_base.denominator
        if decoded.is_corrupt:
            self.damage.corrupt_frames += 1
            if self.damage.corrupt_frames == 1:
                note(self.damage, f"frames from {seconds:.1f} s on are damaged; they are shown as far as decoded")
        length = float((decoded.duration or 0) * self._time_base)
        clock_s = None if self._created_s is None else self._created_s + seconds
        return Frame(self._picture(decoded), index, seconds, time.monotonic(), self.info.name, length, clock_s)

    def _measure_gap(self, ticks: int, length: int) -> None:
        """Time between two frames that neither fills is missing, where there was damage shortly before."""
        harm = self.damage.corrupt_packets + self.damage.corrupt_frames
        if harm > self._harm:
            self._harm, self._watched = harm, _REORDERED
        if self._watched and self._end is not None and ticks - self._end > length // 2:
            self.damage.missing_s += float((ticks - self._end) * self._time_base)
        self._watched = max(0, self._watched - 1)
        self._end = ticks + length

    def _picture(self, decoded: VideoFrame) -> np.ndarray:
        image = self._to_bgr(decoded)
        if self._turn is not None:
            image = self._turn(image)
        if (decoded.width, decoded.height) != self._stored_size:
            self.damage.resized_frames += 1
            if self.damage.resized_frames == 1:
                note(self.damage, f"the frame size changes to {decoded.width}x{decoded.height}: scaled to the first")
            image = fit(image, self._size)
        return image


def _display_matrix(frame: VideoFrame) -> np.ndarray | None:
    """`(9,) int32`, or None."""
    data = frame.side_data.get("DISPLAYMATRIX")
    return None if data is None else np.frombuffer(cast(bytes, data), np.int32)
