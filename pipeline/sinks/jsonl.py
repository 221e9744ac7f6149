"""What was found, as JSON Lines: one record a frame, also for frames with nothing in them."""

from __future__ import annotations

from pathlib import Path

import orjson

from pipeline.sinks.records import frame_record
from pipeline.sinks.staged import StagedText
from pipeline.types import Packet, SourceInfo


class JsonLinesSink:
    """Writes `{"schema": 1, "source": ..., "frame": ..., "objects": [...]}` a line; records.py says what is in it."""

    name = "jsonl"

    def __init__(self, path: Path, info: SourceInfo, objects_from: str | None) -> None:
        """Opens the file.

        Args:
            path: the target; it grows as `NAME.part.jsonl` beside it.
            info: of the source; its name goes into every record.
            objects_from: name of the stage that gives Tracks or Detections; None: records without objects.

        Raises:
            ConfigError: the target cannot be written.
        """
        self.path = path
        self._source = info.name
        self._objects_from = objects_from
        self._text = StagedText(path, info.path)

    @property
    def records(self) -> int:
        """Lines written so far."""
        return self._text.records

    def write(self, packet: Packet) -> None:
        """Append the frame's record."""
        record = frame_record(packet, self._source, self._objects_from)
        self._text.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))

    def finish(self) -> None:
        """Give the file its final name."""
        self._text.finish()

    def close(self) -> None:
        """Let go; without `finish`, what was written stays as the temporary file."""
        self._text.close()
