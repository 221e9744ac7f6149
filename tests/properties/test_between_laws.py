"""Laws of what lies between two looks."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vision.between import SURE, Boxes, between, join


@st.composite
def looks(draw: st.DrawFn) -> Boxes:
    count = draw(st.integers(0, 6))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    left_top = random.integers(0, 4, (count, 2)) * 40 + random.uniform(0, 12, (count, 2))
    xyxy = np.concatenate([left_top, left_top + random.uniform(20, 36, (count, 2))], axis=1).astype(np.float32)
    score = random.uniform(0.05, 1, count).astype(np.float32)
    return Boxes(xyxy, score, random.integers(0, 2, count).astype(np.int32))


@given(looks(), looks())
def test_two_looks_agree_whichever_comes_first(first: Boxes, last: Boxes) -> None:
    assert (join(first, last) is None) == (join(last, first) is None)


@given(looks())
def test_a_look_agrees_with_itself_and_nothing_moves_between(look: Boxes) -> None:
    joined = join(look, look)
    assert joined is not None
    half = between(joined, 0.5)
    order = np.argsort(-look.score, kind="stable")
    np.testing.assert_allclose(half.xyxy, look.xyxy[order], rtol=1e-5)
    np.testing.assert_array_equal(half.class_id, look.class_id[order])


@given(looks(), st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_every_sure_box_is_told_between_and_lies_between(look: Boxes, seed: int, share: float) -> None:
    moved = Boxes(
        (look.xyxy + np.random.default_rng(seed).uniform(0, 1, (len(look.score), 1))).astype(np.float32),
        look.score,
        look.class_id,
    )
    joined = join(look, moved)
    if joined is None:  # two of them changed places
        return
    told = between(joined, share)
    assert (told.score >= SURE - 1e-6).sum() >= (look.score >= SURE).sum()
    if len(look.score):
        assert told.xyxy.min() >= look.xyxy.min() - 1e-3
        assert told.xyxy.max() <= moved.xyxy.max() + 1e-3
