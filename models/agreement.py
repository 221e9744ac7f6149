"""How two forms of a model compare on real frames: their outputs, and what is made of them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from time import perf_counter

import numpy as np

from models.backend import Backend
from models.heads import Head, open_head
from models.spec import ModelSpec
from vision.boxes import iou, nms

MIN_SCORE = 0.3
"""A box counts from this score on: the default of the stage that runs detectors."""
MAX_IOU = 0.5
"""Of boxes of one class that both stay, as in that stage."""
_DETECTORS = {"ssd-raw", "tflite-detection"}


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the other form has in common with the reference; None where the task has no such thing."""

    frames: int
    absolute: float
    """Largest difference of an output."""
    relative: float
    """The same, as a share of the largest value of that output in that frame."""
    boxes: int | None = None
    """Of the reference."""
    lost: float | None = None
    """Share of them without a partner in the other form: same class, IoU of 0.5, one each."""
    extra: float | None = None
    """Boxes of the other form without a partner, as a share of the reference's."""
    top1: float | None = None
    """Share of frames with the same best class."""
    distance: float | None = None
    """Largest Euclidean distance of two embeddings."""
    cosine: float | None = None
    """Smallest cosine of two embeddings."""

    @property
    def cost(self) -> float | None:
        """What a limit is about: share of boxes lost, or of frames with another best class."""
        return self.lost if self.lost is not None else None if self.top1 is None else 1 - self.top1

    def as_data(self) -> dict[str, object]:
        """Without what the task does not have."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def compare(
    spec: ModelSpec, reference: Backend, other: Backend, batches: Sequence[np.ndarray], min_score: float = MIN_SCORE
) -> Agreement:
    """Run both on every batch.

    Args:
        spec: What the two are said to give.
        reference: The form that is right.
        other: The form in question; it has the same inputs and outputs.
        batches: What `reference.input` wants, one each.
        min_score: Score from which a detector's box counts, in (0, 1).
    """
    heads = [open_head(spec, it.outputs) for it in (reference, other)] if spec.output.form in _DETECTORS else None
    absolute = relative = 0.0
    boxes = matched = extra = same = 0
    distance, cosine = 0.0, 1.0
    for batch in batches:
        want, got = reference.run(batch), other.run(batch)
        for a, b in zip(want, got, strict=True):
            apart = float(np.abs(a.astype(np.float64) - b).max(initial=0)) if a.shape == b.shape else float("inf")
            absolute = max(absolute, apart)
            relative = max(relative, apart / max(float(np.abs(a).max(initial=0)), 1e-12))
        if heads:
            found = [_boxes(head, outputs, min_score) for head, outputs in zip(heads, (want, got), strict=True)]
            pairs = matches(*found)
            boxes, matched, extra = boxes + len(found[0]), matched + pairs, extra + len(found[1]) - pairs
        elif spec.task == "classify":
            same += int(want[0].argmax() == got[0].argmax())
        elif spec.task == "face-embed":
            a, b = want[0].ravel().astype(np.float64), got[0].ravel().astype(np.float64)
            distance = max(distance, float(np.linalg.norm(a - b)))
            cosine = min(cosine, float(a @ b / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-12)))
    plain = Agreement(len(batches), absolute, relative)
    if heads:
        share = 1 / max(boxes, 1)
        return Agreement(
            len(batches), absolute, relative, boxes=boxes, lost=(boxes - matched) * share, extra=extra * share
        )
    if spec.task == "classify":
        return Agreement(len(batches), absolute, relative, top1=same / len(batches))
    if spec.task == "face-embed":
        return Agreement(len(batches), absolute, relative, distance=distance, cosine=cosine)
    return plain


def matches(a: np.ndarray, b: np.ndarray) -> int:
    """How many boxes of `a` find a partner in `b`: the best overlaps first, 0.5 at least, each box once.

    Args:
        a: `(N, 5) float32`: class, then xyxy.
        b: `(M, 5) float32`, the same.
    """
    overlap = np.where(a[:, None, 0] == b[:, 0], iou(a[:, 1:], b[:, 1:]), 0)  # (N, M)
    count = 0
    while overlap.size and overlap.max() >= 0.5:
        row, column = np.unravel_index(overlap.argmax(), overlap.shape)
        overlap[row], overlap[:, column] = 0, 0
        count += 1
    return count


def medians_ms(backends: Sequence[Backend], batch: np.ndarray, rounds: int = 40) -> list[float]:
    """Median milliseconds of one inference of each; they take turns, so that a busy machine is fair to all."""
    taken = np.empty((rounds, len(backends)))
    for turn in range(rounds):
        for place, backend in enumerate(backends):
            begin = perf_counter()
            backend.run(batch)
            taken[turn, place] = perf_counter() - begin
    return [float(value) * 1e3 for value in np.median(taken, axis=0)]


def _boxes(head: Head, outputs: tuple[np.ndarray, ...], min_score: float) -> np.ndarray:
    """`(K, 5) float32`: class and xyxy of what is left after suppression."""
    found = head(outputs, min_score)
    kept = nms(found.xyxy, found.score, found.class_id, MAX_IOU)
    return np.column_stack([found.class_id[kept], found.xyxy[kept]]).astype(np.float32)
