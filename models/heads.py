"""From the outputs of a detector to boxes, whatever form they have."""

from typing import NamedTuple, Protocol

import numpy as np

from models.backend import Tensor
from models.spec import ModelSpec, SsdRaw, TfliteDetection
from pipeline.errors import ModelError
from vision import ssd
from vision.anchors import ssd_anchors

MOST_CANDIDATES = 400
"""Boxes that go into non-maximum suppression, the best; the SSD authors' number."""


class Found(NamedTuple):
    """Boxes before suppression, a row each."""

    xyxy: np.ndarray
    """`(K, 4) float32`, shares of the picture; may reach beyond it."""
    score: np.ndarray
    """`(K,) float32` in [0, 1]."""
    class_id: np.ndarray
    """`(K,) int32`, index into the labels."""

    def of(self, class_ids: np.ndarray) -> "Found":
        """The rows of these classes."""
        keep = np.isin(self.class_id, class_ids)  # (K,)
        return Found(self.xyxy[keep], self.score[keep], self.class_id[keep])


class Head(Protocol):
    """Reads one form of outputs."""

    def __call__(self, outputs: tuple[np.ndarray, ...], min_score: float) -> Found:
        """What scores at least `min_score`."""
        ...


def open_head(spec: ModelSpec, outputs: tuple[Tensor, ...]) -> Head:
    """The reader of a model's outputs.

    Args:
        spec: What the model is said to give.
        outputs: What its file declares.

    Raises:
        ModelError: the two do not fit; the message has the shapes.
    """
    if isinstance(spec.output, SsdRaw):
        return RawHead(spec, spec.output, outputs)
    if isinstance(spec.output, TfliteDetection):
        return PostprocessedHead(spec, spec.output, outputs)
    raise ModelError(f"model '{spec.name}' is for {spec.task}, not for detect; `python -m models list` shows which are")


class RawHead:
    """Offsets `(1, P, 4)` and logits `(1, P, 1 + C)`."""

    def __init__(self, spec: ModelSpec, output: SsdRaw, outputs: tuple[Tensor, ...]) -> None:
        rule = output.anchors
        self._anchors = ssd_anchors(
            rule.feature_maps, rule.min_scale, rule.max_scale, rule.aspect_ratios, rule.reduce_lowest
        )
        count, classes = len(self._anchors), len(spec.labels)
        wants = [(1, count, 4), (1, count, 1 + classes)]
        if len(outputs) != 2 or not all(tensor.takes(want) for tensor, want in zip(outputs, wants, strict=True)):
            raise ModelError(
                f"model '{spec.name}' gives {shapes_of(outputs)}; its anchors and labels need {wants[0]} and"
                f" {wants[1]}: mend 'output' or 'labels' in its spec"
            )
        self._output = output

    def __call__(self, outputs: tuple[np.ndarray, ...], min_score: float) -> Found:
        """See `Head`."""
        offsets, logits = outputs[0][0], outputs[1][0]  # (P, 4), (P, 1 + C)
        best = ssd.candidates(logits, self._output.score, min_score, MOST_CANDIDATES)
        boxes = ssd.decode(offsets[best.anchor], self._anchors[best.anchor], self._output.coder)
        return Found(boxes, best.score, best.class_id)


class PostprocessedHead:
    """The four outputs of TFLite_Detection_PostProcess: the file decodes and suppresses by itself."""

    def __init__(self, spec: ModelSpec, output: TfliteDetection, outputs: tuple[Tensor, ...]) -> None:
        ranks = {"boxes": 3, "classes": 2, "scores": 2, "count": 1}
        shapes = [tensor.shape for tensor in outputs]
        if [len(shape) for shape in shapes] != [ranks[name] for name in output.order]:
            raise ModelError(
                f"model '{spec.name}' gives {shapes_of(outputs)}; tflite-detection needs (1, N, 4), (1, N), (1, N)"
                f" and (1,) in the order {', '.join(output.order)}: mend 'output' in its spec"
            )
        self._spec = spec
        self._at = [output.order.index(name) for name in ("boxes", "classes", "scores", "count")]

    def __call__(self, outputs: tuple[np.ndarray, ...], min_score: float) -> Found:
        """See `Head`.

        Raises:
            ModelError: a class that has no label.
        """
        boxes, classes, scores, count = (outputs[at] for at in self._at)
        whole = slice(int(count[0]))
        keep = scores[0, whole] >= min_score  # (N,)
        class_id = classes[0, whole][keep].astype(np.int32)
        if class_id.size and class_id.max() >= len(self._spec.labels):
            raise ModelError(
                f"model '{self._spec.name}' found class {class_id.max()}, but there are {len(self._spec.labels)}"
                " labels; give the labels that belong to it"
            )
        top_left_bottom_right = boxes[0, whole][keep]
        return Found(top_left_bottom_right[:, [1, 0, 3, 2]], scores[0, whole][keep], class_id)


def shapes_of(outputs: tuple[Tensor, ...]) -> str:
    """The shapes of outputs, for a message."""
    return ", ".join(str(tensor.shape) for tensor in outputs) or "nothing"
