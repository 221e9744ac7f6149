"""A small network in the manner of MobileNetV2, and inputs for it."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx

SIDE = 24


def bottlenecks(path: Path) -> Path:
    """A network of a stem, two inverted residuals and a head, with channels of very different ranges."""
    random = np.random.default_rng(0)
    nodes: list[Any] = []
    constants: list[Any] = []

    def convolve(x: str, channels: int, count: int, side: int, group: int = 1, spread: float = 0.0) -> str:
        name = f"conv{len(nodes)}"
        filters = random.normal(0, 1.2 / (side * (channels / group) ** 0.5), (count, channels // group, side, side))
        filters *= np.exp(random.uniform(-spread, spread, (count, 1, 1, 1)))
        for suffix, values in (("w", filters), ("b", random.normal(0, 0.1, count))):
            constants.append(onnx.numpy_helper.from_array(values.astype(np.float32), name + suffix))
        edge = side // 2
        inputs = [x, name + "w", name + "b"]
        nodes.append(onnx.helper.make_node("Conv", inputs, [name], name=name, group=group, pads=[edge] * 4))
        return name

    def clip(x: str) -> str:
        nodes.append(onnx.helper.make_node("Clip", [x, "zero", "six"], [x + "r"], name=x + "r"))
        return x + "r"

    for name, value in (("zero", 0), ("six", 6)):
        constants.append(onnx.numpy_helper.from_array(np.array(value, np.float32), name))
    nodes.append(onnx.helper.make_node("Transpose", ["image"], ["planes"], name="planes", perm=[0, 3, 1, 2]))
    x = convolve(clip(convolve("planes", 3, 16, 3)), 16, 8, 1, spread=2)
    for number in range(2):
        wide = clip(convolve(x, 8, 32, 1))
        slim = convolve(clip(convolve(wide, 32, 32, 3, group=32)), 32, 8, 1, spread=2)
        nodes.append(onnx.helper.make_node("Add", [x, slim], [f"sum{number}"], name=f"sum{number}"))
        x = f"sum{number}"
    nodes.append(onnx.helper.make_node("Identity", [convolve(clip(convolve(x, 8, 32, 1)), 32, 4, 1)], ["out"]))
    shapes = [onnx.helper.make_tensor_value_info("image", 1, [1, SIDE, SIDE, 3])]
    outputs = [onnx.helper.make_tensor_value_info("out", 1, [1, 4, SIDE, SIDE])]
    graph = onnx.helper.make_graph(nodes, "g", shapes, outputs, constants)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


def batches(count: int, seed: int) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [random.uniform(-1, 1, (1, SIDE, SIDE, 3)).astype(np.float32) for _ in range(count)]
