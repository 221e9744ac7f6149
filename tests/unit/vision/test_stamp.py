import numpy as np

from vision.stamp import aged, stamp


def test_a_stamp_is_written_in_the_lower_left_corner_and_nowhere_else() -> None:
    image = np.full((360, 640, 3), 9, np.uint8)
    stamp(image, "LIVE 0.1 s", (115, 158, 0))
    assert (image[:336] == 9).all()
    assert (image[:, 400:] == 9).all()
    assert (image[358, 2] == (115, 158, 0)).all()
    assert (image[336:, :200].max(axis=(1, 2)) > 158).any() or (image[336:, :200].min() == 0)


def test_a_text_too_long_for_the_picture_is_cut() -> None:
    image = np.zeros((20, 30, 3), np.uint8)
    stamp(image, "RECONNECTING 4, picture is 3.2 s old", (0, 94, 213))
    assert image.shape == (20, 30, 3)


def test_an_aged_picture_is_a_new_one_without_colour_and_with_an_edge() -> None:
    image = np.full((120, 160, 3), (200, 100, 50), np.uint8)
    old = aged(image, (0, 94, 213))
    assert (image == (200, 100, 50)).all()
    assert (old[0, 0] == (0, 94, 213)).all()
    middle = old[60, 80].tolist()
    assert len(set(middle)) == 1
    assert middle[0] < 80
