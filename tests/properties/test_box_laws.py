"""Laws of boxes, suppression and the box coder."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vision.boxes import clip, iou, nms
from vision.ssd import decode, encode

pixels = st.floats(-500, 2500, width=32)


@st.composite
def boxes(draw: st.DrawFn, most: int = 12) -> np.ndarray:
    corners = draw(arrays(np.float32, (draw(st.integers(0, most)), 2, 2), elements=pixels))
    return np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)


@st.composite
def heaps(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    xyxy = draw(boxes()) + np.array([0, 0, 1, 1], np.float32)
    score = draw(arrays(np.float32, len(xyxy), elements=st.floats(0, 1, width=32)))
    return xyxy, score, draw(arrays(np.int32, len(xyxy), elements=st.integers(0, 3)))


@given(boxes(), boxes())
def test_overlap_is_symmetric_and_between_0_and_1(a: np.ndarray, b: np.ndarray) -> None:
    overlap = iou(a, b)
    assert np.array_equal(overlap, iou(b, a).T)
    assert ((overlap >= 0) & (overlap <= 1)).all()


@given(heaps(), st.floats(0, 1))
def test_suppressing_twice_is_suppressing_once(heap: tuple[np.ndarray, ...], max_iou: float) -> None:
    xyxy, score, class_id = heap
    kept = nms(xyxy, score, class_id, max_iou)
    again = nms(xyxy[kept], score[kept], class_id[kept], max_iou)
    assert again.tolist() == list(range(len(kept)))


@given(heaps(), st.floats(0, 1))
def test_what_stays_overlaps_too_little_and_what_goes_has_a_better_rival(
    heap: tuple[np.ndarray, ...], max_iou: float
) -> None:
    xyxy, score, class_id = heap
    kept = nms(xyxy, score, class_id, max_iou)
    assert (np.diff(score[kept]) <= 0).all()
    overlap = iou(xyxy.astype(np.float64), xyxy.astype(np.float64))
    rivals = class_id[:, None] == class_id
    np.fill_diagonal(rivals, False)
    assert not (rivals & (overlap > max_iou + 1e-4))[np.ix_(kept, kept)].any()
    for row in set(range(len(xyxy))) - set(kept.tolist()):
        better = [other for other in kept if rivals[row, other] and score[other] >= score[row]]
        assert (overlap[row, better] > max_iou - 1e-4).any()


@given(boxes(), st.integers(1, 4000), st.integers(1, 4000))
def test_a_clipped_box_lies_in_the_picture_and_stays_so(xyxy: np.ndarray, width: int, height: int) -> None:
    cut = clip(xyxy, (width, height))
    assert ((cut >= 0) & (cut <= [width, height, width, height])).all()
    assert (cut[:, 2:] >= cut[:, :2]).all()
    assert np.array_equal(clip(cut, (width, height)), cut)


shares = st.floats(2**-7, 1, width=32)


@given(st.integers(0, 8).flatmap(lambda n: st.tuples(*[arrays(np.float32, (n, 4), elements=shares)] * 2)))
def test_decoding_undoes_encoding(pair: tuple[np.ndarray, np.ndarray]) -> None:
    centred, anchors = pair
    xyxy = np.concatenate([centred[:, :2] - centred[:, 2:] / 2, centred[:, :2] + centred[:, 2:] / 2], axis=1)
    assert np.allclose(decode(encode(xyxy, anchors), anchors), xyxy, atol=1e-4)
