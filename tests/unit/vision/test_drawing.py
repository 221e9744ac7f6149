import numpy as np
import pytest

from vision.drawing import draw_boxes, draw_label, draw_trail, paste
from vision.lettering import Lettering
from vision.palette import BLACK, OKABE_ITO, WHITE, ink_on, luminance

RED = (0, 0, 255)

# Machado, Oliveira and Fernandes (2009), severity 1.0, linear RGB.
DEFICIENCIES = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lab(linear_rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of linear RGB in [0, 1], D65."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = (to_xyz @ np.clip(linear_rgb, 0, 1)) / (0.9505, 1.0, 1.089)
    fx, fy, fz = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z))
    return np.array([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)])


@pytest.mark.parametrize("kind", DEFICIENCIES)
def test_neighbouring_colours_can_be_told_apart_with_a_colour_vision_deficiency(kind: str) -> None:
    linear = [((np.array(colour[::-1]) / 255 + 0.055) / 1.055) ** 2.4 for colour in OKABE_ITO]
    seen = [lab(np.array(DEFICIENCIES[kind]) @ colour) for colour in linear]
    apart = [float(np.linalg.norm(a - b)) for a, b in zip(seen, [*seen[1:], seen[0]], strict=True)]
    assert min(apart) > 20, "a difference of 2.3 is just noticeable"


@pytest.mark.parametrize("colour", OKABE_ITO)
def test_ink_has_contrast_enough_on_every_colour(colour: tuple[int, int, int]) -> None:
    lighter, darker = sorted((luminance(colour), luminance(ink_on(colour))), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5, "WCAG 2.2, success criterion 1.4.3"


def test_a_box_has_a_dark_line_on_both_sides_so_that_it_shows_on_any_ground() -> None:
    image = np.full((60, 60, 3), 255, np.uint8)
    draw_boxes(image, np.array([[20, 20, 40, 40]], np.float32), [RED], 2)
    row = image[30, :30].tolist()
    assert list(RED) in row
    first, last = row.index(list(RED)), len(row) - 1 - row[::-1].index(list(RED))
    assert row[first - 1] == row[last + 1] == list(BLACK)


def test_a_tile_over_the_edge_is_cut_off_and_one_outside_draws_nothing() -> None:
    image = np.zeros((10, 10, 3), np.uint8)
    tile = np.full((4, 4, 3), 9, np.uint8)
    paste(image, tile, -2, 8)
    assert image.any(axis=2).sum() == 4
    before = image.copy()
    for left, top in ((-4, 0), (10, 0), (0, -4), (0, 10), (1000, -1000)):
        paste(image, tile, left, top)
    assert (image == before).all()


def test_a_trail_is_thinner_towards_the_past() -> None:
    image = np.zeros((40, 120, 3), np.uint8)
    draw_trail(image, np.array([[x, 20] for x in range(10, 110, 2)], np.float32), WHITE, 6)
    thickness = (image[..., 0] > 128).sum(axis=0)
    assert 0 < thickness[15] < thickness[60] < thickness[100]


def test_a_label_of_no_size_draws_nothing() -> None:
    image = np.zeros((10, 10, 3), np.uint8)
    draw_label(image, [], WHITE, (0, 0, 0, 0), 3)
    assert not image.any()


def test_text_is_drawn_in_its_ink_on_its_ground_and_kept() -> None:
    lettering = Lettering(25)
    tile = lettering.tile("#3 person", BLACK, OKABE_ITO[0])
    assert tile.shape[0] == 25
    assert tuple(tile[0, 0]) == OKABE_ITO[0]
    assert (tile == 0).all(axis=2).any()
    assert lettering.tile("#3 person", BLACK, OKABE_ITO[0]) is tile
    assert lettering.tile("", BLACK, WHITE).shape == (25, 0, 3)


def test_descenders_and_capitals_fit_into_the_line() -> None:
    for height in (14, 25, 74):
        tile = Lettering(height).tile("Åjgpq|", WHITE, BLACK)[..., 0]
        assert not tile[0].any()
        assert not tile[-1].any()


def test_digits_have_one_width_so_that_a_running_clock_does_not_tremble() -> None:
    lettering = Lettering(25)
    assert len({lettering.tile(digit, WHITE, BLACK).shape[1] for digit in "0123456789"}) == 1
