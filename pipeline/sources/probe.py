"""Opens a recording with FFmpeg and says what is in it, before a frame is decoded."""

from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from pipeline.errors import SourceError
from pipeline.types import AudioStream, Colour, SourceInfo

_TS_DISCONT = 0x200  # AVFMT_TS_DISCONT: a transport stream's clock starts anywhere
_NO_TIMES = 0x80  # AVFMT_NOTIMESTAMPS: a bare stream of pictures
_WILD_FPS = 240  # an average above it is a container's default ("1000"), not what was recorded


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """An open file and its picture stream. Whoever opens it closes `container`."""

    path: Path
    container: InputContainer
    stream: VideoStream

    @property
    def time_base(self) -> Fraction:
        """Seconds of one tick."""
        return self.stream.time_base or Fraction(1, 1000)

    @property
    def reordered(self) -> bool:
        """True where the container stores decoding times only, as AVI does."""
        return self.container.format.name == "avi"

    @property
    def origin_ticks(self) -> int:
        """What to take off the container's clock: where a transport stream starts, 0 for anything else."""
        start = self.container.start_time
        if start is None or not self.container.format.flags & _TS_DISCONT:
            return 0
        return round(Fraction(start, av.time_base) / self.time_base)

    @property
    def duration_s(self) -> float | None:
        """Announced, or estimated by FFmpeg."""
        duration = self.container.duration
        return None if duration is None else duration / av.time_base

    @property
    def announced_end_s(self) -> float | None:
        """When the header says that the file ends, on the container's clock; None where no header says so."""
        if self.container.format.flags & (_TS_DISCONT | _NO_TIMES) or self.duration_s is None:
            return None
        rate = self.stream.average_rate
        if self.reordered and rate:  # FFmpeg shortens the duration of a cut-off AVI to what its size lets expect
            return max(self.duration_s, float(self.stream.frames / rate))
        return self.duration_s

    @property
    def fps(self) -> float:
        """Announced average, 0 where unknown."""
        average, guessed = self.stream.average_rate, self.stream.guessed_rate
        rate = average if average and average <= _WILD_FPS else guessed
        return float(rate) if rate and rate <= _WILD_FPS else 0.0

    @property
    def created_s(self) -> float | None:
        """Seconds since 1970 when it was recorded, as its header says; None where it says nothing that can be."""
        told = self.container.metadata.get("creation_time", "")
        try:
            created = datetime.fromisoformat(told.replace("Z", "+00:00"))
            seconds = created.replace(tzinfo=created.tzinfo or UTC).timestamp()
        except (ValueError, OverflowError):
            return None
        return seconds if seconds > 0 else None

    @property
    def pixel_aspect(self) -> Fraction:
        """Width of a stored pixel by its height."""
        return self.stream.sample_aspect_ratio or Fraction(1)

    @property
    def audio(self) -> tuple[AudioStream, ...]:
        """Its sound, as far as a decoder knows it."""
        return tuple(
            AudioStream(sound.index, sound.codec_context.name, sound.channels, sound.sample_rate or 0)
            for sound in self.container.streams.audio
            if sound.codec_context is not None
        )

    @property
    def frame_ticks(self) -> int:
        """Length of a frame at the announced rate; 1 where that is unknown."""
        return round(1 / (self.fps * self.time_base)) if self.fps else 1

    def info(self, size: tuple[int, int], *, turned: bool, colour: Colour, reader: str) -> SourceInfo:
        """What is known of it, with what only the first frame tells.

        Args:
            size: `(width, height)` of the frames as yielded, pixels.
            turned: Whether they are turned by 90 or 270 degrees against the stored ones.
            colour: How a copy has to be tagged.
            reader: What decodes it.
        """
        return SourceInfo(
            name=self.path.name,
            width=size[0],
            height=size[1],
            fps=self.fps,
            time_base=self.time_base,
            path=self.path,
            frames_hint=self.stream.frames or None,
            duration_s=self.duration_s,
            origin_s=float(self.origin_ticks * self.time_base),
            pixel_aspect=1 / self.pixel_aspect if turned else self.pixel_aspect,
            colour=colour,
            audio=self.audio,
            reader=reader,
            codec=self.stream.codec_context.name,
        )


def open_recording(path: Path) -> Recording:
    """Open a file, header only, and choose FFmpeg's best picture stream; a cover picture is none.

    Raises:
        SourceError: FFmpeg cannot open it, or there is no picture stream in it that this build can decode.
    """
    try:
        # An absolute path: FFmpeg would take 'a:b.mp4' for a protocol. Metadata in a broken encoding is no error.
        container = av.open(str(path.absolute()), metadata_errors="replace")
    except FFmpegError as error:
        raise SourceError(_why_unreadable(path, error)) from error
    try:
        return Recording(path, container, _best_stream(path, container))
    except SourceError:
        container.close()
        raise


def _best_stream(path: Path, container: InputContainer) -> VideoStream:
    if container.format.name == "tty":
        raise SourceError(f"cannot read {path}: it is a text file; give a recording or an image")
    videos = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    best = container.streams.best("video")
    if not videos:
        has = "only sound" if container.streams.audio else "nothing to play"
        raise SourceError(f"no video in {path}: it has {has}; give a recording with pictures")
    chosen = next((stream for stream in videos if best is not None and stream.index == best.index), videos[0])
    if chosen.codec_context is None:
        raise SourceError(
            f"cannot decode {path}: this build of FFmpeg has no decoder for its video; convert it to H.264"
        )
    return chosen


def _why_unreadable(path: Path, error: FFmpegError) -> str:
    """The line for a file that FFmpeg will not open."""
    if isinstance(error, PermissionError):
        return f"cannot read {path}: permission denied; give yourself the right to read it"
    if _mp4_without_index(path):
        return f"cannot read {path}: it was cut off before its index (no 'moov' box); copy or record it again"
    return (
        f"cannot read {path}: not a recording, or damaged from its start ({error.strerror}); play it elsewhere to see"
    )


def _mp4_without_index(path: Path) -> bool:
    """True for a file of the MP4 family whose boxes end before there was a 'moov'."""
    with path.open("rb") as file:
        end = file.seek(0, 2)
        kinds: list[bytes] = []
        at = 0
        while at + 8 <= end and len(kinds) < 1000:
            file.seek(at)
            head = file.read(16)
            size, kind = int.from_bytes(head[:4]), head[4:8]
            if size == 1:
                size = int.from_bytes(head[8:16])
            kinds.append(kind)
            at = end if size == 0 else at + max(size, 8)
    return bool(kinds) and kinds[0] in (b"ftyp", b"wide", b"mdat", b"free") and b"moov" not in kinds
