"""A recording's sound, copied packet by packet as the video advances, without decoding it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import av
import av.error
from av.container import OutputContainer
from av.stream import Discard, Stream

from pipeline.errors import ConfigError
from pipeline.sinks.metadata import copy_metadata, copy_stream_metadata
from pipeline.types import SourceInfo

FORMATS = {".mp4": "mp4", ".mkv": "matroska", ".mov": "mov"}
"""What a video can be written as, by its suffix, and FFmpeg's name for it."""
PLAYS_IN_MP4 = ("aac", "mp3", "ac3", "eac3", "alac", "opus", "flac", "mp2")
"""What players expect in an .mp4. FFmpeg would put more in it, Vorbis for one, that few of them play."""

WARM_UP_S = 0.1
"""Sound before time 0 that is kept for a decoder to start on; Matroska has no place for it."""


@lru_cache
def _codecs_of(suffix: str) -> frozenset[str]:
    with av.open(io.BytesIO(), "w", format=FORMATS[suffix]) as container:
        return frozenset(container.supported_codecs)


def audio_problems(info: SourceInfo, suffix: str) -> list[str]:
    """What of the sound a file with this suffix cannot hold, a phrase each.

    >>> from fractions import Fraction
    >>> from pipeline.types import AudioStream
    >>> telephone = AudioStream(index=1, codec="pcm_mulaw", channels=1, sample_rate=8000)
    >>> audio_problems(SourceInfo("call.avi", 64, 64, 25, Fraction(1, 25), audio=(telephone,)), ".mp4")
    ['audio stream 1 (pcm_mulaw)']
    """
    holds = _codecs_of(suffix)
    return [f"audio stream {audio.index} ({audio.codec})" for audio in info.audio if audio.codec not in holds]


def check_audio(info: SourceInfo, path: Path) -> None:
    """Say before the run that the sound does not fit into `path`.

    Raises:
        ConfigError: it does not; names what would hold it.
    """
    problems = audio_problems(info, path.suffix.lower())
    if problems:
        others = [suffix for suffix in (".mkv", ".mov", ".mp4") if not audio_problems(info, suffix)]
        use = f"-o {path.stem}{others[0]} or " if others else ""
        raise ConfigError(
            f"{' and '.join(problems)} cannot be stored in {path.suffix}: use {use}--set output.audio=drop"
        )


def suffix_for(info: SourceInfo) -> str:
    """The suffix for an output that nobody named: .mp4 where its players will play the sound, else what holds it."""
    if all(audio.codec.removesuffix("float") in PLAYS_IN_MP4 for audio in info.audio):
        return ".mp4"
    return next((suffix for suffix in (".mkv", ".mov") if not audio_problems(info, suffix)), ".mkv")


@dataclass
class CopiedStream:
    """One audio stream on its way from the recording to the output."""

    index: int
    """In the recording."""
    codec: str
    source: Stream
    target: Stream
    shift: int
    """Ticks to take off: the output's clock is the frames' `media_s`."""
    packets: int = 0
    size: int = 0
    """Bytes."""
    early: int = 0
    """Packets that end before time 0."""
    refused: int = 0
    """Packets whose time does not follow the one before."""
    last: int | None = None
    """Decoding time stamp of the packet before, in the source's ticks, shifted."""


@dataclass
class AudioCopy:
    """Reads a recording's sound beside the video: nothing waits in memory, and a killed file has sound too."""

    notes: list[str] = field(default_factory=list)
    _input: av.container.InputContainer | None = None
    _packets: Iterator[tuple[av.Packet, float]] = field(default_factory=lambda: iter(()))
    _held: tuple[av.Packet, float] | None = None
    _by_index: dict[int, CopiedStream] = field(default_factory=dict)

    @property
    def streams(self) -> list[CopiedStream]:
        """In the order they have in the recording."""
        return list(self._by_index.values())

    @classmethod
    def open(cls, info: SourceInfo, output: OutputContainer, *, copies: bool = True) -> AudioCopy:
        """Copy the recording's metadata, and make a stream of `output` for each audio stream that `info` names."""
        copy = cls()
        if info.path is None or not info.path.is_file():
            return copy
        try:
            container = av.open(str(info.path), metadata_errors="replace")
        except av.error.FFmpegError as error:
            if info.audio:
                copy.notes.append(f"audio not copied: {info.path.name} cannot be opened again ({error.strerror})")
            return copy
        copy._input = container
        copy_metadata(container, output)
        wanted = {audio.index: audio for audio in info.audio} if copies else {}
        for stream in container.streams:
            if stream.index not in wanted:
                stream.discard = Discard.all
                continue
            target = output.add_stream_from_template(stream)
            copy_stream_metadata(stream, target)
            shift = round(info.origin_s / stream.time_base) if stream.time_base else 0
            copy._by_index[stream.index] = CopiedStream(stream.index, wanted[stream.index].codec, stream, target, shift)
        if not copy.streams:
            copy.close()
            return copy
        copy._packets = copy._read(from_s=0.0 if output.format.name == "matroska" else -WARM_UP_S)
        copy._held = next(copy._packets, None)
        return copy

    def until(self, end_s: float) -> Iterator[av.Packet]:
        """The packets not yet given that begin before `end_s`, ready for the output."""
        while self._held is not None and self._held[1] < end_s:
            packet = self._held[0]
            copied = self._by_index[packet.stream_index]
            copied.packets += 1
            copied.size += packet.size
            copied.early += _end_s(packet) <= 0.001
            packet.stream = copied.target
            self._held = next(self._packets, None)
            yield packet

    def close(self) -> None:
        """Let go of the file; what was left out is in `notes`."""
        self._packets, self._held = iter(()), None
        if self._input is not None:
            self._input.close()
            self._input = None
            for copied in self.streams:
                if copied.refused:
                    self.notes.append(f"audio stream {copied.index}: {copied.refused} packets out of order left out")

    def _read(self, *, from_s: float) -> Iterator[tuple[av.Packet, float]]:
        """Packets that end after `from_s`, with their time, on the output's clock.

        Where the sound cannot be read on, it ends, with a note.
        """
        assert self._input is not None
        try:
            for packet in self._input.demux([copied.source for copied in self.streams]):
                if not packet.size:
                    continue  # the end of a stream
                copied = self._by_index[packet.stream_index]
                if not _retime(packet, copied):
                    copied.refused += 1
                    continue
                assert packet.pts is not None
                time_s = float(packet.pts * packet.time_base)
                if _end_s(packet) <= from_s:
                    continue
                yield packet, time_s
        except av.error.FFmpegError as error:
            self.notes.append(f"audio could not be read on ({error.strerror}); what came before is kept")


def _end_s(packet: av.Packet) -> float:
    """When a packet's sound is over, s; 0 where it has no time."""
    return 0.0 if packet.pts is None else float((packet.pts + (packet.duration or 0)) * packet.time_base)


def _retime(packet: av.Packet, copied: CopiedStream) -> bool:
    """Put a packet on the output's clock; False where its time does not follow the one before."""
    stamp = packet.dts if packet.dts is not None else packet.pts
    if stamp is None:
        return False
    dts = stamp - copied.shift
    if copied.last is not None and dts <= copied.last:
        return False
    packet.pts = dts if packet.pts is None else max(dts, packet.pts - copied.shift)
    packet.dts = copied.last = dts
    return True
