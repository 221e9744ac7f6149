"""What holds of the tracker whatever it is given."""

from itertools import pairwise

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipeline.types import Detections, Frame, Packet, Tracks
from stages.track import ByteTracker, TrackConfig

PIXEL = np.zeros((1, 1, 3), np.uint8)
NAMES = ("a", "b")
Box = tuple[float, float, float, float, float, int]

# Coarse numbers on a small stage, so that boxes meet, overlap equally and tie.
box = st.tuples(
    st.integers(0, 60).map(float),
    st.integers(0, 60).map(float),
    st.integers(5, 40).map(float),
    st.integers(5, 40).map(float),
    st.sampled_from([0.05, 0.3, 0.5, 0.7, 0.9]),
    st.integers(0, 1),
)
looks = st.lists(st.none() | st.lists(box, max_size=6), min_size=1, max_size=12)
gaps = st.lists(st.sampled_from([0.0, 0.01, 0.04, 0.1, 0.7, 3.0]), min_size=12, max_size=12)
configs = st.builds(
    TrackConfig, confirm=st.integers(1, 3), lost_s=st.sampled_from([0.05, 0.5, 2.0]), smooth=st.booleans()
)


def detections(boxes: list[Box]) -> Detections:
    """Left, top, width, height, score, class as columns."""
    rows = np.array(boxes, np.float32).reshape(-1, 6)
    xyxy = np.concatenate([rows[:, :2], rows[:, :2] + rows[:, 2:4]], axis=1)
    return Detections(xyxy, rows[:, 4].copy(), rows[:, 5].astype(np.int32), NAMES)


def follow(config: TrackConfig, seen: list[list[Box] | None], dts: list[float]) -> list[Tracks]:
    """The tracks of each frame; None: the detector was not asked."""
    tracker, tracks, time_s = ByteTracker(config), [], 0.0
    for index, (boxes, dt_s) in enumerate(zip(seen, dts, strict=False)):
        time_s += dt_s
        results = {} if boxes is None else {"auto": detections(boxes)}
        tracks.append(tracker.process(Packet(Frame(PIXEL, index, time_s, 0.0, "law"), results)))
    return tracks


def told(tracks: Tracks) -> list[tuple[float, ...]]:
    """Everything a value says, row by row."""
    boxes = tracks.boxes
    return [
        (int(i), int(age), float(s), int(c), *map(float, xyxy))
        for i, age, s, c, xyxy in zip(tracks.id, tracks.age, boxes.score, boxes.class_id, boxes.xyxy, strict=True)
    ]


@settings(deadline=None)
@given(configs, looks, gaps)
def test_ids_are_unique_in_a_frame_dense_and_keep_their_class(
    config: TrackConfig, seen: list[list[Box] | None], dts: list[float]
) -> None:
    class_of: dict[int, int] = {}
    last: dict[int, int] = {}
    for index, tracks in enumerate(follow(config, seen, dts)):
        ids = tracks.id.tolist()
        assert ids == sorted(set(ids))
        fresh = [i for i in ids if i not in class_of]
        assert fresh == list(range(len(class_of) + 1, len(class_of) + 1 + len(fresh)))
        for i, class_id, age in zip(ids, tracks.boxes.class_id.tolist(), tracks.age.tolist(), strict=True):
            assert class_of.setdefault(i, class_id) == class_id
            assert last.setdefault(i, index - age) == index - age, "the frame a track was born on does not change"


@settings(deadline=None)
@given(configs, looks, gaps)
def test_an_id_out_of_sight_for_longer_than_lost_s_never_returns(
    config: TrackConfig, seen: list[list[Box] | None], dts: list[float]
) -> None:
    last_s: dict[int, float] = {}
    time_s = 0.0
    for boxes, tracks, dt_s in zip(seen, follow(config, seen, dts), dts, strict=False):
        time_s += dt_s
        for i in tracks.id.tolist():
            assert time_s - last_s.get(i, time_s) <= config.lost_s + 1e-5
            if boxes is not None:
                last_s[i] = time_s


