"""Makes the sinks that a config names under `data:`; the one place, for recordings and for live sources."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol, runtime_checkable

from pipeline.errors import ConfigError
from pipeline.sinks.data.config import DataConfig, plain_name
from pipeline.sinks.data.sqlite_sink import SqliteSink
from pipeline.sinks.data.table_files import CsvTable, ParquetTable, Rows
from pipeline.stage import Sink
from pipeline.types import SourceInfo


@runtime_checkable
class Sender(Protocol):
    """A sink that sends to somebody who may be away."""

    def status(self) -> dict[str, object]:
        """How it is doing."""
        ...


def data_sinks(config: DataConfig, info: SourceInfo, objects_from: str | None, *, alone: bool = True) -> list[Sink]:
    """The sinks of one source, opened.

    Args:
        config: what is wanted.
        info: of the source; its name goes into every row.
        objects_from: name of the stage that gives Tracks or Detections; None where there is none.
        alone: whether it is the only source: several cannot share one CSV or Parquet file.

    Raises:
        ConfigError: one of them cannot be; none is left open.
    """
    made: list[Sink] = []
    with ExitStack() as opened:

        def keep(sink: Sink) -> None:
            made.append(sink)
            opened.callback(sink.close)

        if config.csv is not None:
            path = _path(config.csv.path, info, "csv", alone=alone)
            keep(CsvTable(path, Rows(config.csv.of, info, objects_from), info))
        if config.parquet is not None:
            path = _path(config.parquet.path, info, "parquet", alone=alone)
            keep(ParquetTable(path, Rows(config.parquet.of, info, objects_from), info))
        if config.sqlite is not None:
            path = _path(config.sqlite.path, info, "sqlite", alone=True)
            keep(SqliteSink(path, info, objects_from if config.sqlite.objects else None))
        if config.webhook is not None:
            from pipeline.sinks.data.webhook import WebhookSink

            keep(WebhookSink(config.webhook, config.spool, info))
        if config.mqtt is not None:
            from pipeline.sinks.data.mqtt import MqttSink

            keep(MqttSink(config.mqtt, config.spool, info))
        opened.pop_all()
    return made


def statuses(sinks: Sequence[Sink]) -> list[dict[str, object]]:
    """How those sinks are doing that send what they are given elsewhere, as plain values."""
    return [sink.status() for sink in sinks if isinstance(sink, Sender)]


def _path(path: Path, info: SourceInfo, kind: str, *, alone: bool) -> Path:
    if not alone and "{source}" not in str(path):
        raise ConfigError(
            f"data.{kind}.path: several sources cannot share {path}; put {{source}} into its name, or use data.sqlite"
        )
    filled = Path(str(path).replace("{source}", plain_name(info.path.stem if info.path else info.name)))
    try:
        filled.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"data.{kind}.path: cannot make the folder {filled.parent}: {error.strerror}") from error
    return filled
