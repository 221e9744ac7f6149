import numpy as np

from vision.ctc import allowed_classes, best_path


def columns(*rows: list[float]) -> np.ndarray:
    return np.array(rows, np.float32)


def test_a_blank_parts_two_of_a_kind() -> None:
    text, scores = best_path(columns([0, 1, 0], [1, 0, 0], [0, 1, 0]), "AB")
    assert (text, scores) == ("AA", (1.0, 1.0))


def test_blanks_alone_are_no_text() -> None:
    assert best_path(columns([1, 0, 0], [1, 0, 0]), "AB") == ("", ())
    assert best_path(np.zeros((0, 3), np.float32), "AB") == ("", ())


def test_a_letter_that_is_not_allowed_gives_way_to_the_next_best() -> None:
    allowed = allowed_classes("O0", "0123456789")
    assert best_path(columns([0.1, 0.5, 0.4]), "O0", allowed) == ("0", (0.4,))


def test_no_whitelist_allows_all() -> None:
    assert allowed_classes("AB", "").tolist() == [True, True, True]


def test_a_label_of_two_letters_has_a_score_for_each() -> None:
    text, scores = best_path(columns([0, 0.5]), ["fi"])
    assert (text, scores) == ("fi", (0.5, 0.5))
