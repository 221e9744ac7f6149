import json
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from models.__main__ import main
from models.backend import Tensor
from models.bench import _take_turns, bench
from models.shelf import find
from pipeline.errors import PipelineError


class Logged:
    """Answers nothing, and writes down whose turn it was."""

    runtime = "fake"
    input = Tensor("image", (1,), np.dtype("float32"))
    outputs: tuple[Tensor, ...] = ()

    def __init__(self, name: str, turns: list[str]) -> None:
        self.name, self.turns = name, turns

    def run(self, batch: np.ndarray) -> tuple[np.ndarray, ...]:
        self.turns.append(self.name)
        return ()

    def close(self) -> None:
        pass


def test_rows_take_turns() -> None:
    turns: list[str] = []
    told: list[tuple[int, int]] = []
    wall, cpu = _take_turns(
        [Logged("a", turns), Logged("b", turns)], np.zeros(1), 2, lambda done, total: told.append((done, total))
    )
    assert "".join(turns) == "ab" * 5
    assert (wall.shape, cpu.shape) == ((2, 2), (2, 2))
    assert (wall >= 0).all()
    assert told[-1] == (2, 2)


def test_each_form_gets_a_row_with_what_it_costs_and_how_far_it_is(pulled: Path) -> None:
    rows = {row.form: row for row in bench(find("person-ssdlite"), pulled, rounds=3, threads=(1,))}
    onnx, tflite = rows["onnx"], rows["tflite"]
    assert onnx.difference.absolute == 0
    assert 0 < tflite.difference.absolute < 1e-3
    for row in (onnx, tflite):
        assert row.p10_ms <= row.median_ms <= row.p90_ms
        assert 1 < row.load_ms < 5000
        assert 30 < row.memory_mb < 600
        assert row.bytes > 1e7


def test_the_command_prints_a_table_and_writes_json(pulled: Path, tmp_path: Path) -> None:
    out, heavy = tmp_path / "rows.json", "tensorflow" in sys.modules
    arguments = ["bench", "person-ssdlite", "--rounds", "3", "--threads", "1", "--json", str(out)]
    result = CliRunner().invoke(main, [*arguments, "--cache", str(pulled)])
    assert result.exit_code == 0, result.output
    assert "person-ssdlite  onnx" in result.output
    written = json.loads(out.read_text())
    assert {"onnx", "tflite"} <= {row["form"] for row in written["rows"]}
    assert written["machine"]["versions"]["onnxruntime"]
    assert ("tensorflow" in sys.modules) == heavy  # measuring does not load it


def test_what_is_not_cached_says_how_to_get_it(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["bench", "person-ssdlite", "--cache", str(tmp_path)])
    assert isinstance(result.exception, PipelineError)
    assert "python -m models pull person-ssdlite" in str(result.exception)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--json", "nowhere/x.json"], "there is no folder nowhere"),
        (["--frames", "nowhere.mp4"], "no recording or folder nowhere.mp4"),
        (["--device", "cuda"], "no cuda, only cpu"),
    ],
)
def test_bad_input_is_one_line(pulled: Path, arguments: list[str], says: str) -> None:
    result = CliRunner().invoke(main, ["bench", "person-ssdlite", "--rounds", "3", *arguments, "--cache", str(pulled)])
    assert isinstance(result.exception, PipelineError)
    assert says in str(result.exception)
