"""OpenCV's steps before a network: the same in training and in a pipeline."""

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from models.data.dataset import DataConfig
from models.data.load import load
from models.data.pictures import fitted
from models.data.prepare import parse
from models.feed import Feed
from models.spec import InputSpec
from pipeline.errors import ConfigError
from vision import filters


def photo(width: int = 90, height: int = 70) -> np.ndarray:
    """`(H, W, 3) uint8` RGB, smooth, dark and coloured."""
    coarse = np.random.default_rng(3).integers(0, 120, (6, 7, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))


@pytest.mark.parametrize(
    "steps",
    [(), ("clahe",), ("clahe:3.5:4", "gamma:1.2"), ("equalise",), ("denoise:5",), ("median-blur:3", "hsv"), ("lab",)],
)
def test_a_frame_is_prepared_in_a_pipeline_bit_for_bit_as_in_training(steps: tuple[str, ...]) -> None:
    rgb = photo()
    trained = fitted(rgb, (32, 24), 3, parse(steps))
    spec = InputSpec(size=(32, 24), colour="rgb", dtype="uint8", mean=0, scale=1, resize="area", prepare=steps)
    assert (Feed(spec)(np.ascontiguousarray(rgb[..., ::-1]))[0] == trained).all()


def test_a_grey_picture_is_prepared_as_the_pipeline_would_which_has_three_channels() -> None:
    grey = fitted(photo(), (32, 24), 1)
    spec = InputSpec(size=(32, 24), colour="rgb", dtype="uint8", mean=0, scale=1, prepare=("clahe",))
    fed = Feed(spec)(np.repeat(grey, 3, axis=2))[0]
    assert (fitted(grey, None, 1, parse(("clahe",))) == cv2.cvtColor(fed, cv2.COLOR_RGB2GRAY)[..., None]).all()


def test_a_colour_picture_for_a_grey_network_is_prepared_in_colour_as_a_frame_is() -> None:
    rgb, steps = photo(), ("equalise", "clahe:4")
    spec = InputSpec(size=(32, 24), colour="rgb", dtype="uint8", mean=0, scale=1, resize="area", prepare=steps)
    fed = Feed(spec)(np.ascontiguousarray(rgb[..., ::-1]))[0]
    assert (fitted(rgb, (32, 24), 1, parse(steps)) == cv2.cvtColor(fed, cv2.COLOR_RGB2GRAY)[..., None]).all()


def test_a_step_is_the_filter_of_its_name_with_its_settings() -> None:
    bgr = photo()
    assert (parse(("clahe:4:2",))[0](bgr) == filters.clahe(bgr, 4.0, 2)).all()
    assert (parse(("hsv",))[0](bgr) == cv2.cvtColor(bgr, cv2.COLOR_BGR2HSV)).all()


def test_pictures_are_prepared_as_they_are_loaded() -> None:
    plain, raised = load(DataConfig(limit=10)), load(DataConfig(limit=10, prepare=("equalise",)))
    assert (raised.train.images[0] == fitted(plain.train.images[0], None, 1, parse(("equalise",)))).all()
    assert (raised.train.images[0] != plain.train.images[0]).any()


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (("clahee",), "no step 'clahee'; there are equalise, clahe"),
        (("clahe:much",), "clip has to be a number from 0 to 100, not 'much'"),
        (("median-blur:4",), "size has to be an odd number from 1 to 31, not '4'"),
        (("clahe:1:2:3",), "it is clahe:clip:tiles"),
        (("hsv", "clahe"), "'hsv' has to be the last step"),
        (("hsv:1",), "no step 'hsv:1'"),
    ],
)
def test_a_step_that_cannot_be_is_refused_where_it_is_written(steps: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        DataConfig(prepare=steps)
    with pytest.raises(ValidationError, match=message):
        InputSpec(size=(4, 4), colour="rgb", dtype="uint8", mean=0, scale=1, prepare=steps)


def test_colour_spaces_mean_nothing_on_grey_pictures() -> None:
    with pytest.raises(ConfigError, match=r"data.prepare: 'hsv' needs colours; set data.colour to rgb"):
        load(DataConfig(prepare=("hsv",)))
