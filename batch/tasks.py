"""What a worker does: a whole recording, or one part of a long one. Results are files; a task may be done twice."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from batch.fetch import fetch
from batch.job import Job
from batch.join import join_video
from batch.kept import keep, kept
from batch.known import Known, Moments, PicturelessSource
from batch.parts import Parts, names, parts_of
from batch.place import Place
from batch.spans import Cut, Span, SpanSource, cut
from commands.annotate import Annotator, without_drawing
from commands.tally import Tally
from commands.targets import Wanted
from models.cache import sha256_of
from pipeline.build import build, names_of
from pipeline.config import Settings, StageSettings
from pipeline.errors import SourceError
from pipeline.runner import Runner
from pipeline.sinks.audio import suffix_for
from pipeline.sinks.data.make import data_sinks
from pipeline.sinks.jsonl import JsonLinesSink
from pipeline.sinks.video import VideoSink
from pipeline.sources.places import require_file
from pipeline.sources.probe import open_recording
from pipeline.stage import Sink, Source, Stage
from pipeline.station import StagePlan
from pipeline.types import Colour, Detections, Frame, Packet, SourceInfo, Tracks

WARM_S = 2.0
"""Before a part, so much is drawn and thrown away: trails and labels are then where they would be."""


@dataclass(frozen=True)
class Looked:
    """What the stages without memory found in a span."""

    info: SourceInfo
    moments: Moments
    answers: Mapping[str, Mapping[int, object]]


def open_job(job: Job, span_s: float) -> dict[str, Any]:
    """Bring a recording here if need be, take its checksum, and find its spans.

    Returns:
        job: with what is known now; spans: none where it is worked on in one, and whole_because: why.

    Raises:
        SourceError: it cannot be opened or fetched.
    """
    if "://" in job.given:
        fetch(job.given, Path(job.source))
    path = Path(job.source)
    require_file(path)
    before = path.stat()
    recording = open_recording(path)
    try:
        info = recording.info((1, 1), turned=False, colour=Colour(), reader="")
        suffix = ".mp4" if job.settings.output.audio == "drop" else suffix_for(info)
    finally:
        recording.container.close()
    opened = replace(job, suffix=suffix, digest=sha256_of(path), size=before.st_size, changed_ns=before.st_mtime_ns)
    parts = parts_of(job.settings)
    found = Cut((), parts) if isinstance(parts, str) else cut(path, span_s)
    return {"job": opened, "spans": list(found.spans), "whole_because": found.whole_because}


def whole(job: Job) -> dict[str, Any]:
    """Annotate a recording in one.

    Raises:
        PipelineError: it could not be.
    """
    wanted = Wanted(job.video, Path(job.jsonl), no_video=job.video is None)
    if job.video is None:
        wanted = replace(wanted, output=None)
    annotator = Annotator(job.settings, wanted)
    annotator.annotate([job.source])
    (outcome,) = annotator.outcomes
    if outcome.error is not None:
        raise SourceError(outcome.error)
    job.check_unchanged()
    return {
        "frames": outcome.balance.written,
        "followed": outcome.followed,
        "counted": outcome.counted,
        "damage": list(outcome.damage.messages),
    }


def look(job: Job, spans: Sequence[Span], number: int) -> dict[str, Any]:
    """What the stages without memory find in a span.

    Raises:
        SourceError: other frames came than its packets told.
        PipelineError: a stage failed.
    """
    span = spans[number]
    settings, parts = _parts(job)
    source = SpanSource(Path(job.source), span)
    collected = _Collected([stage.name for stage in parts.look])
    _run(source, build(settings, names(parts.look)), [collected], settings, span.first)
    moments = collected.moments()
    if moments.index != tuple(range(span.first, span.first + span.count)):
        raise SourceError(
            f"{job.source}: {len(moments.index)} frames came where {span.count} were told, from frame {span.first} on"
        )
    keep(job.folder / f"look-{number:04}", Looked(source.info, moments, collected.answers))
    return {"frames": span.count}


def follow(job: Job, spans: Sequence[Span]) -> dict[str, Any]:
    """Run the stages with memory over what was found, in order and without pictures, and write the data."""
    settings, parts = _parts(job)
    looked: list[Looked] = [kept(job.folder / f"look-{number:04}") for number in range(len(spans))]
    info = looked[0].info
    answers = {stage.name: _merged([one.answers[stage.name] for one in looked]) for stage in parts.look}
    found = [stage for stage in parts.look if not issubclass(stage.kind.gives, Frame)]
    known = [_known(stage, answers[stage.name]) for stage in found]
    plans = [*known, *build(settings, names(parts.follow))]
    found_by = names_of(plans, Tracks) or names_of(plans, Detections)
    objects_from = found_by[-1] if found_by else None
    collected, tally = _Collected([stage.name for stage in parts.follow]), Tally(names_of(plans, Tracks))
    with ExitStack() as opened:
        sinks: list[Sink] = [JsonLinesSink(Path(job.jsonl), info, objects_from)]
        opened.callback(sinks[0].close)
        sinks += data_sinks(settings.data, info, objects_from, alone=True)
        source = PicturelessSource(info, [one.moments for one in looked])
        opened.pop_all()
    _run(source, plans, [*sinks, collected, tally], settings)
    everything = {**answers, **collected.answers}
    for number, span in enumerate(spans):
        first = max(0, span.first - _warm(info))
        keep(job.folder / f"known-{number:04}", _some(everything, first, span.first + span.count))
    return {"followed": tally.followed, "counted": tally.counted}


def render(job: Job, spans: Sequence[Span], number: int) -> dict[str, Any]:
    """Draw and encode the frames of a span."""
    span = spans[number]
    settings, parts = _parts(job)
    answers = kept(job.folder / f"known-{number:04}")
    target = job.folder / f"part-{number:04}.mp4"
    looked: Looked = kept(job.folder / "look-0000")
    source = SpanSource(Path(job.source), span, before=_warm(looked.info))
    filters = [stage for stage in parts.look if issubclass(stage.kind.gives, Frame)]
    made = {one.name: one for one in build(settings, names([*filters, *parts.draw]))}
    plans = [
        made.get(stage.name) or _known(stage, answers[stage.name])
        for stage in (*parts.look, *parts.follow, *parts.draw)
    ]
    video = VideoSink(target, replace(looked.info, audio=(), path=None), settings.output)
    _run(source, plans, [_From(span.first, video)], settings)
    return {"frames": span.count}


def join(job: Job, spans: Sequence[Span]) -> dict[str, Any]:
    """Make the video of its parts, without encoding anything again."""
    looked: list[Looked] = [kept(job.folder / f"look-{number:04}") for number in range(len(spans))]
    assert job.video is not None
    parts = [job.folder / f"part-{number:04}.mp4" for number in range(len(spans))]
    times = [time for one in looked for time in one.moments.media_s]
    join_video(parts, Path(job.video), looked[0].info, times, copies=job.settings.output.audio == "copy")
    job.check_unchanged()
    return {"frames": len(times)}


def deliver(job: Job) -> dict[str, Any]:
    """Bring the results to the address where they are wanted; here they stay until the record says so.

    Raises:
        SinkError: they cannot be written there.
    """
    place = Place(job.to)
    for path in job.files:
        place.put(path, path.name)
    return {}


DOES: dict[str, Callable[..., dict[str, Any]]] = {
    "open": open_job,
    "whole": whole,
    "look": look,
    "follow": follow,
    "render": render,
    "join": join,
    "deliver": deliver,
}


def is_there(kind: str, job: Job, *arguments: Any) -> bool:
    """Whether the result of a task for a span lies there, whole, from an earlier batch."""
    if kind == "look":
        return (job.folder / f"look-{arguments[1]:04}").is_file()
    return kind == "render" and (job.folder / f"part-{arguments[1]:04}.mp4").is_file()


def do(kind: str, job: Job, *arguments: Any) -> dict[str, Any]:
    """Do one task; adds how long it took, in seconds."""
    began = time.monotonic()
    return {**DOES[kind](job, *arguments), "seconds": time.monotonic() - began}


class _Collected:
    """A sink that keeps what some stages said, and when the frames were."""

    name = "collected"

    def __init__(self, stages: Sequence[str]) -> None:
        self.answers: dict[str, dict[int, object]] = {stage: {} for stage in stages}
        self._frames: list[tuple[int, float, float, float | None]] = []
        self._size = (0, 0)

    def moments(self) -> Moments:
        """The frames that came."""
        columns = zip(*self._frames, strict=True) if self._frames else ((), (), (), ())
        index, media_s, duration_s, clock_s = (tuple(column) for column in columns)
        return Moments(index, media_s, duration_s, clock_s, self._size)

    def write(self, packet: Packet) -> None:
        """Keep one."""
        frame = packet.frame
        self._frames.append((frame.index, frame.media_s, frame.duration_s, frame.clock_s))
        self._size = frame.size
        for stage, answers in self.answers.items():
            if stage in packet.results:
                answers[frame.index] = packet.results[stage]

    def finish(self) -> None:
        """Nothing to make whole."""

    def close(self) -> None:
        """Nothing to let go of."""


class _From:
    """Passes on frames from one on; those before it warmed up what is drawn."""

    name = "video"

    def __init__(self, first: int, sink: Sink) -> None:
        self._first, self._sink = first, sink

    def write(self, packet: Packet) -> None:
        """Pass it on, or not."""
        if packet.frame.index >= self._first:
            self._sink.write(packet)

    def finish(self) -> None:
        """Make it whole."""
        self._sink.finish()

    def close(self) -> None:
        """Let go."""
        self._sink.close()


def _parts(job: Job) -> tuple[Settings, Parts]:
    settings = job.settings if job.video is not None else without_drawing(job.settings)
    parts = parts_of(settings)
    assert isinstance(parts, Parts), parts
    return settings, parts


def _run(source: Source, plans: Sequence[StagePlan], sinks: Sequence[Sink], settings: Settings, first: int = 0) -> None:
    runner = Runner(source, plans, sinks, settings.flow.capacity)
    for station in runner.stations:
        station.count_from(first)
    with runner as run:
        run.wait()


def _known(stage: StageSettings, answers: Mapping[int, object]) -> StagePlan:
    plain = stage.config.model_copy(update={"every": 1, "when": "", "workers": 1})
    return StagePlan(stage.name, plain, (cast(Stage, Known(plain, stage.kind.gives, answers)),))


def _merged(answers: Sequence[Mapping[int, object]]) -> dict[int, object]:
    return {index: answer for one in answers for index, answer in one.items()}


def _some(answers: Mapping[str, Mapping[int, object]], first: int, last: int) -> dict[str, dict[int, object]]:
    return {
        stage: {index: found[index] for index in range(first, last) if index in found}
        for stage, found in answers.items()
    }


def _warm(info: SourceInfo) -> int:
    return round(WARM_S * (info.fps or 25))
