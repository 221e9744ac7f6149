import json
from pathlib import Path

import pytest

pytest.importorskip("onnx", reason="quantising is not installed here")

from small_networks import SIDE, batches, bottlenecks

from models.frames import Frames
from models.quantize import REPORT, TooMuchLostError, quantize
from models.shelf import cached_forms, find, folder
from models.spec import ClassScores, ModelFile, ModelSpec
from pipeline.errors import ModelError

FRAMES = Frames(batches(8, 0), batches(12, 1))


@pytest.fixture
def spec(tmp_path: Path) -> ModelSpec:
    path = bottlenecks(tmp_path / "mine.onnx")
    like = find("person-ssdlite")
    told = {"name": "mine", "task": "classify", "output": ClassScores.model_construct(form="class-scores")}
    size = like.input.model_copy(update={"size": (SIDE, SIDE)})
    return like.model_copy(update={**told, "input": size, "files": {"onnx": ModelFile(file=path)}, "original": None})


def test_a_form_that_is_good_enough_is_kept_with_what_it_cost_and_gained(spec: ModelSpec, tmp_path: Path) -> None:
    report = quantize(spec, tmp_path, FRAMES, limit=1.0)
    row = report["forms"]["onnx-int8"]
    assert "onnx-int8" in cached_forms(spec, tmp_path)
    assert row["agreement"]["frames"] == 12
    assert row["ms"] > 0 and row["bytes"] > 0 and 0 <= row["cost"] <= 1
    into = folder(spec, tmp_path)
    assert json.loads((into / REPORT).read_text()) == report
    assert sorted(path.name for path in into.iterdir()) == ["model.int8.onnx", REPORT]


def test_a_form_that_lost_too_much_is_not_kept_and_what_was_there_stays(spec: ModelSpec, tmp_path: Path) -> None:
    quantize(spec, tmp_path, FRAMES, limit=1.0)
    before = {path.name: path.read_bytes() for path in folder(spec, tmp_path).iterdir()}
    with pytest.raises(TooMuchLostError, match=r"lost more than -1\.00% on 12 held-out frames") as caught:
        quantize(spec, tmp_path, FRAMES, limit=-0.01)
    assert caught.value.exit_code == 1
    assert {path.name: path.read_bytes() for path in folder(spec, tmp_path).iterdir()} == before


def test_a_form_without_its_float_form_or_its_original_is_one_line(spec: ModelSpec, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"has no tflite file here"):
        quantize(spec, tmp_path, FRAMES, targets=("tflite-int8",))
    assert not list(folder(spec, tmp_path).glob("*"))
