from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from models.resolve import resolve
from models.shelf import SHELF
from models.spec import TfliteDetection
from pipeline.errors import ModelError

Shared = Callable[..., Path]


@pytest.fixture
def entry() -> dict[str, object]:
    found: dict[str, object] = yaml.safe_load(SHELF.read_text())["person-ssdlite"]
    del found["original"]
    return {**found, "files": {form: {"file": f"model.{form}"} for form in ("onnx", "tflite")}}


def test_a_plain_name_is_one_of_the_shelf() -> None:
    assert resolve("person-ssdlite").labels == ("person",)


def test_a_spec_of_ones_own_finds_files_and_labels_beside_it(tmp_path: Path, entry: dict[str, object]) -> None:
    (tmp_path / "names.txt").write_text("walker\n")
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({**entry, "labels": "names.txt"}))
    spec = resolve(str(path))
    assert (spec.name, spec.labels) == ("mine", ("walker",))
    assert spec.files["onnx"].file == tmp_path / "model.onnx"


def test_weights_take_the_spec_beside_them(tmp_path: Path, entry: dict[str, object]) -> None:
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(entry))
    (tmp_path / "mine.onnx").touch()
    assert resolve(str(tmp_path / "mine.onnx")).name == "mine"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"input": None}, "mine.yaml: input: "),
        ({"task": "detekt"}, "mine.yaml: task: "),
        ({"lisence": "MIT"}, "mine.yaml: lisence: Extra inputs"),
        ({"labels": "absent.txt"}, "absent.txt: No such file"),
    ],
)
def test_a_mistake_in_a_spec_is_named_by_file_and_field(
    tmp_path: Path, entry: dict[str, object], change: dict[str, object], says: str
) -> None:
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({**entry, **change}))
    with pytest.raises(ModelError, match=says) as caught:
        resolve(str(tmp_path / "mine.yaml"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["a: [", "just text", "\x00"])
def test_a_spec_that_is_none_is_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "mine.yaml").write_text(content)
    with pytest.raises(ModelError, match=r"mine\.yaml") as caught:
        resolve(str(tmp_path / "mine.yaml"))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_said_to_be_absent(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no model file .*none\.onnx"):
        resolve(str(tmp_path / "none.onnx"))


def test_onnx_weights_without_a_spec_say_what_to_write(tmp_path: Path) -> None:
    (tmp_path / "mine.onnx").touch()
    with pytest.raises(ModelError, match=r"needs a spec: write .*mine\.yaml"):
        resolve(str(tmp_path / "mine.onnx"))


def test_a_bare_post_processed_detector_is_looked_into(shared: Shared) -> None:
    spec = resolve(str(shared("models", "ssd_mobilenet_v1_coco_quant", "detect.tflite")))
    assert isinstance(spec.output, TfliteDetection)
    assert (spec.input.size, spec.input.dtype) == ((300, 300), "uint8")


def test_a_bare_classifier_is_refused_with_its_shapes(shared: Shared) -> None:
    with pytest.raises(ModelError, match=r"gives \[\(1, 1001\)\]: that needs a spec"):
        resolve(str(shared("models", "coral", "mobilenet_v2_1.0_224_quant.tflite")))
