"""`run.py read` and `evaluate --task ocr` from the outside: real Tesseract, real recordings, places known before."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from reading import page

from recordings import record

pytest.importorskip("tesserocr")
ROOT = Path(__file__).resolve().parents[2]
CONFIG = """
stages:
  read:
    reader: tesserocr
    regions: {clock: [20, 20, 400, 80], sign: [20, 120, 400, 180]}
"""


def sluice(*arguments: str | Path, program: tuple[str, ...] = ("run.py",)) -> subprocess.CompletedProcess[str]:
    """Run a command of the project."""
    command = [sys.executable, *program, *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "COLUMNS": "160"}
    )


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config of two places."""
    path = tmp_path / "text.yaml"
    path.write_text(CONFIG)
    return path


def wall(clock: str, sign: str) -> np.ndarray:
    """What the camera sees."""
    return page((clock, (30, 25)), (sign, (30, 125)), size=(480, 240))


def test_a_picture_is_printed_line_by_line_or_as_json(tmp_path: Path, config: Path) -> None:
    cv2.imwrite(str(tmp_path / "wall.png"), wall("12:59:50", "PLATFORM 7"))
    done = sluice("read", tmp_path / "wall.png", "-c", config)
    assert (done.returncode, done.stdout) == (0, "12:59:50\nPLATFORM 7\n"), done.stderr
    rows = [
        json.loads(row) for row in sluice("read", tmp_path / "wall.png", "-c", config, "--json").stdout.splitlines()
    ]
    assert [row["text"] for row in rows] == ["12:59:50", "PLATFORM 7"]
    assert np.array(rows[0]["quad"]).shape == (4, 2)
    assert rows[0]["score"] > 0.5


def test_a_recording_becomes_subtitles_of_what_was_there_when_the_same_each_time(tmp_path: Path, config: Path) -> None:
    shown = [wall(f"12:59:{50 + index // 25}", "PLATFORM 7" if index < 50 else "DELAYED") for index in range(75)]
    clip = record(tmp_path / "wall.mp4", shown)
    done = sluice("read", clip, "-c", config, "--srt", tmp_path / "wall.srt")
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == [
        "0:00:00.000  0:00:01.000  12:59:50",
        "0:00:00.000  0:00:02.000  PLATFORM 7",
        "0:00:01.000  0:00:02.000  12:59:51",
        "0:00:02.000  0:00:03.000  12:59:52",
        "0:00:02.000  0:00:03.000  DELAYED",
    ]
    subtitles = (tmp_path / "wall.srt").read_text()
    assert subtitles.startswith("1\n00:00:00,000 --> 00:00:01,000\n12:59:50\nPLATFORM 7\n\n2\n")
    assert sluice("read", clip, "-c", config, "--srt", tmp_path / "again.srt").stdout == done.stdout
    assert (tmp_path / "again.srt").read_text() == subtitles


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["gone.png"], "no such file"),
        (["wall.png", "--srt", "x.srt"], "is a picture, where nothing comes and goes"),
        (["noise.png"], "not an image, or damaged"),
        (["wall.png", "-c", str(ROOT / "configs" / "people.yaml")], "no stage gives texts"),
        (["wall.png", "--set", "stages.read.lang=xyz"], "xyz"),
        (["wall.png", "--set", "stages.read.pattern='[A-'"], "stages.read.pattern"),
        (["rtsp://USER:SECRET@gate/1"], "cannot read an address"),
    ],
    ids=str,
)
def test_a_mistake_is_one_line(tmp_path: Path, config: Path, arguments: list[str], says: str) -> None:
    cv2.imwrite(str(tmp_path / "wall.png"), wall("12:59:50", "EXIT"))
    (tmp_path / "noise.png").write_bytes(b"\x89PNG no")
    target, *options = arguments
    place = target if "://" in target else tmp_path / target
    done = sluice("read", place, "-c", config, *options)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert says in done.stderr
    assert "SECRET" not in done.stderr
    assert not list(tmp_path.glob("*.srt"))


def test_the_evaluation_prints_a_table_and_writes_json(tmp_path: Path, config: Path) -> None:
    pytest.importorskip("jiwer")
    data = tmp_path / "data"
    data.mkdir()
    cv2.imwrite(str(data / "wall.png"), wall("12:59:50", "PLATFORM 7"))
    (data / "wall.csv").write_text("20,20,400,20,400,80,20,80,12:59:50\n20,120,400,120,400,180,20,180,PLATFORM 8\n")
    cv2.imwrite(str(data / "word.png"), page(("EXIT", (0, 0)), size=(140, 40)))
    (data / "labels.txt").write_text("word.png EXIT\n")
    (data / "torn.png").write_bytes(b"\x89PNG no")
    (data / "torn.txt").write_text("never read")
    task = ("--task", "ocr", "--data", data, "-c", config, "--json", tmp_path / "rates.json")
    done = sluice("evaluate", *task, program=("-m", "models"))
    assert done.returncode == 0, done.stderr
    assert "torn.png: cannot read" in done.stderr
    rates = json.loads((tmp_path / "rates.json").read_text())
    by_name = {row["name"]: row for row in [*rates["pictures"], *rates["totals"]]}
    assert by_name["wall.png"]["h_mean"] == 1.0
    assert by_name["wall.png"]["letter_edits"] == 1
    assert by_name["word.png"]["cer"] == 0.0
    assert by_name["all"]["letters"] == 8 + 10 + 4
    assert list(rates["failed"]) == ["torn.png"]
    row = next(row for row in done.stdout.splitlines() if row.startswith("wall.png"))
    assert row.split()[1:6] == ["2", "2", "100.0", "100.0", "100.0"]


def test_the_evaluation_says_what_it_lacks(tmp_path: Path) -> None:
    for arguments, says in (
        (("--task", "ocr"), "--task ocr needs --data FOLDER"),
        (("--task", "ocr", "--data", tmp_path), "no picture with its truth"),
    ):
        done = sluice("evaluate", *arguments, program=("-m", "models"))
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert says in done.stderr
