import numpy as np
import pytest

from models.ensembles.proof import compare
from pipeline.errors import ModelError

WANT = np.random.default_rng(0).dirichlet(np.ones(4), 1000)


def test_a_file_that_says_the_same_is_proved() -> None:
    found = compare(WANT.astype(np.float32), WANT, votes=False)
    assert (found.pictures, found.other) == (1000, 0)
    assert 0 < found.difference < 1e-6


def test_a_file_that_says_something_else_on_one_picture_is_refused() -> None:
    said = WANT.copy()
    said[7] = said[7][::-1]
    with pytest.raises(ModelError, match=r"on 1 of 1000 pictures by more than 1e-05"):
        compare(said, WANT, votes=False)


def test_a_vote_that_falls_otherwise_at_a_tie_is_counted_and_many_are_refused() -> None:
    said = WANT.copy()
    said[7] = said[7][::-1]
    found = compare(said, WANT, votes=True)
    assert (found.difference, found.other) == (0, 1)
    with pytest.raises(ModelError, match="on 1000 of 1000"):
        compare(WANT[:, ::-1], WANT, votes=True)
