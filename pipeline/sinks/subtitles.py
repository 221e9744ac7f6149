"""What could be read on the screen, and when, as subtitles (SubRip, .srt)."""

from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

from pipeline.results.text_spans import Span, TextSpans
from pipeline.results.texts import Texts
from pipeline.sinks.staged import StagedText
from pipeline.types import Packet, SourceInfo

SHORTEST_S = 0.04
"""A cue that would be shorter is left out: no player shows it."""


class TextSpansSink:
    """Collects when each text was there, and tells each as soon as it is over.

    Args:
        stages: names of the stages that give Texts.
        tell: is called with each span; in the sink's thread.
    """

    name = "texts"

    def __init__(self, stages: Sequence[str], tell: Callable[[Span], None]) -> None:
        self._stages = stages
        self._tell = tell
        self._spans = TextSpans()
        self._last_s = self._end_s = 0.0

    def write(self, packet: Packet) -> None:
        """Take in what was read on a frame."""
        frame = packet.frame
        told = {stage: texts for stage in self._stages if (texts := packet.find(stage, Texts)) is not None}
        lasts_s = frame.duration_s or max(0.0, frame.media_s - self._last_s)
        self._last_s, self._end_s = frame.media_s, frame.media_s + lasts_s
        if told:
            for span in self._spans.add(told, frame.media_s):
                self._tell(span)

    def finish(self) -> None:
        """Tell what was there until the end."""
        for span in self._spans.finish(self._end_s):
            self._tell(span)

    def close(self) -> None:
        """Nothing to let go of."""


class SubtitleFile:
    """An .srt file that grows under another name, and has its own once it is whole.

    Args:
        path: the target.
        info: of the source, which must not be overwritten.

    Raises:
        ConfigError: the target cannot be written.
    """

    def __init__(self, path: Path, info: SourceInfo) -> None:
        self._file = StagedText(path, info.path)

    def finish(self, spans: Sequence[Span]) -> None:
        """Write the cues of these spans, and give the file its name.

        Raises:
            SinkError: the disk is full, or the like.
        """
        for number, (from_s, to_s, lines) in enumerate(cues(spans), 1):
            text = "\n".join(lines)
            self._file.write(f"{number}\n{srt_time(from_s)} --> {srt_time(to_s)}\n{text}\n\n".encode())
        self._file.finish()

    def close(self) -> None:
        """Let go; without `finish` there is nothing under the final name."""
        self._file.close()


def cues(spans: Sequence[Span]) -> list[tuple[float, float, list[str]]]:
    """Stretches of time in which the same texts are there: from, to, and the lines from top to bottom.

    Subtitles that overlap are shown one over the other or not at all, so a cue ends whenever a text comes or goes.
    """
    edges = [(max(0.0, at), comes, span) for span in spans for at, comes in ((span.from_s, True), (span.to_s, False))]
    edges.sort(key=lambda edge: edge[0])
    found: list[tuple[float, float, list[str]]] = []
    there: list[Span] = []
    from_s = 0.0
    for to_s, now in groupby(edges, key=lambda edge: edge[0]):
        lines = [span.text.replace("-->", "->") for span in sorted(there, key=_place)]
        if lines and to_s - from_s >= SHORTEST_S:
            if found and found[-1][1:] == (from_s, lines):
                from_s = found.pop()[0]
            found.append((from_s, to_s, lines))
        for _, comes, span in now:
            if comes:
                there.append(span)
            elif span in there:
                there.remove(span)
        from_s = to_s
    return found


def _place(span: Span) -> tuple[float, float]:
    return float(span.quad[:, 1].min()), float(span.quad[:, 0].min())


def srt_time(seconds: float) -> str:
    """A time as SubRip has it.

    >>> srt_time(3725.5)
    '01:02:05,500'
    """
    ms = round(max(0.0, seconds) * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02},{ms % 1000:03}"
