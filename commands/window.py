"""A window for each source, drawn by the caller's thread, as a window has to be."""

import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np

from commands.live_run import LiveRun
from pipeline.errors import ConfigError, PipelineError
from web.burn import Scene, burn
from web.view import Shot

HELP = ("q, Esc  end", "space  pause the picture", "s  snapshot", "r  record", "h  these keys")
WAIT_MS = 15
STALE_S = 2.0
"""Age from which a picture is marked as stale."""
WIDEST_PX = 1920
HELP_PX = 320
"""Least width of a picture that the keys are written on."""


class Window:
    """Shows the newest picture of each run, with its age and state, and takes keys.

    Args:
        runs: One window each.
        snapshots: Folder for snapshots; the current one by default.
    """

    def __init__(self, runs: Sequence[LiveRun], snapshots: Path = Path()) -> None:
        self._runs, self._snapshots = list(runs), snapshots
        self._shots: list[Shot | None] = [None] * len(self._runs)
        self._paused = self._helping = False

    def __enter__(self) -> "Window":
        """Open the windows.

        Raises:
            ConfigError: this OpenCV has no windows, or there is no display.
        """
        try:
            for run in self._runs:
                cv2.namedWindow(run.name, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO)
        except cv2.error as error:
            raise ConfigError(
                "no window: this OpenCV was built without one; install opencv-python in place of the headless wheel, or"
                " use --web"
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        cv2.destroyAllWindows()

    def show(self) -> bool:
        """Draw what is new and take a key; False: the person wants to end."""
        for place, run in enumerate(self._runs):
            if not self._paused:
                self._shots[place] = run.newest(-1, 0)
            cv2.imshow(run.name, self.drawn(run, self._shots[place]))
        return self.press(cv2.waitKey(WAIT_MS) & 0xFF)

    def press(self, key: int) -> bool:
        """What a key does; False: end."""
        if key in (ord("q"), 27):
            return False
        if key == ord(" "):
            self._paused = not self._paused
        elif key == ord("h"):
            self._helping = not self._helping
        elif key == ord("s"):
            self._snapshot()
        elif key == ord("r"):
            for run in self._runs:
                with_status = run.status()
                if with_status["can_record"]:
                    run.record(not with_status["recording"])
        return True

    def _snapshot(self) -> None:
        for run in self._runs:
            try:
                picture = run.snapshot()
            except PipelineError:
                continue
            name = "".join(letter if letter.isalnum() else "-" for letter in run.name)[-40:]
            (self._snapshots / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}.png").write_bytes(picture)

    def drawn(self, run: LiveRun, shot: Shot | None) -> np.ndarray:
        """`(H, W, 3) uint8` BGR with age and state, and the keys where they are asked for."""
        status = run.status()
        image = burn(Scene(shot, status["state"], status["attempts"], time.monotonic(), STALE_S), WIDEST_PX)
        if self._helping:
            high, wide = image.shape[:2]
            if wide < HELP_PX:  # room for the keys
                image = np.asarray(cv2.resize(image, (HELP_PX, max(240, high * HELP_PX // wide))))
            for row, line in enumerate(HELP):
                for colour, thickness in (((0, 0, 0), 4), ((255, 255, 255), 1)):
                    cv2.putText(image, line, (16, 60 + 26 * row), cv2.FONT_HERSHEY_SIMPLEX, 0.7, colour, thickness)
        return image
