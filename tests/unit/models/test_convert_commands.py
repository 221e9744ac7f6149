import io
import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from models.convert_commands import convert_model
from pipeline.errors import PipelineError


def keras_file(path: Path) -> Path:
    """As much of a `.keras` file as is read before Keras is."""
    layers = [{"class_name": "InputLayer", "config": {"batch_shape": [None, 20, 24, 3]}}]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("config.json", json.dumps({"config": {"layers": layers}}))
    path.write_bytes(packed.getvalue())
    return path


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("graph.pb", "say --input TENSOR, --output TENSOR and --size WIDTH HEIGHT"),
        ("net.keras", "name some with --frames"),
        ("old.h5", "is a file of Keras 2"),
        ("x.dat", "is no network of dlib"),
        ("face-blazeface-short", "there is nothing to convert"),
        ("no-such-model", "no model 'no-such-model' on the shelf"),
        ("gone.pb", "no file"),
    ],
)
def test_what_cannot_be_converted_is_one_line_and_makes_nothing(tmp_path: Path, name: str, says: str) -> None:
    path = tmp_path / name
    if name == "net.keras":
        keras_file(path)
    elif path.suffix and name != "gone.pb":
        path.write_bytes(b"no")
    model = str(path) if path.suffix else name
    done = CliRunner().invoke(convert_model, [model, "--into", str(tmp_path / "into"), "--cache", str(tmp_path)])
    assert isinstance(done.exception, PipelineError)
    assert says in str(done.exception)
    assert "\n" not in str(done.exception)
    assert not (tmp_path / "into").exists()


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    done = CliRunner().invoke(convert_model, ["graph.pb", "--into", str(tmp_path)])
    assert "is there already" in str(done.exception)
