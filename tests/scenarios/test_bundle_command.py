"""A config packed on one machine and run on another that has the small install only."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from commands.bundle import pack_config
from commands.settings import load_settings
from models.cache import default_cache
from models.golden import golden_picture
from models.unpack import unpack
from stages.ssd import SsdConfig, SsdDetector

ROOT = Path(__file__).resolve().parents[2]
WITHOUT = "import sys; sys.modules.update(dict.fromkeys(['tensorflow', 'tf2onnx', 'onnx', 'onnxruntime']))"


@pytest.mark.usefixtures("person_model")
def test_a_device_runs_a_bundle_without_tensorflow_onnx_runtime_or_a_cache(tmp_path: Path, person_clip: Path) -> None:
    bundle = tmp_path / "edge.tar.gz"
    pack = [sys.executable, "-m", "models", "bundle", "-c", "configs/people.yaml", "-o", str(bundle)]
    done = subprocess.run(pack, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "on the device: python run.py annotate -c edge.tar.gz VIDEO" in done.stdout
    arguments = [
        "run.py",
        "annotate",
        str(person_clip),
        "--limit",
        "20",
        "-c",
        str(bundle),
        "-o",
        str(tmp_path / "a.mp4"),
    ]
    code = f"{WITHOUT}; sys.argv = {arguments}; import runpy; runpy.run_path('run.py', run_name='__main__')"
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    records = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert len(records) == 20
    assert records[-1]["objects"]


@pytest.mark.usefixtures("person_model")
def test_the_program_comes_along_and_runs_what_it_came_with(tmp_path: Path) -> None:
    bundle = tmp_path / "edge.tar.gz"
    pack_config(ROOT / "configs/people.yaml", bundle, "tflite", default_cache(), golden_picture(), with_code=True)
    subprocess.run(["tar", "xzf", str(bundle), "-C", str(tmp_path), "code"], check=True)
    code = tmp_path / "code"
    done = subprocess.run([sys.executable, "run.py", "check", str(bundle)], cwd=code, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told = subprocess.run(["sh", "deploy/install.sh", "--help"], cwd=code, capture_output=True, text=True, check=True)
    assert "--config gate.yaml" in told.stdout
    assert not {path.suffix for path in code.rglob("*")} & {".pyc", ".keras", ".onnx"}
    unpack(bundle, tmp_path / "device")  # its manifest names every file


@pytest.mark.usefixtures("person_model")
def test_files_that_a_config_names_come_along(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("walker\n")
    config = tmp_path / "config.yaml"
    config.write_text(f"stages: {{ssd: {{labels: '{tmp_path / 'names.txt'}'}}}}\n")
    pack_config(config, tmp_path / "a.tar.gz", "onnx", default_cache(), golden_picture())
    (tmp_path / "names.txt").unlink()
    unpack(tmp_path / "a.tar.gz", tmp_path / "device")
    (stage,) = load_settings(tmp_path / "device").stages
    assert isinstance(stage.config, SsdConfig)
    assert stage.config.runtime == "onnx"
    assert stage.config.labels is not None
    assert stage.config.labels.read_text() == "walker\n"


def test_a_quantised_form_is_packed_and_opened(tmp_path: Path, person_model: Path) -> None:
    made = tmp_path / "cache" / "models" / "person-ssdlite"
    made.mkdir(parents=True)
    shutil.copy(person_model / "model.tflite", made / "model.int8.tflite")  # what is in it does not matter here
    config = tmp_path / "config.yaml"
    config.write_text("stages: {ssd: {precision: int8}}\n")
    manifest = pack_config(config, tmp_path / "a.tar.gz", "tflite", tmp_path / "cache", golden_picture())
    assert list(manifest.models) == ["person-ssdlite.tflite-int8"]
    unpack(tmp_path / "a.tar.gz", tmp_path / "device")
    (stage,) = load_settings(tmp_path / "device").stages
    assert isinstance(stage.config, SsdConfig)
    SsdDetector(stage.config, tmp_path / "empty").close()


def test_a_damaged_bundle_is_one_line_and_exit_2(tmp_path: Path) -> None:
    (tmp_path / "edge.tar.gz").write_bytes(b"x")
    command = [sys.executable, "run.py", "check", str(tmp_path / "edge.tar.gz")]
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "cut short or no bundle" in done.stderr
