"""The video encoder: which one, with which settings, and how a BGR picture gets into it.

Measured on two 1280x720 clips (a road, a crowd), one thread: ms of CPU a frame with the colour conversion, kB a frame,
PSNR in dB.

    OpenCV's mp4v                  4.6 / 4.9    15.2 / 37.8    43.5 / 42.0
    x264 ultrafast, crf 23         3.9 / 4.8    16.0 / 36.2    46.3 / 41.7
    x264 lean (ours), crf 25       4.4 / 5.2     9.2 / 15.4    46.2 / 41.8
    x264 superfast, bf=0, crf 23   7.7 / 6.8    15.3 / 14.9    47.4 / 42.2
    x264 veryfast, bf=0, crf 23   11.8 / 11.7    8.3 / 11.4    46.1 / 41.4

`lean` is ultrafast with motion refined to a quarter pixel (subme 1) and the deblocking filter; it stays in the
Constrained Baseline profile, which everything plays. No preset has B-frames here: they cost 2 to 5 ms, hold frames back
that a killed run would lose, and Matroska's millisecond clock drops frames over their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal

import av
import av.error
import cv2
import numpy as np
from av.codec.codec import UnknownCodecError
from av.codec.context import Flags
from av.container import OutputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from av.video.stream import VideoStream
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from pipeline.errors import ConfigError
from pipeline.types import SourceInfo

Codec = Literal["auto", "libx264", "h264_v4l2m2m", "libopenh264", "mpeg4"]
Preset = Literal["lean", "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow"]
ENCODERS: tuple[str, ...] = ("libx264", "h264_v4l2m2m", "libopenh264", "mpeg4")
"""In the order that `auto` tries them. x264 is GPL; the second is the encoder in a Raspberry Pi."""

LIMITED_RANGE = 1
GOP_GUARD = 600
"""Frames after which a key frame comes in any case; before that they come by time."""
BITS_PER_PIXEL = 0.12
"""Where an encoder knows no constant quality."""
MPEG4_QUALITY = 4 * 118
"""FFmpeg's -qscale 4, in its lambda units."""


