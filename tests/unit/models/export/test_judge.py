import numpy as np
import pytest

from models.export.judge import Judged, chance_of
from models.export.pictures import as_rgb, spread
from models.export.report import warnings_of


def judged(count: int) -> Judged:
    wants = np.tile(np.array([0.9, 0.1], np.float32), (count, 1))
    return Judged(np.zeros((count, 2, 2, 1), np.uint8), np.zeros(count, np.int64), wants)


def turned(count: int, lost: int) -> np.ndarray:
    found = np.tile(np.array([0.6, 0.4], np.float32), (count, 1))
    found[:lost] = [0.3, 0.7]
    return found


def test_what_a_form_loses_is_counted_in_points_and_pictures() -> None:
    row = judged(200).judge(turned(200, 3))
    assert (row["accuracy"], row["lost_points"], row["lost"], row["gained"]) == (0.985, 1.5, 3, 0)
    assert row["difference"] == pytest.approx(0.6)
    assert row["same_class"] == 0.985


@pytest.mark.parametrize(
    ("pictures", "lost", "says"),
    [
        (1000, 5, []),
        (
            1000,
            9,
            ["onnx-int8 loses 0.90 points on test (9 lost, 0 gained of 1,000), more than 0.5: calibrate on"],
        ),
        (100, 1, ["onnx-int8 loses 1.00 points on test (1 lost, 0 gained of 100), more than 0.5: too few to tell it"]),
    ],
)
def test_eight_bits_that_lose_more_than_half_a_point_are_told_with_advice_where_it_is_no_chance(
    pictures: int, lost: int, says: list[str]
) -> None:
    told = warnings_of({"onnx-int8": {"test": judged(pictures).judge(turned(pictures, lost))}, "onnx": {}})
    assert len(told) == len(says)
    assert all(line.startswith(begin) for line, begin in zip(told, says, strict=True))


def test_as_many_gained_as_lost_is_chance() -> None:
    assert chance_of(5, 5) > 0.5 > 0.01 > chance_of(12, 1)


def test_calibration_takes_rare_classes_whole_and_frequent_ones_in_part() -> None:
    classes = np.array([0] * 500 + [1] * 3 + [2] * 40)
    rows = spread(classes, 33)
    assert np.bincount(classes[rows]).tolist() == [15, 3, 15]
    assert len(set(rows.tolist())) == 33
    assert len(spread(classes, 10_000)) == len(classes)


def test_grey_pictures_become_three_equal_channels_and_colour_stays() -> None:
    grey, colour = np.full((2, 3, 4, 1), 9, np.uint8), np.arange(72, dtype=np.uint8).reshape(2, 3, 4, 3)
    assert as_rgb(grey).shape == (2, 3, 4, 3)
    np.testing.assert_array_equal(as_rgb(colour), colour)
    assert as_rgb(grey).dtype == np.float32
