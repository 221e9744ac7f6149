"""Live sources, each on its own: watched on a page or in a window, counted, and recorded."""

import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import click
import cv2
from rich.console import Console

from commands.interrupt import Interrupt, interruptible
from commands.live_run import LiveRun
from commands.live_stats import StatsFile, told
from commands.notify import Notifier, Pulse
from commands.window import Window
from pipeline.config import Settings
from pipeline.cooling import Cooling
from pipeline.errors import PipelineError
from pipeline.heat import Thermometer
from pipeline.sinks.segments import SegmentSink
from pipeline.sources.live import LiveConfig, open_live
from pipeline.types import SourceInfo
from web.config import WebConfig

TICK_S = 0.05
TOLD_EVERY_S = 1.0
SWITCH_S = 0.0005
"""How long one thread may keep the interpreter from the others. Beside a thread that runs Python code without a pause,
Python's own 5 ms made one frame in a hundred 42 ms late, this 13 ms; a recording's CPU a frame grew by 0.1 ms of 25."""


@dataclass(frozen=True)
class LiveWanted:
    """What a person asked for besides the sources."""

    seconds: float | None = None
    """How long; None: until interrupted, or until every source has ended."""
    stats: Path | None = None
    stats_every_s: float = 5.0
    web: WebConfig | None = None
    window: bool = False
    record: Path | None = None
    events_only: bool = False
    notifier: Notifier = field(default_factory=lambda: Notifier(None))
    """Tells systemd how it goes."""


def live(targets: Sequence[str], settings: Settings, config: LiveConfig, wanted: LiveWanted) -> int:
    """Run every target until the time is up, a person ends it, or all have ended.

    Returns:
        The exit code: 0 as asked for, 1 a source's run broke, 2 a source cannot be (and no other is left).

    Raises:
        ConfigError, SourceError, ModelError: what was asked for cannot be; nothing has run.
    """
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # sources say it better
    with interruptible() as interrupt, ExitStack() as opened:
        opened.callback(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(SWITCH_S)
        runs: list[LiveRun] = []
        cooling = Cooling(
            settings.flow.cool_above_c, Thermometer().read, lambda: [it for run in runs for it in run.runner.asides]
        )
        stats = StatsFile(wanted.stats, wanted.stats_every_s, cooling.status) if wanted.stats else None
        for target in targets:
            source = open_live(target, config)
            runs.append(
                LiveRun(source, settings, recorder=_recorder(source.info, settings, wanted), alone=len(targets) == 1)
            )
            opened.callback(runs[-1].stop)
        if wanted.web is not None:
            from web.server import Server

            server = Server(runs, wanted.web)
            server.start()
            opened.callback(server.close)
            click.echo(f"sluice: watch at {server.address}", err=True)
        window = opened.enter_context(Window(runs)) if wanted.window else None
        for run in runs:
            run.start()
        wanted.notifier.ready(f"watching {len(runs)} of {len(targets)} sources")
        already_told = _watch(runs, wanted, interrupt, stats, window, cooling)
        wanted.notifier.stopping()
        for run in runs:
            run.stop()
        if stats is not None:
            stats.write(runs)
        for run in runs:
            click.echo(told(run.stats()))
    broken = [run.error for run in runs if run.error is not None]
    for error in broken:
        if error not in already_told:
            click.echo(f"sluice: {error}", err=True)
    return max((error.exit_code for error in broken), default=0) if len(broken) == len(runs) else int(bool(broken))


def _recorder(info: SourceInfo, settings: Settings, wanted: LiveWanted) -> SegmentSink | None:
    if wanted.record is None:
        return None
    changes = {"events_only": True} if wanted.events_only else {}
    return SegmentSink(wanted.record, info, settings.record.model_copy(update=changes))


def _watch(
    runs: Sequence[LiveRun],
    wanted: LiveWanted,
    interrupt: Interrupt,
    stats: StatsFile | None,
    window: Window | None,
    cooling: Cooling,
) -> list[PipelineError]:
    """Until it is over; what one run raises is told and ends that run alone. Returns what was told."""
    console = Console(stderr=True)
    until_s = None if wanted.seconds is None else time.monotonic() + wanted.seconds
    told_s, over, pulse = 0.0, list[PipelineError](), Pulse()
    with console.status("starting") if console.is_terminal else _NoStatus() as status:
        while interrupt.signal is None and (until_s is None or time.monotonic() < until_s):
            alive = [run.poll() for run in runs]
            for run in runs:
                if run.error is not None and run.error not in over:
                    over.append(run.error)
                    console.print(f"sluice: {run.error}", highlight=False, markup=False, soft_wrap=True)
            if not any(alive) or (window is not None and not window.show()):
                break
            cooling.step_if_due()
            if stats is not None:
                stats.write_if_due(runs)
            if time.monotonic() - told_s >= TOLD_EVERY_S:
                told_s = time.monotonic()
                figures = [run.stats() for run in runs]
                status.update("\n".join(told(figure) for figure in figures))
                moves = [pulse.beats(one["name"], one["captured"], one["delivered"], told_s) for one in figures]
                if all(moves):
                    wanted.notifier.alive("; ".join(f"{one['name']}: {one['state']}" for one in figures))
            if window is None:
                time.sleep(TICK_S)
    return over


class _NoStatus:
    """Says nothing, where there is no terminal."""

    def __enter__(self) -> "_NoStatus":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def update(self, line: str) -> None:
        """Nothing."""
