"""The whole way once: digits are learnt, judged, explained, exported, and named in a pipeline's clip."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

import run as sluice
from commands.bundle import pack_config
from commands.workshop_cli import told
from commands.workshop_clip import Crossing
from models.__main__ import main
from models.backend import open_file
from models.data.load import load
from models.experiments.run import Run
from models.export.forms import FORMS
from models.export.pictures import as_rgb
from models.golden import golden_picture
from models.spec import FILE_NAMES

pytestmark = pytest.mark.timeout(600)  # the first test waits for the whole way: half a minute on a quiet machine
CONFIG = Path(__file__).resolve().parents[2] / "configs" / "classify-moving.yaml"
SIZED = "stages.classify.min_side_px=110"


@pytest.fixture(scope="module")
def gone(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Result]:
    for package in ("tf2onnx", "keras", "sklearn"):
        pytest.importorskip(package, reason="the workshop is not installed here")
    folder = tmp_path_factory.mktemp("runs") / "first"
    done = CliRunner().invoke(main, ["workshop", "-o", str(folder), "--epochs", "3"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return Run(folder), done


@pytest.fixture(scope="module")
def report(gone: tuple[Run, Result]) -> dict[str, Any]:
    return gone[0].read_json("export.json")


def test_each_step_shows_its_command_and_leaves_its_files(gone: tuple[Run, Result]) -> None:
    folder, said = gone[0].folder, gone[1].output
    for number, command in enumerate(("data show digits", "train --name first", "evaluate", "explain", "export"), 1):
        assert f"{number} of 6" in said
        assert f"python -m models {command}" in said
    for name in ("curves.png", "report.html", "explain/explain.png", "model.yaml", "clip.annotated.mp4"):
        assert f"    {folder / name}" in said or name == "model.yaml"
        assert (folder / name).stat().st_size > 100


def test_digits_on_their_way_through_a_picture_are_called_by_their_names(gone: tuple[Run, Result]) -> None:
    records = [json.loads(line) for line in gone[0].path("clip.annotated.jsonl").read_text().splitlines()]
    assert len(records) == 415
    names = {found["class_name"] for record in records for found in record.get("classes", ())}
    assert names <= {*"0123456789", "unknown"}
    right = int(gone[1].output.rpartition("right on ")[2].split()[0])
    assert right >= 6, gone[1].output


@pytest.mark.parametrize("form", FORMS)
def test_every_form_takes_a_colour_picture_and_says_what_keras_says(
    gone: tuple[Run, Result], report: dict[str, Any], form: str
) -> None:
    backend = open_file(gone[0].path(FILE_NAMES[form]))  # type: ignore[index]
    grey = load(gone[0].config().data).test.images[:1]
    found = backend.run(as_rgb(grey))[0]
    backend.close()
    assert found.shape == (1, 10)
    assert found.sum() == pytest.approx(1, abs=0.02)
    row = report["forms"][form]["test"]
    assert row["pictures"] == 270
    assert row["difference"] < (1e-4 if form in ("onnx", "tflite") else 0.02 if form.endswith("fp16") else 0.3)
    assert row["same_class"] >= (1 if form in ("onnx", "tflite") else 0.95)


@pytest.mark.parametrize("precision", ["int8", "float16", "dynamic"])
def test_a_pipeline_runs_the_same_network_in_fewer_bits(
    gone: tuple[Run, Result], tmp_path: Path, precision: str
) -> None:
    folder = gone[0].folder
    settings = (f"stages.classify.model={folder}", f"stages.classify.precision={precision}", SIZED)
    jsonl = tmp_path / "clip.jsonl"
    done = _annotate(folder / "clip.mp4", CONFIG, jsonl, 100, *settings)
    assert done.exit_code == 0, done.output
    few, whole = (_names(path, 100) for path in (jsonl, folder / "clip.annotated.jsonl"))
    assert few
    assert len(few & whole) >= len(whole) - 1


def _annotate(clip: Path, config: Path, jsonl: Path, frames: int, *settings: str) -> Result:
    words = ["annotate", clip, "-c", config, "--no-video", "--jsonl", jsonl, "--limit", frames]
    words += [word for setting in settings for word in ("--set", setting)]
    return CliRunner().invoke(sluice.main, [str(word) for word in words])


def _names(path: Path, frames: int) -> set[tuple[int, str]]:
    """Which track was called what, last of all."""
    records = [json.loads(line) for line in path.read_text().splitlines()[:frames]]
    return set({one["track_id"]: one["class_name"] for it in records for one in it.get("classes", ())}.items())


def test_a_bundle_takes_the_network_of_a_run_along(gone: tuple[Run, Result], tmp_path: Path) -> None:
    copy = shutil.copytree(gone[0].folder, tmp_path / "first")
    config = tmp_path / "mine.yaml"
    config.write_text(f"stages:\n  classify: {{model: {copy}, on: '', precision: int8}}\n")
    manifest = pack_config(config, tmp_path / "edge.tar.gz", "tflite", tmp_path, golden_picture())
    assert set(manifest.models) == {"first.tflite-int8"}
    shutil.rmtree(copy)
    done = _annotate(gone[0].path("clip.mp4"), tmp_path / "edge.tar.gz", tmp_path / "out.jsonl", 3)
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "out.jsonl").read_text().splitlines()[0])["classes"][0]["class_name"]


def test_a_run_can_be_measured_like_a_model_of_the_shelf(gone: tuple[Run, Result], tmp_path: Path) -> None:
    copy = shutil.copytree(gone[0].folder, tmp_path / "first")
    spec = yaml.safe_load((copy / "model.yaml").read_text())
    few = {form: spec["files"][form] for form in ("onnx", "tflite-dynamic")}  # each is loaded in a process of its own
    (copy / "model.yaml").write_text(yaml.safe_dump({**spec, "files": few}))
    arguments = ["bench", str(copy), "--rounds", "3", "--threads", "1", "--json", str(tmp_path / "bench.json")]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    assert [row["form"] for row in json.loads((tmp_path / "bench.json").read_text())["rows"]] == [*few]


def test_a_folder_that_is_there_is_left_alone(gone: tuple[Run, Result]) -> None:
    done = CliRunner().invoke(main, ["workshop", "-o", str(gone[0].folder)])
    assert "is there already; name another folder with -o" in str(done.exception)


def test_what_was_said_is_counted_for_the_picture_that_it_was_said_of(tmp_path: Path) -> None:
    ways = [Crossing(0, 0, "7"), Crossing(1, 0, "1"), Crossing(0, 80, "3")]
    rows = []
    for frame, name in ((20, "7"), (21, "7"), (22, "1")):
        left = ways[0].left(frame)
        rows.append({"frame": frame, "classes": [{"class_name": name, "xyxy": [left + 2, 30, left + 118, 150]}]})
    rows.append({"frame": 23})
    (tmp_path / "clip.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    right, lines = told(tmp_path / "clip.jsonl", ways)
    assert right == 1
    nothing = "called nothing in 0 frames"
    assert lines == ["  a 7: called 7 in 2 frames", f"  a 1: {nothing}", f"  a 3: {nothing}"]
