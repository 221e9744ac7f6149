"""An ONNX graph's convolutions, and what reaches them on real frames."""

import copy
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np


class Layers:
    """Convolutions with constant weights, in the order of the graph; weights can be read and replaced."""

    def __init__(self, model: Any) -> None:
        """Take a loaded `onnx.ModelProto`, which is changed in place."""
        self.model = model
        self._constants = {constant.name: constant for constant in model.graph.initializer}
        self.convolutions = [
            node for node in model.graph.node if node.op_type == "Conv" and node.input[1] in self._constants
        ]

    def constant(self, name: str) -> np.ndarray:
        """The values of a constant."""
        from onnx import numpy_helper

        return np.asarray(numpy_helper.to_array(self._constants[name]))

    def replace(self, name: str, values: np.ndarray) -> None:
        """Give a constant other values of the same shape."""
        from onnx import numpy_helper

        self._constants[name].CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values, np.float32), name))

    def is_constant(self, name: str) -> bool:
        """Whether a tensor is one of the file's constants."""
        return name in self._constants

    def tensors(self, names: Sequence[str], batches: Sequence[np.ndarray]) -> Iterator[dict[str, np.ndarray]]:
        """The values of inner tensors, by name, for each batch."""
        import onnxruntime as ort
        from onnx import helper

        probe, entry = copy.deepcopy(self.model), self.model.graph.input[0].name
        declared = {output.name for output in probe.graph.output}
        inner = [name for name in dict.fromkeys(names) if name != entry]
        probe.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in inner if name not in declared)
        options = ort.SessionOptions()
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.log_severity_level = 4
        session = ort.InferenceSession(probe.SerializeToString(), options, providers=["CPUExecutionProvider"])
        for batch in batches:
            found = session.run(inner, {entry: batch}) if inner else []  # none named would be every output
            yield {entry: batch, **dict(zip(inner, found, strict=True))}


def attributes(node: Any) -> dict[str, Any]:
    """A node's attributes by name."""
    from onnx import helper

    return {one.name: helper.get_attribute_value(one) for one in node.attribute}
