from pathlib import Path

import cv2
import numpy as np
import pytest

from models.frames import read_frames
from pipeline.errors import SourceError


def small(image: np.ndarray) -> np.ndarray:
    return image[:1, :1, 0].astype(np.float32)


def mean(image: np.ndarray) -> np.ndarray:
    return np.asarray(image.mean(keepdims=True))


def picture(path: Path, grey: int) -> Path:
    cv2.imwrite(str(path), np.full((16, 16, 3), grey, np.uint8))
    return path


def test_every_other_picture_is_held_out(tmp_path: Path) -> None:
    for grey in range(6):
        picture(tmp_path / f"{grey}.png", 10 * grey)
    frames = read_frames([tmp_path], small)
    assert [float(it.item()) for it in frames.calibration] == [0, 20, 40]
    assert [float(it.item()) for it in frames.held_out] == [10, 30, 50]


def test_the_later_half_of_a_recording_is_held_out_and_frames_are_spread(person_clip: Path) -> None:
    whole = read_frames([person_clip], mean, 10_000)
    few = read_frames([person_clip], mean, 20)
    assert len(whole.calibration) + len(whole.held_out) > 100
    assert 10 <= len(few.calibration) + len(few.held_out) <= 20
    assert few.calibration[0] == whole.calibration[0]
    assert few.held_out[-1] in whole.held_out[-len(whole.held_out) // 4 :]


@pytest.mark.parametrize("case", ["absent", "empty", "one", "broken picture", "broken recording"])
def test_a_place_without_frames_is_one_line(tmp_path: Path, case: str) -> None:
    place = tmp_path / "place"
    if case != "absent":
        place.mkdir()
    if case == "one":
        picture(place / "a.png", 0)
    if case == "broken picture":
        (place / "a.png").write_bytes(b"no")
    if case == "broken recording":
        (place / "a.mp4").write_bytes(b"no")
    with pytest.raises(SourceError) as caught:
        read_frames([place], small)
    assert "\n" not in str(caught.value)
