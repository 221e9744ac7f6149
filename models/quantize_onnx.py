"""ONNX in float turned into ONNX with eight-bit integers: QDQ, weights per channel and signed, activations unsigned.

Input and outputs stay float32, so that one spec fits both. See docs/decisions for what each step is worth.
"""

import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.equalise import equalise
from models.onnx_layers import Layers, attributes
from models.rounding import round_weights
from models.wheels import Say

_OPERATORS = ["Conv", "Clip", "Relu", "Add", "Gemm", "MatMul", "MaxPool", "AveragePool", "GlobalAveragePool"]
_MOVERS = {"Reshape", "Transpose", "Concat", "Squeeze", "Unsqueeze", "Flatten"}
_ENOUGH = 48
"""Frames that weights are rounded by; ranges are taken from all."""
_MOST_PLACES = 250
"""Of each convolution's inputs in a frame, at random: enough to know how they go together."""
_WIDEST = 1600
"""Inputs of one output up to which weights are rounded together; solving takes the cube of it."""


def quantize_onnx(
    source: Path, target: Path, batches: Sequence[np.ndarray], float_first: int = 3, say: Say = lambda line: None
) -> None:
    """Write the quantised form of `source`.

    Args:
        source: An ONNX model with one input.
        target: Where it goes.
        batches: Real inputs, 40 and more of several scenes.
        float_first: How many convolutions stay in float, from the input on.
        say: Told what is going on.
    """
    import onnx
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory(prefix="sluice-") as folder:
        plain = Path(folder) / "plain.onnx"
        with _quiet():
            quant_pre_process(source, plain, skip_symbolic_shape=True)
        layers = Layers(onnx.load(plain))
        some = batches[:: -(-len(batches) // _ENOUGH)]
        say("equalising channels")
        equalise(layers, some)
        say("rounding weights")
        kept = _first(layers, float_first) + _last(layers)
        overrides = _round_all(layers, some, kept)
        onnx.save(layers.model, plain)
        say("calibrating")
        with _quiet():
            quantize_static(
                plain,
                target,
                _Reader(layers.model.graph.input[0].name, batches),
                quant_format=QuantFormat.QDQ,
                op_types_to_quantize=_OPERATORS,
                per_channel=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                calibrate_method=CalibrationMethod.MinMax,
                nodes_to_exclude=kept,
                extra_options={"TensorQuantOverrides": overrides},
            )


class _Reader:
    """Frames as ONNX Runtime's quantiser asks for them."""

    def __init__(self, name: str, batches: Sequence[np.ndarray]) -> None:
        self._left = iter([{name: batch} for batch in batches])

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self._left, None)

    def __iter__(self) -> "_Reader":
        return self

    def __next__(self) -> dict[str, np.ndarray]:
        return next(self._left)


def _first(layers: Layers, count: int) -> list[str]:
    """Names of the first convolutions and of what stands between them and the rest."""
    kept = []
    for node in layers.convolutions[:count]:
        kept.append(node.name)
        after = [it for it in layers.model.graph.node if node.output[0] in it.input]
        kept += [it.name for it in after if it.op_type in ("Clip", "Relu", "Add")]
    return kept


def _last(layers: Layers) -> list[str]:
    """Names of the convolutions that give the outputs, with nothing after them but another order."""
    readers: dict[str, list[Any]] = {}
    for node in layers.model.graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    final = {output.name for output in layers.model.graph.output}

    def leads_out(name: str) -> bool:
        moved = [node for node in readers.get(name, ()) if node.op_type in _MOVERS]
        return name in final or any(leads_out(node.output[0]) for node in moved)

    return [node.name for node in layers.convolutions if leads_out(node.output[0])]


def _round_all(layers: Layers, batches: Sequence[np.ndarray], kept: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Replace the weights of every convolution but those in `kept` by rounded ones.

    Returns:
        The scales, as ONNX Runtime's quantiser takes them.
    """
    from onnxruntime.quantization import QuantType

    shared = [node.input[1] for node in layers.convolutions]
    nodes = [node for node in layers.convolutions if node.name not in kept and shared.count(node.input[1]) == 1]
    nodes = [node for node in nodes if layers.constant(node.input[1])[0].size <= _WIDEST]
    overrides: dict[str, list[dict[str, Any]]] = {}
    for node, seen in _correlations(layers, nodes, batches):
        filters = layers.constant(node.input[1])
        levels, scales = round_weights(filters.reshape(len(filters), -1), seen)
        layers.replace(node.input[1], (levels * scales[:, None]).reshape(filters.shape))
        zero = np.int8(0)
        each = [{"quant_type": QuantType.QInt8, "scale": scale, "zero_point": zero} for scale in scales]
        each[0]["axis"] = 0
        overrides[node.input[1]] = each
    return overrides


def _correlations(layers: Layers, nodes: Sequence[Any], batches: Sequence[np.ndarray]) -> list[tuple[Any, np.ndarray]]:
    """Mean of x xT over what each convolution multiplies its filters with: `(1 or out, K, K) float64`."""
    random = np.random.default_rng(0)
    sums: list[np.ndarray | float] = [0.0] * len(nodes)
    for values in layers.tensors([node.input[0] for node in nodes], batches):
        for place, node in enumerate(nodes):
            windows = _windows(values[node.input[0]], node, layers.constant(node.input[1]).shape, random)
            sums[place] = sums[place] + windows.transpose(0, 2, 1) @ windows / (windows.shape[1] * len(batches))
    return [(node, np.asarray(total, np.float64)) for node, total in zip(nodes, sums, strict=True)]


def _windows(tensor: np.ndarray, node: Any, shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    """`(1, n, in * height * width)` for a dense convolution, `(in, n, height * width)` for a depthwise one."""
    told = attributes(node)
    rows, columns = told.get("strides", [1, 1])
    top, left, bottom, right = told.get("pads", [0, 0, 0, 0])
    padded = np.pad(tensor[0], ((0, 0), (top, bottom), (left, right)))
    seen = np.lib.stride_tricks.sliding_window_view(padded, shape[2:], axis=(1, 2))[:, ::rows, ::columns]
    channels, high, wide = seen.shape[:3]
    places = random.integers(0, high * wide, _MOST_PLACES) if high * wide > _MOST_PLACES else np.arange(high * wide)
    picked = seen[:, places // wide, places % wide].reshape(channels, len(places), -1)  # (C, n, window)
    if told.get("group", 1) == 1:
        return picked.transpose(1, 0, 2).reshape(1, len(places), -1)
    return picked


class _quiet:  # noqa: N801
    """The quantiser warns on the root logger about what was done already."""

    def __enter__(self) -> None:
        self._before = logging.root.manager.disable
        logging.disable(logging.WARNING)

    def __exit__(self, *_: object) -> None:
        logging.disable(self._before)
