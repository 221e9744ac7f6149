import numpy as np
import pytest

from models.agreement import compare, matches, medians_ms
from models.backend import Tensor
from models.shelf import find
from models.spec import ClassScores

SSDLITE = find("person-ssdlite")
COUNT = 1917


class Fixed:
    """A model that gives the same whatever it is fed."""

    runtime = "fixed"
    input = Tensor("image", (1, 300, 300, 3), np.dtype("float32"))

    def __init__(self, *outputs: np.ndarray) -> None:
        self._outputs = outputs
        self.outputs = tuple(Tensor(str(at), output.shape, output.dtype) for at, output in enumerate(outputs))

    def run(self, batch: np.ndarray) -> tuple[np.ndarray, ...]:
        return self._outputs

    def close(self) -> None: ...


def person_at(*anchors: int) -> Fixed:
    logits = np.full((1, COUNT, 2), -9, np.float32)
    logits[0, list(anchors), 1] = 3
    return Fixed(np.zeros((1, COUNT, 4), np.float32), logits)


def boxes(*rows: tuple[float, ...]) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 5)


def test_each_box_has_one_partner_at_most() -> None:
    one, two = (0, 0, 0, 10, 10), (0, 0, 1, 10, 10)
    assert matches(boxes(one, two), boxes(one)) == 1
    assert matches(boxes(one), boxes(one, two)) == 1
    assert matches(boxes(one, two), boxes(two, one)) == 2


def test_a_box_of_another_class_or_place_is_no_partner() -> None:
    assert matches(boxes((0, 0, 0, 10, 10)), boxes((1, 0, 0, 10, 10))) == 0
    assert matches(boxes((0, 0, 0, 10, 10)), boxes((0, 6, 0, 16, 10))) == 0
    assert matches(boxes(), boxes((0, 0, 0, 1, 1))) == 0


def test_boxes_that_only_one_form_finds_are_lost_or_extra() -> None:
    batch = np.zeros((1, 300, 300, 3), np.float32)
    found = compare(SSDLITE, person_at(1900, 40), person_at(1900, 600, 900), [batch, batch])
    assert (found.boxes, found.lost, found.extra) == (4, 0.5, 1.0)
    assert found.absolute == 12
    assert found.cost == 0.5


def test_the_same_outputs_agree_in_everything() -> None:
    found = compare(SSDLITE, person_at(1900), person_at(1900), [np.zeros((1, 300, 300, 3), np.float32)])
    assert (found.lost, found.extra, found.absolute, found.relative) == (0, 0, 0, 0)


@pytest.mark.parametrize(("other", "share"), [([[0.4, 0.6]], 1.0), ([[0.6, 0.4]], 0.0)])
def test_classifiers_agree_on_the_best_class(other: list[list[float]], share: float) -> None:
    batch = np.zeros((1, 300, 300, 3), np.float32)
    spec = SSDLITE.model_copy(update={"task": "classify", "output": ClassScores.model_construct(form="class-scores")})
    found = compare(spec, Fixed(np.array([[0.1, 0.9]])), Fixed(np.array(other)), [batch])
    assert found.top1 == share
    assert found.cost == 1 - share


def test_models_that_are_timed_take_turns() -> None:
    turns: list[str] = []

    class Noted(Fixed):
        def __init__(self, name: str) -> None:
            super().__init__()
            self._name = name

        def run(self, batch: np.ndarray) -> tuple[np.ndarray, ...]:
            turns.append(self._name)
            return ()

    assert len(medians_ms([Noted("a"), Noted("b")], np.zeros(1), rounds=3)) == 2
    assert turns == ["a", "b"] * 3
