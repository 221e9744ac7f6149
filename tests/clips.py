"""Small recordings that tests make themselves, with real encoders."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np


def picture(number: int, size: tuple[int, int]) -> np.ndarray:
    """A `(H, W, 3) uint8` BGR picture: a gradient with a bright square that moves."""
    width, height = size
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 0] = np.linspace(30, 200, width, dtype=np.uint8)
    image[..., 1] = np.linspace(30, 200, height, dtype=np.uint8)[:, None]
    left = number * 3 % max(1, width - 16)
    image[height // 3 : height // 3 + 16, left : left + 16] = 255
    return image


def make_clip(
    path: Path,
    frames: int = 30,
    size: tuple[int, int] = (160, 120),
    times: Sequence[float] | None = None,
    sound: bool = False,
) -> Path:
    """An H.264 recording, 25 frames a second unless `times` (seconds) says when each frame is; `sound` adds a tone."""
    base = Fraction(1, 12800)
    with av.open(str(path), "w") as target:
        video = target.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        video.codec_context.time_base = base
        audio = target.add_stream("aac", rate=16000, layout="mono") if sound else None
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(picture(number, size), format="bgr24")
            frame.pts = round((times[number] if times else number / 25) / base)
            frame.time_base = base
            target.mux(video.encode(frame))
        target.mux(video.encode())
        if audio is not None:
            wave = np.sin(np.arange(round(frames / 25 * 16000)) / 8).astype(np.float32)[None]
            for start in range(0, wave.shape[1], 1024):
                chunk = av.AudioFrame.from_ndarray(wave[:, start : start + 1024], format="fltp", layout="mono")
                chunk.sample_rate, chunk.pts, chunk.time_base = 16000, start, Fraction(1, 16000)
                target.mux(audio.encode(chunk))
            target.mux(audio.encode())
    return path


def times_of(path: Path) -> list[float]:
    """When each frame of a recording is shown, in seconds, by its packets."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return sorted(
            float(packet.pts * stream.time_base) for packet in container.demux(stream) if packet.pts is not None
        )
