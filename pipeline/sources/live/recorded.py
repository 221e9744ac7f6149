"""A recording played at its own pace, as if it were a camera."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pipeline.sources.live.config import LiveConfig


class RecordedReader:
    """Plays a recording, once or over and over: each picture when its time has come, ready or not."""

    def __init__(self, path: Path, config: LiveConfig) -> None:
        self._path, self._loop = path, config.loop

    def pictures(self) -> Iterator[np.ndarray]:
        """See `Reader`; it ends with the recording."""
        from pipeline.sources import open_source

        again = True  # a sleep may be long; whoever closes the source does not wait for it
        while again:
            source = open_source(self._path)
            try:
                began_s = time.monotonic()
                for frame in source:
                    time.sleep(max(0.0, began_s + frame.media_s - time.monotonic()))
                    yield frame.image
                time.sleep(frame.duration_s)
            finally:
                source.close()
            again = self._loop
