import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models.backend import open_file
from models.keras_export import convert_keras, input_of
from models.workshop import REPORT, is_whole
from pipeline.errors import ModelError

MAKE = """
import sys, keras, numpy as np
keras.utils.set_random_seed(0)
layers = keras.layers
model = keras.Sequential([
    keras.Input((20, 24, 3)), layers.Conv2D(8, 3), layers.BatchNormalization(), layers.ReLU(6),
    layers.DepthwiseConv2D(3, strides=2), layers.Conv2D(16, 1, activation="relu"), layers.GlobalAveragePooling2D(),
    layers.Dense(5, activation="softmax"),
])
model.save(sys.argv[1])
np.save(sys.argv[3], [model(batch).numpy() for batch in np.load(sys.argv[2])])
"""


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("tf2onnx", reason="conversion is not installed here")
    folder = tmp_path_factory.mktemp("keras")
    frames = np.random.default_rng(0).uniform(-1, 1, (16, 1, 20, 24, 3)).astype(np.float32)
    np.save(folder / "frames.npy", frames)
    files = [str(folder / name) for name in ("net.keras", "frames.npy", "wants.npy")]
    subprocess.run([sys.executable, "-c", MAKE, *files], check=True, capture_output=True)
    convert_keras(folder / "net.keras", folder / "net", list(frames), ("onnx", "tflite", "tflite-fp16", "tflite-int8"))
    return folder


@pytest.mark.parametrize(
    ("file", "within"),
    [("model.onnx", 1e-5), ("model.tflite", 1e-5), ("model.fp16.tflite", 2e-3), ("model.int8.tflite", 0.05)],
)
def test_every_form_gives_what_the_keras_model_gives(converted: Path, file: str, within: float) -> None:
    backend = open_file(converted / "net" / file)
    wants = np.load(converted / "wants.npy")
    for frame, want in zip(np.load(converted / "frames.npy"), wants, strict=True):
        np.testing.assert_allclose(backend.run(frame)[0], want, atol=within)
    assert backend.input.dtype == np.float32


def test_the_report_says_how_far_each_form_is_from_the_model(converted: Path) -> None:
    assert is_whole(converted / "net")
    files = json.loads((converted / "net" / REPORT).read_text())["files"]
    assert files["model.onnx"]["difference"] < files["model.int8.tflite"]["difference"]
    assert files["model.onnx"]["top1"] == 1
    assert files["model.fp16.tflite"]["bytes"] < files["model.tflite"]["bytes"]


def test_the_size_of_the_pictures_is_read_without_keras(converted: Path) -> None:
    assert input_of(converted / "net.keras") == (24, 20)


@pytest.mark.parametrize(
    ("name", "says"), [("old.h5", "is a file of Keras 2"), ("x.keras", "is no Keras model"), ("gone.keras", "no Keras")]
)
def test_a_file_that_is_none_is_one_line(tmp_path: Path, name: str, says: str) -> None:
    if name != "gone.keras":
        (tmp_path / name).write_bytes(b"no")
    with pytest.raises(ModelError, match=says) as caught:
        convert_keras(tmp_path / name, tmp_path / "into", [])
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "into").exists()
