"""Readings of one line, on literal strings."""

import pytest

from vision.text_votes import Reading, similarity, vote


def read(text: str, *confidence: float) -> Reading:
    """A reading with a confidence for all of it, or one for each letter."""
    return Reading(text, confidence if len(confidence) == len(text) else confidence * len(text))


def test_no_reading_says_nothing() -> None:
    voted = vote([])
    assert (voted.text, voted.score, voted.agreeing) == ("", 0.0, 0)


def test_equal_readings_are_that_string_with_the_mean_of_their_confidence() -> None:
    voted = vote([read("EXIT", 0.8), read("EXIT", 0.6)])
    assert voted.text == "EXIT"
    assert voted.score == pytest.approx(0.7)
    assert voted.agreeing == 2


def test_each_letter_is_won_by_the_confidence_behind_it_not_by_the_best_string() -> None:
    readings = [read("B0STON", 0.9, 0.3, 0.9, 0.9, 0.9, 0.9), read("8OSTON", 0.2, 0.8, 0.9, 0.9, 0.9, 0.9)]
    assert vote(readings).text == "BOSTON"


def test_two_unsure_readings_do_not_outvote_one_that_is_sure() -> None:
    assert vote([read("CAT", 0.3), read("OAT", 0.3), read("CAT", 0.9)]).text == "CAT"
    assert vote([read("OAT", 0.3), read("OAT", 0.3), read("CAT", 0.9)]).text == "CAT"


@pytest.mark.parametrize("missed", ["OUTLET", "FOUTLE", "FOULET"])
def test_a_letter_that_one_reading_missed_stays(missed: str) -> None:
    assert vote([read(missed, 0.8), read("FOUTLET", 0.8), read("FOUTLET", 0.8)]).text == "FOUTLET"


@pytest.mark.parametrize("added", ["|PUSH", "PU.SH", "PUSH'"])
def test_a_letter_that_one_reading_alone_saw_goes(added: str) -> None:
    assert vote([read(added, 0.8), read("PUSH", 0.8), read("PUSH", 0.8)]).text == "PUSH"
    assert vote([read("PUSH", 0.8), read("PUSH", 0.8), read(added, 0.8)]).text == "PUSH"


def test_a_blank_reading_votes_against_every_letter_with_no_more_than_the_usual_confidence() -> None:
    assert vote([read("STOP", 0.7), Reading("", ()), read("STOP", 0.7)]).text == "STOP"


def test_readings_that_differ_score_less_than_ones_that_agree() -> None:
    agree = vote([read("1234", 0.9), read("1234", 0.9)]).score
    differ = vote([read("1234", 0.9), read("1284", 0.9)])
    assert differ.score < agree
    assert differ.agreeing == 1  # 1284 is not nearly 1234: one letter of four


def test_a_first_unsure_reading_costs_little_score_once_a_sure_one_is_there() -> None:
    voted = vote([read("l5", 0.2), read("15", 0.95)])
    assert voted.text == "15"
    assert voted.score > 0.75


def test_the_letter_read_first_wins_a_tie() -> None:
    assert vote([read("A", 0.5), read("B", 0.5)]).text == "A"


def test_letters_of_any_script_are_aligned() -> None:
    assert vote([read("größe", 0.9), read("groBe", 0.4), read("größe", 0.5)]).text == "größe"


def test_a_reading_needs_a_confidence_for_each_letter() -> None:
    with pytest.raises(ValueError, match="expected 4 for 'EXIT', received 1"):
        Reading("EXIT", (0.5,))


def test_similarity_counts_letters_to_change() -> None:
    assert similarity("12:59", "13:00") == pytest.approx(2 / 5)
    assert similarity("", "ABC") == 0.0
