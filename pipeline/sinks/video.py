"""An annotated video: H.264 with each frame at its own time, and the recording's sound.

While it grows, `clip.mp4` is `clip.part.mp4` in fragments of about half a second, each whole on disk as soon as it is
written: a killed run leaves what plays up to there. `finish` copies it to one index at the front, proves it, and only
then gives it its name; docs/decisions/0003-fragments-then-faststart.md says why and what it costs. Matroska needs no
second pass.
"""

from __future__ import annotations

import contextlib
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import av.error
from av.container import OutputContainer

from pipeline.errors import ConfigError, SinkError
from pipeline.sinks.audio import FORMATS, AudioCopy, check_audio
from pipeline.sinks.encoder import Encoder, VideoConfig, open_encoder
from pipeline.sinks.faststart import faststart
from pipeline.sinks.fragments import FLUSH_PACKETS, FRAGMENT_S, write_fragments
from pipeline.sinks.proof import AudioCount, Expected, plays, prove
from pipeline.sinks.staged import Claim, part_of, publish
from pipeline.types import Frame, Packet, SourceInfo

__all__ = ["VideoConfig", "VideoSink", "VideoSummary"]

INTERLEAVE_US = 100_000
"""How long FFmpeg waits for a stream that has ended: it would hold back 10 s of video for sound that is over."""


@dataclass(frozen=True)
class VideoSummary:
    """What was written, for the report."""

    path: Path
    encoder: str
    frames: int
    duration_s: float
    bytes: int
    audio: tuple[str, ...]
    """A phrase for each stream copied."""
    notes: tuple[str, ...]
    """What is not as in the source, and why."""