@settings(deadline=None)
@given(looks, gaps)
def test_every_row_is_a_detection_of_its_frame_and_none_is_used_twice(
    seen: list[list[Box] | None], dts: list[float]
) -> None:
    for boxes, tracks in zip(seen, follow(TrackConfig(smooth=False), seen, dts), strict=True):
        if boxes is not None:
            given_rows = detections(boxes)
            left = [
                (float(s), int(c), *map(float, xyxy))
                for s, c, xyxy in zip(given_rows.score, given_rows.class_id, given_rows.xyxy, strict=True)
            ]
            for row in told(tracks):
                left.remove(row[2:])


@settings(deadline=None)
@given(configs, looks, gaps, st.randoms(use_true_random=False))
def test_the_order_of_detections_does_not_matter(
    config: TrackConfig, seen: list[list[Box] | None], dts: list[float], chance: object
) -> None:
    mixed = [boxes and chance.sample(boxes, len(boxes)) for boxes in seen]  # type: ignore[attr-defined]
    assert [told(t) for t in follow(config, mixed, dts)] == [told(t) for t in follow(config, seen, dts)]


@settings(deadline=None)
@given(configs, looks, gaps)
def test_the_same_input_gives_the_same_bytes(
    config: TrackConfig, seen: list[list[Box] | None], dts: list[float]
) -> None:
    def bytes_of(tracks: Tracks) -> tuple[bytes, ...]:
        boxes = tracks.boxes
        columns = (tracks.id, tracks.age, boxes.xyxy, boxes.score, boxes.class_id)
        return tuple(column.tobytes() for column in columns)

    assert list(map(bytes_of, follow(config, seen, dts))) == list(map(bytes_of, follow(config, seen, dts)))


@settings(deadline=None)
@given(configs, looks, gaps)
def test_boxes_given_are_finite_and_not_empty(
    config: TrackConfig, seen: list[list[Box] | None], dts: list[float]
) -> None:
    for tracks in follow(config, seen, dts):
        xyxy = tracks.boxes.xyxy
        assert np.isfinite(xyxy).all()
        assert (xyxy[:, 2:] > xyxy[:, :2]).all()


times = st.one_of(
    st.sampled_from([10, 25, 30, 60]).map(lambda fps: [frame / fps for frame in range(3 * fps)]),
    st.lists(st.floats(0.001, 0.1), min_size=40, max_size=80).map(lambda dts: np.cumsum(dts).tolist()),
)


def walk(time_s: float, speed: tuple[float, float], growth: float) -> Box:
    """A figure of 40 x 100 px at the start: its speed is in widths and heights a second, its growth a part a second."""
    scale = float(np.exp(growth * time_s))
    return (500 + 40 * speed[0] * time_s, 500 + 100 * speed[1] * time_s, 40 * scale, 100 * scale, 0.9, 0)


speeds = st.tuples(st.floats(-4, 4), st.floats(-2, 2))
growths = st.floats(-0.4, 0.4)


@settings(deadline=None)
@given(times, speeds, growths)
def test_one_object_moving_smoothly_keeps_one_id_at_any_rate(
    at: list[float], speed: tuple[float, float], growth: float
) -> None:
    dts = [at[0], *(b - a for a, b in pairwise(at))]
    for tracks in follow(TrackConfig(), [[walk(time_s, speed, growth)] for time_s in at], dts):
        assert tracks.id.tolist() == [1]


@settings(deadline=None)
@given(times, speeds, st.data())
def test_gaps_up_to_lost_s_keep_the_id_and_longer_ones_give_a_new_one(
    at: list[float], speed: tuple[float, float], data: st.DataObject
) -> None:
    lost_s = data.draw(st.floats(0.2, 1.0))
    start = data.draw(st.integers(10, len(at) - 5))
    end = data.draw(st.integers(start + 1, len(at) - 3))
    gap_s = at[end] - at[start - 1]
    assume(abs(gap_s - lost_s) > 1e-3)
    # Within the gap the detector sees nothing, or was not asked, as the case may be.
    empty: list[Box] | None = data.draw(st.sampled_from([None, []]))
    seen = [empty if start <= index < end else [walk(time_s, speed, 0)] for index, time_s in enumerate(at)]
    dts = [at[0], *(b - a for a, b in pairwise(at))]
    assume(max(dts[1:end] + dts[end + 1 :]) < lost_s)
    last = follow(TrackConfig(lost_s=lost_s), seen, dts)[-1]
    assert last.id.tolist() == ([1] if gap_s < lost_s else [2])
