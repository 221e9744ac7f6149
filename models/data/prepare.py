"""What OpenCV does to a picture before a network sees it, the same in training and in a pipeline.

A step is a name with its settings, such as `clahe`, `clahe:2.0:4` or `hsv`; each is a function of `vision.filters`, as
the filters of a pipeline are. Steps are applied to BGR pictures at the network's size, grey ones too, in three channels
that are equal: a pipeline's frames always have three, and CLAHE of the lightness is not CLAHE of the grey levels.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from vision import filters

Step = Callable[[np.ndarray], np.ndarray]
"""From `(H, W, 3) uint8` BGR to the same shape."""


@dataclass(frozen=True)
class Setting:
    """A number after a colon."""

    name: str
    default: float
    least: float
    most: float
    whole: bool = False
    odd: bool = False

    def read(self, step: str, text: str) -> float:
        """Its value.

        Raises:
            ValueError: it is none, or out of range.
        """
        kind = "an odd number" if self.odd else "a whole number" if self.whole else "a number"
        expected = f"'{step}': {self.name} has to be {kind} from {self.least:g} to {self.most:g}, not '{text}'"
        try:
            value = int(text) if self.whole or self.odd else float(text)
        except ValueError:
            raise ValueError(expected) from None
        if not self.least <= value <= self.most or (self.odd and value % 2 == 0):
            raise ValueError(expected)
        return value


STEPS: dict[str, tuple[Callable[..., np.ndarray], tuple[Setting, ...]]] = {
    "equalise": (filters.equalise, ()),
    "clahe": (filters.clahe, (Setting("clip", 2.0, 0, 100), Setting("tiles", 8, 1, 64, whole=True))),
    "denoise": (filters.denoise, (Setting("strength", 5.0, 0.1, 50), Setting("colour", 5.0, 0.1, 50))),
    "gamma": (filters.gamma, (Setting("value", 1.5, 0.1, 10),)),
    "white-balance": (filters.white_balance, (Setting("strength", 1.0, 0, 1),)),
    "median-blur": (filters.median_blur, (Setting("size", 3, 1, 31, odd=True),)),
    "gaussian-blur": (filters.gaussian_blur, (Setting("size", 3, 1, 31, odd=True),)),
    "sharpen": (filters.sharpen, (Setting("amount", 1.0, 0, 10), Setting("sigma", 1.5, 0.1, 50))),
}
"""Each step's function and what can be set."""
SPACES: tuple[filters.Space, ...] = ("hsv", "hls", "lab", "luv", "ycrcb", "xyz")
"""Steps that put the three values of a colour space in the place of blue, green and red."""


def parse(steps: Sequence[str]) -> tuple[Step, ...]:
    """Functions of the steps, in order.

    Raises:
        ValueError: no such step, a setting that cannot be, or a colour space with something after it.

    >>> [step(np.zeros((2, 2, 3), np.uint8)).shape for step in parse(("clahe:2.0:1", "hsv"))]
    [(2, 2, 3), (2, 2, 3)]
    """
    for step in steps[:-1]:
        if step in SPACES:
            raise ValueError(f"'{step}' has to be the last step: what comes after it expects blue, green and red")
    return tuple(_parse(step) for step in steps)


def _parse(step: str) -> Step:
    name, *texts = step.split(":")
    for space in SPACES:
        if name == space and not texts:
            return partial(filters.colour_space, to=space)
    if name not in STEPS:
        raise ValueError(f"no step '{step}'; there are {', '.join((*STEPS, *SPACES))}")
    function, settings = STEPS[name]
    if len(texts) > len(settings):
        takes = ":".join((name, *(setting.name for setting in settings)))
        raise ValueError(f"'{step}' has too many settings; it is {takes}")
    values = [setting.read(step, text) for setting, text in zip(settings, texts, strict=False)]
    values += [setting.default for setting in settings[len(texts) :]]
    return partial(_call, function, tuple(values))


def _call(function: Callable[..., np.ndarray], values: tuple[float, ...], image: np.ndarray) -> np.ndarray:
    return function(image, *values)


def needs_colour(steps: Sequence[str]) -> str:
    """The step that means nothing on grey pictures; empty where there is none."""
    return next((step for step in steps if step in SPACES), "")


def prepared(image: np.ndarray, steps: Sequence[Step]) -> np.ndarray:
    """A picture of a data set after its steps.

    Args:
        image: `(H, W, C) uint8`, RGB where C is 3, grey where it is 1.
        steps: As `parse` gives them.

    Returns:
        `(H, W, 3) uint8` RGB, bit for bit what `models.feed.Feed` makes of the same picture; the picture as it is
        where there are no steps.
    """
    if not steps:
        return image
    bgr = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR if image.shape[2] == 1 else cv2.COLOR_RGB2BGR)
    for step in steps:
        bgr = step(bgr)
    return cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
