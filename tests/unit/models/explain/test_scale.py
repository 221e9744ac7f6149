import numpy as np

from models.explain.scale import scaled, spread


def test_each_map_is_scaled_by_its_own_largest_value() -> None:
    maps = np.array([[[1, 2]], [[10, 5]], [[0, 0]]], np.float32)
    assert scaled(maps).tolist() == [[[0.5, 1]], [[1, 0.5]], [[0, 0]]]


def test_next_to_nothing_stays_faint() -> None:
    assert np.allclose(scaled(np.array([[[0.001, 0.002]]], np.float32), least=0.02), [[[0.05, 0.1]]])


def test_single_bright_pixels_do_not_make_all_others_dark() -> None:
    maps = np.ones((1, 10, 100), np.float32)
    maps[0, 0, 0] = 1000
    assert scaled(maps, share=0.99).min() == 1


def test_a_map_with_fewer_bright_pixels_than_the_share_leaves_out_is_still_seen() -> None:
    maps = np.zeros((1, 10, 100), np.float32)
    maps[0, 0, 0] = 3
    assert scaled(maps, share=0.99).max() == 1


def test_maps_are_enlarged_to_the_width_and_height_of_the_picture() -> None:
    assert spread(np.zeros((2, 3, 4), np.float32), (40, 30)).shape == (2, 30, 40)
