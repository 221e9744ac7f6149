"""dlib's face embedder written as ONNX and as TFLite, from the same arrays.

Both take `(1, 150, 150, 3) float32` RGB in 0..255 and give `(1, 128) float32`, so that one spec fits both; the ONNX
file also takes several at once. For ONNX
Runtime a batch with channels first would save the transpose, 0.03 of 5.6 ms.
"""

from typing import Any

import numpy as np

from models.dlib_network import DOWN, SIDE, Network

OPSET = 17
INPUT, OUTPUT = "image", "embedding"
BATCH = "faces"
"""Any number in the ONNX file: four at once take 19.9 ms, one after the other 21.6."""


def to_onnx(network: Network) -> bytes:
    """The network as a serialised ONNX model."""
    from onnx import TensorProto, helper

    graph = _OnnxGraph()
    x = graph.add("Transpose", [INPUT], perm=[0, 3, 1, 2])
    x = graph.add("Relu", [graph.convolve(x, network.stem.folded_for_pixels(), 2)])
    x = graph.add("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2])
    channels, side = len(network.stem.biases), _halved(_halved(SIDE, 7), 3)
    for down, (first, second) in zip(DOWN, network.blocks, strict=True):
        main = graph.convolve(graph.add("Relu", [graph.convolve(x, first.folded(), first.stride)]), second.folded(), 1)
        if down:
            x = graph.add("AveragePool", [x], kernel_shape=[2, 2], strides=[2, 2])
            pooled, side = _halved(side, 2), _halved(side, 3)
            x = graph.grow(x, len(second.biases) - channels, max(side - pooled, 0))
            main = graph.grow(main, 0, max(pooled - side, 0))
            channels, side = len(second.biases), max(side, pooled)
        x = graph.add("Relu", [graph.add("Add", [main, x])])
    x = graph.add("Flatten", [graph.add("GlobalAveragePool", [x])])
    graph.add("MatMul", [x, graph.constant(network.embedding)], OUTPUT)
    declared = helper.make_graph(
        graph.nodes,
        "dlib-face-embedder",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [BATCH, SIDE, SIDE, 3])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [BATCH, network.embedding.shape[1]])],
        graph.constants,
    )
    model = helper.make_model(declared, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    return bytes(model.SerializeToString())


class _OnnxGraph:
    """Nodes and constants as they come."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def add(self, operator: str, inputs: list[str], output: str = "", **attributes: Any) -> str:
        """One node; its output's name."""
        from onnx import helper

        output = output or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def constant(self, values: np.ndarray) -> str:
        """One array; its name."""
        from onnx import numpy_helper

        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def convolve(self, x: str, folded: tuple[np.ndarray, np.ndarray], stride: int) -> str:
        """A convolution with biases."""
        edge = 1 if stride == 1 else 0
        weights = [self.constant(values) for values in folded]
        return self.add("Conv", [x, *weights], strides=[stride] * 2, pads=[edge] * 4)

    def grow(self, x: str, channels: int, side: int) -> str:
        """Zeros after the channels, below and to the right, as dlib's `add_prev` takes what is missing."""
        if not channels and not side:
            return x
        return self.add("Pad", [x, self.constant(np.array([0, 0, 0, 0, 0, channels, side, side], np.int64))])


def to_tflite(network: Network) -> bytes:
    """The network as a TFLite model; imports TensorFlow."""
    import tensorflow as tf

    function = to_function(network)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()], function)
    return bytes(converter.convert())


def to_function(network: Network) -> Any:
    """The network as a function of TensorFlow, channels last."""
    import tensorflow as tf

    def convolve(x: Any, folded: tuple[np.ndarray, np.ndarray], stride: int) -> Any:
        filters, biases = folded
        padding = [[0, 0], [1, 1], [1, 1], [0, 0]] if stride == 1 else "VALID"
        return tf.nn.conv2d(x, tf.constant(filters.transpose(2, 3, 1, 0)), stride, padding) + tf.constant(biases)

    def grow(x: Any, shape: Any) -> Any:
        return tf.pad(x, [[0, want - got] for want, got in zip(shape, x.shape, strict=True)])

    def embed(image: Any) -> Any:
        x = tf.nn.relu(convolve(image, network.stem.folded_for_pixels(), 2))
        x = tf.nn.max_pool2d(x, 3, 2, "VALID")
        for down, (first, second) in zip(DOWN, network.blocks, strict=True):
            main = convolve(tf.nn.relu(convolve(x, first.folded(), first.stride)), second.folded(), 1)
            if down:
                x = tf.nn.avg_pool2d(x, 2, 2, "VALID")
                shape = [max(a, b) for a, b in zip(main.shape, x.shape, strict=True)]
                x, main = grow(x, shape), grow(main, shape)
            x = tf.nn.relu(main + x)
        return tf.matmul(tf.reduce_mean(x, axis=[1, 2]), tf.constant(network.embedding))

    return tf.function(embed, input_signature=[tf.TensorSpec((1, SIDE, SIDE, 3), tf.float32, name=INPUT)])


def _halved(side: int, window: int) -> int:
    """What a window that moves by two leaves of a side."""
    return (side - window) // 2 + 1
