"""What a recording says of itself that stays true of an annotated copy."""

from __future__ import annotations

from av.container import Container, OutputContainer
from av.stream import Stream

KEPT = ("title", "artist", "album", "comment", "description", "copyright", "date", "creation_time", "genre")
"""Not the rotation, which the frames have already; not encoder or brand; not the place, which is nobody's business."""
KEPT_OF_A_STREAM = ("language", "title")


def copy_metadata(source: Container, output: OutputContainer) -> None:
    """Copy title, date and the like."""
    for key, value in source.metadata.items():
        if key.lower() in KEPT and value:
            output.metadata[key.lower()] = value


def copy_stream_metadata(source: Stream, target: Stream) -> None:
    """Copy a stream's language, title and role."""
    for key in KEPT_OF_A_STREAM:
        if source.metadata.get(key):
            target.metadata[key] = source.metadata[key]
    target.disposition = source.disposition
