"""Where a long recording may be cut, so that its parts can be decoded apart and give the frames of the whole."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from av.error import FFmpegError
from av.packet import Packet

from pipeline.sources.probe import Recording, open_recording
from pipeline.sources.pyav import PyAVSource
from pipeline.types import Frame

SEEK_EARLIER_S = (0.0, 2.0, 10.0, 60.0, None)
"""How much earlier to go where a container seeks too far (a transport stream has no index); None: to its beginning."""


@dataclass(frozen=True)
class Span:
    """Some consecutive frames of a recording."""

    first: int
    """Index of its first frame in the recording."""
    count: int
    begin: int
    """Time of its first frame, ticks of the container's clock."""
    end: int | None
    """Time of the first frame after it; None: it goes to the end."""
    seek: int
    """Time of the key frame from which it is decoded: one before `begin`, which pictures around that may lean on."""


@dataclass(frozen=True)
class Cut:
    """A recording's spans, or why it has only one."""

    spans: tuple[Span, ...]
    whole_because: str = ""
    """Empty where it is cut."""


def cut(path: Path, at_least_s: float) -> Cut:
    """Find spans of at least so long between key frames, from the packets alone: nothing is decoded.

    A recording is left whole where its frames could not be told from its packets: damage, times that are absent, twice
    the same or made up by the container (AVI), other sizes on the way, or key frames too far apart.

    Raises:
        SourceError: it cannot be opened.
    """
    recording = open_recording(path)
    try:
        times, keys = _times(recording)
    except _UnsureError as error:
        return Cut((), str(error))
    finally:
        recording.container.close()
    if len(times) < 2:
        return Cut((), "it has one frame")
    order = sorted(times)
    if any(before == after for before, after in pairwise(order)):
        return Cut((), "two of its frames have one time")
    shortest = at_least_s / float(recording.time_base)
    starts = [order[0]]
    for key in keys[1:]:
        if key - starts[-1] >= shortest and order[-1] - key >= shortest / 2:
            starts.append(key)
    if len(starts) < 2:
        return Cut((), f"it has no two key frames {at_least_s:g} s apart")
    index = {time: number for number, time in enumerate(order)}
    spans = []
    for begin, end in pairwise([*starts, None]):
        assert begin is not None
        first, last = index[begin], len(order) if end is None else index[end]
        earlier = [key for key in keys if key < begin]
        spans.append(Span(first, last - first, begin, end, earlier[-1] if earlier else keys[0]))
    return Cut(tuple(spans))


class _UnsureError(Exception):
    """The packets do not tell the frames."""


def _times(recording: Recording) -> tuple[list[int], list[int]]:
    """Time of every frame in file order, and of the key frames, ticks."""
    if recording.reordered:
        raise _UnsureError("its container stores no times of frames")
    times: list[int] = []
    keys: list[int] = []
    try:
        for packet in recording.container.demux(recording.stream):
            if packet.size == 0:
                continue
            _check(packet)
            assert packet.pts is not None
            times.append(packet.pts)
            if packet.is_keyframe:
                keys.append(packet.pts)
    except FFmpegError as error:
        raise _UnsureError("its data is damaged") from error
    if not keys or (times and keys[0] != min(times)):
        raise _UnsureError("it does not begin with a key frame")
    if keys != sorted(keys):
        raise _UnsureError("its key frames are not in order")
    return times, keys


def _check(packet: Packet) -> None:
    if packet.is_corrupt:
        raise _UnsureError("its data is damaged")
    if packet.pts is None:
        raise _UnsureError("not every frame has a time")
    if packet.is_discard:
        raise _UnsureError("it has frames that are not to be shown")


class SpanSource(PyAVSource):
    """The frames of a span, with the index and time that they have in the recording.

    Args:
        path: The recording.
        span: From `cut`.
        before: Frames before the span that are given too, as far as its seek point has them.

    Raises:
        SourceError: it cannot be opened, or no frame can be decoded.
    """

    def __init__(self, path: Path, span: Span, before: int = 0) -> None:
        self._span, self._before = span, before
        for self._earlier_s in SEEK_EARLIER_S:
            super().__init__(path)
            if self._decoded[0].pts is not None and self._decoded[0].pts <= span.begin:
                return
            self.close()

    def _start(self, recording: Recording, threads: int) -> None:
        """Go to the key frame before the first picture is decoded."""
        if self._earlier_s is not None:
            earlier = round(self._earlier_s / recording.time_base)
            recording.container.seek(self._span.seek - earlier, stream=recording.stream, backward=True)
        super()._start(recording, threads)

    def __iter__(self) -> Iterator[Frame]:
        """Frames from `before` frames before the span to its end; those earlier are decoded and left out."""
        base = self._time_base
        begin_s = (self._span.begin - self._origin) * base.numerator / base.denominator
        end_s = None if self._span.end is None else (self._span.end - self._origin) * base.numerator / base.denominator
        early: list[Frame] = []
        index = self._span.first
        for frame in super().__iter__():
            if frame.media_s < begin_s:
                early = [*early, frame][-self._before :] if self._before else []
                continue
            if end_s is not None and frame.media_s >= end_s:
                return
            for number, one in enumerate(early):
                yield replace(one, index=self._span.first - len(early) + number)
            early = []
            yield replace(frame, index=index)
            index += 1
