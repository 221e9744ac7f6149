import json
import shutil
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from models.__main__ import main
from pipeline.errors import PipelineError

ROOT = Path(__file__).parents[3]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "models", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_list_names_every_model_with_its_licence(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["list", "--cache", str(tmp_path)])
    assert result.exit_code == 0
    row = next(line for line in result.output.splitlines() if line.startswith("person-ssdlite*"))
    assert row.split() == ["person-ssdlite*", "detect", "300", "x", "300", "12.9", "MIT", "yes", "onnx", "tflite"]


def test_show_tells_what_a_model_wants(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["show", "person-ssdlite", "--cache", str(tmp_path)])
    assert "300 x 300 nhwc rgb float32, (pixel - 127.5) * 0.00784314" in result.output


def test_pull_says_that_a_model_is_there_already(pulled: Path) -> None:
    result = CliRunner().invoke(main, ["pull", "--all-default"])
    assert result.output.startswith("person-ssdlite: there already (onnx, tflite")


def test_pull_of_nothing_says_what_can_be_named() -> None:
    result = CliRunner().invoke(main, ["pull"])
    assert result.exit_code == 2
    assert "name a model (`python -m models list` shows them)" in result.output


def test_an_unknown_name_is_one_line_and_exit_2() -> None:
    done = run("pull", "person-sdlite")
    assert done.returncode == 2
    assert done.stderr == "error: no model 'person-sdlite' on the shelf; did you mean 'person-ssdlite'?\n"


def test_list_as_json_has_every_field(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["list", "--json", "--cache", str(tmp_path)])
    rows = {row["name"]: row for row in json.loads(result.output)}
    assert rows["face-dlib-resnet"]["licence"] == "CC0-1.0"
    assert rows["person-ssdlite"]["cached"] == []


def test_verify_tells_a_whole_cache_from_a_damaged_one(pulled: Path, tmp_path: Path) -> None:
    made = shutil.ignore_patterns("*.int8.*", "*.fp16.*")  # what somebody may have quantised here
    shutil.copytree(pulled / "models" / "person-ssdlite", tmp_path / "models" / "person-ssdlite", ignore=made)
    good = CliRunner().invoke(main, ["verify", "--cache", str(tmp_path)])
    assert (good.exit_code, good.output) == (0, "person-ssdlite: good (onnx, tflite)\n")
    with (tmp_path / "models" / "person-ssdlite" / "model.tflite").open("r+b") as file:
        file.write(b"x")
    bad = CliRunner().invoke(main, ["verify", "--cache", str(tmp_path)])
    assert "person-ssdlite: FAILED: " in bad.output
    assert isinstance(bad.exception, PipelineError)
    assert "mend with: python -m models pull person-ssdlite" in str(bad.exception)


def test_verify_of_an_empty_cache_says_how_to_fill_it(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["verify", "--cache", str(tmp_path)])
    assert isinstance(result.exception, PipelineError)
    assert "pull --all-default" in str(result.exception)


def test_show_looks_into_the_files(pulled: Path) -> None:
    result = CliRunner().invoke(main, ["show", "person-ssdlite", "--cache", str(pulled)])
    assert "1 x 1917 x 4 float32" in result.output
    assert "88 Conv, " in result.output
    assert "cells 19x19 10x10" in result.output