class VideoSink:
    """Encodes frames into an .mp4, .mkv or .mov."""

    name = "video"

    def __init__(
        self, path: Path, info: SourceInfo, config: VideoConfig | None = None, *, cut_audio: bool = False
    ) -> None:
        """Opens file, encoder and sound, so that what cannot work fails before the first frame.

        Args:
            path: the target.
            info: of the source; its sound is read from `info.path`.
            config: settings.
            cut_audio: the run ends before the recording does, so the sound ends with the last frame.

        Raises:
            ConfigError: the target cannot be written, no encoder opens, or the file cannot hold the sound.
        """
        self.path, self.info, self.config = path, info, config or VideoConfig()
        self.cut_audio = cut_audio
        """May be set until `finish`, where a run is interrupted."""
        self.summary: VideoSummary | None = None
        """Set by `finish`."""
        self.part: Path | None = None
        """After `close` without `finish`: the file that plays up to where the run came."""
        if path.suffix.lower() not in FORMATS:
            raise ConfigError(f"cannot write {path}: its suffix has to be one of {', '.join(FORMATS)}")
        if self.config.audio == "copy":
            check_audio(info, path)
        self._claim = Claim(path, info.path, ("part", "whole"))
        self._part = self._claim.part
        self._whole = part_of(path, "whole")
        self._times_s, self._tick, self._interval, self._end_s = array("d"), -1, 0, 0.0
        self._is_open = self._published = False
        try:
            self._open((info.width, info.height))
        except BaseException:
            self.close()
            raise

    @property
    def encoder(self) -> str:
        """Name of the encoder in use."""
        return self._encoder.name

    def write(self, packet: Packet) -> None:
        """Encode the next frame.

        Raises:
            SinkError: the disk is full or the like; the frame has another size than the first, or does not come after
                the one before.
        """
        frame = packet.frame
        if frame.size != self._encoder.size:
            if self._times_s:
                raise SinkError(
                    f"{self.path}: frame {frame.index} is {'{}x{}'.format(*frame.size)}, the first was "
                    f"{'{}x{}'.format(*self._encoder.size)}; a video has one size: scale before this output"
                )
            self._shut()
            self._open(frame.size)
        tick, duration = self._when(frame)
        with self._told():
            self._mux(self._encoder.encode(frame.image, tick, duration))
        self._times_s.append(frame.media_s)
        self._tick, self._interval = tick, duration
        self._end_s = (tick + duration) / self._encoder.ticks

    def finish(self) -> None:
        """Write what is still held back, prove the file, and give it its final name.

        Raises:
            SinkError: no frame came, it could not be written, or the proof does not hold.
        """
        if not self._times_s:
            raise SinkError(f"{self.path}: no frame came, so there is no video to write")
        with self._told():
            self._mux(self._encoder.flush())
            for sound in self._audio.until(self._end_s if self.cut_audio else float("inf")):
                self._output.mux_one(sound)
            self._shut()
            whole = self._part
            if self._is_fragmented:
                whole = self._whole
                faststart(self._part, whole, self._encoder.ticks)
        width, height = self._encoder.size
        counts = tuple(
            AudioCount(copied.packets, copied.size, copied.early) for copied in self._audio.streams if copied.packets
        )
        try:
            prove(
                whole, Expected(self._times_s, self._end_s, (width + width % 2, height + height % 2), counts), self.path
            )
        except SinkError as error:
            self.close()
            raise SinkError(f"{error}{self._left}") from error
        with self._told():
            publish(whole, self.path)
            self._published = True
            self.summary = self._summary()

    def close(self) -> None:
        """Let go. Without `finish`, the temporary file stays if it holds frames, and `part` says where."""
        with contextlib.suppress(av.error.FFmpegError, OSError):
            if self._is_open and self._times_s:
                self._mux(self._encoder.flush())
        with contextlib.suppress(av.error.FFmpegError, OSError):
            self._shut()
        with contextlib.suppress(OSError):
            self._whole.unlink(missing_ok=True)
            if not self._published and plays(self._part):
                self.part = self._part
            elif self.part is None:
                self._part.unlink(missing_ok=True)
        self._claim.release()

    @property
    def _is_fragmented(self) -> bool:
        return self.path.suffix.lower() != ".mkv"

    def _open(self, size: tuple[int, int]) -> None:
        """Open the temporary file, its encoder and the sound that goes with it; nothing is written yet."""
        options = {"max_interleave_delta": str(INTERLEAVE_US), "avoid_negative_ts": "disabled"}
        output = av.open(str(self._part), "w", format=FORMATS[self.path.suffix.lower()], container_options=options)
        self._encoder: Encoder = open_encoder(output, self.info, size, self.config)
        output.container_options.update(options)
        if self._is_fragmented:
            write_fragments(output, self._encoder.ticks)
        else:
            output.container_options["cluster_time_limit"] = str(int(FRAGMENT_S * 1e3))
            output.flags |= FLUSH_PACKETS
        self._output: OutputContainer = output
        self._audio = AudioCopy.open(self.info, output, copies=self.config.audio == "copy")
        self._is_open = True
        try:
            output.start_encoding()
        except av.error.FFmpegError as error:
            streams = " and ".join(f"{copied.codec} sound" for copied in self._audio.streams) or "this video"
            raise ConfigError(
                f"{streams} cannot be stored in {self.path.suffix} ({error.strerror}): "
                "use another suffix or --set output.audio=drop"
            ) from error

    def _when(self, frame: Frame) -> tuple[int, int]:
        """The frame's time and duration, in the encoder's ticks.

        A frame whose duration nobody knows is shown as long as the one before.
        """
        ticks = self._encoder.ticks
        tick = round(frame.media_s * ticks)
        if tick <= self._tick:
            raise SinkError(
                f"{self.path}: frame {frame.index} is at {frame.media_s:.6f} s, not after the one before; "
                "this is a fault of the source"
            )
        if frame.duration_s > 0:
            return tick, max(1, round(frame.duration_s * ticks))
        if self._times_s:
            return tick, tick - self._tick
        return tick, max(1, round(ticks / self.info.fps) if self.info.fps > 0 else ticks // 25)

    def _mux(self, packets: Iterable[av.Packet]) -> None:
        """Append video, with the sound that belongs before each packet."""
        for packet in packets:
            assert packet.dts is not None
            for sound in self._audio.until(float(packet.dts * packet.time_base)):
                self._output.mux_one(sound)
            self._output.mux_one(packet)

    def _shut(self) -> None:
        """Close file and sound; the first call writes the end of the file, which may fail."""
        if self._is_open:
            self._is_open = False
            self._audio.close()
            self._output.close()

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Say in one line what FFmpeg or the system refused, and what is left."""
        try:
            yield
        except (av.error.FFmpegError, OSError) as error:
            self.close()
            raise SinkError(f"cannot write {self.path}: {error.strerror}{self._left}") from error

    @property
    def _left(self) -> str:
        """What a message says of the temporary file, after `close`."""
        return f"; what was written plays in {self.part}" if self.part else ""

    def _summary(self) -> VideoSummary:
        notes = []
        width, height = self._encoder.size
        if width % 2:
            notes.append(f"odd width {width}: one column repeated")
        if height % 2:
            notes.append(f"odd height {height}: one row repeated")
        channels = {audio.index: audio for audio in self.info.audio}
        audio = [
            f"{copied.codec} {channels[copied.index].sample_rate} Hz, {copied.packets} packets"
            for copied in self._audio.streams
        ]
        duration_s = self._end_s - self._times_s[0]
        return VideoSummary(
            path=self.path,
            encoder=self._encoder.name,
            frames=len(self._times_s),
            duration_s=duration_s,
            bytes=self.path.stat().st_size,
            audio=tuple(audio),
            notes=(*notes, *self._audio.notes),
        )
