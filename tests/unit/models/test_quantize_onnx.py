from pathlib import Path
from typing import Any

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="quantising is not installed here")

from models.backend import open_file  # noqa: E402
from models.equalise import equalise  # noqa: E402
from models.onnx_layers import Layers  # noqa: E402
from models.quantize_onnx import quantize_onnx  # noqa: E402
from models.rounding import LEVELS, round_weights  # noqa: E402

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
        constants.append(onnx.numpy_helper.from_array(np.float32(value), name))
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


def test_equalised_channels_compute_the_same(tmp_path: Path) -> None:
    path = bottlenecks(tmp_path / "x.onnx")
    layers = Layers(onnx.load(path))
    assert equalise(layers, batches(4, 0)) == 1
    onnx.save(layers.model, tmp_path / "y.onnx")
    ranges = np.abs(next(layers.tensors(["sum1"], batches(1, 0)))["sum1"]).max(axis=(0, 2, 3))
    assert ranges.max() / ranges.min() < 5
    before, after = open_file(path), open_file(tmp_path / "y.onnx")
    for batch in batches(3, 1):
        np.testing.assert_allclose(after.run(batch)[0], before.run(batch)[0], atol=2e-5)


def test_rounding_for_the_inputs_errs_less_than_rounding_each_weight() -> None:
    random = np.random.default_rng(0)
    mixed = random.normal(size=(24, 24)) * np.exp(random.normal(0, 1, 24))
    inputs, weights = (mixed @ mixed.T)[None], random.normal(size=(8, 24))
    levels, scales = round_weights(weights, inputs)
    plain = np.abs(weights).max(axis=1, keepdims=True) / LEVELS

    def cost(rounded: np.ndarray) -> float:
        off = rounded - weights
        return float(np.einsum("rk,kl,rl->", off, inputs[0], off))

    assert np.array_equal(levels, np.round(levels)) and np.abs(levels).max() <= LEVELS
    assert cost(levels * scales[:, None]) < 0.5 * cost(np.round(weights / plain) * plain)


def test_the_quantised_form_has_integers_inside_and_floats_at_both_ends(tmp_path: Path) -> None:
    path, target = bottlenecks(tmp_path / "x.onnx"), tmp_path / "x.int8.onnx"
    quantize_onnx(path, target, batches(12, 0), float_first=1)
    stored = {constant.data_type for constant in onnx.load(target).graph.initializer}
    assert onnx.TensorProto.INT8 in stored
    before, after = open_file(path), open_file(target)
    assert (after.input, [it.shape for it in after.outputs]) == (before.input, [it.shape for it in before.outputs])
    for batch in batches(3, 1):
        want, got = before.run(batch)[0], after.run(batch)[0]
        assert 0 < np.sqrt(np.mean((got - want) ** 2)) < 0.12 * want.std()
