"""Recall, precision and IDF1 on literal tracks, and beside a reference."""

import numpy as np
import pytest

from vision.identity import Agreement, Looked, agreement


def looked(*rows: tuple[int, float]) -> Looked:
    """Id and left edge of boxes 10 wide, a row each."""
    left = np.array([row[1] for row in rows], np.float32)
    xyxy = np.stack([left, left * 0, left + 10, left * 0 + 10], axis=1).reshape(-1, 4)
    return Looked(xyxy, np.zeros(len(rows), np.int32), np.array([row[0] for row in rows], np.int64))


def test_tracks_of_other_numbers_are_the_same_tracks() -> None:
    right = [looked((1, 0), (2, 100)), looked((1, 1), (2, 101))]
    given = [looked((8, 0), (9, 100)), looked((8, 1), (9, 101))]
    assert agreement(right, given) == Agreement(4, 4, 4, 4)


def test_an_id_that_changes_half_way_costs_half_of_idf1_and_no_recall() -> None:
    right = [looked((1, 0))] * 4
    given = [looked((1, 0))] * 2 + [looked((2, 0))] * 2
    told = agreement(right, given)
    assert (told.recall, told.precision, told.idf1) == (1, 1, 0.5)


def test_a_frame_without_the_track_costs_recall_and_one_box_too_many_costs_precision() -> None:
    right = [looked((1, 0)), looked((1, 0)), looked((1, 0)), looked((1, 0))]
    given = [looked((1, 0)), looked(), looked((1, 0), (3, 50)), looked((1, 0))]
    told = agreement(right, given)
    assert (told.recall, told.precision, told.idf1) == (0.75, 0.75, 0.75)


def test_nothing_beside_nothing_is_agreement() -> None:
    told = agreement([looked(), looked()], [looked(), looked()])
    assert (told.recall, told.precision, told.idf1) == (1, 1, 1)


def test_it_is_what_motmetrics_says() -> None:
    motmetrics = pytest.importorskip("motmetrics")
    random = np.random.default_rng(7)
    right, given = [], []
    book = motmetrics.MOTAccumulator(auto_id=True)
    for frame in range(60):
        real = [(number, 40 * number + frame) for number in range(5) if random.random() < 0.9]
        said = [
            (number + (10 if frame > 30 + 4 * number else 0), 40 * number + frame + random.normal(0, 2))
            for number in range(6)
            if random.random() < 0.8
        ]
        right.append(looked(*real))
        given.append(looked(*said))
        gap = np.abs(right[-1].xyxy[:, None, 0] - given[-1].xyxy[None, :, 0])
        overlap = np.maximum(0, 10 - gap) / (10 + np.minimum(gap, 10))
        book.update(right[-1].id, given[-1].id, np.where(overlap >= 0.5, 1 - overlap, np.nan))
    told = motmetrics.metrics.create().compute(book, metrics=["idf1", "recall", "precision"], name="x")
    got = agreement(right, given)
    wanted = [float(told.loc["x", name]) for name in ("idf1", "recall", "precision")]
    assert [got.idf1, got.recall, got.precision] == pytest.approx(wanted, abs=1e-9)