class VideoConfig(BaseModel):
    """How video is written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    codec: Annotated[Codec, Field(description="encoder; auto takes the first that opens on this machine")] = "auto"
    preset: Annotated[
        Preset, Field(description="x264's effort; lean costs as much as MPEG-4 Part 2, medium gives the smallest files")
    ] = "lean"
    crf: Annotated[
        int, Field(ge=0, le=51, description="x264's quality: lower is better and larger; 18 to 28 is usual")
    ] = 25
    threads: Annotated[int, Field(ge=1, le=64, description="threads of the encoder; 1 costs least CPU in total")] = 1
    audio: Annotated[
        Literal["copy", "drop"], Field(description="copy the recording's sound as it is, or leave it out")
    ] = "copy"
    keyframe_s: Annotated[float, Field(gt=0, le=60, description="seconds between key frames, where seeking can go")] = (
        2.0
    )


def ticks_per_s(base: Fraction) -> int:
    """How finely to count time so that every multiple of `base` is a whole number, or within a microsecond of one.

    >>> ticks_per_s(Fraction(1, 25)), ticks_per_s(Fraction(1001, 30000)), ticks_per_s(Fraction(1, 1_000_000_000))
    (12800, 30000, 1000000)
    """
    ticks = base.denominator
    while ticks < 10_000:  # other people's clocks get 0.05 ms; FFmpeg's mp4 writer does the same
        ticks *= 2
    return min(ticks, 1_000_000)  # a 32-bit duration of one frame still reaches an hour


@dataclass
class Encoder:
    """An opened encoder; a stream of `output`."""

    stream: VideoStream
    name: str
    ticks: int
    size: tuple[int, int]
    """Of the frames it takes, as given."""
    keyframe_s: float
    _next_key_s: float | None = None

    def encode(self, image: np.ndarray, tick: int, duration: int) -> list[av.Packet]:
        """Packets that are ready once this frame is in.

        Args:
            image: `(H, W, 3) uint8` BGR of `size`.
            tick: when it is shown, in 1 / `ticks` s.
            duration: for how long, in the same unit.
        """
        frame = i420(image)
        frame.pts, frame.duration, frame.time_base = tick, duration, Fraction(1, self.ticks)
        now_s = tick / self.ticks
        if self._next_key_s is None or now_s >= self._next_key_s:
            frame.pict_type = PictureType.I
            self._next_key_s = now_s + self.keyframe_s
        return self.stream.encode(frame)

    def ask_key(self) -> None:
        """Make the next frame a key frame, where a file can begin; the next by time counts from there."""
        self._next_key_s = None

    def flush(self) -> list[av.Packet]:
        """The packets that it still held back."""
        return self.stream.encode(None)


def i420(image: np.ndarray) -> av.VideoFrame:
    """A BGR picture as the planes an encoder takes: BT.601 coefficients, limited range, as OpenCV's reader undid them.

    The conversion's own array is handed over without a copy where PyAV can take it: it counts the rows of a height that
    is no multiple of 4 wrongly. Odd sizes get one column or row more, a copy of the last: 4:2:0 has a chroma sample for
    each two, and H.264 can crop by two only (ITU-T H.264, 7.4.2.1.1, CropUnitX).

    Args:
        image: `(H, W, 3) uint8` BGR.
    """
    height, width = image.shape[:2]
    if height % 2 or width % 2:
        image = cv2.copyMakeBorder(image, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    planes: NDArray[np.uint8] = cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420)  # type: ignore[assignment]  # (H * 3 / 2, W)
    if image.shape[0] % 4:
        return av.VideoFrame.from_ndarray(planes, format="yuv420p")
    return av.VideoFrame.from_numpy_buffer(planes, format="yuv420p")


def open_encoder(output: OutputContainer, info: SourceInfo, size: tuple[int, int], config: VideoConfig) -> Encoder:
    """Open the encoder that the settings name as a stream of `output`.

    Raises:
        ConfigError: it, or under auto every one, cannot be opened here.
    """
    name = encoder_for(info, size, config)
    stream = output.add_stream(name, rate=_rate(info))
    assert isinstance(stream, VideoStream)
    _set_up(stream.codec_context, name, info, size, config)
    ticks = stream.codec_context.time_base.denominator
    stream.time_base = Fraction(1, ticks)
    stream.codec_context.open()
    return Encoder(stream, name, ticks, size, config.keyframe_s)


def encoder_for(info: SourceInfo, size: tuple[int, int], config: VideoConfig) -> str:
    """Name of the encoder to use, found by opening it.

    Raises:
        ConfigError: none can be opened.
    """
    wanted = ENCODERS if config.codec == "auto" else (config.codec,)
    reasons = []
    for name in wanted:
        try:
            context = av.CodecContext.create(name, "w")
            assert isinstance(context, VideoCodecContext)
            _set_up(context, name, info, size, config)
            context.framerate = _rate(info)
            context.open()
        except UnknownCodecError:
            reasons.append(f"{name}: not in this FFmpeg")
        except av.error.FFmpegError as error:
            reasons.append(f"{name}: {error.strerror}")
        else:
            return name
    width, height = size
    raise ConfigError(
        f"no video encoder opens for {width}x{height} ({'; '.join(reasons)}); set output.codec to another"
    )


def _set_up(
    context: VideoCodecContext, name: str, info: SourceInfo, size: tuple[int, int], config: VideoConfig
) -> None:
    """Everything an encoder has to know before it is opened."""
    width, height = (side + side % 2 for side in size)
    ticks = ticks_per_s(info.time_base)
    if name == "mpeg4":
        ticks = min(ticks, 50_000)  # MPEG-4 Part 2 counts to 65,535 a second
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base = Fraction(1, ticks)
    context.gop_size, context.max_b_frames = GOP_GUARD, 0
    context.thread_count, context.thread_type = config.threads, "FRAME"
    context.flags |= Flags.frame_duration
    context.sample_aspect_ratio = info.pixel_aspect
    context.colorspace, context.color_range = info.colour.matrix, LIMITED_RANGE
    context.color_primaries, context.color_trc = info.colour.primaries, info.colour.transfer
    if name == "libx264":
        lean = config.preset == "lean"
        context.options = {
            "preset": "ultrafast" if lean else config.preset,
            "crf": str(config.crf),
            "forced-idr": "1",
            **({"x264-params": "subme=1:no-deblock=0"} if lean else {}),
        }
    elif name == "mpeg4":
        context.qscale, context.global_quality = True, MPEG4_QUALITY
    else:
        context.bit_rate = int(width * height * _rate(info) * BITS_PER_PIXEL)


def _rate(info: SourceInfo) -> Fraction:
    """A rate to plan with; every frame has its own time all the same."""
    return Fraction(info.fps).limit_denominator(1001) if 1 <= info.fps <= 240 else Fraction(25)
