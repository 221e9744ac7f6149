"""From a trained run to what a person reads: evaluate, calibrate and predict, as they are typed."""

import io
import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result
from small_classifiers import digits

from models.__main__ import main
from pipeline.errors import ConfigError, ModelError, PipelineError


def run(*words: str | Path, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], input=io.BytesIO(stdin))


def refusal(*words: str | Path) -> str:
    """The line that a person is told, exit 2."""
    error = run(*words).exception
    assert isinstance(error, PipelineError), error
    assert error.exit_code == 2
    assert "\n" not in str(error)
    return str(error)


@pytest.fixture
def copy(digits_run: Path, tmp_path: Path) -> Path:
    """A run of one's own."""
    return Path(shutil.copytree(digits_run, tmp_path / "digits"))


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with two digits, large and in colour, one in a folder of its own, and a file that is none."""
    folder = tmp_path / "pictures"
    (folder / "deeper").mkdir(parents=True)
    for name, row in (("zero.png", 0), ("deeper/one.jpg", 1)):
        large = cv2.resize(digits()[0][row], (64, 80), interpolation=cv2.INTER_NEAREST)
        cv2.imwrite(str(folder / name), cv2.cvtColor(large, cv2.COLOR_GRAY2BGR))
    (folder / "broken.png").write_bytes(b"nothing")
    return folder


def test_a_run_is_judged_by_its_test_split_into_its_own_folder(copy: Path) -> None:
    done = run("evaluate", copy, "--json", copy / "again.json")
    assert done.exit_code == 0, done.output
    assert "digits (keras) on digits, test split, 270 pictures" in done.output
    assert "95 % confident of" in done.output
    metrics = json.loads((copy / "metrics.json").read_text())
    assert metrics["accuracy"] > 0.85
    assert [one["form"] for one in metrics["speed"]] == ["keras", "onnx", "tflite"]
    assert json.loads((copy / "again.json").read_text()) == metrics
    assert (copy / "report.html").is_file()


def test_another_form_other_data_or_fewer_pictures_leave_the_runs_own_figures_alone(copy: Path) -> None:
    done = run("evaluate", copy, "--split", "validation", "--form", "onnx", "--limit", "20")
    assert done.exit_code == 0, done.output
    assert json.loads((copy / "evaluation-onnx-validation" / "metrics.json").read_text())["pictures"] == 20
    assert "note: Drawn by chance from 153 pictures." in done.output
    assert not (copy / "metrics.json").exists()


def test_what_cannot_be_evaluated_is_told_in_a_line(copy: Path, tmp_path: Path, pictures: Path) -> None:
    for label in ("zero", "one"):
        (pictures / label).mkdir()
        for number in range(3):
            shutil.copy(pictures / "zero.png", pictures / label / f"{label}{number}.png")
    shutil.rmtree(pictures / "deeper")
    alone = Path(shutil.copy(copy / "model.onnx", tmp_path / "alone.onnx"))
    assert "nothing to evaluate" in refusal("evaluate")
    assert "has no form tflite-int8 here" in refusal("evaluate", copy, "--form", "tflite-int8")
    assert "not for classification" in refusal("evaluate", copy, "--plot", tmp_path / "x.png")
    assert "are for --task classification" in refusal("evaluate", "--task", "ocr", "--corruptions")
    assert "other networks are named by --model" in refusal("evaluate", copy, "--task", "ocr")
    assert "write" in refusal("evaluate", alone, "--data", "digits")
    shutil.copy(copy / "model.yaml", tmp_path / "model.yaml")
    shutil.copy(copy / "model.onnx", tmp_path / "model.onnx")
    assert "lies in no run: name its pictures by --data" in refusal("evaluate", tmp_path / "model.onnx")
    assert "no class 'one' and 1 more of the data" in refusal("evaluate", copy, "--form", "onnx", "--data", pictures)


def test_a_calibrated_run_says_so_and_tells_which_files_are_older(copy: Path) -> None:
    done = run("calibrate", copy)
    assert done.exit_code == 0, done.output
    assert "calibration error" in done.output
    assert "onnx, tflite still have the temperature before" in done.output
    assert run("calibrate", copy / "nothing").exception.__class__ is ModelError


def test_pictures_of_any_kind_are_named_and_what_is_none_is_listed_at_the_end(digits_run: Path, pictures: Path) -> None:
    done = run("predict", pictures, pictures / "gone.png", "--model", digits_run, "--form", "onnx", "--top", "2")
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert any(line.startswith("  0 ") and "█" in line for line in lines)
    assert any(line.startswith("  1 ") for line in lines)
    assert sum(line.startswith("error: cannot read") for line in lines) == 2
    assert lines[-1] == f"2 not done: {pictures / 'broken.png'}, {pictures / 'gone.png'}"


def test_a_picture_on_standard_input_is_answered_in_json(digits_run: Path, pictures: Path) -> None:
    data = (pictures / "zero.png").read_bytes()
    done = run("predict", "-", "--model", digits_run / "model.tflite", "--json", "--top", "3", stdin=data)
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert told["image"] == "stdin"
    assert told["top"][0]["label"] == "0"
    assert len(told["top"]) == 3


def test_forms_agree_and_one_class_is_a_line(digits_run: Path, pictures: Path) -> None:
    said = {
        form: run("predict", pictures / "zero.png", "--model", digits_run, "--form", form, "--top", "1").output
        for form in ("keras", "onnx", "tflite")
    }
    assert len(set(said.values())) == 1
    assert said["keras"].startswith(f"{pictures / 'zero.png'}: 0 ")


def test_an_explanation_lies_beside_the_picture_and_is_not_taken_for_one(digits_run: Path, pictures: Path) -> None:
    (pictures / "broken.png").unlink()
    done = run("predict", pictures, "--model", digits_run, "--explain", "--json")
    assert done.exit_code == 0, done.output
    assert [json.loads(line)["explained"] for line in done.output.splitlines()] == [
        str(pictures / "deeper" / "one-why.png"),
        str(pictures / "zero-why.png"),
    ]
    drawn = cv2.imread(str(pictures / "zero-why.png"))
    assert drawn is not None
    assert drawn.shape[0] / drawn.shape[1] == pytest.approx(80 / 64, rel=0.02)
    again = run("predict", pictures, "--model", digits_run, "--top", "1")
    assert len(again.output.splitlines()) == 2


def test_an_explanation_of_a_large_picture_says_what_its_colours_mean(digits_run: Path, pictures: Path) -> None:
    picture = cv2.imread(str(pictures / "zero.png"))
    assert picture is not None
    cv2.imwrite(str(pictures / "large.png"), cv2.resize(picture, (960, 1200)))
    done = run("predict", pictures / "large.png", "--model", digits_run, "--explain")
    assert done.exit_code == 0, done.output
    drawn = cv2.imread(str(pictures / "large-why.png"))
    assert drawn is not None
    corner = drawn[-20:, -240:].reshape(-1, 3)
    assert (corner.max(1) < 8).mean() > 0.3  # black
    assert (corner.min(1) > 200).any()  # words


def test_a_network_that_cannot_be_looked_into_is_told_before_anything(digits_run: Path, pictures: Path) -> None:
    done = run("predict", pictures, "--model", digits_run / "model.onnx", "--explain")
    assert isinstance(done.exception, ConfigError)
    assert "Keras network" in str(done.exception)


def test_a_folder_without_pictures_is_told(digits_run: Path, tmp_path: Path) -> None:
    done = run("predict", tmp_path, "--model", digits_run / "model.onnx")
    assert done.exit_code == 1
    assert "no pictures in" in done.output


def test_pictures_are_turned_as_their_exif_says(digits_run: Path, tmp_path: Path) -> None:
    from PIL import Image

    upright = np.repeat(np.repeat(digits()[0][0, ..., 0], 8, axis=0), 8, axis=1)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    Image.fromarray(upright).save(tmp_path / "upright.png")
    Image.fromarray(np.rot90(upright)).save(tmp_path / "turned.png", exif=exif)
    done = run("predict", tmp_path, "--model", digits_run / "model.onnx", "--json")
    turned, plain = (json.loads(line)["top"] for line in done.output.splitlines())
    assert turned == plain
