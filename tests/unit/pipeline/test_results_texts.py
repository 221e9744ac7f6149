import json

import numpy as np
import pytest

from pipeline.results.texts import Texts

QUAD = np.array([[[10, 20], [50, 20], [50, 32.04], [10, 32]]], np.float32)


def exit_sign(track: int = -1) -> Texts:
    return Texts(QUAD.copy(), ("EXIT",), np.array([0.93], np.float32), np.array([track]), np.array([3.2]))


def test_a_text_is_written_with_its_keys_in_order() -> None:
    row = '[{"text":"EXIT","score":0.93,"quad":[[10.0,20.0],[50.0,20.0],[50.0,32.0],[10.0,32.0]],"since_s":3.2}]'
    assert json.dumps(exit_sign().rows(), separators=(",", ":")) == row


def test_a_text_that_is_followed_names_its_track() -> None:
    assert exit_sign(7).rows()[0]["track"] == 7


def test_a_mask_selects_rows_in_every_column() -> None:
    two = Texts(np.repeat(QUAD, 2, 0), ("A", "B"), np.array([0.1, 0.9], np.float32), np.array([1, 2]), np.zeros(2))
    kept = two[two.score > 0.5]
    assert (kept.text, kept.id.tolist(), len(kept)) == (("B",), [2], 1)


def test_a_column_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match=r"score: expected \(1,\) float32, received \(2,\)"):
        Texts(QUAD.copy(), ("A",), np.zeros(2, np.float32), np.zeros(1, np.int64), np.zeros(1))
