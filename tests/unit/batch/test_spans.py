from pathlib import Path

import numpy as np
import pytest

from batch.spans import SpanSource, cut
from pipeline.sources.pyav import PyAVSource
from pipeline.types import Frame
from recordings import moving, record

OPEN = {"g": "10", "bf": "3", "sc_threshold": "0", "x264-params": "open-gop=1:scenecut=0"}
CLOSED = {"g": "10", "bf": "0"}
UNEVEN_MS = [40 * number + (7 * number) % 23 for number in range(75)]


def frames(source: PyAVSource) -> list[Frame]:
    try:
        return list(source)
    finally:
        source.close()


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("closed.mp4", {"options": CLOSED}),
        ("open.mp4", {"options": OPEN}),
        ("open.mkv", {"options": OPEN}),
        ("stream.ts", {"options": OPEN}),
        ("uneven.mp4", {"options": CLOSED, "times_ms": UNEVEN_MS}),
        ("other.mp4", {"codec": "mpeg4", "options": {"g": "12", "bf": "2"}}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_spans_of_a_recording_are_its_frames_to_the_last_bit(
    tmp_path: Path, name: str, settings: dict[str, object]
) -> None:
    path = record(tmp_path / name, moving(75), **settings)  # type: ignore[arg-type]
    whole = frames(PyAVSource(path))
    spans = cut(path, 0.8).spans
    assert len(spans) > 1
    parts = [frame for span in spans for frame in frames(SpanSource(path, span))]
    assert [frame.index for frame in parts] == list(range(75))
    assert [frame.media_s for frame in parts] == [frame.media_s for frame in whole]
    assert [frame.duration_s for frame in parts] == [frame.duration_s for frame in whole]
    assert all(np.array_equal(one.image, other.image) for one, other in zip(parts, whole, strict=True))


def test_frames_before_a_span_come_too_where_they_are_asked_for(tmp_path: Path) -> None:
    path = record(tmp_path / "clip.mp4", moving(75), options=CLOSED)
    second = cut(path, 0.8).spans[1]
    assert [frame.index for frame in frames(SpanSource(path, second, before=4))][:6] == [
        *range(second.first - 4, second.first),
        second.first,
        second.first + 1,
    ]


@pytest.mark.parametrize(
    ("name", "settings", "says"),
    [
        ("clip.avi", {"codec": "mpeg4", "options": {"g": "10"}}, "stores no times"),
        ("clip.mp4", {"options": {"g": "600"}}, "no two key frames 0.8 s apart"),
    ],
)
def test_what_cannot_be_cut_safely_stays_whole(
    tmp_path: Path, name: str, settings: dict[str, object], says: str
) -> None:
    path = record(tmp_path / name, moving(75), **settings)  # type: ignore[arg-type]
    found = cut(path, 0.8)
    assert not found.spans
    assert says in found.whole_because


def test_spans_are_as_long_as_was_asked_for(tmp_path: Path) -> None:
    path = record(tmp_path / "clip.mp4", moving(75), options=CLOSED)
    assert [span.count for span in cut(path, 0.4).spans] == [10, 10, 10, 10, 10, 10, 15]
    assert [span.count for span in cut(path, 1.1).spans] == [30, 30, 15]
    assert not cut(path, 3).spans
