"""Error rates and overlaps, on texts and places written here."""

from pathlib import Path

import numpy as np
import pytest

from commands.text_scores import Found, score
from commands.text_truth import Truth, TruthLine

pytest.importorskip("jiwer")
IMAGE = Path("a.jpg")


def quad(x: float, y: float, width: float = 100, height: float = 20) -> np.ndarray:
    """An upright line."""
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float32)


def found(*lines: tuple[np.ndarray, str]) -> Found:
    """What was read, and where."""
    return Found(np.array([line[0] for line in lines], np.float32).reshape(-1, 4, 2), tuple(line[1] for line in lines))


def boxes(*lines: tuple[np.ndarray, str]) -> Truth:
    """What is there, and where."""
    return Truth(IMAGE, "boxes", tuple(TruthLine(place, text, text == "###") for place, text in lines))


def rates(truth: Truth, said: Found) -> dict[str, float | None]:
    """The figures of one picture."""
    return score(truth, said, "a", 0.0).figures()


def test_what_is_right_has_no_error() -> None:
    there = [(quad(0, 0), "TOTAL"), (quad(200, 0), "12.50"), (quad(0, 40), "CASH")]
    assert rates(boxes(*there), found(*reversed(there))) == {
        "precision": 1.0, "recall": 1.0, "h_mean": 1.0, "cer": 0.0, "cer_plain": 0.0, "wer": 0.0,
    }  # fmt: skip


def test_letters_are_counted_by_what_it_takes_to_mend_them() -> None:
    of = rates(boxes((quad(0, 0), "TOTAL DUE")), found((quad(0, 0), "T0TAL DU")))
    assert of["cer"] == pytest.approx(2 / 9)
    assert of["wer"] == 1.0
    assert of["cer_plain"] == pytest.approx(2 / 8)


def test_case_spaces_and_signs_count_but_not_among_plain_letters() -> None:
    of = rates(boxes((quad(0, 0), "THANKYOU!")), found((quad(0, 0), "Thank you")))
    assert of["cer"] is not None
    assert of["cer"] > 0.5
    assert of["cer_plain"] == 0.0


def test_a_line_found_in_pieces_or_two_in_one_are_compared_as_they_stand() -> None:
    whole, left, right = quad(0, 0, 200), quad(0, 1, 95), quad(105, -1, 95)
    assert rates(boxes((whole, "GRAND HOTEL")), found((right, "HOTEL"), (left, "GRAND")))["cer"] == 0.0
    assert rates(boxes((left, "GRAND"), (right, "HOTEL")), found((whole, "GRAND HOTEL")))["cer"] == 0.0


def test_what_is_missed_and_what_is_invented_both_count() -> None:
    missed = rates(boxes((quad(0, 0), "TOTAL"), (quad(0, 50), "CASH")), found((quad(0, 0), "TOTAL")))
    assert (missed["cer"], missed["recall"], missed["precision"]) == (4 / 9, 0.5, 1.0)
    invented = rates(boxes((quad(0, 0), "TOTAL")), found((quad(0, 0), "TOTAL"), (quad(0, 300), "xy")))
    assert (invented["cer"], invented["recall"], invented["precision"]) == (2 / 5, 1.0, 0.5)


def test_what_nobody_can_read_counts_neither_way() -> None:
    truth = boxes((quad(0, 0), "TOTAL"), (quad(0, 50), "###"))
    for said in (found((quad(0, 0), "TOTAL")), found((quad(0, 0), "TOTAL"), (quad(2, 52, 40), "abc"))):
        assert rates(truth, said) == rates(boxes((quad(0, 0), "TOTAL")), found((quad(0, 0), "TOTAL")))


def test_a_place_counts_once_and_only_from_half_overlap() -> None:
    truth = boxes((quad(0, 0), "AB"))
    assert rates(truth, found((quad(0, 0), "AB"), (quad(0, 1), "AB")))["precision"] == 0.5
    assert rates(truth, found((quad(40, 0), "AB")))["recall"] == 0.0


def test_a_page_is_compared_in_reading_order() -> None:
    truth = Truth(IMAGE, "page", text="The quick brown\nfox\n\njumps")
    said = found((quad(0, 80), "jumps"), (quad(0, 0), "The quick"), (quad(110, 2), "brown"), (quad(0, 30), "fox"))
    assert rates(truth, said)["cer"] == 0.0


def test_columns_of_a_page_are_read_one_after_the_other() -> None:
    left = [(quad(0, 30.0 * row), f"left {row}") for row in range(4)]
    right = [(quad(150, 30.0 * row + 4), f"right {row}") for row in range(4)]
    truth = Truth(IMAGE, "page", text="\n".join(text for _, text in left + right))
    assert rates(truth, found(*right, *left))["cer"] == 0.0


def test_quotation_marks_and_ligatures_are_no_errors() -> None:
    assert rates(Truth(IMAGE, "page", text='"of\ufb01ce"'), found((quad(0, 0), "\u201coffice\u201d")))["cer"] == 0.0


def test_where_nothing_is_there_is_no_rate() -> None:
    nothing = rates(boxes(), found())
    assert set(nothing.values()) == {None}
    assert rates(Truth(IMAGE, "places", (TruthLine(quad(0, 0), None),)), found())["cer"] is None


def test_pictures_add_up() -> None:
    one = score(boxes((quad(0, 0), "ABCD")), found((quad(0, 0), "ABCD")), "a", 1.0)
    other = score(boxes((quad(0, 0), "ABCD")), found(), "b", 2.0)
    both = (one + other).figures()
    assert (both["cer"], both["recall"], both["precision"]) == (0.5, 0.5, 1.0)
    assert (one + other).seconds == 3.0


def test_a_table_whose_rows_stand_in_columns_is_read_row_by_row() -> None:
    names = [(quad(0, 30.0 * row, 60), f"item{row}") for row in range(4)]
    prices = [(quad(150, 30.0 * row, 40), f"{row}.00") for row in range(4)]
    truth = Truth(IMAGE, "page", text=" ".join(f"item{row} {row}.00" for row in range(4)))
    assert rates(truth, found(*prices, *names))["cer"] == 0.0


def test_a_headline_comes_before_both_columns_and_a_caption_between_them_breaks_nothing() -> None:
    left = [(quad(0, 50 + 30.0 * row, 140), f"left {row}") for row in range(8)]
    right = [(quad(170, 50 + 30.0 * row, 140), f"right {row}") for row in range(8)]
    lines = [(quad(40, 0, 230), "headline"), *left, *right]
    truth = Truth(IMAGE, "page", text="\n".join(text for _, text in lines))
    assert rates(truth, found(*reversed(lines)))["cer"] == 0.0


def test_a_page_that_lies_on_its_head_or_side_is_read_as_its_lines_run() -> None:
    upright = [(quad(0, 30.0 * row), f"line {row}") for row in range(4)]
    truth = Truth(IMAGE, "page", text="\n".join(text for _, text in upright))
    for turn in ([[-1, 0], [0, -1]], [[0, 1], [-1, 0]], [[0, -1], [1, 0]]):
        turned = [((place @ np.array(turn, np.float32)), text) for place, text in upright]
        assert rates(truth, found(*reversed(turned)))["cer"] == 0.0
