"""The proof of output: a file is opened again and has to be what was written, or the run fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream

from pipeline.errors import SinkError

TIME_TOLERANCE_S = 0.001


@dataclass(frozen=True)
class AudioCount:
    """What was copied of one audio stream. Packets or bytes have to be as many: containers regroup PCM."""

    packets: int
    size: int
    """Bytes."""
    early: int = 0
    """Packets that end before time 0: they warm a decoder up, and a reader may leave them out."""


@dataclass(frozen=True)
class Expected:
    """What an output has to hold."""

    times_s: Sequence[float]
    """When each frame written is shown, increasing, in s."""
    end_s: float
    """Until when the last one is shown."""
    size: tuple[int, int]
    """`(width, height)` in the file."""
    audio: tuple[AudioCount, ...] = ()


@dataclass(slots=True)
class _Read:
    """What was read of the file: enough to compare, nothing of the pictures."""

    pts: list[int]
    last_key: int = 0
    after_key: int = 0
    """Video packets from the last key frame on."""


def prove(path: Path, expected: Expected, name: Path | None = None) -> None:
    """Read the whole file without decoding, then decode its first key frame and everything from its last one.

    Args:
        path: the file to read.
        expected: what was written.
        name: what to call it in a message: the target, where `path` is a temporary name.

    Raises:
        SinkError: it is not what was written; says what differs.
    """
    name = name or path
    try:
        with av.open(str(path)) as container:
            if len(container.streams.video) != 1:
                raise SinkError(f"{name}: {len(container.streams.video)} video streams instead of 1")
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            base = stream.time_base or Fraction(1)
            if (stream.width, stream.height) != expected.size:
                raise _differs(name, "size", f"{stream.width}x{stream.height}", "{}x{}".format(*expected.size))
            read, audio = _demux(container, stream)
            _check_times(name, expected, np.sort(np.array(read.pts, np.float64)) * float(base))
            _check_audio(name, expected, audio)
            end_s = ((container.duration or 0) + max(container.start_time or 0, 0)) / av.time_base
            if end_s < expected.end_s - 2 * TIME_TOLERANCE_S:
                raise _differs(name, "end", f"{end_s:.3f} s", f"{expected.end_s:.3f} s")
            _decode(name, container, stream, read)
    except (av.error.FFmpegError, OSError) as error:
        raise SinkError(f"{name}: what was written cannot be read again: {error.strerror}") from error


def _differs(name: Path, what: str, found: object, written: object) -> SinkError:
    return SinkError(f"{name}: the proof does not hold: {what} in the file {found}, written {written}")


def _demux(container: InputContainer, stream: VideoStream) -> tuple[_Read, list[AudioCount]]:
    read, counts = _Read([]), {audio.index: [0, 0] for audio in container.streams.audio}
    video = stream.index
    for packet in container.demux():
        if packet.pts is None:
            continue  # the end of a stream
        index = packet.stream_index
        if index == video:
            read.pts.append(packet.pts)
            if packet.is_keyframe:
                read.last_key, read.after_key = packet.pts, 0
            read.after_key += 1
        elif index in counts:
            counts[index][0] += 1
            counts[index][1] += packet.size
    return read, [AudioCount(packets, size) for packets, size in counts.values()]


def _check_times(name: Path, expected: Expected, found: np.ndarray) -> None:
    """Compare every frame's time; `found` is `(N,) float64`, s."""
    written = np.array(expected.times_s, np.float64)
    if len(found) != len(written):
        raise _differs(name, "frames", len(found), len(written))
    off = np.abs(found - written)
    if off.max() > TIME_TOLERANCE_S:
        frame = int(off.argmax())
        raise _differs(name, f"time of frame {frame}", f"{found[frame]:.4f} s", f"{written[frame]:.4f} s")


def _check_audio(name: Path, expected: Expected, found: list[AudioCount]) -> None:
    if len(found) != len(expected.audio):
        raise _differs(name, "audio streams", len(found), len(expected.audio))
    for index, (got, want) in enumerate(zip(found, expected.audio, strict=True)):
        if not want.packets - want.early <= got.packets <= want.packets and got.size != want.size:
            raise _differs(name, f"packets of audio stream {index}", got.packets, want.packets)


def _decode(name: Path, container: InputContainer, stream: VideoStream, read: _Read) -> None:
    """Decode really: the first frame, and all from the last key frame on."""
    container.seek(min(read.pts), stream=stream)
    if next(container.decode(stream), None) is None:
        raise SinkError(f"{name}: its first frame cannot be decoded")
    container.seek(read.last_key, stream=stream)
    decoded = [frame.pts for frame in container.decode(stream) if not frame.is_corrupt]
    if len(decoded) < read.after_key or decoded[-1] != max(read.pts):
        raise SinkError(f"{name}: only {len(decoded)} of its last {read.after_key} frames can be decoded")


def plays(path: Path) -> bool:
    """Whether a file left by an unfinished run has a frame to show."""
    try:
        with av.open(str(path)) as container:
            return next(container.decode(video=0), None) is not None
    except (av.error.FFmpegError, OSError, IndexError):
        return False
