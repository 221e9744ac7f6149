import pytest

from readers.reader import Line


def test_the_score_of_a_line_leaves_its_spaces_out() -> None:
    assert Line("A B", (1.0, 0.0, 0.5)).score == 0.75
    assert Line("", ()).score == 0.0


def test_each_word_has_a_score_of_its_own() -> None:
    assert Line("NO ON", (0.5, 1.0, 0.1, 0.25, 0.75)).words == (("NO", 0.75), ("ON", 0.5))


def test_a_line_has_a_score_for_each_character() -> None:
    with pytest.raises(ValueError, match="a score for each of 2 characters"):
        Line("AB", (1.0,))
