"""Reads recordings with OpenCV's capture, for those who ask for it: what it tells of damage is nothing."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from pipeline.errors import SourceError
from pipeline.sources.probe import Recording, open_recording
from pipeline.sources.sizing import fit
from pipeline.sources.timing import Clock, note
from pipeline.types import Colour, Damage, Frame


class OpenCVSource:
    """A recording read by `cv2.VideoCapture`, with times and streams told by FFmpeg's header.

    Args:
        path: A file that is there.
        threads: Of the decoder; 0 is 1.
        limit: Frames to stop after, or None.

    Raises:
        SourceError: it cannot be opened, or is of a kind that OpenCV cannot be trusted with.
    """

    def __init__(self, path: Path, threads: int = 0, limit: int | None = None) -> None:
        self.damage = Damage()
        self._lock = threading.Lock()
        self._limit = limit
        self._closing = False
        recording = open_recording(path)
        try:
            _refuse(recording)
            self._capture: cv2.VideoCapture | None = cv2.VideoCapture(
                str(path.absolute()), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, threads or 1]
            )
            opened, first = self._capture.read()
            if not opened:
                self._capture.release()
                codec = recording.stream.codec_context.name
                raise SourceError(f"OpenCV reads no frame from {path} ({codec}); set source.reader to pyav")
            self._first: np.ndarray | None = first
            self._start_ticks = recording.stream.start_time or 0
            self._describe(recording, first)
        finally:
            recording.container.close()

    def _describe(self, recording: Recording, first: np.ndarray) -> None:
        self._time_base = recording.time_base
        self._origin = recording.origin_ticks
        self._clock = Clock(self.damage, reordered=False, frame_ticks=recording.frame_ticks)
        height, width = first.shape[:2]
        swapped = width != height and (height, width) == (recording.stream.width, recording.stream.height)
        self.info = recording.info((width, height), turned=swapped, colour=Colour(matrix=6), reader="opencv")

    def __iter__(self) -> Iterator[Frame]:
        """The frames, indices from 0 without gaps; ends early, without an error, when the source is closed."""
        index = 0
        while not self._closing and (self._limit is None or index < self._limit):
            with self._lock:
                image = self._read()
                if image is None or self._capture is None:
                    return
                frame = self._frame(image, self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000, index)
            yield frame
            index += 1

    def close(self) -> None:
        """Let go of file and decoder, after the frame that another thread is reading now; may be called twice."""
        self._closing = True  # before the lock, which a busy reader would take again and again
        with self._lock:
            capture, self._capture = self._capture, None
            if capture is not None:
                capture.release()

    def _read(self) -> np.ndarray | None:
        if self._capture is None:
            return None
        if self._first is not None:
            first, self._first = self._first, None
            return first
        read, image = self._capture.read()
        return image if read else None

    def _frame(self, image: np.ndarray, since_start_s: float, index: int) -> Frame:
        """OpenCV counts from the stream's start, and in milliseconds: back to ticks of the container's clock."""
        said = self._start_ticks + round(since_start_s / self._time_base)
        ticks = self._clock.tick(said, None, None) - self._origin
        size = (self.info.width, self.info.height)
        if (image.shape[1], image.shape[0]) != size:
            self.damage.resized_frames += 1
            note(self.damage, "the frame size changes: scaled to the first")
            image = fit(image, size)
        return Frame(image, index, float(ticks * self._time_base), time.monotonic(), self.info.name)


def _refuse(recording: Recording) -> None:
    """Refuse what makes OpenCV corrupt its heap and abort the process.

    Raises:
        SourceError: it is raw video in AVI.
    """
    if recording.stream.codec_context.name == "rawvideo" and recording.container.format.name == "avi":
        where = recording.path
        raise SourceError(f"OpenCV cannot be trusted with raw video in AVI ({where}); set source.reader to pyav")
