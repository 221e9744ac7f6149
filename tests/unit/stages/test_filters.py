"""Filters as stages: pictures as OpenCV makes them, and the way back for those that move pixels."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from pipeline.config import check_settings, find_stage
from pipeline.config_file import Document
from pipeline.errors import ConfigError
from pipeline.sinks.records import frame_record
from pipeline.stage import Stage
from pipeline.types import Detections, Frame, Packet
from pipeline.wiring import wire
from stages import CATALOGUE
from stages.filters import FILTERS

SIZE = (97, 61)
IMAGE = cv2.GaussianBlur(np.random.default_rng(1).integers(0, 256, (61, 97, 3)).astype(np.uint8), (0, 0), 2.0)
NEEDED: dict[str, Mapping[str, Any]] = {
    "perspective": {"corners": [[0.1, 0.1], [0.9, 0.2], [0.8, 0.9], [0.2, 0.8]]},
    "undistort": {"k1": -0.2},
    "draw-shape": {"shape": "rectangle", "points": [[0.1, 0.1], [0.5, 0.5]]},
    "draw-text": {"text": "gate {frame}"},
}
MOVING: dict[str, Mapping[str, Any]] = {
    "resize": {"width": 480},
    "crop": {"left": 0.25, "top": 10, "right": 1, "bottom": 180},
    "pad": {"left": 7, "top": 0.5},
    "rotate": {"angle": 30},
    "flip": {"axis": "both"},
    **{name: NEEDED[name] for name in ("perspective", "undistort")},
}


def made(name: str, **settings: object) -> Stage:
    kind = find_stage(name, CATALOGUE)
    config = kind.Config.model_validate({**NEEDED.get(name, {}), **settings})
    stage: Stage = kind(config)  # type: ignore[call-arg]
    return stage


def frame(image: np.ndarray = IMAGE) -> Frame:
    return Frame(image.copy(), 3, 0.1, 0.0, "test")


def filtered(stage: Stage, before: Frame | None = None) -> Frame:
    after = stage.process(Packet(before or frame()))
    assert isinstance(after, Frame)
    return after


@pytest.mark.parametrize("name", FILTERS)
def test_every_filter_is_a_stage_by_its_name_and_makes_a_new_picture(name: str) -> None:
    before = frame()
    after = filtered(made(name), before)
    assert after.image.ndim == 3 and not np.shares_memory(after.image, before.image)
    assert (before.image == IMAGE).all()
    assert after.index == 3


@pytest.mark.parametrize("name", FILTERS)
def test_every_filter_takes_a_picture_of_one_pixel(name: str) -> None:
    if name in ("perspective", "undistort"):
        pytest.skip("nothing can be straightened in one pixel")
    filtered(made(name), frame(np.full((1, 1, 3), 90, np.uint8)))


def test_a_frame_keeps_all_it_is_but_its_picture() -> None:
    given = Frame(IMAGE.copy(), 3, 0.1, 5.0, "test", 0.04, 1e9, lambda points: points)
    other = IMAGE[:10].copy()
    assert given.showing(other, None).image is other
    for name in (field.name for field in fields(Frame)):
        assert name == "image" or getattr(given.showing(other, given.to_source), name) is getattr(given, name)


def test_pictures_are_those_of_opencv() -> None:
    def of(name: str, **settings: object) -> np.ndarray:
        return filtered(made(name, **settings)).image

    assert (of("gaussian-blur", size=7) == cv2.GaussianBlur(IMAGE, (7, 7), 0)).all()
    assert (of("median-blur", size=3) == cv2.medianBlur(IMAGE, 3)).all()
    assert (of("resize", scale=0.5) == cv2.resize(IMAGE, (48, 30), interpolation=cv2.INTER_AREA)).all()
    assert (of("resize", width=120, height=90, how="cubic") == cv2.resize(IMAGE, (120, 90), interpolation=2)).all()
    assert (of("crop", left=10, right=20) == IMAGE[:, 10:20]).all()
    assert (of("rotate", angle=-90) == cv2.rotate(IMAGE, cv2.ROTATE_90_CLOCKWISE)).all()
    assert (of("flip") == IMAGE[:, ::-1]).all()
    assert (of("colour-space", to="hsv") == cv2.cvtColor(IMAGE, cv2.COLOR_BGR2HSV)).all()
    assert (of("colour-space", to="hsv", channel=2)[..., 0] == cv2.cvtColor(IMAGE, cv2.COLOR_BGR2HSV)[..., 2]).all()


@pytest.mark.parametrize("name", MOVING)
def test_a_point_is_found_again_in_the_source(name: str) -> None:
    """A bright spot is drawn, the picture moved, the spot found, and its place told in the source's pixels."""
    image = np.zeros((240, 320, 3), np.uint8)
    cv2.circle(image, (180 * 16, 100 * 16), 6 * 16, (255, 255, 255), cv2.FILLED, cv2.LINE_AA, 4)
    after = filtered(made(name, **MOVING[name]), frame(image))
    moments = cv2.moments(after.image[..., 0])
    spot = np.array([[moments["m10"], moments["m01"]]]) / moments["m00"] + 0.5
    assert after.to_source is not None
    assert np.abs(after.to_source(spot) - [180.5, 100.5]).max() < 0.35
    assert np.abs(spot - [180.5, 100.5]).max() > 3 or name == "undistort"


