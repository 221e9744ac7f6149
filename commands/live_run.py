"""One live source with its own stages and sinks: isolated from the others, and what the page sees of it."""

import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Protocol

import cv2

from commands import naming
from commands.newest import NewestSink
from commands.seen import SeenSink
from pipeline.build import build, names_of
from pipeline.changes import change, changeable
from pipeline.config import Settings
from pipeline.errors import ConfigError, PipelineError, SourceError
from pipeline.runner import Runner
from pipeline.sinks.data.make import data_sinks, statuses
from pipeline.sources.live import SourceStatus
from pipeline.stage import Sink, Source
from pipeline.station import Station
from pipeline.types import Detections, Frame, Tracks
from stages.health import SAID
from web.view import Shot

RATE_OVER_S = 3.0


class LiveSource(Source, Protocol):
    """A source that may come and go."""

    def state(self) -> SourceStatus:
        """How it is doing, now."""
        ...


class Recorder(Sink, Protocol):
    """A sink that can be told to record, and to stop."""

    def record(self, on: bool) -> None:
        """Start or stop."""
        ...

    def status(self) -> dict[str, Any]:
        """How it is doing."""
        ...


class LiveRun:
    """One source, running. What raises in it ends it alone; `error` says why.

    It is a `web.view.View`: every method may be called from any thread.
    """

    def __init__(
        self,
        source: LiveSource,
        settings: Settings,
        sinks: Sequence[Sink] = (),
        recorder: Recorder | None = None,
        *,
        alone: bool = True,
    ) -> None:
        """Build the stages; nothing runs before `start`. Not `alone`: other sources share the config.

        Raises:
            ConfigError: the wiring cannot be.
            ModelError: a model is missing, damaged, or does not fit.
        """
        self.error: PipelineError | None = None
        """Why it ended, where that was not wanted."""
        self._source = source
        with ExitStack() as opened:
            opened.callback(source.close)
            for sink in [*sinks, *([recorder] if recorder else [])]:
                opened.callback(sink.close)
            plans = build(settings)
            found_by = names_of(plans, Tracks) or names_of(plans, Detections)
            self._data = data_sinks(settings.data, source.info, found_by[-1] if found_by else None, alone=alone)
            opened.pop_all()
        tracks = names_of(plans, Tracks)
        self._newest, self.seen = NewestSink(), SeenSink(tracks[-1] if tracks else None)
        self._recorder = recorder
        own: list[Sink] = [self._newest, self.seen, *sinks, *self._data, *([recorder] if recorder else [])]
        self.runner = Runner(source, plans, own, budget_ms=settings.flow.budget_ms)
        self._rates: deque[tuple[float, int, int]] = deque()
        self._lock = threading.Lock()
        self._over = False

    # --- running ------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the threads."""
        self.runner.__enter__()

    def poll(self) -> bool:
        """Whether it still runs; once it does not, everything of it is closed and `error` is set if there was one."""
        if self._over:
            return False
        if not self.runner.wait(0):
            return True
        self.stop()
        return False

    def stop(self) -> None:
        """End it and close everything; may be called twice."""
        if self._over:
            return
        self._over = True
        self.runner.stop()
        self._source.close()  # a read that hangs is not waited for
        try:
            self.runner.wait(2.0)
            self.runner.__exit__(None, None, None)
        except PipelineError as error:
            self.error = error

    def stats(self) -> dict[str, Any]:
        """What became of every frame, as `--stats` writes it."""
        balance, state = self.runner.balance(), self._source.state()
        captured_fps, _ = self._fps()
        return {
            "name": self.name,
            "state": state.state,
            "captured": balance.read,
            "delivered": balance.written,
            "dropped": balance.dropped,
            "failed": balance.failed,
            "in_flight": balance.in_flight,
            "latency_ms": self.runner.latency().as_data(),
            "fps": round(captured_fps, 2),
            "reconnects": state.reconnects,
            "followed": dict(self.seen.followed),
            **self._budget(),
            "data": statuses(self._data),
            "disabled": {one.name: one.disabled for one in self.runner.stations if one.disabled is not None},
            "error": str(self.error) if self.error else state.error,
        }

    # --- what the page sees -------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """For people: an address without its password."""
        return self._source.info.name

    def newest(self, after: int, timeout_s: float) -> Shot | None:
        """The newest shot whose number is above `after`, waiting for one; None where none came in time."""
        found = self._newest.newest(after, timeout_s)
        if found is None:
            return None
        number, packet = found
        return Shot(number, packet.frame.image, packet.frame.captured_s, self._source.state().state)

    def status(self) -> dict[str, Any]:
        """See `web.view.Status`."""
        balance, state, now_s = self.runner.balance(), self._source.state(), time.monotonic()
        captured_fps, shown_fps = self._fps()
        frame = self._frame()
        recorder = self._recorder.status() if self._recorder else {}
        latency = self.runner.latency()
        alarms = self.seen.alarms()
        wrong = "; ".join(SAID[kind] for kind in alarms) or None
        return {
            "state": "ended" if self._over else state.state,
            "since_s": state.since_s,
            "attempts": state.attempts,
            "reconnects": state.reconnects,
            "newest_age_s": None if state.newest_s is None else now_s - state.newest_s,
            "error": str(self.error) if self.error else state.error or wrong,
            "alarms": alarms,
            "width": frame.size[0] if frame else 0,
            "height": frame.size[1] if frame else 0,
            "fps": captured_fps,
            "shown_fps": shown_fps,
            "captured": balance.read,
            "delivered": balance.written,
            "dropped": balance.dropped,
            "failed": balance.failed,
            "latency_ms": {"p50": latency.p50, "p95": latency.p95, "p99": latency.p99, "max": latency.max},
            "queues": [{"name": name, "fill": fill, "capacity": 1} for name, fill in self.runner.fills().items()],
            "recording": recorder.get("state", "off") != "off",
            "can_record": self._recorder is not None,
        }

    def stages(self) -> list[dict[str, Any]]:
        """See `web.view.StageRow`."""
        rows = []
        for station in self.runner.stations:
            config, timing = station.plan.config, station.timing()
            schema = type(config).model_json_schema()
            names = changeable(type(config))
            rows.append(
                {
                    "name": station.name,
                    "on": station.is_on,
                    "can_switch": _can_switch(station),
                    "alive": not self._over and station.disabled is None,
                    "failures": station.failures,
                    "ms": 1e3 * timing.wall_s / max(timing.calls, 1),
                    "worst_ms": timing.worst_ms,
                    "calls": timing.calls,
                    "settings": {name: getattr(config, name) for name in names},
                    "properties": {name: schema["properties"][name] for name in names},
                    "defs": schema.get("$defs", {}),
                }
            )
        return rows

    def change(self, stage: str, setting: str, value: Any) -> None:
        """Give a setting another value while the stage runs.

        Raises:
            ConfigError: there is no such setting, or the value does not fit.
        """
        with self._lock:
            change(self._station(stage), setting, value)

    def switch(self, stage: str, on: bool) -> None:
        """Put a stage in or out of the flow.

        Raises:
            ConfigError: there is no such stage, or others rely on the picture it makes: what covers faces stays on.
        """
        station = self._station(stage)
        if not _can_switch(station):
            raise ConfigError(f"stage '{stage}' makes the picture that others get: it stays on while this runs")
        station.is_on = on

    def tracks(self) -> list[dict[str, Any]]:
        """See `web.view.TrackRow`."""
        return self.seen.rows()

    def snapshot(self) -> bytes:
        """The newest picture as a PNG file.

        Raises:
            SourceError: no picture came yet.
        """
        frame = self._frame()
        if frame is None:
            raise SourceError(f"{self.name}: no picture came yet; wait until the source is there")
        return cv2.imencode(".png", frame.image)[1].tobytes()

    def record(self, on: bool) -> None:
        """Start or stop recording.

        Raises:
            ConfigError: no folder was named.
        """
        if self._recorder is None:
            raise ConfigError(f"{self.name}: there is no folder to record to; start with --record DIR")
        self._recorder.record(on)

    def face_at(self, x: float, y: float) -> dict[str, Any] | None:
        """See `web.faces.NamesFaces`."""
        return naming.face_at(self._newest, x, y)

    def name_face(self, track: int, name: str) -> None:
        """Remember the face of a track as a person's.

        Raises:
            ConfigError: no stage recognises faces, or it cannot remember this one.
        """
        if self._over:
            raise ConfigError(f"{self.name} has ended; start it again to name who is in it")
        naming.name_face(self.runner, track, name)

    # --- parts --------------------------------------------------------------------------------------------------------

    def _budget(self) -> dict[str, Any]:
        """What the latency budget chose, where there is one."""
        budget = self.runner.budget
        if budget is None:
            return {}
        return {"budget": {"budget_ms": budget.budget_ms, "p95_ms": round(budget.p95_ms, 2), "stages": budget.chosen}}

    def _station(self, name: str) -> Station:
        for station in self.runner.stations:
            if station.name == name:
                return station
        there = ", ".join(station.name for station in self.runner.stations)
        raise ConfigError(f"no stage '{name}'; there are {there}")

    def _frame(self) -> Frame | None:
        found = self._newest.newest()
        return found[1].frame if found else None

    def _fps(self) -> tuple[float, float]:
        """Frames a second that were captured and delivered, over the last seconds."""
        balance, now_s = self.runner.balance(), time.monotonic()
        with self._lock:
            self._rates.append((now_s, balance.read, balance.written))
            while len(self._rates) > 2 and now_s - self._rates[1][0] > RATE_OVER_S:
                self._rates.popleft()
            then_s, read, written = self._rates[0]
        spread_s = now_s - then_s
        if spread_s < 0.2:
            return 0.0, 0.0
        return (balance.read - read) / spread_s, (balance.written - written) / spread_s


def _can_switch(station: Station) -> bool:
    """Whether a stage may be left out while it runs: it finds something, or draws for eyes alone."""
    stage = station.plan.workers[0]
    return not issubclass(stage.gives, Frame) or bool(getattr(stage, "draws", False))
