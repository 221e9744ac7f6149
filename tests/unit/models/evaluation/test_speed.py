import numpy as np

from models.evaluation.classifier import Classifier
from models.evaluation.speed import measure


def test_one_picture_and_many_are_timed_after_a_warm_up() -> None:
    sizes: list[int] = []

    def run(images: np.ndarray) -> np.ndarray:
        sizes.append(len(images))
        return np.ones((len(images), 2))

    told = measure(Classifier(("a", "b"), (4, 4), 1, "onnx", run), np.zeros((9, 4, 4, 1), np.uint8), seconds=0)
    assert sizes == [1, 1, 9, *[1] * 5, *[9] * 5]
    assert (told.form, told.batch) == ("onnx", 9)
    assert told.single_ms > 0
    assert told.images_per_s > 0
