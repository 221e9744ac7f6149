"""Figures for Prometheus, in its text format, made from what the views say when it asks."""

from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from web.view import StageRow, Status, View

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class _Views(Collector):
    def __init__(self, views: Sequence[View], stale_s: float) -> None:
        self._views, self._stale_s = views, stale_s

    def collect(self) -> Iterable[Metric]:
        """Every figure of every source."""
        known = [
            (view.name, Status.model_validate(view.status()), [StageRow.model_validate(row) for row in view.stages()])
            for view in self._views
        ]
        up = _gauge("source_up", "1 where pictures come and are fresh")
        age = _gauge("newest_frame_age_seconds", "age of the newest frame")
        rate = _gauge("source_fps", "frames a second that come")
        shown = _gauge("shown_fps", "frames a second that are delivered")
        latency = GaugeMetricFamily(
            "sluice_latency_seconds", "capture to delivery", labels=("source", "quantile"), unit="seconds"
        )
        fill = GaugeMetricFamily("sluice_queue_fill", "packets in a channel now", labels=("source", "queue"))
        captured = _counter("captured_frames", "frames read")
        delivered = _counter("delivered_frames", "frames delivered")
        back = _counter("reconnects", "times the source came back")
        dropped = CounterMetricFamily("sluice_dropped_frames", "frames dropped", labels=("source", "channel"))
        failed = CounterMetricFamily(
            "sluice_failed_frames", "frames that a stage failed on", labels=("source", "stage")
        )
        alarm = GaugeMetricFamily(
            "sluice_picture_alarm", "1 while the picture is so (black, frozen, ...)", labels=("source", "kind")
        )
        stage_s = GaugeMetricFamily(
            "sluice_stage_seconds", "mean time of a call, lately", labels=("source", "stage"), unit="seconds"
        )
        alive = GaugeMetricFamily("sluice_stage_alive", "1 where the stage runs", labels=("source", "stage"))
        raised = CounterMetricFamily("sluice_stage_failures", "calls that raised", labels=("source", "stage"))
        for name, status, stages in known:
            up.add_metric([name], float(fresh(status, self._stale_s)))
            if status.newest_age_s is not None:
                age.add_metric([name], status.newest_age_s)
            rate.add_metric([name], status.fps)
            shown.add_metric([name], status.shown_fps)
            for quantile, ms in (("0.5", "p50"), ("0.95", "p95"), ("0.99", "p99")):
                latency.add_metric([name, quantile], getattr(status.latency_ms, ms) / 1e3)
            for queue in status.queues:
                fill.add_metric([name, queue.name], queue.fill)
            captured.add_metric([name], status.captured)
            delivered.add_metric([name], status.delivered)
            back.add_metric([name], status.reconnects)
            for channel, frames in status.dropped.items():
                dropped.add_metric([name, channel], frames)
            for stage, frames in status.failed.items():
                failed.add_metric([name, stage], frames)
            for kind in status.alarms:
                alarm.add_metric([name, kind], 1.0)
            for row in stages:
                stage_s.add_metric([name, row.name], row.ms / 1e3)
                alive.add_metric([name, row.name], float(row.alive))
                raised.add_metric([name, row.name], row.failures)
        yield from (
            up,
            age,
            rate,
            shown,
            latency,
            fill,
            captured,
            delivered,
            back,
            dropped,
            failed,
            alarm,
            stage_s,
            alive,
            raised,
        )


def fresh(status: Status, stale_s: float) -> bool:
    """Whether a source runs and its newest frame is young."""
    return status.state == "running" and status.newest_age_s is not None and status.newest_age_s <= stale_s


def metrics(views: Sequence[View], stale_s: float) -> bytes:
    """The page that Prometheus reads."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Views(views, stale_s))
    return generate_latest(registry)


def _gauge(name: str, text: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"sluice_{name}", text, labels=("source",))


def _counter(name: str, text: str) -> CounterMetricFamily:
    return CounterMetricFamily(f"sluice_{name}", text, labels=("source",))
