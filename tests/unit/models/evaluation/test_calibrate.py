import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from small_classifiers import digits

from models.data.load import load
from models.evaluation.calibrate import calibrate, logits_of
from models.evaluation.calibration import fit_temperature
from models.evaluation.classifier import open_classifier
from models.evaluation.keras_form import load_keras
from models.experiments.run import Run
from pipeline.errors import ConfigError, ModelError


@pytest.fixture
def copy(digits_run: Path, tmp_path: Path) -> Path:
    for name in ("config.yaml", "run.json", "model.keras"):
        shutil.copy(digits_run / name, tmp_path)
    return tmp_path


def test_the_temperature_is_that_of_the_validation_split_and_lies_in_the_model(copy: Path) -> None:
    split = load(Run(copy).config().data).validation
    want = fit_temperature(logits_of(load_keras(copy / "model.keras"), split.images), split.classes)
    with open_classifier(copy) as before:
        said = before(digits()[0])
    told = calibrate(Run(copy))
    assert told.temperature == pytest.approx(want)
    assert told.earlier == pytest.approx(1)
    assert told.log_loss[1] <= told.log_loss[0]
    assert Run(copy).state()["temperature"] == pytest.approx(want, abs=1e-6)
    with open_classifier(copy) as after:
        cooled = after(digits()[0])
    powers = said.astype(np.float64) ** (1 / want)
    np.testing.assert_allclose(cooled, powers / powers.sum(axis=1, keepdims=True), atol=1e-4)


def test_doing_it_again_changes_nothing(copy: Path) -> None:
    first = calibrate(Run(copy))
    again = calibrate(Run(copy))
    assert again.temperature == pytest.approx(first.temperature, rel=1e-6)
    assert again.earlier == pytest.approx(first.temperature, rel=1e-5)


def test_a_network_whose_validation_pictures_are_all_right_is_left_as_it_is(tmp_path: Path) -> None:
    import keras

    random = np.random.default_rng(0)
    for label, level in (("dark", 30), ("light", 200)):
        (tmp_path / "data" / label).mkdir(parents=True)
        for number in range(20):
            picture = random.integers(level, level + 20, (8, 8, 3)).astype(np.uint8)
            cv2.imwrite(str(tmp_path / "data" / label / f"{number}.png"), picture)
    pixels = keras.Input((8, 8, 1))
    dense = keras.layers.Dense(2, name="logits")
    x = keras.layers.Rescaling(1.0, name="temperature")(dense(keras.layers.GlobalAveragePooling2D()(pixels)))
    dense.set_weights([np.array([[-0.1, 0.1]], np.float32), np.array([12, -12], np.float32)])
    keras.Model(pixels, keras.layers.Softmax()(x)).save(tmp_path / "model.keras")
    data = {"source": str(tmp_path / "data"), "colour": "grey", "validation": 0.4, "test": 0.0}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump({"data": data}))
    (tmp_path / "run.json").write_text("{}")
    before = (tmp_path / "model.keras").read_bytes()
    with pytest.raises(ConfigError, match="all 16 validation pictures are right"):
        calibrate(Run(tmp_path))
    assert (tmp_path / "model.keras").read_bytes() == before


def test_no_validation_split_and_no_weights_are_told_in_a_line(copy: Path) -> None:
    (copy / "config.yaml").write_text("data: {source: digits, size: [8, 8], validation: 0.0}\n")
    with pytest.raises(ConfigError, match="no validation split"):
        calibrate(Run(copy))
    (copy / "model.keras").unlink()
    with pytest.raises(ModelError, match="no model file"):
        calibrate(Run(copy))


def test_few_pictures_are_told(copy: Path) -> None:
    lines: list[str] = []
    calibrate(Run(copy), lines.append)
    assert lines == ["153 validation pictures are few: the temperature is a rough one"]
    assert not list(copy.glob(".*part*"))
    assert json.loads((copy / "run.json").read_text())["labels"]
