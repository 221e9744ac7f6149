"""Where a model runs is what was asked for, or an error; nothing falls back in silence."""

import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.backend import Device, Opening, Precision, Runtime, limits_of, open_backend, open_form
from models.backends import onnx
from models.feed import Feed
from models.fits import check_outputs
from models.pull import pull
from models.shelf import find
from pipeline.errors import ModelError

ROOT = Path(__file__).parents[3]
SSDLITE = find("person-ssdlite")
GREY = np.zeros((1, 300, 300, 3), np.float32)
Shared = Callable[..., Path]


def test_what_really_runs_is_logged_once_and_named(pulled: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "models.backend"):
        backends = [open_backend(SSDLITE, pulled, "onnx", device="cpu") for _ in range(3)]
    assert [backend.runtime.endswith(" on CPU") for backend in backends] == [True] * 3
    assert len([line for line in caplog.messages if "runs in onnxruntime" in line]) <= 1


@pytest.mark.parametrize("device", ["gpu", "cuda", "tensorrt", "openvino", "coreml", "directml", "migraphx", "edgetpu"])
def test_a_device_that_onnx_runtime_lacks_is_refused_with_those_it_has(pulled: Path, device: Device) -> None:
    import onnxruntime

    if onnxruntime.get_available_providers() != ["AzureExecutionProvider", "CPUExecutionProvider"]:
        pytest.skip("this ONNX Runtime is not the plain one")
    with pytest.raises(ModelError, match=rf"no {device}, only cpu; set device to one of these") as caught:
        open_backend(SSDLITE, pulled, "onnx", device=device)
    assert "pull" not in str(caught.value)


def test_a_device_is_tried_with_a_network_before_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import onnxruntime

    assert onnx.devices()["cpu"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [*onnx.PROVIDERS.values()])
    tried = onnx.devices()
    assert tried["cpu"]
    assert not tried["migraphx"]  # nothing here has such a card


class RecordedError(Exception):
    """Ends the opening of a session that only a machine with the device could open."""


def asked_for(
    monkeypatch: pytest.MonkeyPatch, pulled: Path, device: Device, **options: str
) -> list[tuple[str, dict[str, str]]]:
    """The providers, with options, that a session is opened with where ONNX Runtime has every one of them."""
    import onnxruntime

    asked: list[tuple[str, dict[str, str]]] = []

    def session(path: Path, settings: object, providers: list[tuple[str, dict[str, str]]]) -> None:
        asked.extend(providers)
        raise RecordedError

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [*onnx.PROVIDERS.values()])
    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    with pytest.raises(RecordedError):
        open_backend(SSDLITE, pulled, "onnx", device=device, options=options)
    return asked


def test_openvino_computes_in_full_precision_unless_asked_otherwise(
    monkeypatch: pytest.MonkeyPatch, pulled: Path
) -> None:
    asked = asked_for(monkeypatch, pulled, "openvino")
    assert asked == [
        ("OpenVINOExecutionProvider", {"precision": "FP32", "num_of_threads": "1"}),
        ("CPUExecutionProvider", {}),
    ]
    other = asked_for(monkeypatch, pulled, "openvino", precision="ACCURACY", device_type="GPU")
    assert other[0][1] == {"precision": "ACCURACY", "num_of_threads": "1", "device_type": "GPU"}


def test_tensorrt_keeps_its_engine_and_leaves_the_rest_to_cuda(monkeypatch: pytest.MonkeyPatch, pulled: Path) -> None:
    asked = asked_for(monkeypatch, pulled, "tensorrt", trt_fp16_enable="1")
    assert [name for name, _ in asked] == [
        "TensorrtExecutionProvider",
        "CUDAExecutionProvider",
        "CPUExecutionProvider",
    ]
    options = asked[0][1]
    assert options["trt_fp16_enable"] == "1"
    assert Path(options["trt_engine_cache_path"]).parent == pulled / "models" / "person-ssdlite"


def test_auto_takes_a_card_that_somebody_installed_the_wheel_for(monkeypatch: pytest.MonkeyPatch, pulled: Path) -> None:
    assert [name for name, _ in asked_for(monkeypatch, pulled, "auto")] == [
        "CUDAExecutionProvider",
        "CPUExecutionProvider",
    ]


@pytest.mark.parametrize("device", ["gpu", "cuda", "openvino"])
def test_a_device_that_litert_lacks_is_refused(pulled: Path, device: Device) -> None:
    with pytest.raises(ModelError, match=rf"LiteRT has no {device}, only cpu, edgetpu"):
        open_backend(SSDLITE, pulled, "tflite", device=device)


def test_an_edge_tpu_that_is_not_there_says_what_to_install(pulled: Path, capfd: pytest.CaptureFixture[str]) -> None:
    if any(Path("/usr/lib").rglob("libedgetpu.so.1")):
        pytest.skip("there is an Edge TPU here")
    with pytest.raises(ModelError, match=r"no delegate libedgetpu\.so\.1: .*; install libedgetpu1-std") as caught:
        open_backend(SSDLITE, pulled, "tflite", device="edgetpu")
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_a_delegate_of_ones_own_that_is_no_library_is_told(pulled: Path) -> None:
    with pytest.raises(ModelError, match=r"no delegate nowhere\.so: .*; check options\.delegate"):
        open_backend(SSDLITE, pulled, "tflite", options={"delegate": "nowhere.so", "delegate.device": "usb"})


