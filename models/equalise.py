"""Channels of a tensor brought to the same range, so that eight bits serve all of them alike.

Cross-layer equalisation (Nagel et al. 2019, section 4.1) over the linear bottlenecks of a network (Sandler et al.
2018): the outputs of convolutions without activation, and their sums. A channel is divided by a number in every
convolution that writes it and multiplied by the same in every one that reads it; what the network computes stays the
same.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.onnx_layers import Layers, attributes

_SMALLEST = 1e-3
"""Least range of a channel, as a share of the widest."""


def equalise(layers: Layers, batches: Sequence[np.ndarray]) -> int:
    """Bring the channels of each linear bottleneck to one range, as measured on `batches`.

    Returns:
        How many groups of tensors could be equalised.
    """
    groups = _groups(layers)
    ranges: dict[str, np.ndarray] = {}
    for values in layers.tensors([name for group in groups for name in group], batches):
        for name in (name for group in groups for name in group):
            widest = np.abs(values[name]).max(axis=(0, 2, 3))  # (C,)
            ranges[name] = np.maximum(ranges.get(name, widest), widest)
    for group in groups:
        widest = np.max([ranges[name] for name in group], axis=0)
        _scale(layers, group, np.maximum(widest / max(widest.max(), 1e-12), _SMALLEST))
    return len(groups)


def _groups(layers: Layers) -> list[set[str]]:
    """Tensors that share their channels through additions, written and read by convolutions alone."""
    nodes = layers.model.graph.node
    group_of: dict[str, set[str]] = {}
    known = {node.output[0] for node in layers.convolutions}
    for node in nodes:
        if node.op_type in ("Conv", "Add") and not any(layers.is_constant(name) for name in node.input[:1]):
            joined = {node.output[0]}
            if node.op_type == "Add":
                joined = joined.union(*(group_of.get(name, {name}) for name in node.input))
            for name in joined:
                group_of[name] = joined
    groups = {id(group): group for group in group_of.values()}.values()
    maker = {output: node for node in nodes for output in node.output}
    final = {output.name for output in layers.model.graph.output}

    def fits(group: set[str]) -> bool:
        readers = [node for node in nodes if group.intersection(node.input)]
        return (
            not group & final
            and any(node.op_type == "Conv" for node in readers)
            and all(name in known or (name in maker and maker[name].op_type == "Add") for name in group)
            and all(node.op_type == "Add" or (node.op_type == "Conv" and _takes(layers, node)) for node in readers)
        )

    return [group for group in groups if fits(group)]


def _takes(layers: Layers, node: Any) -> bool:
    """Whether a convolution's filters have an axis for its input channels: all together, or each by itself."""
    if not layers.is_constant(node.input[1]):
        return False
    group = attributes(node).get("group", 1)
    return bool(group == 1 or layers.constant(node.input[1]).shape[1] == 1)


def _scale(layers: Layers, group: set[str], share: np.ndarray) -> None:
    """Divide the channels of a group by `(C,) float32`."""
    column = share[:, None, None, None]
    for node in layers.convolutions:
        if node.output[0] in group:
            layers.replace(node.input[1], layers.constant(node.input[1]) / column)
            if len(node.input) > 2:
                layers.replace(node.input[2], layers.constant(node.input[2]) / share)
        if node.input[0] in group:
            filters = layers.constant(node.input[1])
            each = attributes(node).get("group", 1) != 1
            layers.replace(node.input[1], filters * (column if each else column.transpose(1, 0, 2, 3)))
