import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from models.__main__ import main

ROOT = Path(__file__).parents[3]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "models", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_list_names_every_model_with_its_licence(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["list", "--cache", str(tmp_path)])
    assert result.exit_code == 0
    row = next(line for line in result.output.splitlines() if line.startswith("person-ssdlite"))
    assert row.split() == ["person-ssdlite", "detect", "300", "x", "300", "MIT", "yes", "no"]


def test_show_tells_what_a_model_wants(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["show", "person-ssdlite", "--cache", str(tmp_path)])
    assert "300 x 300 nhwc rgb float32, (pixel - 127.5) * 0.00784314" in result.output


def test_pull_says_that_a_model_is_there_already(pulled: Path) -> None:
    result = CliRunner().invoke(main, ["pull", "--all-default"])
    assert result.output.startswith("person-ssdlite: there already (onnx, tflite) in ")


def test_pull_of_nothing_says_what_can_be_named() -> None:
    result = CliRunner().invoke(main, ["pull"])
    assert result.exit_code == 2
    assert "name a model (person-ssdlite)" in result.output


def test_an_unknown_name_is_one_line_and_exit_2() -> None:
    done = run("pull", "person-sdlite")
    assert done.returncode == 2
    assert done.stderr == "error: no model 'person-sdlite' on the shelf; did you mean 'person-ssdlite'?\n"
