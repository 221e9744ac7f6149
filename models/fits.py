"""Whether a model's file gives what its spec says: shapes only, before the first frame."""

from collections.abc import Callable
from typing import Any

from models.backend import Tensor
from models.heads import open_head, shapes_of
from models.spec import (
    BlazeFace,
    ClassMap,
    ClassScores,
    DetectionOut,
    Embedding,
    Keypoints,
    ModelSpec,
    ProbabilityMap,
    ScoredBoxes,
    SsdRaw,
    TfliteDetection,
    YuNet,
)
from pipeline.errors import ModelError

Shape = tuple[int | None, ...]
"""None: any size."""


def check_outputs(spec: ModelSpec, outputs: tuple[Tensor, ...]) -> None:
    """Raise ModelError unless the outputs of a model's file are those of its task.

    Args:
        spec: What the model is said to give.
        outputs: What its file declares.
    """
    if isinstance(spec.output, SsdRaw | TfliteDetection):
        open_head(spec, outputs)
        return
    wants = _WANTS[type(spec.output)](spec)
    if len(outputs) != len(wants) or not all(_fits(out.shape, want) for out, want in zip(outputs, wants, strict=True)):
        needs = ", ".join(str(tuple("any" if size is None else size for size in want)) for want in wants)
        raise ModelError(
            f"model '{spec.name}' gives {shapes_of(outputs)}; {spec.output.form} needs {needs}:"
            " mend 'output' or 'labels' in its spec, or take another model for this task"
        )


def _fits(shape: Shape, wants: Shape) -> bool:
    return len(shape) == len(wants) and all(
        want is None or got is None or got == want for got, want in zip(shape, wants, strict=True)
    )


def _yunet(spec: ModelSpec) -> list[Shape]:
    width, height = spec.input.size
    cells = [(width // stride) * (height // stride) for stride in (8, 16, 32)]
    return [(1, count, columns) for columns in (1, 1, 4, 10) for count in cells]


def _map(spec: ModelSpec) -> tuple[int, int]:
    width, height = spec.input.size
    return height, width


_WANTS: dict[type[Any], Callable[[Any], list[Shape]]] = {
    BlazeFace: lambda spec: [(1, spec.output.anchors, 16), (1, spec.output.anchors, 1)],
    YuNet: _yunet,
    ScoredBoxes: lambda spec: [(1, None, 1 + len(spec.labels)), (1, None, 4)],
    DetectionOut: lambda spec: [(1, 1, None, 7)],
    ClassScores: lambda spec: [(1, len(spec.labels))],
    Embedding: lambda spec: [(1, spec.output.length)],
    ProbabilityMap: lambda spec: [(1, 1, *_map(spec))],
    ClassMap: lambda spec: [(1, *_map(spec))],
    Keypoints: lambda spec: [(1, 1, spec.output.count, 3)],
}
