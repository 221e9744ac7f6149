from pathlib import Path

import numpy as np
import pytest

from models.backend import Tensor
from models.heads import open_head
from models.shelf import find
from models.spec import InputSpec, ModelFile, ModelSpec, TfliteDetection
from pipeline.errors import ModelError

FLOAT = np.dtype("float32")
SSDLITE = find("person-ssdlite")


def tensors(*shapes: tuple[int | None, ...]) -> tuple[Tensor, ...]:
    return tuple(Tensor(f"output{at}", shape, FLOAT) for at, shape in enumerate(shapes))


def postprocessed(*order: str, labels: tuple[str, ...] = ("person", "car")) -> ModelSpec:
    return ModelSpec(
        name="four",
        files={"tflite": ModelFile(file=Path("x.tflite"))},
        input=InputSpec(size=(300, 300), colour="rgb", dtype="uint8", mean=0, scale=1),
        output=TfliteDetection.model_validate({"form": "tflite-detection", **({"order": order} if order else {})}),
        labels=labels,
    )


BOXES = np.array([[[0.1, 0.2, 0.3, 0.4], [0, 0, 1, 1], [0, 0, 9, 9]]], np.float32)
CLASSES = np.array([[1, 0, 0]], np.float32)
SCORES = np.array([[0.9, 0.4, 0.8]], np.float32)
COUNT = np.array([2], np.float32)


def test_raw_heads_become_boxes_in_shares_of_the_picture() -> None:
    head = open_head(SSDLITE, tensors((1, 1917, 4), (1, 1917, 2)))
    logits = np.full((1, 1917, 2), -9, np.float32)
    logits[0, 1916, 1] = 3
    found = head((np.zeros((1, 1917, 4), np.float32), logits), 0.3)
    side = 0.95**0.5 / 2
    assert found.xyxy[0] == pytest.approx([0.5 - side, 0.5 - side, 0.5 + side, 0.5 + side])
    assert found.class_id.tolist() == [0]
    assert found.score == pytest.approx([1 / (1 + np.exp(-3))])


def test_post_processed_outputs_are_cut_at_their_count_and_at_the_score() -> None:
    head = open_head(postprocessed(), tensors((1, 3, 4), (1, 3), (1, 3), (1,)))
    found = head((BOXES, CLASSES, SCORES, COUNT), 0.5)
    assert found.xyxy == pytest.approx(np.array([[0.2, 0.1, 0.4, 0.3]]))
    assert found.class_id.tolist() == [1]
    assert found.class_id.dtype == np.int32


def test_post_processed_outputs_may_come_in_another_order() -> None:
    head = open_head(postprocessed("scores", "boxes", "count", "classes"), tensors((1, 3), (1, 3, 4), (1,), (1, 3)))
    assert head((SCORES, BOXES, COUNT, CLASSES), 0.5).class_id.tolist() == [1]


def test_an_open_batch_size_fits() -> None:
    open_head(SSDLITE, tensors((None, 1917, 4), (None, 1917, 2)))


@pytest.mark.parametrize("shapes", [((1, 1917, 4),), ((1, 1917, 2), (1, 1917, 4)), ((1, 1917, 4), (1, 1917, 91)), ()])
def test_raw_heads_of_another_shape_name_the_model_and_the_shapes(shapes: tuple[tuple[int, ...], ...]) -> None:
    with pytest.raises(ModelError, match=r"'person-ssdlite' gives .* need \(1, 1917, 4\) and \(1, 1917, 2\)"):
        open_head(SSDLITE, tensors(*shapes))


def test_post_processed_outputs_of_another_shape_name_the_model() -> None:
    with pytest.raises(ModelError, match=r"'four' gives \(1, 3, 4\); tflite-detection needs"):
        open_head(postprocessed(), tensors((1, 3, 4)))


def test_a_class_without_a_label_says_so() -> None:
    head = open_head(postprocessed(labels=("person",)), tensors((1, 3, 4), (1, 3), (1, 3), (1,)))
    with pytest.raises(ModelError, match="found class 1, but there are 1 labels"):
        head((BOXES, CLASSES, SCORES, COUNT), 0.5)
