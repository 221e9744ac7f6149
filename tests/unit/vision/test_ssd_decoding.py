import numpy as np
import pytest

from vision.ssd import candidates, decode


def test_offsets_of_zero_mean_the_anchor_itself() -> None:
    anchors = np.array([[0.5, 0.4, 0.2, 0.1]], np.float32)
    assert decode(np.zeros((1, 4), np.float32), anchors)[0] == pytest.approx([0.4, 0.35, 0.6, 0.45])


def test_offsets_are_y_before_x_and_scaled_by_the_coder() -> None:
    anchors = np.array([[0.5, 0.5, 0.2, 0.1]], np.float32)
    left, top, right, bottom = decode(np.array([[10, 0, 0, 5 * np.log(2)]], np.float32), anchors)[0]
    assert (left + right) / 2 == pytest.approx(0.5)
    assert (top + bottom) / 2 == pytest.approx(0.5 + 0.1)
    assert right - left == pytest.approx(0.4)
    assert bottom - top == pytest.approx(0.1)


def test_candidates_are_those_over_the_threshold_best_first() -> None:
    logits = np.array([[9, -1, 0], [9, 3, -9], [9, -9, 2]], np.float32)
    found = candidates(logits, "sigmoid", 0.5, 10)
    assert found.anchor.tolist() == [1, 2, 0]
    assert found.class_id.tolist() == [0, 1, 1]
    assert found.score == pytest.approx([1 / (1 + np.exp(-3)), 1 / (1 + np.exp(-2)), 0.5])


def test_a_softmax_shares_one_between_background_and_classes() -> None:
    logits = np.log(np.array([[0.5, 0.3, 0.2], [0.9, 0.05, 0.05]], np.float32))
    found = candidates(logits, "softmax", 0.25, 10)
    assert (found.anchor.tolist(), found.class_id.tolist()) == ([0], [0])
    assert found.score == pytest.approx([0.3])


def test_the_background_column_is_no_class() -> None:
    assert len(candidates(np.array([[50, -50]], np.float32), "sigmoid", 0.1, 10).score) == 0


def test_the_limit_keeps_the_best() -> None:
    logits = np.array([[0, 1], [0, 3], [0, 2]], np.float32)
    assert candidates(logits, "sigmoid", 0.1, 2).anchor.tolist() == [1, 2]


def test_huge_logits_give_no_warning_and_no_score_over_one() -> None:
    logits = np.array([[0, 1e4], [1e4, -1e4]], np.float32)
    for kind in ("sigmoid", "softmax"):
        found = candidates(logits, kind, 0.1, 10)
        assert found.score.tolist() == [1.0]
        assert found.score.dtype == np.float32
