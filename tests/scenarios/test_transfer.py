"""A network that learned one thing learns another from few pictures."""

from pathlib import Path

import numpy as np
import pytest

from models.data.dataset import DataConfig, DataSet, Split
from models.experiments.run import MODEL, Run
from models.training.config import FineTuneConfig, NetConfig, OptimiserConfig, TrainConfig
from models.training.train import train

VGG = NetConfig(name="vgg", options={"width": 8, "convolutions": 1})
CONFIG = TrainConfig(data=DataConfig(source="digits"), batch=32, tensorboard=False, mixed_precision="off")


@pytest.fixture(scope="module")
def digits() -> Split:
    """Scikit-learn's, three times as large."""
    from sklearn.datasets import load_digits

    found = load_digits()
    images = np.kron(found.images * 255 / 16, np.ones((3, 3))).astype(np.uint8)[..., None]
    return Split(images, found.target.astype(np.int64))


@pytest.fixture(scope="module")
def ten_digits(digits: Split, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A network that tells ten digits, from the first half of them."""
    rows = np.arange(len(digits))
    sets = DataSet(
        "ten", tuple("0123456789"), digits.take(rows[:800]), digits.take(rows[800:900]), digits.take(rows[:0]), "ten"
    )
    config = CONFIG.model_copy(update={"net": VGG, "epochs": 7, "optimiser": OptimiserConfig(rate=1e-2)})
    return train(config, tmp_path_factory.mktemp("runs") / "ten", data=sets)


def test_what_was_learned_from_ten_digits_tells_large_from_small_ones_after_two_pictures_of_each(
    digits: Split, ten_digits: Run, tmp_path: Path
) -> None:
    import keras

    second = np.arange(900, len(digits))
    few = np.concatenate([second[digits.classes[second] == digit][:2] for digit in range(10)])
    rest = digits.take(np.setdiff1d(second, few))
    large = Split(digits.images[few], (digits.classes[few] > 4).astype(np.int64))
    again = large.take(np.tile(np.arange(20), 8))
    sets = DataSet("large", ("small", "large"), again, large, large.take(np.arange(0)), "large")
    told: list[str] = []
    right = {}
    for name, net, fine_tune, rate in (
        ("anew", VGG, FineTuneConfig(), 3e-3),
        ("begun", VGG.model_copy(update={"weights": str(ten_digits.folder)}), FineTuneConfig(frozen=True), 0.1),
    ):
        config = CONFIG.model_copy(
            update={"net": net, "fine_tune": fine_tune, "epochs": 8, "optimiser": OptimiserConfig(rate=rate)}
        )
        run = train(config, tmp_path / name, data=sets, say=told.append)
        model = keras.models.load_model(run.path(MODEL))
        answers = model.predict_on_batch(rest.images.astype(np.float32)).argmax(1)
        right[name] = float((answers == (rest.classes > 4)).mean())
    assert right["begun"] > right["anew"] + 0.05, right
    assert "not logits (has 32x10 and 10, not 32x2 and 2)" in told[0]
    before = keras.models.load_model(ten_digits.path(MODEL)).get_layer("block1_1_conv").get_weights()
    assert np.array_equal(model.get_layer("block1_1_conv").get_weights()[0], before[0])
