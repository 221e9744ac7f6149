"""What a model's file says of itself: inputs, outputs, operators."""

from collections import Counter
from pathlib import Path

from models.backend import Opening, Tensor, open_file
from models.spec import Form
from pipeline.errors import ModelError


def tensors(path: Path, name: str) -> tuple[Tensor, tuple[Tensor, ...]]:
    """The input and the outputs that a file declares.

    Raises:
        ModelError: its runtime is not installed, or refuses it.
    """
    backend = open_file(path, Opening(name))
    try:
        return backend.input, backend.outputs
    finally:
        backend.close()


def operators(path: Path, form: Form) -> Counter[str] | None:
    """How often each operator stands in a file; None where nothing is installed that can tell."""
    try:
        return _of_onnx(path) if form.startswith("onnx") else _of_tflite(path)
    except ImportError:
        return None


def _of_onnx(path: Path) -> Counter[str]:
    import onnx
    from google.protobuf.message import DecodeError

    try:
        return Counter(node.op_type for node in onnx.load(path).graph.node)
    except DecodeError as error:
        raise ModelError(f"{path} is no ONNX model, or a damaged one; get it again") from error


def _of_tflite(path: Path) -> Counter[str]:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(path))
    return Counter(details["op_name"] for details in interpreter._get_ops_details())
