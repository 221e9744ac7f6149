"""From when to when texts were there, and the subtitles of it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import ConfigError
from pipeline.results.text_spans import Span, TextSpans
from pipeline.results.texts import Texts
from pipeline.sinks.subtitles import SubtitleFile, TextSpansSink, cues
from pipeline.types import Frame, Packet, SourceInfo

PIXEL = np.zeros((1, 1, 3), np.uint8)


def quad(y: float) -> np.ndarray:
    """A line of text at this height."""
    return np.array([[0, y], [50, y], [50, y + 10], [0, y + 10]], np.float32)


def texts(*rows: tuple[int, str, float, float]) -> Texts:
    """Rows of id, text, since, height."""
    return Texts(
        np.array([quad(row[3]) for row in rows], np.float32).reshape(-1, 4, 2),
        tuple(row[1] for row in rows),
        np.full(len(rows), 0.9, np.float32),
        np.array([row[0] for row in rows], np.int64),
        np.array([row[2] for row in rows], np.float64),
    )


def spans_of(frames: Sequence[tuple[float, Texts | None]], last_s: float = 0.1) -> list[Span]:
    """What a sink tells of these frames."""
    told: list[Span] = []
    sink = TextSpansSink(["read"], told.append)
    for index, (media_s, found) in enumerate(frames):
        packet = Packet(Frame(PIXEL, index, media_s, 0.0, "clip", last_s))
        sink.write(packet if found is None else packet.plus("read", found))
    sink.finish()
    return told


def test_a_text_is_there_from_when_it_was_first_seen_until_the_frame_without_it() -> None:
    exit_ = texts((1, "EXIT", 0.0, 5))
    frames = [(0.0, texts()), (0.1, exit_), (0.2, exit_), (0.3, texts()), (2.0, texts())]
    assert [(span.text, span.from_s, span.to_s) for span in spans_of(frames)] == [("EXIT", 0.0, 0.3)]


def test_what_is_on_the_last_frame_is_there_until_it_ends() -> None:
    assert spans_of([(0.0, texts((1, "EXIT", 0.0, 5)))], last_s=0.5)[0].to_s == 0.5


def test_a_blink_of_the_detector_does_not_cut_a_span() -> None:
    here = texts((1, "EXIT", 0.0, 5))
    assert len(spans_of([(0.0, here), (0.5, texts()), (0.9, here), (1.0, texts())])) == 1
    twice = spans_of([(0.0, here), (0.5, texts()), (3.0, here), (3.1, texts())])
    assert [(span.from_s, span.to_s) for span in twice] == [(0.0, 0.5), (3.0, 3.1)]


def test_a_frame_on_which_nobody_read_says_nothing() -> None:
    here = texts((1, "EXIT", 0.0, 5))
    assert [span.to_s for span in spans_of([(0.0, here), (1.0, None), (2.0, here), (3.0, texts())])] == [3.0]


def test_a_vote_that_mends_a_text_mends_its_span_and_a_new_value_is_a_new_one() -> None:
    mended = spans_of([(0.0, texts((1, "EX1T", 0.0, 5))), (0.1, texts((1, "EXIT", 0.0, 5)))])
    assert [span.text for span in mended] == ["EXIT"]
    counted = spans_of([(0.0, texts((1, "12:01", 0.0, 5))), (1.0, texts((1, "12:02", 1.0, 5)))], last_s=1.0)
    assert [(span.text, span.from_s, span.to_s) for span in counted] == [("12:01", 0.0, 1.0), ("12:02", 1.0, 2.0)]


def test_a_value_told_late_ends_the_one_before_when_it_was_first_seen() -> None:
    before, after = texts((1, "12:01", 0.0, 5)), texts((1, "12:02", 1.0, 5))
    spans = spans_of([(0.0, before), (1.0, before), (1.2, before), (1.4, after), (1.5, texts())])
    assert [(span.text, span.from_s, span.to_s) for span in spans] == [("12:01", 0.0, 1.0), ("12:02", 1.0, 1.5)]


def test_spans_are_told_as_soon_as_they_are_over() -> None:
    spans = TextSpans()
    spans.add({"read": texts((1, "EXIT", 0.0, 5))}, 0.0)
    assert spans.add({"read": texts()}, 0.5) == []
    assert [span.text for span in spans.add({"read": texts()}, 1.6)] == ["EXIT"]
    assert spans.finish(2.0) == []


def span(text: str, from_s: float, to_s: float, y: float = 0) -> Span:
    """One text and when it was there."""
    return Span(text, 0.9, from_s, to_s, quad(y))


def test_a_cue_has_all_lines_that_are_there_together_from_top_to_bottom() -> None:
    found = cues([span("second", 0, 4, 50), span("first", 1, 3, 10)])
    assert found == [(0, 1, ["second"]), (1, 3, ["first", "second"]), (3, 4, ["second"])]


def test_cues_that_say_the_same_are_one_and_nothing_is_said_where_nothing_is() -> None:
    found = cues([span("EXIT", 0, 1), span("EXIT", 1, 2), span("later", 5, 6)])
    assert found == [(0, 2, ["EXIT"]), (5, 6, ["later"])]
    assert cues([]) == []
    assert cues([span("a flash", 1, 1)]) == []


def test_a_text_cannot_break_the_file(tmp_path: Path) -> None:
    info = SourceInfo("clip.mp4", 10, 10, 25, None)  # type: ignore[arg-type]
    file = SubtitleFile(tmp_path / "clip.srt", info)
    file.finish([span("00:01 --> 00:02", -1, 1.5), span("größe 中", 0, 1.5, 20)])
    file.close()
    assert (tmp_path / "clip.srt").read_text(encoding="utf-8") == (
        "1\n00:00:00,000 --> 00:00:01,500\n00:01 -> 00:02\ngröße 中\n\n"
    )


def test_a_subtitle_file_that_was_not_finished_is_not_there(tmp_path: Path) -> None:
    file = SubtitleFile(tmp_path / "clip.srt", SourceInfo("clip.mp4", 10, 10, 25, None))  # type: ignore[arg-type]
    file.close()
    assert list(tmp_path.glob("*.srt")) == []


def test_a_subtitle_file_in_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        SubtitleFile(tmp_path / "no" / "clip.srt", SourceInfo("clip.mp4", 10, 10, 25, None))  # type: ignore[arg-type]