def test_options_reach_each_runtime(pulled: Path) -> None:
    spinning = open_backend(SSDLITE, pulled, "onnx", options={"session.intra_op.allow_spinning": True})
    preserving = open_backend(SSDLITE, pulled, "tflite", options={"experimental_disable_delegate_clustering": True})
    assert np.allclose(spinning.run(GREY)[0], preserving.run(GREY)[0], atol=1e-3)


def test_an_option_that_litert_does_not_know_is_told(pulled: Path) -> None:
    with pytest.raises(ModelError, match=r"has no such option: .*'nonsense'"):
        open_backend(SSDLITE, pulled, "tflite", options={"nonsense": 1})


@pytest.mark.parametrize("value", [np.nan, 255.0, -1.1, 1.1])
@pytest.mark.parametrize("runtime", ["onnx", "tflite"])
def test_values_out_of_range_name_the_model_and_the_range(pulled: Path, runtime: Runtime, value: float) -> None:
    batch = GREY.copy()
    batch[0, 7, 7, 1] = value
    with pytest.raises(ValueError, match=r"model 'person-ssdlite': expected values from -1 to 1, received"):
        open_backend(SSDLITE, pulled, runtime).run(batch)


def test_the_ends_of_the_range_are_in_it(pulled: Path) -> None:
    for level in (0, 255):
        open_backend(SSDLITE, pulled).run(Feed(SSDLITE.input)(np.full((9, 9, 3), level, np.uint8)))


def test_limits_follow_mean_and_scale_of_each_channel() -> None:
    spec = SSDLITE.input.model_copy(update={"mean": (104.0, 177.0, 123.0), "scale": 1.0})
    assert limits_of(spec) == pytest.approx((-177, 151), abs=0.1)


@pytest.mark.parametrize("precision", ["int8", "float16"])
def test_a_precision_that_nobody_made_says_how_to_make_it(pulled: Path, tmp_path: Path, precision: Precision) -> None:
    with pytest.raises(ModelError, match=rf"no {precision} file here; make one: python -m models quantize person-ssd"):
        open_backend(SSDLITE, tmp_path, precision=precision)


def test_opencv_is_not_given_what_other_runtimes_read(pulled: Path) -> None:
    with pytest.raises(ModelError, match=r"no opencv file here, only onnx, tflite.*; set runtime: auto"):
        open_backend(SSDLITE, pulled, "opencv")


def test_opencv_takes_neither_devices_nor_options(shared: Shared, tmp_path: Path) -> None:
    spec = find("face-res10-ssd")
    pull(spec, tmp_path, models_dir=shared("models", "res10_ssd_face"))
    with pytest.raises(ModelError, match="OpenCV runs it on the cpu only"):
        open_backend(spec, tmp_path, device="gpu")
    with pytest.raises(ModelError, match="OpenCV takes no options, got a"):
        open_backend(spec, tmp_path, options={"a": 1})


def test_a_graph_that_only_opencv_reads_finds_a_face(shared: Shared, tmp_path: Path) -> None:
    spec = find("face-res10-ssd")
    pull(spec, tmp_path, models_dir=shared("models", "res10_ssd_face"))
    backend = open_backend(spec, tmp_path)
    check_outputs(spec, backend.outputs)
    image = cv2.imread(str(shared("data", "images", "coral", "face.jpg")))
    assert image is not None
    (rows,) = backend.run(Feed(spec.input)(image))
    assert rows[0, 0, 0, 2] > 0.9


def test_a_damaged_graph_is_one_line(shared: Shared, tmp_path: Path) -> None:
    spec = find("face-res10-ssd")
    pull(spec, tmp_path, models_dir=shared("models", "res10_ssd_face"))
    path = tmp_path / "models" / spec.name / "opencv_face_detector_uint8.pb"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ModelError, match=r"OpenCV .* refuses") as caught:
        open_form(spec, "tensorflow", tmp_path, Opening(spec.name), trusted=True)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("runtime", "blocked", "says"),
    [
        ("onnx", ["onnxruntime"], "ONNX Runtime is not installed; run: pip install onnxruntime"),
        ("tflite", ["ai_edge_litert", "tflite_runtime"], "LiteRT is not installed; run: pip install ai-edge-litert"),
        ("auto", ["onnxruntime", "ai_edge_litert", "tflite_runtime"], "ONNX Runtime is not installed"),
    ],
)
def test_a_runtime_that_is_not_installed_names_its_package(
    pulled: Path, runtime: str, blocked: list[str], says: str
) -> None:
    code = f"""
import sys
sys.modules.update(dict.fromkeys({blocked}))
from pathlib import Path
from models.backend import open_backend
from models.shelf import find
try:
    open_backend(find("person-ssdlite"), Path({str(pulled)!r}), {runtime!r})
except Exception as error:
    print(type(error).__mro__[1].__name__, error)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("ModelError model 'person-ssdlite': ")
    assert says in done.stdout


def test_a_model_opens_and_runs_without_tensorflow(pulled: Path) -> None:
    code = f"""
import sys
from pathlib import Path
import numpy as np
from models.backend import open_backend
from models.shelf import find
for runtime in ("onnx", "tflite"):
    backend = open_backend(find("person-ssdlite"), Path({str(pulled)!r}), runtime)
    backend.run(np.zeros((1, 300, 300, 3), np.float32))
print([name for name in ("tensorflow", "tf2onnx", "onnx", "keras") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
