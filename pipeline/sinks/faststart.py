"""The last pass over an MP4: from fragments, which survive a kill, to one index at the front, which plays at once."""

from __future__ import annotations

from pathlib import Path

import av

from pipeline.sinks.metadata import copy_metadata, copy_stream_metadata


def faststart(part: Path, whole: Path, ticks: int) -> None:
    """Copy `part` to `whole` without encoding anything again.

    Args:
        part: a fragmented .mp4 or .mov.
        whole: written over.
        ticks: of the video's clock in a second. The movie's clock gets the same: in edit lists, which say when a stream
            begins, FFmpeg's default of 1000 a second would round every time stamp.

    Raises:
        av.error.FFmpegError: either file gave up.
    """
    options = {"movflags": "faststart", "movie_timescale": str(ticks)}
    with av.open(str(part)) as source, av.open(str(whole), "w", options=options) as output:
        copy_metadata(source, output)
        targets = {}
        for stream in source.streams:
            target = output.add_stream_from_template(stream, opaque=True)
            copy_stream_metadata(stream, target)
            targets[stream.index] = target
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = targets[packet.stream_index]
                output.mux_one(packet)
