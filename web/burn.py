"""The honest picture: age and state of the source are burned in, so that an old one never passes for a live one.

>>> describe("running", 0, 0.08, stale_s=2.0), describe("running", 0, 3.21, stale_s=2.0)
('LIVE 0.1 s', 'STALE 3.2 s')
>>> describe("lost", 4, 12.34, stale_s=2.0), describe("connecting", 1, None, stale_s=2.0)
('RECONNECTING 4, picture is 12.3 s old', 'CONNECTING')
"""

from dataclasses import dataclass

import cv2
import numpy as np

from vision.palette import Bgr
from vision.stamp import aged, stamp
from web.view import Shot, State

BLUISH_GREEN: Bgr = (115, 158, 0)
YELLOW: Bgr = (66, 228, 240)
VERMILLION: Bgr = (0, 94, 213)
SKY_BLUE: Bgr = (233, 180, 86)
GREY: Bgr = (170, 170, 170)
NO_PICTURE = (640, 360)
"""Size of what is shown before the first picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What is known of a source now: its newest picture, if one came, and how the source does."""

    shot: Shot | None
    state: State
    attempts: int
    now_s: float
    """`time.monotonic()`."""
    stale_s: float

    @property
    def number(self) -> int:
        """Of the picture; -1 where none came."""
        return -1 if self.shot is None else self.shot.number

    @property
    def age_s(self) -> float | None:
        """Of the picture."""
        return None if self.shot is None else max(0.0, self.now_s - self.shot.captured_s)

    @property
    def text(self) -> str:
        """What is burned in."""
        return describe(self.state, self.attempts, self.age_s, self.stale_s)

    @property
    def live(self) -> bool:
        """Whether the picture may pass for what happens now."""
        return self.age_s is not None and self.state == "running" and self.age_s <= self.stale_s


def describe(state: State, attempts: int, age_s: float | None, stale_s: float) -> str:
    """State and age in a few words."""
    old = "" if age_s is None else f", picture is {age_s:.1f} s old"
    if state == "ended":
        return f"ENDED{old}"
    if state == "lost" or (state == "connecting" and age_s is not None):
        return f"RECONNECTING {max(1, attempts)}{old}"
    if state == "connecting":
        return "CONNECTING" if attempts <= 1 else f"CONNECTING {attempts}"
    if age_s is None:
        return "NO PICTURE YET"
    return f"LIVE {age_s:.1f} s" if age_s <= stale_s else f"STALE {age_s:.1f} s"


def burn(scene: Scene, width: int) -> np.ndarray:
    """The picture to send: no wider than `width`, with its state and age.

    Returns:
        A new `(H, W, 3) uint8` BGR.
    """
    if scene.shot is None:
        image = fitted(np.full((NO_PICTURE[1], NO_PICTURE[0], 3), 40, np.uint8), width)
    else:
        image = fitted(scene.shot.image, width)
        image = image.copy() if scene.live else aged(image, _colour(scene))
    stamp(image, scene.text, _colour(scene))
    return image


def fitted(image: np.ndarray, width: int) -> np.ndarray:
    """The picture made no wider than `width` pixels, in proportion; never made larger."""
    high, wide = image.shape[:2]
    if wide <= width:
        return image
    # by less than half a plain interpolation leaves nothing out, and takes a sixth of the time
    way = cv2.INTER_AREA if wide >= 2 * width else cv2.INTER_LINEAR
    return cv2.resize(image, (width, max(1, round(high * width / wide))), interpolation=way)


def jpeg(image: np.ndarray, quality: int) -> bytes:
    """A picture as a JPEG file."""
    done, coded = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, quality))
    assert done, "OpenCV encodes any uint8 picture"
    return coded.tobytes()


def _colour(scene: Scene) -> Bgr:
    """Behind the text; the words say it all without it."""
    if scene.live:
        return BLUISH_GREEN
    if scene.state == "running":
        return YELLOW
    return {"lost": VERMILLION, "ended": GREY}.get(scene.state, VERMILLION if scene.shot else SKY_BLUE)
