from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from readers.reader import Line
from readers.wanted import Dictionary, compiled, fitting


def line(text: str) -> Line:
    """Each letter with a score of its own."""
    return Line(text, tuple((at + 1) / 100 for at in range(len(text))))


def fit(text: str, pattern: str) -> Line:
    expression = compiled(pattern)
    assert expression is not None
    return fitting(line(text), expression)


def test_what_a_pattern_matches_keeps_its_scores() -> None:
    assert fit("GATE 12", r"\d+") == Line("12", (0.06, 0.07))


def test_a_plate_read_with_a_gap_fits_without_it() -> None:
    assert fit("AB 12 CDE", r"[A-Z]{2}\d\d[A-Z]{3}").text == "AB12CDE"


def test_what_does_not_fit_does_not_count() -> None:
    assert fit("EXIT", r"\d+").text == ""
    assert fit("EXIT", r"\d*").text == ""


def test_a_bad_expression_says_at_which_character() -> None:
    with pytest.raises(ConfigError, match=r"pattern: nothing to repeat at character 3 of 'ab\*\*'|multiple repeat"):
        compiled("ab**")
    assert compiled("") is None


@pytest.mark.parametrize(
    ("read", "mended"),
    [
        ("EX1T", "EXIT"),
        ("Exlt", "Exit"),
        ("EXT", "EXT"),
        ("EXITS", "EXIT"),
        ("plalform 12", "platform 12"),
        ("platfrm", "platform"),
        ("unknown", "unknown"),
        ("", ""),
    ],
)
def test_a_word_with_one_wrong_letter_is_mended(read: str, mended: str) -> None:
    words = Dictionary(["exit", "Platform"])
    result = words.mended(line(read))
    assert result.text == mended
    assert len(result.char_scores) == len(mended)


def test_a_word_with_two_neighbours_stays() -> None:
    assert Dictionary(["lane", "land"]).mended(line("lanx")).text == "lanx"


def test_a_dictionary_without_words_is_told(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("\n  \n")
    with pytest.raises(ConfigError, match="has no words; write one a line"):
        Dictionary.read(path)
    with pytest.raises(ConfigError, match="cannot read"):
        Dictionary.read(tmp_path / "none")
