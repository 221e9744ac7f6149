"""How the camera moved, on pictures that were moved by a known amount."""

import cv2
import numpy as np
import pytest

from vision.camera_motion import STILL, CameraMotion, joined, moved, since


@pytest.fixture(scope="module")
def wall() -> np.ndarray:
    """A picture `(600, 900, 3) uint8` with corners everywhere."""
    random = np.random.default_rng(3)
    coarse = random.integers(0, 256, (60, 90, 3), np.uint8)
    return cv2.GaussianBlur(cv2.resize(coarse, (900, 600), interpolation=cv2.INTER_NEAREST), (5, 5), 0)


def seen(wall: np.ndarray, left: float, top: float, turn: float = 0.0, scale: float = 1.0) -> np.ndarray:
    """What a camera of 640 x 360 sees with its corner there."""
    matrix = cv2.getRotationMatrix2D((450, 300), turn, scale) - np.array([[0, 0, left], [0, 0, top]])
    return np.asarray(cv2.warpAffine(wall, matrix, (640, 360)))


def test_the_first_picture_and_one_that_stands_still_tell_no_motion(wall: np.ndarray) -> None:
    camera = CameraMotion()
    assert camera(seen(wall, 100, 100)).tolist() == STILL.tolist()
    assert camera(seen(wall, 100, 100)) == pytest.approx(STILL, abs=1e-3)


def test_a_pan_is_measured_in_pixels_of_the_picture(wall: np.ndarray) -> None:
    camera = CameraMotion()
    camera(seen(wall, 100, 100))
    motion = camera(seen(wall, 118, 90))
    assert motion[:, 2] == pytest.approx([-18, 10], abs=0.5)
    assert motion[:, :2] == pytest.approx(np.eye(2), abs=0.005)


def test_a_turn_and_a_step_forward_are_measured_too(wall: np.ndarray) -> None:
    camera = CameraMotion()
    before, now = (cv2.getRotationMatrix2D((450, 300), turn, scale) for turn, scale in ((0, 1), (2, 1.04)))
    for matrix in (before, now):
        matrix[:, 2] -= 120
    first, second = (np.asarray(cv2.warpAffine(wall, matrix, (640, 360))) for matrix in (before, now))
    camera(first)
    motion = camera(second)
    corner = np.array([[100.0, 50.0], [500.0, 300.0]])
    wanted = corner @ since(before, now)[:, :2].T + since(before, now)[:, 2]
    assert corner @ motion[:, :2].T + motion[:, 2] == pytest.approx(wanted, abs=1.0)


def test_what_moves_by_itself_is_not_the_camera(wall: np.ndarray) -> None:
    camera = CameraMotion()
    for step in range(2):
        image = seen(wall, 100, 100)
        image[60:300, 40 + 30 * step : 300 + 30 * step] = seen(wall, 230, 100)[60:300, 40:300]
        motion = camera(image, np.array([[30, 50, 310, 310]], np.float32))
    assert motion == pytest.approx(STILL, abs=0.02)


@pytest.mark.parametrize("size", [(8, 8), (641, 3), (1, 1), (33, 720)])
def test_a_picture_with_nothing_to_hold_on_to_tells_no_motion(size: tuple[int, int]) -> None:
    camera = CameraMotion()
    for grey in (0, 90, 255):
        assert camera(np.full((size[1], size[0], 3), grey, np.uint8)).tolist() == STILL.tolist()


def test_a_picture_of_another_size_begins_anew(wall: np.ndarray) -> None:
    camera = CameraMotion()
    camera(seen(wall, 100, 100))
    assert camera(seen(wall, 110, 100)[:200]).tolist() == STILL.tolist()


def test_the_same_pictures_give_the_same_motion(wall: np.ndarray) -> None:
    ways = []
    for _ in range(2):
        camera = CameraMotion()
        ways.append([camera(seen(wall, 100 + 7 * step, 100, turn=step)).tolist() for step in range(5)])
    assert ways[0] == ways[1]


def test_motions_join_and_come_apart() -> None:
    first = np.array([[0.9, -0.1, 5.0], [0.1, 0.9, -3.0]])
    second = np.array([[1.1, 0.2, 1.0], [-0.2, 1.1, 8.0]])
    assert since(first, joined(first, second)) == pytest.approx(second)
    box = np.array([[10, 20, 30, 60]], np.float32)
    assert moved(moved(box, first), second) == pytest.approx(moved(box, joined(first, second)), abs=1e-3)
