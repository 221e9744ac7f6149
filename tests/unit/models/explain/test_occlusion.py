from pathlib import Path

import numpy as np
import onnx
import pytest

from models.explain.maps import explain
from models.explain.occlusion import occlusion
from models.spec import ClassScores, InputSpec


def test_what_a_classifier_looks_at_is_what_costs_when_it_is_covered() -> None:
    """It answers by the brightness of one corner alone."""

    def classify(images: np.ndarray) -> np.ndarray:
        bright = images[:, :6, :6].mean((1, 2, 3)) / 255
        return np.stack([bright, 1 - bright], 1)

    images = np.zeros((1, 30, 30, 1), np.uint8)
    images[:, :6, :6] = 255
    found = occlusion(classify, images, np.array([0]))[0]
    assert found.shape == (30, 30) and found[:6, :6].min() > 0.1
    assert found[12:].max() == 0 and found[:, 12:].max() == 0
    assert occlusion(classify, images, np.array([1])).max() == 0  # covering it helps the other class


@pytest.mark.parametrize("shape", [(1, 1), (3, 50), (31, 17), (64, 64)])
def test_every_pixel_of_a_picture_of_any_size_is_covered(shape: tuple[int, int]) -> None:
    def classify(images: np.ndarray) -> np.ndarray:
        return np.asarray(images.mean((1, 2, 3)) / 255)[:, None]

    random = np.random.default_rng(0)
    images = random.integers(0, 256, (1, *shape, 3), np.uint8)
    assert np.isfinite(occlusion(classify, images, np.array([0]))).all()


def test_a_network_in_onnx_is_explained_by_occlusion(tmp_path: Path) -> None:
    import yaml

    _corner_onnx(tmp_path / "corner.onnx")
    spec = {
        "task": "classify",
        "files": {"onnx": {"file": "corner.onnx"}},
        "input": InputSpec(size=(20, 20), colour="rgb", dtype="float32", mean=0, scale=1).model_dump(mode="json"),
        "output": ClassScores(form="class-scores", kind="logit").model_dump(mode="json"),
        "labels": ["corner", "none"],
    }
    (tmp_path / "corner.yaml").write_text(yaml.safe_dump(spec))
    images = np.zeros((1, 40, 40, 3), np.uint8)
    images[:, :8, :8] = 255
    found = explain(tmp_path / "corner.onnx", images, "occlusion", np.array([0]))[0]
    assert found.shape == (40, 40) and found[:8, :8].min() > 0.3 and found[20:, 20:].max() < 0.05


def _corner_onnx(path: Path) -> None:
    """Scores: the mean of the first 4 x 4 pixels by 64, and 2."""
    helper = onnx.helper
    weights = np.zeros((20, 20, 3, 2), np.float32)
    weights[:4, :4, :, 0] = 1 / (64 * 48)
    constants = [
        onnx.numpy_helper.from_array(weights.reshape(-1, 2), "weights"),
        onnx.numpy_helper.from_array(np.array([0, 2], np.float32), "bias"),
        onnx.numpy_helper.from_array(np.array([1, -1], np.int64), "flat"),
    ]
    nodes = [
        helper.make_node("Reshape", ["image", "flat"], ["row"]),
        helper.make_node("Gemm", ["row", "weights", "bias"], ["out"]),
    ]
    shapes = [helper.make_tensor_value_info("image", 1, [1, 20, 20, 3])]
    graph = helper.make_graph(nodes, "g", shapes, [helper.make_tensor_value_info("out", 1, [1, 2])], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
