import numpy as np
import pytest

from models.feed import Feed
from models.spec import InputSpec

FLOAT = InputSpec(size=(4, 2), colour="rgb", dtype="float32", mean=127.5, scale=2 / 255)


def plain(blue: int, green: int, red: int, width: int = 4, height: int = 2) -> np.ndarray:
    image = np.full((height, width, 3), (blue, green, red), np.uint8)
    image.setflags(write=False)
    return image


def test_a_frame_becomes_a_batch_of_one_in_the_colour_order_asked_for() -> None:
    batch = Feed(FLOAT)(plain(255, 0, 51))
    assert batch.shape == (1, 2, 4, 3)
    assert batch.dtype == np.float32
    assert batch[0, 0, 0] == pytest.approx([51 / 127.5 - 1, -1, 1])


def test_bgr_stays_bgr() -> None:
    batch = Feed(FLOAT.model_copy(update={"colour": "bgr"}))(plain(255, 0, 51))
    assert batch[0, 0, 0] == pytest.approx([1, -1, 51 / 127.5 - 1])


def test_uint8_is_fed_as_it_is() -> None:
    batch = Feed(InputSpec(size=(4, 2), colour="rgb", dtype="uint8", mean=0, scale=1))(plain(1, 2, 3))
    assert batch.dtype == np.uint8
    assert batch[0, 1, 3].tolist() == [3, 2, 1]


def test_another_size_is_stretched_to_fit() -> None:
    halves = np.zeros((100, 80, 3), np.uint8)
    halves[:, 40:] = 255
    batch = Feed(FLOAT)(halves)
    assert batch[0, 0, :, 0].tolist() == [-1, -1, 1, 1]


def test_each_pixel_value_is_scaled_as_the_spec_says() -> None:
    image = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    batch = Feed(FLOAT.model_copy(update={"size": (16, 16)}))(image)
    assert batch[0, :, :, 1].ravel() == pytest.approx((np.arange(256) - 127.5) / 127.5, abs=1e-7)


def test_area_averages_what_four_pixels_would_miss() -> None:
    stripes = np.zeros((20, 40, 3), np.uint8)
    stripes[:, ::5] = 255
    area = InputSpec(size=(4, 2), colour="rgb", dtype="uint8", mean=0, scale=1, resize="area")
    assert Feed(area)(stripes)[0].tolist() == [[[51] * 3] * 4] * 2
    assert Feed(area)(plain(1, 2, 3, 2, 1))[0].tolist() == [[[3, 2, 1]] * 4] * 2
