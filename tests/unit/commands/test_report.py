import hashlib
import json
from pathlib import Path

import pytest

from commands.report import Outcome, check_report_place, write_report
from commands.targets import Target
from pipeline.config import Settings, check_settings
from pipeline.config_file import Document
from pipeline.errors import ConfigError
from pipeline.ledger import Balance
from pipeline.sinks.video import VideoSummary
from pipeline.stats import Timing
from pipeline.types import Damage


@pytest.fixture
def settings() -> Settings:
    return check_settings(Document("c.yaml", {}), {})


def outcome(tmp_path: Path) -> Outcome:
    video = VideoSummary(tmp_path / "a.mp4", "libx264", 90, 3.6, 1000, ("aac",), ("odd width 63: one column repeated",))
    (tmp_path / "a.mp4").write_bytes(b"video")
    return Outcome(
        "walk.mp4",
        target=Target("walk.mp4", tmp_path / "a.mp4", tmp_path / "a.jsonl", ()),
        balance=Balance(100, 90, {"to slow": 4}, {"ssd": 6}),
        damage=Damage(corrupt_packets=2, messages=["damaged data at 1.0 s"]),
        video=video,
        timings={"ssd": Timing(100, 1.5, 1.4, 30.0)},
        waits={"to ssd": (0.5, 0.25)},
        seconds=2.0,
        followed={"person": 3, "dog": 1},
        counted={"door": {"in": 6, "out": 1}},
        exit_code=1,
    )


def test_the_summary_has_the_ledger_the_rate_what_was_found_and_where_it_is(tmp_path: Path) -> None:
    lines = outcome(tmp_path).summary().splitlines()
    assert lines[0] == (
        "walk.mp4: 100 read = 90 written + 4 dropped (to slow 4) + 6 failed (ssd 6); 2.0 s, 45 frames a second; "
        "followed: dog 1, person 3"
    )
    assert lines[1:3] == ["  door: in 6, out 1", f"  {tmp_path}/a.mp4 (90 frames, 3.60 s, libx264, sound copied)"]
    assert lines[3:] == ["  note: odd width 63: one column repeated", f"  {tmp_path}/a.jsonl"]


def test_damage_is_told_with_the_inputs_name(tmp_path: Path) -> None:
    assert outcome(tmp_path).warnings() == ["walk.mp4: damaged data at 1.0 s"]


def test_the_report_holds_what_the_summary_says_and_checksums(tmp_path: Path, settings: Settings) -> None:
    write_report(tmp_path / "run.json", [outcome(tmp_path)], settings, 1)
    report = json.loads((tmp_path / "run.json").read_text())
    run = report["runs"][0]
    assert (report["schema"], report["exit_code"], report["config"]) == (1, 1, "c.yaml")
    assert run["ledger"] == {
        "read": 100,
        "written": 90,
        "dropped": {"to slow": 4},
        "failed": {"ssd": 6},
        "in_flight": 0,
    }
    assert run["stages"]["ssd"] == {"calls": 100, "mean_ms": 15.0, "cpu_ms": 14.0, "worst_ms": 30.0}
    assert run["channels"]["to ssd"] == {"producer_waited_s": 0.5, "consumer_waited_s": 0.25}
    assert run["damage"]["corrupt_packets"] == 2
    made, absent = run["files"]
    assert (made["bytes"], made["sha256"]) == (5, hashlib.sha256(b"video").hexdigest())
    assert absent["bytes"] is None
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


@pytest.mark.parametrize("place", ["gone/run.json", "."])
def test_a_report_that_cannot_be_written_is_refused_before_the_run(tmp_path: Path, place: str) -> None:
    with pytest.raises(ConfigError, match="cannot write the report"):
        check_report_place(tmp_path / place)
    check_report_place(tmp_path / "run.json")


def test_a_run_that_never_began_has_a_report_too(tmp_path: Path, settings: Settings) -> None:
    write_report(tmp_path / "run.json", [Outcome("gone.mp4", error="no such file", exit_code=2)], settings, 2)
    run = json.loads((tmp_path / "run.json").read_text())["runs"][0]
    assert (run["error"], run["source"], run["video"], run["files"], run["fps"]) == (
        "no such file",
        None,
        None,
        [],
        None,
    )
