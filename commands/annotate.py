"""The main job: a recording in, an annotated recording and its data out, with every frame accounted for."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import click

from commands.interrupt import Interrupt, interruptible
from commands.progress import frame_progress
from commands.report import Outcome, check_report_place, write_report
from commands.tally import Tally
from commands.targets import Target, Wanted, check_distinct, target_for
from pipeline.build import build, names_of
from pipeline.config import Settings
from pipeline.errors import ConfigError, PipelineError, SinkError
from pipeline.runner import Runner
from pipeline.sinks.audio import suffix_for
from pipeline.sinks.data.make import data_sinks, statuses
from pipeline.sinks.exports import open_export
from pipeline.sinks.jsonl import JsonLinesSink
from pipeline.sinks.video import VideoSink
from pipeline.sources import open_source
from pipeline.stage import Sink, Source
from pipeline.station import StagePlan
from pipeline.types import Detections, SourceInfo, Tracks

WORST_FIRST = (1, 2, 3)
"""Exit codes of several inputs, the gravest first: something lost, a user's mistake, a damaged input."""


class Annotator:
    """Annotates inputs one after another, each to files of its own, and keeps what became of each.

    Args:
        settings: The config.
        wanted: Where results go.
        limit: Frames to read of each input; None for all.
    """

    def __init__(self, settings: Settings, wanted: Wanted, limit: int | None = None) -> None:
        self.outcomes: list[Outcome] = []
        self._settings = settings
        self._wanted = wanted
        self._limit = limit
        self._targets: list[Target] = []

    def annotate(self, sources: Sequence[str]) -> int:
        """Annotate each source; one that fails is told on stderr and does not keep the others from their turn.

        Returns:
            The exit code: 0 whole, 1 something was lost, 2 a mistake in what was asked for, 3 an input was damaged,
            130 interrupted.
        """
        with interruptible() as interrupt:
            for source in sources:
                self.outcomes.append(outcome := Outcome(source))
                began = time.monotonic()
                try:
                    self._annotate_one(outcome, interrupt, alone=len(sources) == 1)
                except PipelineError as error:
                    outcome.error, outcome.exit_code = str(error), error.exit_code
                    click.echo(f"sluice: {error}", err=True)
                finally:
                    outcome.seconds = time.monotonic() - began
                for warning in outcome.warnings():
                    click.echo(f"sluice: {warning}", err=True)
                if outcome.whole:
                    click.echo(outcome.summary())
                if interrupt.signal is not None:
                    return interrupt.exit_code
        codes = {outcome.exit_code for outcome in self.outcomes}
        return next((code for code in WORST_FIRST if code in codes), 0)

    def _annotate_one(self, outcome: Outcome, interrupt: Interrupt, *, alone: bool) -> None:
        with ExitStack() as opened:
            source = open_source(outcome.source, self._settings.source, self._limit)
            opened.callback(source.close)
            outcome.info, outcome.damage = source.info, source.damage
            suffix = ".mp4" if self._settings.output.audio == "drop" else suffix_for(source.info)
            target = target_for(outcome.source, self._wanted, alone=alone, suffix=suffix)
            check_distinct([*self._targets, target])
            self._targets.append(target)
            outcome.target = target
            plans = build(self._settings if target.video else without_drawing(self._settings))
            for plan in plans:
                opened.callback(plan.close)
            video, sinks = self._sinks(source.info, target, plans, opened, alone=alone)
            tally = Tally(names_of(plans, Tracks))
            if interrupt.signal is not None:
                outcome.interrupted = True
                click.echo("sluice: interrupted before the first frame", err=True)
                return
            opened.pop_all()  # from here on the runner closes them
        self._run(outcome, interrupt, source, plans, video, [*sinks, tally])
        outcome.followed, outcome.counted = tally.followed, tally.counted
        outcome.video = video.summary if video else None
        outcome.whole = bool(outcome.video if video else outcome.balance.written)
        _check_books(outcome)
        lost = outcome.balance.failed or outcome.balance.dropped or outcome.disabled
        outcome.exit_code = 1 if lost else 3 if outcome.damage.any else 0

    def _sinks(
        self, info: SourceInfo, target: Target, plans: Sequence[StagePlan], opened: ExitStack, *, alone: bool
    ) -> tuple[VideoSink | None, list[Sink]]:
        for file in target.files:
            _make_folder(file.parent)
        sinks: list[Sink] = []
        video: VideoSink | None = None
        if target.video is not None:
            video = VideoSink(target.video, info, self._settings.output, cut_audio=self._limit is not None)
            opened.callback(video.close)
            sinks.append(video)
        found_by = names_of(plans, Tracks) or names_of(plans, Detections)
        objects_from = found_by[-1] if found_by else None
        if target.jsonl is not None:
            sinks.append(JsonLinesSink(target.jsonl, info, objects_from))
            opened.callback(sinks[-1].close)
        for kind, path in target.exports:
            sinks.append(open_export(kind, path, info, objects_from))
            opened.callback(sinks[-1].close)
        for sink in data_sinks(self._settings.data, info, objects_from, alone=alone):
            sinks.append(sink)
            opened.callback(sink.close)
        if not sinks:
            raise ConfigError("nothing would be written: leave out --no-video or --no-jsonl, or name an --export")
        return video, sinks

    def _run(
        self,
        outcome: Outcome,
        interrupt: Interrupt,
        source: Source,
        plans: Sequence[StagePlan],
        video: VideoSink | None,
        sinks: Sequence[Sink],
    ) -> None:
        run = Runner(source, plans, sinks, self._settings.flow.capacity)

        def stop() -> None:
            outcome.interrupted = True
            if video is not None:
                video.cut_audio = True
            click.echo("sluice: interrupted; finishing what was read (again to leave at once)", err=True)
            run.stop()

        total = source.info.frames_hint
        total = min(total, self._limit) if total and self._limit else self._limit or total
        try:
            with run, frame_progress(Path(outcome.source).name, total) as show:
                interrupt.on_ask(stop)
                while not run.wait(0.1):
                    show(run.balance().written)
        except PipelineError as error:
            if outcome.interrupted and not run.balance().read:
                return  # there is nothing to make whole, and nothing was lost
            if video is None or video.part is None or str(video.part) in str(error):
                raise
            raise type(error)(f"{error}; what was written until then plays in {video.part}") from error
        finally:
            outcome.balance, outcome.timings, outcome.waits = run.balance(), run.timings(), run.waits()
            outcome.data = statuses(sinks)
            outcome.disabled = {one.name: one.disabled for one in run.stations if one.disabled is not None}


def annotate(
    sources: Sequence[str], settings: Settings, wanted: Wanted, *, limit: int | None = None, report: Path | None = None
) -> int:
    """Annotate each source and write the report, if one is wanted; returns the exit code.

    Raises:
        ConfigError: the report cannot be written.
    """
    if report is not None:
        check_report_place(report)
    annotator = Annotator(settings, wanted, limit)
    code = annotator.annotate(sources)
    if report is not None:
        write_report(report, annotator.outcomes, settings, code)
    return code


def without_drawing(settings: Settings) -> Settings:
    """The config without the stages that draw for eyes alone."""
    return replace(settings, stages=tuple(one for one in settings.stages if not getattr(one.kind, "draws", False)))


def _check_books(outcome: Outcome) -> None:
    """The ledger and the file must tell the same."""
    balance, video = outcome.balance, outcome.video
    if balance.in_flight or (video is not None and video.frames != balance.written):
        frames = "no" if video is None else video.frames
        raise SinkError(f"the books do not balance: {balance}, and {frames} frames in the video; please report this")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot make the folder {folder}: {error.strerror}; name another with -o") from error
