"""Covering a box for good."""

import numpy as np

from vision.cover import colours_of, cover


def test_sixteen_colours_at_most_are_left_of_a_rainbow() -> None:
    y, x = np.mgrid[:120, :120]
    rainbow = np.stack([x * 2, y * 2, 255 - x - y], axis=-1).astype(np.uint8)
    box = np.array([10, 10, 110, 110], np.float32)
    colours = colours_of(rainbow, box)
    cover(rainbow, box, colours)
    assert len(np.unique(rainbow[10:110, 10:110].reshape(-1, 3), axis=0)) <= 16


def test_a_box_beyond_the_picture_is_grey_and_changes_nothing() -> None:
    image = np.full((50, 50, 3), 7, np.uint8)
    for box in ([-90, -90, -60, -60], [np.nan] * 4, [60, 60, 50, 50]):
        far = np.array(box, np.float32)
        assert colours_of(image, far).shape == (4, 4, 3)
    cover(image, np.array([-900, -900, -600, -600], np.float32), colours_of(image, np.zeros(4, np.float32)))
    assert (image == 7).all()


def test_a_box_larger_than_anything_is_covered_without_a_fuss() -> None:
    image = np.full((50, 50, 3), 7, np.uint8)
    cover(image, np.array([-1e12, -1e12, 1e12, 1e12], np.float32), np.full((4, 4, 3), 99, np.uint8))
    assert (image == 99).all()
