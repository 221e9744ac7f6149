import numpy as np

from vision.evidence import draw_legend, lay_over

GROUND = np.full((240, 320, 3), 128, np.uint8)


def test_what_counts_is_yellow_and_what_does_not_is_blue() -> None:
    heat = np.zeros((240, 320), np.float32)
    heat[:, :160] = 1
    blue, green, red = lay_over(GROUND, heat).transpose(2, 0, 1).astype(int)
    assert (red[:, :150] > blue[:, :150] + 60).all() and (green[:, :150] > blue[:, :150] + 60).all()
    assert (blue[:, 170:] > red[:, 170:]).all()


def test_the_picture_shows_through_everywhere() -> None:
    image = np.zeros((2, 2, 3), np.uint8)
    image[0] = 255
    for strength in (0.0, 1.0):
        drawn = lay_over(image, np.full((2, 2), strength, np.float32)).astype(int)
        assert (drawn[0] - drawn[1]).min() > 60


def test_the_picture_itself_is_left_as_it_is() -> None:
    before = GROUND.copy()
    lay_over(GROUND, np.ones((240, 320), np.float32))
    assert np.array_equal(GROUND, before)


def test_the_legend_stands_in_a_corner_and_is_left_out_where_it_would_hide_the_picture() -> None:
    large, small = np.full((480, 640, 3), 128, np.uint8), np.full((100, 100, 3), 128, np.uint8)
    draw_legend(large, "no", "yes")
    draw_legend(small, "no", "yes")
    assert (large[:440] == 128).all() and (large[:, :320] == 128).all() and (large != 128).any()
    assert (small == 128).all()
