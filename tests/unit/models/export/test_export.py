"""Every form of a network runs in its runtime, agrees with Keras, and says what it is worth."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from disks import largest_file
from small_exports import coloured_run

from models.backend import open_backend, open_file
from models.data.dataset import DataSet
from models.experiments.run import EXPORT, Run
from models.export.export import ExportOptions, export_run
from models.export.forms import ExportForm, with_float
from models.export.pictures import as_rgb
from models.export.written import earlier, put
from models.feed import Feed
from models.resolve import resolve
from pipeline.errors import ModelError
from pipeline.locks import lock, unlock

pytestmark = pytest.mark.timeout(600)  # the first test waits for a conversion: ten seconds on a quiet machine
Exported = tuple[Run, DataSet, dict[str, Any]]


@pytest.fixture(scope="module")
def coloured(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    pytest.importorskip("tf2onnx", reason="conversion is not installed here")
    run, data = coloured_run(tmp_path_factory.mktemp("runs") / "in colour")
    forms: tuple[ExportForm, ...] = ("onnx", "tflite", "onnx-int8", "tflite-int8")
    return run, data, export_run(run, data, forms, ExportOptions(calibration=60, float_first=0))


@pytest.mark.parametrize("form", ["onnx", "tflite"])
def test_float_forms_say_what_keras_says_of_every_picture(coloured: Exported, form: str) -> None:
    row = coloured[2]["forms"][form]
    for split, pictures in (("validation", 200), ("test", 397)):
        assert row[split]["difference"] < 1e-5
        assert (row[split]["same_class"], row[split]["pictures"]) == (1, pictures)


@pytest.mark.parametrize("form", ["onnx-int8", "tflite-int8"])
def test_eight_bits_with_batch_norm_on_both_sides_of_the_activation_keep_most_answers(
    coloured: Exported, form: str
) -> None:
    row = coloured[2]["forms"][form]
    assert row["test"]["same_class"] > 0.9
    assert 1e-6 < row["test"]["difference"] < 0.3


def test_the_accuracy_told_is_that_of_the_file(coloured: Exported) -> None:
    run, data, report = coloured
    backend = open_file(run.path("model.onnx"))
    right = backend.run(as_rgb(data.test.images))[0].argmax(axis=1) == data.test.classes
    assert report["forms"]["onnx"]["test"]["accuracy"] == pytest.approx(right.mean())
    assert report["keras"]["test"]["accuracy"] == pytest.approx(right.mean())
    assert right.mean() > 0.8, "red, green and blue are told apart only where their order is kept"


def test_a_frame_in_blue_green_red_reaches_the_network_as_red_green_blue(coloured: Exported) -> None:
    run, data, _ = coloured
    spec = resolve(str(run.folder), "classify")
    backend, feed = open_backend(spec, run.folder), Feed(spec.input)
    wants = open_file(run.path("model.onnx")).run(as_rgb(data.test.images[:9]))[0]
    for picture, want in zip(data.test.images[:9], wants, strict=True):
        large = np.ascontiguousarray(picture[..., ::-1].repeat(5, axis=0).repeat(5, axis=1))
        np.testing.assert_allclose(backend.run(feed(large))[0][0], want, atol=1e-5)


def test_the_spec_has_labels_size_and_the_files_with_their_checksums(coloured: Exported) -> None:
    run, data, report = coloured
    spec = resolve(str(run.folder), "classify")
    assert (spec.name, spec.labels, spec.input.size, spec.run) == ("in-colour", data.labels, (8, 8), run.folder)
    assert {form: file.sha256 for form, file in spec.files.items()} == {
        form: row["sha256"] for form, row in report["forms"].items()
    }


def test_the_report_is_in_the_folder_with_the_files_and_nothing_else_is_left_there(coloured: Exported) -> None:
    run, _, report = coloured
    assert json.loads(run.path("export.json").read_text()) == report
    forms = report["forms"]
    assert forms[report["fastest"]]["ms"] == min(row["ms"] for row in forms.values())
    files = {row["file"] for row in forms.values()}
    assert {path.name for path in run.folder.iterdir()} == files | {"model.keras", "run.json", "model.yaml", EXPORT}


def test_forms_of_an_earlier_export_of_the_same_weights_stay_where_they_are_whole(
    coloured: Exported, tmp_path: Path
) -> None:
    run, sha256 = Run(shutil.copytree(coloured[0].folder, tmp_path / "copy")), coloured[2]["model"]["sha256"]
    assert set(earlier(run, sha256)) == {"onnx", "onnx-int8", "tflite", "tflite-int8"}
    run.path("model.tflite").write_bytes(b"half")
    assert set(earlier(run, sha256)) == {"onnx", "onnx-int8", "tflite-int8"}
    assert earlier(run, "0" * 64) == {}


def test_what_is_put_into_a_run_takes_the_place_of_forms_of_other_weights(coloured: Exported, tmp_path: Path) -> None:
    run = Run(shutil.copytree(coloured[0].folder, tmp_path / "copy"))
    (made := tmp_path / "made").mkdir()
    (made / "model.onnx").write_bytes(b"new")
    spec = resolve(str(run.folder), "classify")
    put(run, made, spec, {"forms": {"onnx": {"file": "model.onnx"}}})
    assert run.path("model.onnx").read_bytes() == b"new"
    assert {path.name for path in run.folder.glob("model.*")} == {"model.onnx", "model.keras", "model.yaml"}


def test_other_labels_or_sizes_than_the_runs_are_one_line(coloured: Exported) -> None:
    run, data, _ = coloured
    with pytest.raises(ModelError, match=r"labels of .* are not those of the data \(3 labels, the data 2\)"):
        export_run(run, replace(data, labels=("red", "blue")))
    larger = replace(data, train=replace(data.train, images=np.zeros((1200, 9, 9, 3), np.uint8)))
    with pytest.raises(ModelError, match=r"takes pictures of \(8, 8, 3\), the data has \(9, 9, 3\)"):
        export_run(run, larger)


def test_weights_that_cannot_be_read_are_one_line_with_a_log_that_is_there(coloured: Exported, tmp_path: Path) -> None:
    run, data = Run(tmp_path / "damaged"), coloured[1]
    run.folder.mkdir()
    run.path("run.json").write_bytes(coloured[0].path("run.json").read_bytes())
    with pytest.raises(ModelError, match=r"has no model.keras: no epoch of it was whole"):
        export_run(run, data)
    run.path("model.keras").write_bytes(b"PK half")
    with pytest.raises(ModelError, match="is no Keras model"):
        export_run(run, data)
    run.path("model.keras").write_bytes(_without_weights(coloured[0].path("model.keras")))
    with pytest.raises(ModelError, match=r"cannot convert model.keras: .*all of it: .*export\.log") as caught:
        export_run(run, data)
    assert "\n" not in str(caught.value)
    assert {path.name for path in run.folder.iterdir()} == {"run.json", "model.keras", "export.log"}


def test_a_full_disk_is_one_line_and_leaves_the_earlier_export_as_it_was(coloured: Exported, tmp_path: Path) -> None:
    run = Run(shutil.copytree(coloured[0].folder, tmp_path / "copy"))
    before = {path.name: path.read_bytes() for path in run.folder.iterdir()}
    with largest_file(5_000), pytest.raises(ModelError, match=r"cannot write to .*copy: .*free the disk or mend its"):
        export_run(run, coloured[1])
    assert {path.name: path.read_bytes() for path in run.folder.iterdir()} == before


def _without_weights(model: Path) -> bytes:
    import io
    import zipfile

    made = io.BytesIO()
    with zipfile.ZipFile(model) as whole, zipfile.ZipFile(made, "w") as half:
        for name in ("metadata.json", "config.json"):
            half.writestr(name, whole.read(name))
    return made.getvalue()


def test_of_two_exports_at_once_the_second_waits_for_nobody(coloured: Exported) -> None:
    run, data, report = coloured
    held = lock(run.path(".export.lock"), wait=False)
    try:
        with pytest.raises(ModelError, match="is being exported by another process; wait for it"):
            export_run(run, data, ("onnx",))
    finally:
        unlock(held)
    assert json.loads(run.path(EXPORT).read_text())["forms"].keys() == report["forms"].keys()


def test_the_float_form_of_a_runtime_comes_with_its_others() -> None:
    assert with_float(["onnx-int8", "tflite-dynamic"]) == ("onnx", "onnx-int8", "tflite", "tflite-dynamic")
