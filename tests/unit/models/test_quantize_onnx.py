from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="quantising is not installed here")

from small_networks import batches, bottlenecks  # noqa: E402

from models.backend import open_file  # noqa: E402
from models.equalise import equalise  # noqa: E402
from models.onnx_layers import Layers  # noqa: E402
from models.quantize_onnx import quantize_onnx  # noqa: E402
from models.rounding import LEVELS, round_weights  # noqa: E402


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
