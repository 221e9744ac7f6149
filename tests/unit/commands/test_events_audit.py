import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

from commands.events_audit import audit, estimate, read_events, sample_of, wilson
from pipeline.errors import ConfigError, SinkError
from recordings import moving, record


def event(number: int, kind: str = "crossed", phase: str = "once", evidence: str | None = None) -> dict[str, object]:
    return {
        "id": f"e{number}",
        "kind": kind,
        "phase": phase,
        "source": "gate",
        "frame": number,
        "media_s": number / 25,
        "clock_s": None,
        "stage": "zones",
        "zone": "door",
        "track_id": number,
        "class_name": "person",
        "value": {"direction": "in"},
        "score": 0.9,
        "xyxy": [20.0, 20.0, 60.0, 90.0],
        "evidence": evidence,
        "tail": [[0.0, 30.0, 80.0], [0.1, 50.0, 85.0]],
    }


def run_data(path: Path, events: list[dict[str, object]]) -> Path:
    lines = [{"frame": n, "width": 160, "height": 120, "events": [one]} for n, one in enumerate(events)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def ask(*arguments: object) -> Result:
    return CliRunner().invoke(audit, [str(argument) for argument in arguments], catch_exceptions=False)


def test_the_interval_is_the_one_in_the_books() -> None:
    # Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29, method 3.
    for hits, trials, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        assert wilson(hits, trials) == pytest.approx((low, high), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def test_what_marks_say_never_contradicts_what_was_seen() -> None:
    assert estimate(0, 100, 100) == "100 of 100 are right: all were looked at, so this is no estimate"
    assert "with 95 % confidence 93.0% to 99.4%" in estimate(2, 100, 1000)
    assert estimate(2, 100, 1000).endswith("of all 1000 told, 929 to 995 are right")
    assert estimate(2, 100, 101).endswith("of all 101 told, 98 to 99 are right")


def test_only_what_counts_is_read(tmp_path: Path) -> None:
    data = run_data(
        tmp_path / "run.jsonl",
        [event(0), event(1, "entered", "start"), event(2, "entered", "update"), event(3, "entered", "end")],
    )
    assert [told.row["id"] for told in read_events(data)] == ["e0", "e1"]
    assert [told.row["id"] for told in read_events(data, ["entered"])] == ["e1"]
    assert read_events(data, [], "gate") == []


def test_a_sample_is_the_same_for_the_same_seed_and_in_order(tmp_path: Path) -> None:
    told = read_events(run_data(tmp_path / "run.jsonl", [event(n) for n in range(500)]))
    sample = [one.row["frame"] for one in sample_of(told, 100, 7)]
    assert sample == [one.row["frame"] for one in sample_of(told, 100, 7)]
    assert sample == sorted(set(sample))
    assert len(sample) == 100
    assert sample != [one.row["frame"] for one in sample_of(told, 100, 8)]


def test_pictures_come_from_the_evidence_and_from_the_video(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "e0.png"), np.full((80, 60, 3), (0, 0, 250), np.uint8))
    data = run_data(tmp_path / "run.jsonl", [event(0, evidence="e0.png"), event(1), event(2)])
    bare = ask(data, "-o", tmp_path / "bare.png")
    assert "2 have no picture" in bare.output
    video = record(tmp_path / "walk.mp4", moving(10))
    said = ask(data, "--video", video)
    assert "no picture" not in said.output
    assert f"{tmp_path / 'run.audit.png'}: 3 of 3 events" in said.output
    sheet, without = cv2.imread(str(tmp_path / "run.audit.png")), cv2.imread(str(tmp_path / "bare.png"))
    assert sheet is not None
    assert without is not None
    assert (np.abs(sheet[60:130, 70:120].astype(int) - (0, 0, 250)).max(axis=-1) < 5).mean() > 0.5
    assert (sheet[:, :196] == without[:, :196]).all()
    assert not (sheet[:, 196:] == without[:, 196:]).all()


def test_what_was_found_in_a_cut_out_picture_is_looked_for_in_the_source(tmp_path: Path) -> None:
    pictures = [np.zeros((120, 160, 3), np.uint8) for _ in range(3)]
    for picture in pictures:
        picture[60:, 80:] = 255
    video = record(tmp_path / "walk.mp4", pictures)
    moved = {**event(0), "xyxy": [0.0, 0.0, 20.0, 20.0], "source_xyxy": [110.0, 85.0, 130.0, 105.0]}
    ask(run_data(tmp_path / "run.jsonl", [moved]), "--video", video)
    sheet = cv2.imread(str(tmp_path / "run.audit.png"))
    assert sheet is not None
    assert sheet[40:180, 40:160].min() > 240


def test_a_hundred_events_fit_on_a_sheet(tmp_path: Path) -> None:
    data = run_data(tmp_path / "run.jsonl", [event(n) for n in range(120)])
    assert "100 of 120 events" in ask(data).output
    sheet = cv2.imread(str(tmp_path / "run.audit.png"))
    assert sheet is not None
    assert sheet.shape == (2360, 1960, 3)
    assert ask(data, "--wrong", "3, 17").output.startswith("98 of 100 are right")
    assert ask(data, "--wrong", "none").output.startswith("100 of 100 are right")


def test_a_mistake_is_told_in_a_line(tmp_path: Path) -> None:
    data = run_data(tmp_path / "run.jsonl", [event(0)])
    with pytest.raises(ConfigError, match="no tile 2; the sheet has 1 to 1"):
        ask(data, "--wrong", "2")
    with pytest.raises(ConfigError, match="expected numbers"):
        ask(data, "--wrong", "two")
    with pytest.raises(ConfigError, match="no such events"):
        ask(data, "--type", "read")
    with pytest.raises(ConfigError, match="file of a run"):
        ask(tmp_path / "none.jsonl")
    with pytest.raises(ConfigError, match="is no picture format"):
        ask(data, "-o", tmp_path / "sheet.mp3")
    with pytest.raises(SinkError, match="cannot write"):
        ask(data, "-o", tmp_path / "nowhere" / "sheet.png")
    (tmp_path / "bad.jsonl").write_text('{"frame": 0, "width": 1, "height": 1}\n{"fra')
    with pytest.raises(ConfigError, match=r"bad.jsonl:2: not a record of a run"):
        ask(tmp_path / "bad.jsonl")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.jsonl", "run.jsonl"]
