import numpy as np
import pytest

from models.evaluation.corruptions import CORRUPTIONS
from models.evaluation.robustness import Robustness, robustness


def by_brightness(images: np.ndarray) -> np.ndarray:
    """Says 1 where the mean is above the middle."""
    bright = images.reshape(len(images), -1).mean(axis=1) > 127
    return np.stack([~bright, bright], axis=1).astype(np.float32)


def test_what_a_corruption_does_not_change_stays_right_and_what_it_does_falls() -> None:
    images = np.concatenate([np.full((4, 12, 12, 1), 60, np.uint8), np.full((4, 12, 12, 1), 200, np.uint8)])
    steps: list[int] = []
    told = robustness(by_brightness, images, np.repeat([0, 1], 4), 1.0, steps.append)
    assert told.accuracy["contrast"] == (1.0,) * 5
    assert told.accuracy["brightness"] == (1.0, 1.0, 1.0, 1.0, 0.5)
    assert steps == list(range(1, 76))


def test_means_are_what_they_are_by_hand() -> None:
    values = dict.fromkeys(CORRUPTIONS, (1.0, 0.9, 0.8, 0.7, 0.6))
    values["fog"] = (0.5, 0.4, 0.3, 0.2, 0.1)
    told = Robustness(10, 1.0, values)
    assert told.mean == pytest.approx((14 * 0.8 + 0.3) / 15)
    assert told.by_strength()[0] == pytest.approx((14 + 0.5) / 15)
    assert told.by_group() == pytest.approx({"noise": 0.8, "blur": 0.8, "weather": (3 * 0.8 + 0.3) / 4, "digital": 0.8})
