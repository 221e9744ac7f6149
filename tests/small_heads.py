"""Small networks for single tasks, whose answers are known: ONNX files with the specs that go with them."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import yaml

SIDE = 16


def _save(path: Path, nodes: list[Any], constants: dict[str, np.ndarray], shape: list[int], kind: int) -> None:
    given = onnx.helper.make_tensor_value_info("image", onnx.TensorProto.FLOAT, [1, SIDE, SIDE, 3])
    made = onnx.helper.make_tensor_value_info("out", kind, shape)
    held = [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = onnx.helper.make_graph(nodes, "g", [given], [made], held)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def _spec(path: Path, task: str, output: dict[str, object], labels: list[str]) -> Path:
    size = {"size": [SIDE, SIDE], "colour": "bgr", "dtype": "float32", "mean": 0, "scale": 1 / 255}
    files = {"onnx": {"file": path.name}}
    spec = path.with_suffix(".yaml")
    spec.write_text(yaml.safe_dump({"task": task, "files": files, "input": size, "output": output, "labels": labels}))
    return spec


def colour_classifier(folder: Path, sharpness: float = 8.0) -> Path:
    """Says blue, green or red by the mean of the picture: logits are `sharpness` times the means in 0..1."""
    path = folder / "colours.onnx"
    nodes = [
        onnx.helper.make_node("ReduceMean", ["image"], ["mean"], axes=[1, 2], keepdims=0),
        onnx.helper.make_node("Mul", ["mean", "sharpness"], ["out"]),
    ]
    _save(path, nodes, {"sharpness": np.array(sharpness, np.float32)}, [1, 3], onnx.TensorProto.FLOAT)
    return _spec(path, "classify", {"form": "class-scores", "kind": "logit"}, ["blue", "green", "red"])


def colour_map(folder: Path) -> Path:
    """Says for each pixel which channel is the largest: 0 blue, called background, 1 green, 2 red."""
    path = folder / "map.onnx"
    nodes = [onnx.helper.make_node("ArgMax", ["image"], ["out"], axis=3, keepdims=0)]
    _save(path, nodes, {}, [1, SIDE, SIDE], onnx.TensorProto.INT64)
    return _spec(path, "segment", {"form": "class-map"}, ["background", "green", "red"])


def brightest_points(folder: Path) -> Path:
    """Two keypoints: where the mass of blue is, and of green, with the largest value as score."""
    path = folder / "points.onnx"
    middle = ((np.arange(SIDE) + 0.5) / SIDE).astype(np.float32)
    constants: dict[str, np.ndarray] = {
        "tiny": np.array(1e-9, np.float32),
        "down": middle[None, :, None],
        "across": middle[None, :, None],
        "first": np.array([0], np.int64),
        "two": np.array([2], np.int64),
        "channels": np.array([3], np.int64),
    }
    make = onnx.helper.make_node
    nodes = [
        make("Slice", ["image", "first", "two", "channels"], ["bg"]),  # (1, H, W, 2)
        make("ReduceSum", ["bg", "deep_a"], ["rows"], keepdims=0),  # (1, H, 2)
        make("ReduceSum", ["bg", "deep_b"], ["columns"], keepdims=0),  # (1, W, 2)
        make("ReduceSum", ["rows", "one"], ["mass"], keepdims=0),  # (1, 2)
        make("Add", ["mass", "tiny"], ["some"]),
        make("Mul", ["rows", "down"], ["rows_w"]),
        make("ReduceSum", ["rows_w", "one"], ["y_sum"], keepdims=0),
        make("Div", ["y_sum", "some"], ["y"]),
        make("Mul", ["columns", "across"], ["columns_w"]),
        make("ReduceSum", ["columns_w", "one"], ["x_sum"], keepdims=0),
        make("Div", ["x_sum", "some"], ["x"]),
        make("ReduceMax", ["bg"], ["score"], axes=[1, 2], keepdims=0),
        make("Unsqueeze", ["y", "last"], ["y3"]),
        make("Unsqueeze", ["x", "last"], ["x3"]),
        make("Unsqueeze", ["score", "last"], ["s3"]),
        make("Concat", ["y3", "x3", "s3"], ["points"], axis=2),  # (1, 2, 3)
        make("Unsqueeze", ["points", "one"], ["out"]),
    ]
    more = {"deep_a": [2], "deep_b": [1], "one": [1], "last": [2]}
    constants |= {name: np.array(value, np.int64) for name, value in more.items()}
    _save(path, nodes, constants, [1, 1, 2, 3], onnx.TensorProto.FLOAT)
    return _spec(path, "pose", {"form": "keypoints", "count": 2}, ["nose", "left eye"])
