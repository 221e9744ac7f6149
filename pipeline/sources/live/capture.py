"""What opens a stream or a camera and reads it, a picture at a time; any call may hang."""

import logging
import sys
from collections.abc import Iterator
from typing import Protocol

import cv2
import numpy as np

from pipeline.errors import SourceError
from pipeline.sources.live.addresses import shown, why_no_picture
from pipeline.sources.live.cameras import Camera
from pipeline.sources.live.config import LiveConfig

logger = logging.getLogger(__name__)

ASKED_S = 3.0
"""For the question why there is no picture."""


class Reader(Protocol):
    """One connection. It is opened, read and closed by one thread."""

    def pictures(self) -> Iterator[np.ndarray]:
        """`(H, W, 3) uint8` BGR pictures, each an array of its own, until the connection ends.

        Raises:
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
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(config.open_timeout_s * 1000)]
        limits += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(config.timeout_s * 1000)]
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
            raise SourceError(
                f"cannot open {name}: {why_no_picture(self._address, min(ASKED_S, config.open_timeout_s))}"
            )
        finally:
            capture.release()


class CameraReader:
    """A camera of this machine."""

    def __init__(self, camera: Camera, config: LiveConfig) -> None:
        self._camera, self._config = camera, config

    def pictures(self) -> Iterator[np.ndarray]:
        """See `Reader`."""
        api = cv2.CAP_V4L2 if sys.platform == "linux" else cv2.CAP_ANY
        capture = cv2.VideoCapture(self._camera.target, api)
        try:
            if not capture.isOpened():
                raise SourceError(
                    f"cannot open {self._camera.told} ({self._camera.target}): no such camera, no right to it, or"
                    " another program has it; see: python run.py doctor"
                )
            self._ask(capture)
            while True:
                read, image = capture.read()
                if not read:
                    raise SourceError(f"{self._camera.told}: it sends no more pictures; was it unplugged?")
                yield image
        finally:
            capture.release()

    def _ask(self, capture: cv2.VideoCapture) -> None:
        """Ask for what the config says, and say what was got."""
        config = self._config
        if config.pixel_format:
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*config.pixel_format.upper()))
        for setting, value in (
            (cv2.CAP_PROP_FRAME_WIDTH, config.width),
            (cv2.CAP_PROP_FRAME_HEIGHT, config.height),
            (cv2.CAP_PROP_FPS, config.fps),
        ):
            if value is not None:
                capture.set(setting, value)
        width, height = capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_HEIGHT)
        fps = capture.get(cv2.CAP_PROP_FPS)
        logger.info("%s gives %dx%d at %.3g frames a second", self._camera.told, width, height, fps)
