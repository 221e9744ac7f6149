"""What opens a stream or a camera and reads it, a picture at a time; any call may hang."""

import logging
import sys
from collections.abc import Iterator
from typing import Protocol

import cv2
import numpy as np

from pipeline.errors import SourceError
from pipeline.sources.live.addresses import shown
from pipeline.sources.live.asking import why_no_picture
from pipeline.sources.live.cameras import Camera, find_camera
from pipeline.sources.live.config import LiveConfig
from pipeline.sources.live.faults import LastingError

logger = logging.getLogger(__name__)

ASKED_S = 3.0
"""At most, for the question why there is no picture; never more than a quarter of the time to open."""


class Reader(Protocol):
    """One connection. It is opened, read and closed by one thread."""

    def pictures(self) -> Iterator[np.ndarray]:
        """`(H, W, 3) uint8` BGR pictures, each an array of its own, until the connection ends.

        Raises:
            LastingError: another attempt will not mend it.
            SourceError: it cannot be opened, or broke; one line without secrets.
        """
        ...


class AddressReader:
    """A stream by its address, read by OpenCV's FFmpeg."""

    def __init__(self, address: str, config: LiveConfig) -> None:
        self._address, self._config = address, config

    def pictures(self) -> Iterator[np.ndarray]:
        """See `Reader`."""
        config = self._config
        asked_s = min(ASKED_S, config.open_timeout_s / 4)
        open_s = config.open_timeout_s - 1.5 * asked_s  # who waits for a picture should hear why there is none
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(1000 * open_s)]
        limits += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(1000 * config.timeout_s) + 500]  # the source is first to notice
        limits += [cv2.CAP_PROP_N_THREADS, config.decode_threads]
        capture = cv2.VideoCapture(self._address, cv2.CAP_FFMPEG, limits)
        try:
            came = 0
            while capture.isOpened():
                read, image = capture.read()
                if not read:
                    break
                came += 1
                yield image
            name = shown(self._address)
            if came:
                raise SourceError(f"{name}: the stream ended or broke")
            why = why_no_picture(self._address, asked_s)
            raise (LastingError if why.lasting else SourceError)(f"cannot open {name}: {why.told}")
        finally:
            capture.release()


class CameraReader:
    """A camera of this machine; looked for anew by each connection, since numbers change when one is plugged in."""

    def __init__(self, target: str, config: LiveConfig) -> None:
        self._target, self._config = target, config

    def pictures(self) -> Iterator[np.ndarray]:
        """See `Reader`."""
        camera = find_camera(self._target)
        capture = cv2.VideoCapture(camera.target, cv2.CAP_V4L2 if sys.platform == "linux" else cv2.CAP_ANY)
        try:
            if not capture.isOpened():
                raise SourceError(
                    f"cannot open {camera.told} ({camera.target}): no camera, no right to it, or another program has"
                    " it; see: python run.py doctor"
                )
            self._ask(capture, camera)
            while True:
                read, image = capture.read()
                if not read:
                    raise SourceError(f"{camera.told}: it sends no more pictures; was it unplugged?")
                yield image
        finally:
            capture.release()

    def _ask(self, capture: cv2.VideoCapture, camera: Camera) -> None:
        """Ask for what the config says, and say what was got."""
        config = self._config
        if config.pixel_format:  # first: which sizes and rates there are depends on it
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*config.pixel_format.upper()))
        for setting, value in (
            (cv2.CAP_PROP_FRAME_WIDTH, config.width),
            (cv2.CAP_PROP_FRAME_HEIGHT, config.height),
            (cv2.CAP_PROP_FPS, config.fps),
        ):
            if value is not None:
                capture.set(setting, value)
        code = int(capture.get(cv2.CAP_PROP_FOURCC))
        logger.info(
            "%s: asked for %s, got %s",
            camera.told,
            told_format(config.width, config.height, config.fps, config.pixel_format),
            told_format(
                int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
                int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
                capture.get(cv2.CAP_PROP_FPS),
                code.to_bytes(4, "little", signed=code < 0).decode("ascii", "replace"),
            ),
        )


def told_format(width: int | None, height: int | None, fps: float | None, pixel_format: str | None) -> str:
    """A camera's format for people.

    >>> told_format(1280, 720, 30.0, "MJPG"), told_format(None, None, None, None)
    ('1280x720, 30 a second, MJPG', 'nothing')
    """
    size = f"{width or 'any'}x{height or 'any'}" if width or height else ""
    parts = [size, f"{fps:.3g} a second" if fps else "", pixel_format or ""]
    return ", ".join(part for part in parts if part) or "nothing"
