import json
import shutil
from pathlib import Path

import pytest

from models.convert import convert
from models.origins import FrozenGraph
from models.pull import pull
from models.shelf import find, folder
from models.workshop import REPORT, is_whole
from pipeline.errors import ModelError

SSDLITE = find("person-ssdlite")


def cut_of_the_shelf() -> FrozenGraph:
    assert SSDLITE.original is not None
    assert isinstance(SSDLITE.original.convert, FrozenGraph)
    return SSDLITE.original.convert


def test_what_was_pulled_is_whole_and_says_how_far_it_is_from_the_graph(pulled: Path) -> None:
    made = folder(SSDLITE, pulled)
    assert is_whole(made)
    report = json.loads((made / REPORT).read_text())
    assert {name: file["difference"] < 1e-3 for name, file in report["files"].items()} == {
        "model.onnx": True,
        "model.tflite": True,
    }
    assert report["versions"]["tensorflow"]


def test_pulling_again_does_nothing(pulled: Path) -> None:
    said: list[str] = []
    assert not pull(SSDLITE, pulled, said.append)
    assert said == []


@pytest.mark.parametrize("damage", ["cut", "absent", "no report", "older recipe"])
def test_a_folder_that_lost_something_is_not_whole(pulled: Path, tmp_path: Path, damage: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder(SSDLITE, pulled), copy)
    if damage == "cut":
        (copy / "model.onnx").write_bytes((copy / "model.onnx").read_bytes()[:-1])
    elif damage == "absent":
        (copy / "model.tflite").unlink()
    elif damage == "no report":
        (copy / REPORT).write_text("[]")
    else:
        report = json.loads((copy / REPORT).read_text())
        (copy / REPORT).write_text(json.dumps({**report, "recipe": 0}))
    assert not is_whole(copy)


def test_a_graph_that_is_none_leaves_its_log_and_nothing_else(tmp_path: Path) -> None:
    pytest.importorskip("tf2onnx", reason="conversion is not installed here")
    graph = tmp_path / "graph.pb"
    graph.write_bytes(b"no graph")
    into = tmp_path / "models" / "mine"
    with pytest.raises(ModelError, match=r"cannot convert graph\.pb: .* \(all of it: .*mine\.log\)") as caught:
        convert(graph, cut_of_the_shelf(), (300, 300), into)
    assert "\n" not in str(caught.value)
    assert [path.name for path in into.parent.iterdir()] == ["mine.log"]
