"""`new-stage` writes a stage that works at once, in a folder of its own, and whose own test passes."""

import subprocess
import sys
from pathlib import Path

import pytest

from commands.new_stage import write_stage
from commands.settings import load_settings
from fakes import FakeSink, FakeSource
from pipeline.build import build
from pipeline.errors import ConfigError
from pipeline.runner import Runner
from pipeline.sinks.records import frame_record


def test_what_it_writes_is_short_and_its_test_passes_at_once(tmp_path: Path) -> None:
    files = write_stage("my_blink", tmp_path / "mine")
    assert sum(len(file.read_text().splitlines()) for file in files) < 40
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path / "mine")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_it_runs_by_name_and_what_it_found_is_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    write_stage("my_glow", tmp_path)
    sink = FakeSink()
    with Runner(FakeSource(3), build(load_settings(tmp_path / "my_glow.yaml")), [sink]) as run:
        run.wait()
    assert frame_record(sink.packets[0], "fake", None)["my_glow"] == {"share": 0.0}


@pytest.mark.parametrize("name", ["my-stage", "Blink", "2fast", "class", "../x", "", "numpy", "stages"])
def test_a_name_that_cannot_be_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="new-stage"):
        write_stage(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "my_stage.yaml").write_text("mine")
    with pytest.raises(ConfigError, match="already there"):
        write_stage("my_stage", tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["my_stage.yaml"]