def test_two_moves_lead_back_over_both() -> None:
    turned = filtered(made("rotate", angle=90), frame())
    small = filtered(made("resize", scale=0.5), turned)
    assert small.to_source is not None
    corner = small.to_source(np.array([[0.0, 0.0], [small.size[0], small.size[1]]]))
    assert np.allclose(corner, [[97, 0], [0, 61]])


def test_records_tell_places_in_the_source_too() -> None:
    after = filtered(made("crop", left=30, top=20))
    boxes = Detections(
        np.array([[1, 2, 11, 12]], np.float32), np.array([0.9], np.float32), np.zeros(1, np.int32), ("cat",)
    )
    row: Any = frame_record(Packet(after).plus("ssd", boxes), "test", "ssd")["objects"]
    assert row[0]["xyxy"] == [1, 2, 11, 12]
    assert row[0]["source_xyxy"] == [31, 22, 41, 32]
    assert row[0]["source_quad"] == [[31, 22], [41, 22], [41, 32], [31, 32]]
    plain: Any = frame_record(Packet(frame()).plus("ssd", boxes), "test", "ssd")["objects"]
    assert "source_xyxy" not in plain[0]


def test_a_filter_that_moves_pixels_has_to_stand_first() -> None:
    document = Document(Path("c.yaml").name, {"stages": {"health": None, "crop": {"left": 0.5}}}, {})
    with pytest.raises(ConfigError, match="put 'crop' before 'health'"):
        wire(check_settings(document, CATALOGUE).stages)


def test_a_filter_that_moves_pixels_works_on_every_frame() -> None:
    with pytest.raises(ValidationError, match="works on every frame"):
        made("resize", scale=0.5, every=2)


@pytest.mark.parametrize(
    ("name", "settings", "told"),
    [
        ("crop", {"left": 90, "right": 0.4}, "left before right"),
        ("pad", {"left": 32767}, "sides go from 1 to 32767"),
        ("perspective", {"corners": [[0, 0], [1, 0], [20, 20], [1, 1]]}, "no three on one line"),
    ],
)
def test_what_cannot_be_done_with_a_picture_is_told(name: str, settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        filtered(made(name, **settings))


@pytest.mark.parametrize(
    ("name", "settings", "told"),
    [
        ("gaussian-blur", {"size": 4}, "odd"),
        ("canny", {"low": -1}, "greater than or equal to 0"),
        ("pad", {"colour": "reddish"}, "name of a colour"),
        ("undistort", {"k1": 0}, "nothing is bent"),
        ("crop", {"left": 0.6, "right": 0.4}, "the first has to be smaller"),
        ("perspective", {"corners": [[0, 0], [0.5, 0.5], [1, 1], [0, 1]]}, "no three on one line"),
        ("perspective", {"corners": [[0, 0], [0, 1], [1, 1], [1, 0]]}, "upper left, upper right"),
        ("draw-shape", {"shape": "polygon"}, "3 points or more"),
    ],
)
def test_a_setting_that_cannot_be_is_told(name: str, settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        made(name, **settings)


def test_deflicker_evens_out_a_lamp_and_follows_another_scene() -> None:
    stage = made("deflicker")
    flicker = [filtered(stage, frame(np.full((20, 30, 3), level, np.uint8))).image.mean() for level in (100, 120) * 15]
    assert np.ptp(flicker[20:]) < 4
    assert filtered(stage, frame(np.full((20, 30, 3), 250, np.uint8))).image.mean() == 250


def test_temporal_denoise_takes_noise_off_and_leaves_what_moves() -> None:
    random, stage = np.random.default_rng(2), made("temporal-denoise", keep=0.8)
    for place in range(20):
        noisy = np.clip(np.full((60, 80, 3), 100.0) + random.normal(0, 6, (60, 80, 3)), 0, 255).astype(np.uint8)
        noisy[20:40, 2 * place : 2 * place + 20] = 250
        after = filtered(stage, frame(noisy)).image
    assert after[:10].std() < 0.5 * noisy[:10].std()
    assert (after[25:35, 41:55] > 245).all()


@pytest.mark.parametrize("name", ["mog2", "knn"])
def test_background_subtraction_shows_what_moves(name: str) -> None:
    stage = made(name)
    still = np.full((60, 80, 3), 100, np.uint8)
    for _ in range(30):
        filtered(stage, frame(still))
    moved = still.copy()
    moved[20:40, 30:50] = 220
    mask = filtered(stage, frame(moved)).image
    assert (mask[22:38, 32:48] == 255).all()
    assert not mask[:, :20].any()


def test_a_picture_of_another_size_begins_anew() -> None:
    for name in ("temporal-denoise", "deflicker", "mog2", "knn"):
        stage = made(name)
        filtered(stage)
        assert filtered(stage, frame(IMAGE[:30, :40])).size == (40, 30)
