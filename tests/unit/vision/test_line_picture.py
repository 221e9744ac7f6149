import cv2
import numpy as np
import pytest
from reading import line_picture

from vision.line_picture import is_dark_ground, is_flat, plain_line, tight


def test_dark_letters_on_light_ground_come_out_either_way() -> None:
    usual = plain_line(line_picture("EXIT 12"))
    turned = plain_line(255 - line_picture("EXIT 12"))
    assert np.abs(usual.astype(int) - turned).max() <= 1
    assert usual[0, 0] == 255


@pytest.mark.parametrize("text", ["I", "MMMMMMMM", "...."])
def test_thin_and_heavy_letters_are_told_from_their_ground(text: str) -> None:
    assert not is_dark_ground(line_picture(text))
    assert is_dark_ground(255 - line_picture(text))


def test_faint_letters_are_stretched_to_black_and_white() -> None:
    faint = plain_line(line_picture("EXIT", ink=110, ground=140))
    assert faint.min() < 10
    assert faint.max() > 245


def test_a_margin_of_a_fifth_is_added() -> None:
    picture = line_picture("EXIT", 50)
    assert plain_line(picture).shape == (50 + 20, picture.shape[1] + 20)


def test_a_flat_picture_is_told() -> None:
    assert is_flat(np.full((20, 20, 3), 77, np.uint8))
    assert is_flat(np.zeros((0, 20), np.uint8))
    assert not is_flat(line_picture("EXIT"))


def test_local_contrast_and_denoising_keep_the_shape() -> None:
    noisy = line_picture("EXIT").copy()
    noisy[::7, ::5] = 0
    colour = cv2.cvtColor(noisy, cv2.COLOR_GRAY2BGR)
    assert plain_line(colour, contrast=2, denoise=True).shape == plain_line(noisy).shape
    assert (plain_line(noisy, denoise=True) < 128).sum() < (plain_line(noisy) < 128).sum()


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (3, 3)])
def test_tiny_pictures_do_no_harm(size: tuple[int, int]) -> None:
    assert plain_line(np.zeros(size, np.uint8), contrast=2, denoise=True).ndim == 2


@pytest.mark.parametrize("ground", [235, 20])
def test_a_loosely_cut_line_is_cut_to_its_letters(ground: int) -> None:
    line = line_picture("EXIT 12", 40, ink=255 - ground, ground=ground)
    loose = np.full((200, 500, 3), ground, np.uint8)
    loose[90:130, 150 : 150 + line.shape[1]] = line[..., None]
    cut = tight(loose)
    assert 25 <= cut.shape[0] <= 50
    assert line.shape[1] - 45 <= cut.shape[1] <= line.shape[1] + 10
    ink = np.abs(loose.astype(int) - ground) > 100
    assert (np.abs(cut.astype(int) - ground) > 100).sum() == ink.sum()


@pytest.mark.parametrize("size", [(1, 1), (2, 90), (60, 60)])
def test_a_picture_without_letters_stays_whole(size: tuple[int, int]) -> None:
    flat = np.full((*size, 3), 130, np.uint8)
    assert tight(flat).shape == flat.shape


def test_a_line_that_is_cut_closely_stays_whole() -> None:
    line = np.repeat(line_picture("EXIT 12", 40)[5:35, :, None], 3, axis=2)
    assert tight(line).shape == line.shape
