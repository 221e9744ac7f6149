"""A frozen TensorFlow graph turned into ONNX and TFLite."""

from pathlib import Path

from models.origins import FrozenGraph
from models.wheels import Say
from models.workshop import make_folder, require


def convert(graph: Path, cut: FrozenGraph, size: tuple[int, int], into: Path, say: Say = lambda line: None) -> None:
    """Make the folder `into` hold `model.onnx`, `model.tflite` and `convert.json`, whole or not at all.

    Where another process made it meanwhile, that one stays.

    Args:
        graph: The frozen graph's file.
        cut: Which of its tensors become input and outputs.
        size: (width, height) of the input in pixels; the batch is one picture.
        into: The folder to make; a damaged one in its place is replaced.
        say: Told before anything slow happens.

    Raises:
        ModelError: TensorFlow or tf2onnx is not installed, the conversion failed (the message names its log),
            the result differs from the graph, or the disk is full.
    """
    require(("tensorflow", "tf2onnx"), f"converting {graph.name}")
    job: dict[str, object] = {
        "graph": str(graph.resolve()),
        "input": cut.input,
        "outputs": cut.outputs,
        "shape": (1, size[1], size[0], 3),
    }
    notice = "converting to ONNX and TFLite (TensorFlow, about 20 s)"
    make_folder("models.frozen_graph", job, into, f"convert {graph.name}", say, notice)
