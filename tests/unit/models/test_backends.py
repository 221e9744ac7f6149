from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from models.backend import Runtime, open_backend
from models.cache import sha256_of
from models.shelf import file_of, find
from models.spec import Form, ModelFile, ModelSpec
from pipeline.errors import ModelError

Shared = Callable[..., Path]
SSDLITE = find("person-ssdlite")
FORMS: tuple[Literal["onnx", "tflite"], ...] = ("onnx", "tflite")
GREY = np.zeros((1, 300, 300, 3), np.float32)


def one_file(form: Form, path: Path, sha256: str | None = None) -> ModelSpec:
    return SSDLITE.model_copy(update={"files": {form: ModelFile(file=path, sha256=sha256)}, "original": None})


@pytest.mark.parametrize("form", FORMS)
def test_a_real_network_gives_offsets_and_logits(pulled: Path, form: Runtime) -> None:
    backend = open_backend(SSDLITE, pulled, form)
    offsets, logits = backend.run(GREY)
    assert (offsets.shape, logits.shape) == ((1, 1917, 4), (1, 1917, 2))
    assert backend.input.shape == GREY.shape
    backend.close()
    backend.close()


@pytest.mark.parametrize("form", FORMS)
def test_outputs_belong_to_the_caller(pulled: Path, form: Runtime) -> None:
    backend = open_backend(SSDLITE, pulled, form)
    first = backend.run(GREY)
    kept = [output.copy() for output in first]
    backend.run(GREY + 0.5)
    assert all(np.array_equal(was, now) for was, now in zip(kept, first, strict=True))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("batch", [GREY[:, :200], GREY[0], GREY.astype(np.float64), GREY.astype(np.uint8)])
def test_a_batch_of_another_shape_or_dtype_names_the_model(pulled: Path, form: Runtime, batch: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"model 'person-ssdlite': expected \(1, 300, 300, 3\) float32, received"):
        open_backend(SSDLITE, pulled, form).run(batch)


def test_both_runtimes_agree(pulled: Path) -> None:
    batch = np.random.default_rng(1).uniform(-1, 1, GREY.shape).astype(np.float32)
    answers = [open_backend(SSDLITE, pulled, form).run(batch) for form in FORMS]
    for onnx, tflite in zip(*answers, strict=True):
        assert np.abs(onnx - tflite).max() < 1e-3


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("content", [b"", b"no model at all", None])
def test_a_damaged_file_is_one_line_that_names_model_and_file(
    pulled: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], form: Form, content: bytes | None
) -> None:
    path = tmp_path / f"damaged.{form}"
    path.write_bytes(file_of(SSDLITE, form, pulled).read_bytes()[:100_000] if content is None else content)
    with pytest.raises(ModelError, match=rf"model 'person-ssdlite': .* refuses .*damaged\.{form}") as caught:
        open_backend(one_file(form, path), tmp_path)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_a_damaged_model_of_the_shelf_names_the_command_that_mends_it(tmp_path: Path) -> None:
    path = file_of(SSDLITE, "onnx", tmp_path)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no model at all")
    with pytest.raises(ModelError, match="get it again: python -m models pull person-ssdlite"):
        open_backend(SSDLITE, tmp_path)


def test_a_file_with_another_checksum_is_not_opened(pulled: Path) -> None:
    path = file_of(SSDLITE, "onnx", pulled)
    open_backend(one_file("onnx", path, sha256_of(path)), pulled)
    with pytest.raises(ModelError, match="SHA-256 differs"):
        open_backend(one_file("onnx", path, "0" * 64), pulled)


def test_a_spec_whose_size_is_not_the_files_is_refused(pulled: Path) -> None:
    wide = SSDLITE.model_copy(update={"input": SSDLITE.input.model_copy(update={"size": (320, 200)})})
    with pytest.raises(ModelError, match=r"spec says \(1, 200, 320, 3\) float32, its file takes \(1, 300, 300, 3\)"):
        open_backend(wide, pulled)


def test_a_form_that_is_not_there_says_which_is(pulled: Path) -> None:
    with pytest.raises(ModelError, match="no tflite file here, only onnx"):
        open_backend(one_file("onnx", file_of(SSDLITE, "onnx", pulled)), pulled, "tflite")


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("coral/model_invoking_error.tflite", "fake-op-double"),
        ("tflite_micro/person_detect.tflite", "quantized_dimension"),
    ],
)
def test_what_the_runtime_cannot_run_is_one_line_and_quiet(
    shared: Shared, capfd: pytest.CaptureFixture[str], file: str, says: str
) -> None:
    path = shared("models", *file.split("/"))
    with pytest.raises(ModelError, match=says) as caught:
        open_backend(one_file("tflite", path), path.parent)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")
