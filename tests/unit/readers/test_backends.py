"""The readers themselves, on drawn lines. What is not installed is skipped."""

import shutil

import cv2
import numpy as np
import pytest
from reading import line_picture

from models.cache import default_cache
from models.pull import pull
from models.shelf import find
from pipeline.errors import ConfigError, ModelError
from readers.choice import SHELF_READER, Choice, Kind, open_bare, open_reader
from readers.reader import Reader
from readers.tesseract_lines import line_of, mode_number

LINES = ("EXIT", "Platform 12", "No entry after 18:30", "hello world", "B-TX 4071")


def reader_of(kind: Kind, whitelist: str = "") -> Reader:
    """The reader, or the test is skipped."""
    if kind == "ppocr":
        try:
            pull(find(SHELF_READER), default_cache())
        except ModelError as error:
            pytest.skip(f"the network cannot be had: {error}")
    else:
        pytest.importorskip(kind)
        if kind == "pytesseract" and shutil.which("tesseract") is None:
            pytest.skip("the program tesseract is not installed")
    return open_bare(Choice(kind, whitelist=whitelist))


def suited(reader: Reader, text: str) -> np.ndarray:
    grey = line_picture(text, reader.taste.height_px)
    return grey if reader.taste.plain else cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)


@pytest.mark.parametrize("kind", ["tesserocr", "ppocr"])
def test_drawn_lines_are_read_with_a_score_for_each_letter(kind: Kind) -> None:
    reader = reader_of(kind)
    read = reader.read([suited(reader, text) for text in LINES])
    reader.close()
    assert tuple(line.text for line in read) == LINES
    assert all(0.5 < line.score <= 1 for line in read)


def test_both_ways_to_tesseract_read_the_same() -> None:
    inside, program = reader_of("tesserocr"), reader_of("pytesseract")
    pictures = [suited(inside, text) for text in LINES]
    said, told = inside.read(pictures), program.read(pictures)
    inside.close()
    assert [line.text for line in said] == [line.text for line in told]
    for one, other in zip(said, told, strict=True):
        words = [score for word, score in other.words]
        assert [round(score, 1) for _, score in one.words] == pytest.approx(words, abs=0.15)


@pytest.mark.parametrize("kind", ["tesserocr", "ppocr"])
def test_a_whitelist_leaves_no_other_letters(kind: Kind) -> None:
    reader = reader_of(kind, whitelist="0123456789:")
    (line,) = reader.read([suited(reader, "18:30")])
    assert line.text == "18:30"
    (line,) = reader.read([suited(reader, "EXIT 7 OIB")])
    reader.close()
    assert set(line.text) <= set("0123456789: ")


@pytest.mark.parametrize("kind", ["tesserocr", "ppocr"])
@pytest.mark.parametrize("size", [(1, 1), (5, 60), (56, 1), (5, 5), (56, 2400)])
def test_pictures_of_odd_sizes_are_read_without_harm(kind: Kind, size: tuple[int, int]) -> None:
    reader = reader_of(kind)
    noise = np.random.default_rng(1).integers(0, 255, size if reader.taste.plain else (*size, 3), np.uint8)
    flat = np.full_like(noise, 255)
    lines = reader.read([noise, flat])
    reader.close()
    assert len(lines) == 2


def test_a_letter_that_the_network_does_not_know_is_told() -> None:
    reader_of("ppocr").close()
    with pytest.raises(ConfigError, match="whitelist: model 'text-read-ppocr-v6-small' knows no \u0b95"):
        open_bare(Choice("ppocr", whitelist="A\u0b95"))


def test_a_network_for_something_else_does_not_read() -> None:
    with pytest.raises(ConfigError, match="is for detect, not for text-read"):
        open_bare(Choice("ppocr", model="person-ssdlite"))


def test_a_reader_behind_its_guard_says_what_it_cannot_open() -> None:
    pytest.importorskip("tesserocr")
    with pytest.raises(ConfigError, match="no data for xyz"):
        open_reader(Choice(lang="xyz"))


def test_the_mode_goes_by_shape_unless_it_is_set() -> None:
    assert [mode_number("auto", width, 56) for width in (400, 70, 30)] == [7, 7, 8]
    assert mode_number("block", 400, 56) == 6


def test_letters_that_do_not_make_up_their_word_get_the_score_of_the_word() -> None:
    line = line_of([("fl", 0.5, [("f", 1.0), ("l", 0.8)]), ("AB", 0.7, [("A", 0.9)])])
    assert (line.text, line.char_scores) == ("fl AB", (0.5, 0.4, 0.7, 0.7, 0.7))
