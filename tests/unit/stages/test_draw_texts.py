import numpy as np
import pytest

from pipeline.results.texts import Texts
from pipeline.types import Frame, Packet
from stages.draw.glyphs import has_glyphs, lettering_for
from stages.overlay import Overlay, OverlayConfig
from vision.lettering import Lettering
from vision.palette import colour_of


def drawn(quad: list[tuple[float, float]], text: str) -> np.ndarray:
    texts = Texts(np.array([quad], np.float32), (text,), np.ones(1, np.float32), np.array([3]), np.zeros(1))
    image = np.full((240, 320, 3), 90, np.uint8)
    stage = Overlay(OverlayConfig(on="", status=False))
    return stage.process(Packet(Frame(image, 0, 0.0, 0.0, "test")).plus("read", texts)).image


def test_a_text_has_its_outline_and_its_words_above() -> None:
    image = drawn([(100, 120), (200, 120), (200, 150), (100, 150)], "EXIT")
    is_colour = (image == colour_of(3)).all(axis=-1)
    assert (image[135, 98:103] != 90).any()
    assert is_colour[100:119, 100:130].sum() > 50
    assert not is_colour[155:].any()


def test_a_slanted_text_is_outlined_as_it_stands() -> None:
    image = drawn([(100, 120), (200, 160), (190, 190), (90, 150)], "EXIT")
    assert (image[140] != 90).any(axis=-1).sum() < 20


@pytest.mark.parametrize("place", [-500.0, 5000.0, 1e9])
def test_a_text_outside_the_picture_does_no_harm(place: float) -> None:
    drawn([(place, place), (place + 9, place), (place + 9, place + 9), (place, place + 9)], "EXIT")


def test_letters_beyond_ascii_come_from_a_font_of_the_system_that_has_them() -> None:
    usual = Lettering(20)
    if not has_glyphs("DejaVuSans.ttf", "üЖ"):
        pytest.skip("the system has no DejaVuSans")
    fitting = lettering_for("Tür Ж", usual)
    assert not fitting.ascii_only
    assert lettering_for("EXIT", usual) is usual
    assert lettering_for("Tür", fitting) is fitting


def test_a_letter_that_no_font_has_leaves_the_usual_one() -> None:
    usual = Lettering(20)
    assert lettering_for("\U0010fffe", usual) is usual
    assert not has_glyphs("no-such-font.ttf", "a")


def test_the_label_of_a_text_that_is_cut_by_the_upper_edge_is_whole() -> None:
    texts = drawn([(100, -8), (200, -8), (200, 90), (100, 90)], "EXIT")
    assert (texts == colour_of(3)).all(axis=-1)[:2, 102:125].all()
