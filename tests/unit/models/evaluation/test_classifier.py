import shutil
from pathlib import Path

import numpy as np
import pytest
from small_classifiers import LABELS, digits

from models.data.pictures import fitted
from models.data.prepare import parse
from models.evaluation.classifier import Classifier, open_classifier
from models.evaluation.fitting import fit
from pipeline.errors import ModelError


def test_every_form_of_a_run_says_the_same_of_grey_pictures(digits_run: Path) -> None:
    images, classes = digits()
    with open_classifier(digits_run) as keras:
        want = keras(images[1200:])
    assert (want.argmax(1) == classes[1200:]).mean() > 0.85
    for form in ("onnx", "tflite"):
        with open_classifier(digits_run, form) as one:
            assert (one.form, one.size, one.channels, one.labels) == (form, (8, 8), 3, LABELS)
            np.testing.assert_allclose(one(images[1200:]), want, atol=2e-3)


def test_a_file_alone_is_opened_as_what_it_is(digits_run: Path) -> None:
    for name, form in (("model.keras", "keras"), ("model.onnx", "onnx"), ("model.tflite", "tflite")):
        with open_classifier(digits_run / name) as one:
            assert (one.form, one.labels) == (form, LABELS)


def test_colour_pictures_are_made_grey_and_fitted_for_a_small_grey_network(digits_run: Path) -> None:
    images, _ = digits()
    large = np.repeat(np.repeat(np.repeat(images[:20], 4, axis=1), 4, axis=2), 3, axis=3)
    with open_classifier(digits_run) as keras:
        np.testing.assert_allclose(keras(large), keras(images[:20]), atol=1e-5)


def test_no_pictures_are_no_rows(digits_run: Path) -> None:
    with open_classifier(digits_run) as keras:
        assert keras(np.zeros((0, 8, 8, 1), np.uint8)).shape == (0, 10)


def test_grey_is_made_with_the_weights_of_opencv() -> None:
    red = np.zeros((1, 1, 1, 3), np.uint8)
    red[..., 0] = 200
    assert fit(red, (1, 1), 1).ravel().tolist() == [60]


@pytest.mark.parametrize(
    ("name", "form", "says"),
    [
        ("nothing", "auto", "no model 'nothing' on the shelf"),
        ("nothing.keras", "auto", "no model file"),
        ("nothing.onnx", "auto", "no model file"),
        ("model.keras", "onnx", "is a Keras model, not onnx"),
        ("model.onnx", "keras", "is no Keras model"),
        ("", "tflite-int8", "has no form tflite-int8 here, only onnx, tflite"),
        ("", "caffe", "no form 'caffe'; there are keras"),
    ],
)
def test_what_cannot_be_opened_is_told_in_one_line(digits_run: Path, name: str, form: str, says: str) -> None:
    what = digits_run / name if name != "nothing" else Path(name)
    with pytest.raises(ModelError, match=says) as told:
        open_classifier(what, form)
    assert "\n" not in str(told.value)


def test_an_empty_folder_and_a_run_without_weights_say_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"has no model\.keras; name the folder of a run"):
        open_classifier(tmp_path)
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(ModelError, match="its training has kept no weights yet"):
        open_classifier(tmp_path)


def test_a_damaged_keras_file_is_told_in_one_line(digits_run: Path, tmp_path: Path) -> None:
    whole = (digits_run / "model.keras").read_bytes()
    (tmp_path / "model.keras").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match=r"is no Keras model|cannot load"):
        open_classifier(tmp_path)


def test_classes_of_a_keras_file_in_no_run_are_numbers_that_stand_for_no_names(
    digits_run: Path, tmp_path: Path
) -> None:
    shutil.copy(digits_run / "model.keras", tmp_path / "alone.keras")
    with open_classifier(tmp_path / "alone.keras") as alone, open_classifier(digits_run) as known:
        assert (alone.labels, alone.named, known.named) == (LABELS, False, True)


def test_a_network_that_ends_in_logits_is_read_as_one_that_ends_in_a_softmax(digits_run: Path, tmp_path: Path) -> None:
    import keras

    whole = keras.models.load_model(digits_run / "model.keras", compile=False)
    keras.Model(whole.input, whole.get_layer("logits").output).save(tmp_path / "logits.keras")
    with open_classifier(tmp_path / "logits.keras") as logits, open_classifier(digits_run) as known:
        np.testing.assert_allclose(logits(digits()[0][:30]), known(digits()[0][:30]), atol=1e-5)


def test_numbers_that_are_not_finite_are_an_error() -> None:
    one = Classifier(("a", "b"), (4, 4), 1, "keras", lambda images: np.full((len(images), 2), np.nan))
    with pytest.raises(ModelError, match="not finite"):
        one(np.zeros((3, 4, 4, 1), np.uint8))


def test_plain_pictures_take_the_steps_that_the_network_was_trained_behind() -> None:
    seen: list[np.ndarray] = []

    def run(images: np.ndarray) -> np.ndarray:
        seen.append(images)
        return np.ones((len(images), 2))

    faint = digits()[0][:3] // 8 + 100
    one = Classifier(("a", "b"), (8, 8), 1, "keras", run, prepare=("equalise",))
    assert one.plain(faint).shape == (3, 2)
    one(faint)
    want = np.stack([fitted(image, (8, 8), 1, parse(["equalise"])) for image in faint])
    np.testing.assert_array_equal(seen[0], want)
    np.testing.assert_array_equal(seen[1], faint)
    assert seen[0].max() == 255
