from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest

from pipeline.results.motion import Motion
from pipeline.sources import open_source
from pipeline.stage import Gate, Told
from pipeline.types import Frame, Packet
from stages.motion import MotionConfig, MotionGate
from stages.moving import MovingConfig, MovingFinder

FPS = 10
NOISE = np.random.default_rng(3).normal(0, 2, (8, 180, 320, 3))


def picture(index: int, box: tuple[int, int] | None = None, light: float = 1.0) -> np.ndarray:
    """A noisy ground that gets brighter to the right, with a bright box of 20 x 40 pixels on it."""
    ground = np.linspace(60, 120, 320)[None, :, None] * np.ones((180, 320, 3))
    if box is not None:
        ground[box[1] : box[1] + 40, box[0] : box[0] + 20] = 200
    noisy: np.ndarray = (ground * light + NOISE[index % 8]).clip(0, 255).astype(np.uint8)
    return noisy


def watch(pictures: Iterable[np.ndarray], **config: object) -> list[Motion]:
    gate = MotionGate(MotionConfig.model_validate(config))
    return [gate.process(Packet(Frame(image, index, index / FPS, 0.0, "test"))) for index, image in enumerate(pictures)]


def active_frames(said: list[Motion]) -> list[int]:
    return [index for index, motion in enumerate(said) if motion.active]


def test_a_quiet_picture_is_looked_at_now_and_then_only() -> None:
    said = watch((picture(index) for index in range(120)), refresh_s=5.0, refresh_frames=3)
    assert active_frames(said) == [0, 1, 2, 50, 51, 52, 100, 101, 102]
    assert not any(motion.moving for motion in said)


def test_with_no_looks_a_quiet_picture_is_never_active() -> None:
    assert active_frames(watch((picture(index) for index in range(60)), refresh_s=0)) == []


def test_what_walks_is_seen_while_it_walks_and_held_for_a_while() -> None:
    frames = [picture(n) for n in range(20)] + [picture(n, (10 + 10 * n, 60)) for n in range(20)]
    frames += [picture(n) for n in range(40)]
    said = watch(frames, refresh_s=0, hold_s=1.0)
    moving = [index for index, motion in enumerate(said) if motion.moving]
    assert moving == list(range(20, 40))
    assert active_frames(said) == list(range(20, 50))
    left, top, right, bottom = said[30].xyxy[0]
    assert (left, top, right, bottom) == pytest.approx((110, 60, 130, 100), abs=5)


def test_what_stood_and_leaves_leaves_no_ghost_behind() -> None:
    frames = [picture(n) for n in range(20)] + [picture(n, (100, 60)) for n in range(300)]
    frames += [picture(n) for n in range(30)]
    said = watch(frames, refresh_s=0, absorb_s=2.0)
    assert said[25].moving
    assert not said[319].moving
    assert not any(motion.moving for motion in said[322:])


@pytest.mark.parametrize("light", [0.6, 1.6])
def test_a_lens_that_closes_or_opens_moves_nothing(light: float) -> None:
    frames = [picture(n, light=1 + (light - 1) * min(1, max(0, n - 30) / 3)) for n in range(60)]
    assert not any(motion.moving for motion in watch(frames))


def test_a_lamp_that_is_switched_on_is_forgotten_soon() -> None:
    frames = [picture(n) for n in range(30)] + [255 - picture(n) for n in range(60)]
    said = watch(frames, refresh_s=0, hold_s=0.5)
    assert active_frames(said) == list(range(30, active_frames(said)[-1] + 1))
    assert active_frames(said)[-1] < 60
    assert isinstance(said[0], Gate)
    assert isinstance(said[0], Told)


@pytest.mark.parametrize("size", [(1, 1), (3, 700), (640, 2), (161, 91)])
def test_pictures_of_odd_sizes_are_looked_at(size: tuple[int, int]) -> None:
    pictures = [np.full((size[1], size[0], 3), 40 * n, np.uint8) for n in range(4)]
    assert len(watch(pictures)) == 4
    finder = MovingFinder(MovingConfig())
    for index, image in enumerate(pictures):
        finder.process(Packet(Frame(image, index, index / FPS, 0.0, "test")))


def test_the_finder_gives_a_box_around_what_moves() -> None:
    finder = MovingFinder(MovingConfig())
    frames = [picture(n) for n in range(20)] + [picture(n, (10 + 5 * n, 60)) for n in range(20)]
    found = [
        finder.process(Packet(Frame(image, index, index / FPS, 0.0, "test"))) for index, image in enumerate(frames)
    ]
    assert [len(boxes) for boxes in found] == [0] * 20 + [1] * 20
    assert found[30].xyxy[0] == pytest.approx((60, 60, 80, 100), abs=5)
    assert found[30].names == ("moving",)


def test_every_car_that_was_seen_by_eye_opens_the_gate_and_the_empty_street_does_not(
    shared: Callable[..., Path],
) -> None:
    gate = MotionGate(MotionConfig(refresh_s=0, hold_s=0))
    source = open_source(shared("data", "videos", "intel", "car-detection.mp4"))
    active = {frame.index for frame in source if gate.process(Packet(frame)).active}
    for first, last in ((55, 104), (182, 237), (315, 347)):
        assert active >= set(range(first + 1, last))
        active -= set(range(first - 5, last + 10))
    assert active == set()
