import json
import logging
from pathlib import Path

import pytest
import yaml
from small_networks import SIDE, bottlenecks

from models import resolve as names
from models.backend import open_backend
from models.bundle import choose_form
from models.cache import sha256_of
from models.experiments import run as files
from models.frames import Frames
from models.quantize import quantize
from models.resolve import resolve
from models.shelf import cached_forms
from pipeline.errors import ModelError


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "runs" / "first"
    folder.mkdir(parents=True)
    bottlenecks(folder / "model.onnx")
    (folder / "run.json").write_text("{}")
    (folder / "model.keras").write_bytes(b"weights")
    (folder / "export.json").write_text(json.dumps({"model": {"sha256": sha256_of(folder / "model.keras")}}))
    spec = {
        "name": "first",
        "task": "classify",
        "run": ".",
        "files": {"onnx": {"file": "model.onnx", "sha256": sha256_of(folder / "model.onnx")}},
        "input": {"size": [SIDE, SIDE], "colour": "rgb", "dtype": "float32", "mean": 0, "scale": 1},
        "output": {"form": "class-scores", "kind": "probability"},
        "labels": ["a", "b"],
    }
    (folder / "model.yaml").write_text(yaml.safe_dump(spec))
    return folder


def test_the_names_of_a_runs_files_are_those_that_training_uses() -> None:
    assert (names.SPEC, names.STATE, names.EXPORT, names.MODEL) == (files.SPEC, files.STATE, files.EXPORT, files.MODEL)


def test_a_folder_of_a_run_is_a_model_wherever_it_was_moved(run: Path, tmp_path: Path) -> None:
    spec = resolve(str(run.rename(tmp_path / "else where")), "classify")
    assert (spec.name, spec.run) == ("first", tmp_path / "else where")
    assert spec.files["onnx"].file == tmp_path / "else where" / "model.onnx"


def test_a_name_of_the_shelf_comes_before_a_folder_of_that_name(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.rename(tmp_path / "person-ssdlite")
    monkeypatch.chdir(tmp_path)
    assert resolve("person-ssdlite").task == "detect"


def test_a_run_without_a_form_says_how_it_is_exported(run: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=f"int8 file here; make one: python -m models export {run} --form onnx-int8"):
        open_backend(resolve(str(run)), tmp_path, precision="int8")
    with pytest.raises(ModelError, match=f"or run: python -m models export {run} --form tflite-int8"):
        choose_form(resolve(str(run)), tmp_path, "tflite", "int8")


def test_eight_bits_of_another_model_of_that_name_are_not_taken_for_a_runs(run: Path, tmp_path: Path) -> None:
    stale = tmp_path / "cache" / "models" / "first"
    stale.mkdir(parents=True)
    (stale / "model.int8.onnx").write_bytes((run / "model.onnx").read_bytes())
    (run / "model.int8.onnx").write_bytes((run / "model.onnx").read_bytes())
    assert cached_forms(resolve(str(run)), tmp_path / "cache") == ("onnx",)


def test_a_damaged_file_of_a_run_says_to_export_again(run: Path, tmp_path: Path) -> None:
    (run / "model.onnx").write_bytes(b"half")
    with pytest.raises(ModelError, match=rf"SHA-256 differs\); export it again: python -m models export {run}"):
        open_backend(resolve(str(run)), tmp_path)
    (run / "model.onnx").unlink()
    with pytest.raises(ModelError, match=f"its files are gone from {run}; run: python -m models export"):
        open_backend(resolve(str(run)), tmp_path)


def test_a_network_that_changed_after_its_export_is_told(run: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        resolve(str(run))
        assert caplog.messages == []
        (run / "model.keras").write_bytes(b"trained on")
        resolve(str(run))
    assert "changed after it was exported; run: python -m models export" in caplog.messages[0]
    (run / "model.keras").unlink()
    resolve(str(run))
    assert len(caplog.messages) == 1


@pytest.mark.parametrize(
    ("gone", "name", "says"),
    [
        ((), "runs/absent", "there is no .*runs/absent; name a model of the shelf, a file, or a run"),
        (("model.yaml",), "runs/first", "is not exported yet; run: python -m models export .*runs/first"),
        (("model.yaml", "run.json"), "runs/first", "is no run and has no model.yaml"),
        ((), "runs/first/model.keras", "is for training; name its run: python -m models export .*runs/first, then"),
        ((), "runs/first/model.int8.onnx", r"is one form of .*runs/first: set model to .*runs/first, and precision to"),
        (("run.json",), "runs/first/model.keras", "python -m models convert .*model.keras --into"),
    ],
)
def test_a_place_without_an_exported_model_is_one_line(
    run: Path, tmp_path: Path, gone: tuple[str, ...], name: str, says: str
) -> None:
    (run / "model.int8.onnx").touch()
    for file in gone:
        (run / file).unlink()
    with pytest.raises(ModelError, match=says) as caught:
        resolve(str(tmp_path / name), "classify")
    assert "\n" not in str(caught.value)


def test_quantizing_a_run_is_left_to_its_export(run: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="its forms are made by: python -m models export"):
        quantize(resolve(str(run)), tmp_path, Frames([], []))
