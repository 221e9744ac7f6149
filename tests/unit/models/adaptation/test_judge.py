"""What is said of a change."""

import keras
import numpy as np
import pytest

from models.adaptation.judge import AT_ONCE, Judge, judge, probabilities


def answers(right: list[bool]) -> np.ndarray:
    return np.where(np.array(right)[:, None], [[0.9, 0.1]], [[0.2, 0.8]])


@pytest.mark.parametrize(
    ("mended", "broken", "verdict"),
    [(20, 5, "better"), (5, 20, "worse"), (8, 5, "no difference"), (0, 0, "no difference")],
)
def test_a_difference_is_told_from_chance_by_what_changed(mended: int, broken: int, verdict: str) -> None:
    before = [False] * mended + [True] * broken + [True, False] * 50
    after = [True] * mended + [False] * broken + [True, False] * 50
    found = judge(answers(before), answers(after), np.zeros(len(before), np.int64))
    assert (found.mended, found.broken) == (mended, broken)
    assert found.before == pytest.approx(np.mean(before))
    assert found.after == pytest.approx(np.mean(after))
    assert found.verdict.startswith(verdict)
    assert (found.after_loss < found.before_loss) == (mended > broken)
    assert found.before_interval[0] < found.before < found.before_interval[1]
    assert found.as_json()["verdict"] == found.verdict


def test_without_classes_nothing_is_said() -> None:
    assert Judge(None, None).change() is None


@pytest.mark.parametrize("count", [1, AT_ONCE, AT_ONCE + 3])
def test_each_picture_has_its_own_answer_however_many_there_are(count: int) -> None:
    model = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Flatten(), keras.layers.Dense(3)])
    images = np.random.default_rng(0).integers(0, 256, (count, 2, 2, 1), np.uint8)
    found = probabilities(model, images)
    assert found.shape == (count, 3)
    assert np.allclose(found, np.asarray(model(images.astype(np.float32))), atol=0.01)
