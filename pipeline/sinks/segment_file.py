"""One segment on its way to disk: fragments under a temporary name, the final one when it is whole."""

from __future__ import annotations

import contextlib
import errno
import os
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import av.error
from av.container import OutputContainer

from pipeline.sinks.fragments import write_fragments
from pipeline.sinks.live_encoder import Coded
from pipeline.sinks.proof import plays
from pipeline.sinks.staged import Claim, publish


class _Target:
    """The file as FFmpeg sees it, so that it can be taken away: after a failure FFmpeg writes on when it is freed."""

    def __init__(self, path: Path) -> None:
        self._descriptor: int | None = os.open(path, os.O_RDWR)

    def write(self, data: bytes) -> int:
        left = memoryview(data)
        while self._descriptor is not None and len(left):
            left = left[os.write(self._descriptor, left) :]
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return 0 if self._descriptor is None else os.lseek(self._descriptor, offset, whence)

    def tell(self) -> int:
        return self.seek(0, os.SEEK_CUR)

    def sync(self, path: Path) -> None:
        assert self._descriptor is not None
        if not os.path.samestat(os.fstat(self._descriptor), path.stat()):
            raise FileNotFoundError(errno.ENOENT, "the file was replaced", str(path))
        os.fsync(self._descriptor)

    def close(self) -> None:
        """What is written from now on goes nowhere."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


class SegmentFile:
    """Holds the packets of one encoder from a key frame on."""

    def __init__(self, path: Path, first: Coded, utc_s: float) -> None:
        """Open the temporary file.

        Args:
            path: the final name.
            first: the packet that will be added first; a key frame.
            utc_s: when it was captured, seconds since 1970; goes into the file.

        Raises:
            PipelineError, OSError, av.error.FFmpegError: it cannot be written.
        """
        self.path = path
        self.size = self.frames = 0
        """Bytes of video and frames given to it."""
        self._claim = Claim(path)
        self._target: _Target | None = None
        self._output: OutputContainer | None = None
        try:
            self._target = _Target(self._claim.part)
            self._output = av.open(self._target, "w", format="mp4")
            self._stream = self._output.add_stream_from_template(first.stream)
            self._stream.time_base = Fraction(1, first.ticks)
            self._output.metadata["creation_time"] = datetime.fromtimestamp(utc_s, UTC).isoformat()
            write_fragments(self._output, first.ticks)
            self._output.start_encoding()
        except BaseException:
            self.abandon()
            raise
        self.encoder = first.stream
        self._first_tick, self._ticks = first.tick, first.ticks

    def length_s(self, coded: Coded) -> float:
        """How long the file is when `coded` begins."""
        return (coded.tick - self._first_tick) / self._ticks

    def add(self, coded: Coded) -> None:
        """Append one packet.

        Raises:
            OSError, av.error.FFmpegError: the disk is full, or the like.
        """
        assert self._output is not None
        packet = av.Packet(coded.data)
        packet.pts = packet.dts = coded.tick - self._first_tick
        packet.duration, packet.time_base = coded.duration, Fraction(1, coded.ticks)
        packet.is_keyframe, packet.stream = coded.is_key, self._stream
        self._output.mux_one(packet)
        self.size += len(coded.data)
        self.frames += 1

    def sync(self) -> None:
        """Write through to the disk what was written so far.

        Raises:
            OSError: it could not be, or the file is not in its folder any more.
        """
        assert self._target is not None
        self._target.sync(self._claim.part)

    def finish(self) -> None:
        """Close the file, write it through, give it its final name.

        Raises:
            OSError, av.error.FFmpegError: it could not be; `abandon` keeps what plays.
        """
        self._close()
        publish(self._claim.part, self.path)
        self._claim.release()

    def abandon(self) -> bool:
        """Let go after a failure; what was written and plays gets its final name.

        Returns:
            Whether something is left.
        """
        with contextlib.suppress(OSError, av.error.FFmpegError):
            self._close()
        kept = False
        with contextlib.suppress(OSError):
            kept = rescue(self._claim.part, self.path)
        self._claim.release()
        return kept

    def _close(self) -> None:
        output, self._output = self._output, None
        try:
            if output is not None:
                output.close()
        finally:
            if self._target is not None:
                self._target.close()


def rescue(part: Path, path: Path) -> bool:
    """Give what an unfinished run left its final name if it plays, and remove it if there is nothing to see in it.

    A fragment that was cut in two is taken off: some players stop at it, and decoders complain.

    Returns:
        Whether it plays.

    Raises:
        OSError: it could not be renamed or removed.
    """
    whole = whole_bytes(part)
    if whole and whole < part.stat().st_size:
        os.truncate(part, whole)
    if whole and plays(part):
        part.replace(path)
        return True
    part.unlink(missing_ok=True)
    return False


def whole_bytes(path: Path) -> int:
    """Up to where an .mp4 of fragments is whole: the end of its last media data that is all there; 0 where none is.

    A file is boxes, each its length and its name (ISO/IEC 14496-12, 4.2); a fragment is `moof` and `mdat`.
    """
    size = path.stat().st_size
    at = end = 0
    with path.open("rb") as file:
        while at + 8 <= size:
            file.seek(at)
            head = file.read(16)
            length, kind = int.from_bytes(head[:4]), head[4:8]
            if length == 1:
                length = int.from_bytes(head[8:16])
            at += length
            if length < 8 or at > size:
                break
            if kind == b"mdat":
                end = at
    return end
