"""A live source's frames as encoded packets that any file may begin with or go on with.

A live source has gaps and jitter, and its picture may change size. Each frame keeps the time it was taken at; where no
file should go on (after a gap, with another size, after a clock that went back), the encoder is closed and a new one
opened with the next frame, whose packet says so.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, replace
from fractions import Fraction

import av
import av.error
from av.video.stream import VideoStream

from pipeline.sinks.encoder import Encoder, VideoConfig, encoder_for, open_encoder
from pipeline.types import Frame, SourceInfo

TICKS = Fraction(1, 90_000)
"""A clock for frames that come when they come: 11 microseconds."""
LEAST_GAP_S = 2.0
GAP_INTERVALS = 10
"""A pause longer than this many frames, and than `LEAST_GAP_S`, is a gap: a file that showed its last frame all that
time would be mistaken for a picture of it."""
PLANNED_SIZE = (640, 480)
"""To see whether an encoder opens, while nothing came from the source yet."""


@dataclass(frozen=True, slots=True)
class Coded:
    """One encoded frame, with all that a file needs to hold it."""

    data: bytes
    tick: int
    """When it is shown, in 1 / `ticks` s, on the clock of its encoder."""
    duration: int
    ticks: int
    captured_s: float
    """`time.monotonic()` of the frame."""
    is_key: bool
    begins: bool
    """No earlier file may hold it: it is the first of an encoder. Always a key frame."""
    stream: VideoStream
    """What a file's stream is made after; it lives as long as a packet of it."""

    @property
    def time_s(self) -> float:
        """`tick` in seconds."""
        return self.tick / self.ticks


class LiveEncoder:
    """Encodes the frames of one live source, in order; not thread-safe."""

    def __init__(self, info: SourceInfo, video: VideoConfig, keyframe_s: float) -> None:
        """Finds the encoder.

        Raises:
            ConfigError: none opens on this machine.
        """
        self._info = replace(info, time_base=TICKS, audio=(), path=None)
        size = (info.width, info.height) if info.width > 0 and info.height > 0 else PLANNED_SIZE
        name = encoder_for(self._info, size, video)
        self._video = video.model_copy(update={"codec": name, "audio": "drop"})
        self._keyframe_s = keyframe_s
        self.retimed = 0
        """Frames whose time did not come after the one before; put one tick after it."""
        self._encoder: Encoder | None = None
        self._base_s = self._last_s = 0.0
        self._interval_s = 1 / info.fps if info.fps > 0 else 0.0
        self._ready: list[Coded] = []
        """What came out of an encoder that was ended by a frame for which none opened."""
        self._captured: dict[int, float] = {}
        """For each frame in the encoder, by its tick."""
        self._last_captured = 0.0
        self._tick, self._duration, self._keys, self._is_first = -1, 0, 0, True

    @property
    def name(self) -> str:
        """FFmpeg's name of the encoder."""
        return self._video.codec

    @property
    def gap_s(self) -> float:
        """How long a pause has to be to count as a gap."""
        return max(LEAST_GAP_S, GAP_INTERVALS * self._interval_s)

    @property
    def is_open(self) -> bool:
        """Whether it holds frames back, or may."""
        return self._encoder is not None

    def encode(self, frame: Frame) -> list[Coded]:
        """What is ready once this frame is in: of an encoder that it ended, and of its own.

        Raises:
            ConfigError: no encoder opens for this size.
            av.error.FFmpegError: the encoder refuses the frame.
        """
        if self._encoder is not None:
            pause_s = frame.media_s - self._last_s
            if frame.size != self._encoder.size or pause_s > self.gap_s or pause_s < -LEAST_GAP_S:
                self._ready = self.flush()
            elif pause_s > 0:
                self._interval_s = 0.9 * self._interval_s + 0.1 * pause_s if self._interval_s else pause_s
        encoder = self._encoder or self._open(frame)
        ticks = encoder.ticks
        tick = round((frame.media_s - self._base_s) * ticks)
        if tick <= self._tick:
            tick = self._tick + 1
            self.retimed += 1
        if frame.duration_s > 0:
            self._duration = round(frame.duration_s * ticks)
        elif self._tick >= 0:
            self._duration = tick - self._tick
        else:
            self._duration = round(ticks * (self._interval_s or 0.04))
        self._duration = max(1, self._duration)
        if tick >= self._keys * self._keyframe_s * ticks:
            encoder.ask_key()
            self._keys = math.floor(tick / ticks / self._keyframe_s) + 1
        self._tick, self._last_s = tick, frame.media_s
        self._captured[tick] = frame.captured_s
        try:
            coded = self._coded(encoder, encoder.encode(frame.image, tick, self._duration))
        except av.error.FFmpegError:
            self._encoder = None
            raise
        ready, self._ready = self._ready, []
        return ready + coded

    def flush(self) -> list[Coded]:
        """End the encoder, if there is one, and give what it held back; the next frame opens another."""
        encoder, self._encoder = self._encoder, None
        ready, self._ready = self._ready, []
        return ready if encoder is None else ready + self._coded(encoder, encoder.flush())

    def _open(self, frame: Frame) -> Encoder:
        # A container that is never written to: the encoder learns from it that a header will hold its parameters.
        container = av.open(io.BytesIO(), "w", format="mp4")
        encoder = open_encoder(container, self._info, frame.size, self._video)
        encoder.keyframe_s = math.inf  # key frames are asked for here, so that files can end where they should
        container.start_encoding()
        self._encoder, self._base_s, self._tick, self._keys, self._is_first = encoder, frame.media_s, -1, 0, True
        self._captured.clear()
        return encoder

    def _coded(self, encoder: Encoder, packets: list[av.Packet]) -> list[Coded]:
        coded = []
        for packet in packets:
            assert packet.pts is not None
            captured_s = self._captured.pop(packet.pts, self._last_captured)
            self._last_captured = captured_s
            duration = packet.duration or self._duration
            coded.append(
                Coded(
                    bytes(packet),
                    packet.pts,
                    duration,
                    encoder.ticks,
                    captured_s,
                    packet.is_keyframe,
                    self._is_first,
                    encoder.stream,
                )
            )
            self._is_first = False
        return coded
