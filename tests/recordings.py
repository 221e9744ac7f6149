"""Writes small recordings with a real encoder, for tests that need one of a certain kind."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.video.stream import VideoStream

MILLISECONDS = Fraction(1, 1000)


def shades(count: int, size: tuple[int, int] = (64, 48)) -> list[np.ndarray]:
    """Grey pictures `(H, W, 3) uint8`, each brighter than the one before, red at the top left corner."""
    pictures = [np.full((size[1], size[0], 3), 40 + 5 * index % 200, np.uint8) for index in range(count)]
    for picture in pictures:
        picture[: size[1] // 3, : size[0] // 3] = (0, 0, 255)
    return pictures


def noise(count: int, size: tuple[int, int] = (64, 48), seed: int = 0) -> list[np.ndarray]:
    """Pictures `(H, W, 3) uint8` that take many bytes, so that a cut or a hole hits picture data."""
    random = np.random.default_rng(seed)
    return [random.integers(0, 256, (size[1], size[0], 3), np.uint8) for _ in range(count)]


def moving(count: int, size: tuple[int, int] = (160, 120)) -> list[np.ndarray]:
    """Pictures `(H, W, 3) uint8` of a gradient with a bright square that moves."""
    width, height = size
    ground = np.zeros((height, width, 3), np.uint8)
    ground[..., 0] = np.linspace(30, 200, width, dtype=np.uint8)
    ground[..., 1] = np.linspace(30, 200, height, dtype=np.uint8)[:, None]
    pictures = []
    for number in range(count):
        picture = ground.copy()
        left = number * 3 % max(1, width - 16)
        picture[height // 3 : height // 3 + 16, left : left + 16] = 255
        pictures.append(picture)
    return pictures


def record(
    path: Path,
    pictures: Sequence[np.ndarray],
    *,
    times_ms: Sequence[int] | None = None,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    rotation: int | None = None,
    sound: bool = False,
    options: dict[str, str] | None = None,
) -> Path:
    """Encode BGR pictures to a file whose name says its container; 25 a second where no times are given."""
    height, width = pictures[0].shape[:2]
    with av.open(str(path), "w") as container:
        stream = cast(VideoStream, container.add_stream(codec, rate=25, options=options or {}))
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        stream.time_base = stream.codec_context.time_base = MILLISECONDS if codec != "mpeg4" else Fraction(1, 25)
        if rotation is not None:
            stream.set_display_rotation(rotation)
        tones = container.add_stream("aac", rate=16000, layout="mono") if sound else None
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.time_base = stream.codec_context.time_base
            frame.pts = times_ms[index] if times_ms else round(index / 25 / frame.time_base)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if tones is not None:
            samples = max(1, len(pictures) // 25) * 16000
            silence = av.AudioFrame.from_ndarray(np.zeros((1, samples), np.float32), format="fltp", layout="mono")
            silence.sample_rate = 16000
            container.mux([*tones.encode(silence), *tones.encode(None)])
    return path


def times_of(path: Path) -> list[float]:
    """When each frame of a recording is shown, in seconds, by its packets."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.time_base is not None
        stamps = [packet.pts for packet in container.demux(stream) if packet.pts is not None]
        return sorted(float(stamp * stream.time_base) for stamp in stamps)


def record_sound(path: Path) -> Path:
    """A second of silence and nothing to see."""
    with av.open(str(path), "w") as container:
        tones = container.add_stream("aac", rate=16000, layout="mono")
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 16000), np.float32), format="fltp", layout="mono")
        silence.sample_rate = 16000
        container.mux([*tones.encode(silence), *tones.encode(None)])
    return path
