"""One video out of parts that were encoded apart: their packets one after another, with the recording's sound."""

import contextlib
from collections.abc import Sequence
from pathlib import Path

import av
import av.error

from pipeline.errors import SinkError
from pipeline.sinks.audio import FORMATS, AudioCopy
from pipeline.sinks.encoder import ticks_per_s
from pipeline.sinks.proof import AudioCount, Expected, prove
from pipeline.sinks.staged import Claim, publish
from pipeline.types import SourceInfo

_INTERLEAVE_US = 100_000


def join_video(
    parts: Sequence[Path], target: Path, info: SourceInfo, times_s: Sequence[float], *, copies: bool
) -> None:
    """Write a video, prove it, and give it its name.

    Args:
        parts: Videos of consecutive spans, each beginning with a key frame, on the recording's own clock.
        target: Where it goes.
        info: Of the recording.
        times_s: When each frame is shown.
        copies: Whether the recording's sound goes with it.

    Raises:
        ConfigError: the target cannot be written.
        SinkError: a part is missing or encoded otherwise, the disk is full, or the proof does not hold.
    """
    claim = Claim(target, info.path)
    try:
        sound, size, end_s = _write(parts, claim.part, target, info, copies=copies)
        prove(claim.part, Expected(times_s, end_s, size, sound), target)
        publish(claim.part, target)
    except (av.error.FFmpegError, OSError) as error:
        raise SinkError(f"cannot write {target}: {error.strerror}; free the disk, then --resume") from error
    finally:
        with contextlib.suppress(OSError):
            claim.part.unlink(missing_ok=True)
        claim.release()


def _write(
    parts: Sequence[Path], part: Path, target: Path, info: SourceInfo, *, copies: bool
) -> tuple[tuple[AudioCount, ...], tuple[int, int], float]:
    suffix, end_s = target.suffix.lower(), 0.0
    options = {"avoid_negative_ts": "disabled", "max_interleave_delta": str(_INTERLEAVE_US)}
    if suffix != ".mkv":
        options |= {"movflags": "faststart", "movie_timescale": str(ticks_per_s(info.time_base))}
    with (
        av.open(str(part), "w", format=FORMATS[suffix], options=options) as output,
        av.open(str(parts[0])) as first,
    ):
        template = first.streams.video[0]
        video = output.add_stream_from_template(template, opaque=True)
        video.time_base = template.time_base
        settings, size = template.codec_context.extradata, (template.width, template.height)
        audio = AudioCopy.open(info, output, copies=copies)
        for path in parts:
            with av.open(str(path)) as container:
                stream = container.streams.video[0]
                if stream.codec_context.extradata != settings or (stream.width, stream.height) != size:
                    raise SinkError(f"{target}: its parts are encoded in different ways; remove them and try again")
                for packet in container.demux(stream):
                    if packet.dts is None:
                        continue
                    for sound in audio.until(float(packet.dts * packet.time_base)):
                        output.mux_one(sound)
                    assert packet.pts is not None
                    end_s = float((packet.pts + (packet.duration or 0)) * packet.time_base)
                    packet.stream = video
                    output.mux_one(packet)
        for sound in audio.until(float("inf")):
            output.mux_one(sound)
        counts = tuple(AudioCount(one.packets, one.size, one.early) for one in audio.streams if one.packets)
        audio.close()
    return counts, size, end_s
