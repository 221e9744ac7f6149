"""What a training is made of, each held against a calculation by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_trainings import digits, settings

from models.training.averages import Averages
from models.training.batches import balance, order_of, steps_of, training_batches
from models.training.config import LossConfig, OptimiserConfig, TrainConfig
from models.training.losses import make_loss
from models.training.no_number import cause
from models.training.optimisers import make_optimiser
from models.training.precision import policy

LOGITS = np.array([[2.0, 0.0, -1.0]], np.float32)
WANTED = np.array([[0.0, 1.0, 0.0]], np.float32)
PROBABILITY = np.exp(LOGITS[0]) / np.exp(LOGITS[0]).sum()


@pytest.mark.parametrize(
    ("config", "by_hand"),
    [
        ({"kind": "cross-entropy"}, -np.log(PROBABILITY[1])),
        (
            {"kind": "cross-entropy", "smoothing": 0.3},
            -(np.array([0.1, 0.8, 0.1]) * np.log(PROBABILITY)).sum(),
        ),
        ({"kind": "focal", "gamma": 2.0}, -((1 - PROBABILITY[1]) ** 2) * np.log(PROBABILITY[1])),
        ({"kind": "mse"}, ((PROBABILITY - WANTED[0]) ** 2).sum()),
    ],
    ids=["cross-entropy", "smoothed", "focal", "mse"],
)
def test_losses_are_those_of_their_papers(config: dict[str, Any], by_hand: float) -> None:
    assert float(make_loss(LossConfig(**config))(WANTED, LOGITS)) == pytest.approx(by_hand, rel=1e-5)


def test_the_sparse_loss_takes_numbers() -> None:
    loss = make_loss(LossConfig(kind="sparse-cross-entropy"))
    assert float(loss(np.array([1]), LOGITS)) == pytest.approx(-np.log(PROBABILITY[1]), rel=1e-5)


def test_numbers_cannot_be_mixed() -> None:
    with pytest.raises(ValueError, match=r"set loss\.kind to cross-entropy"):
        TrainConfig.model_validate({"loss": {"kind": "sparse-cross-entropy"}, "augment": {"mixup": 0.2}})


def test_layers_that_know_nothing_are_not_kept_as_they_are() -> None:
    with pytest.raises(ValueError, match=r"set net\.weights to imagenet or a file"):
        TrainConfig.model_validate({"fine_tune": {"frozen": True}})


def _moved(config: OptimiserConfig, factors: dict[str, float]) -> tuple[float, float]:
    """How far a kernel of 1 and a bias of 1 go for a gradient of 1."""
    import keras

    layer = keras.layers.Dense(1, name="last", kernel_initializer="ones", bias_initializer="ones")
    layer.build((None, 1))
    optimiser = make_optimiser(config, {key.format(layer.kernel.path): value for key, value in factors.items()})
    one = [keras.ops.ones((1, 1)), keras.ops.ones((1,))]
    optimiser.apply(one, [layer.kernel, layer.bias])
    return 1 - float(layer.kernel.numpy().item()), 1 - float(layer.bias.numpy().item())


def test_a_layer_moves_with_its_share_of_the_rate() -> None:
    plain = OptimiserConfig(kind="sgd", rate=0.1, momentum=0)
    assert _moved(plain, {"{}": 0.25}) == pytest.approx((0.025, 0.1))


def test_weights_decay_and_biases_do_not() -> None:
    decaying = OptimiserConfig(kind="sgd", rate=0.1, momentum=0, weight_decay=0.5)
    assert _moved(decaying, {}) == pytest.approx((0.15, 0.1))
    assert _moved(OptimiserConfig(kind="adamw", rate=0.1), {})[0] == pytest.approx(0.1, rel=1e-4)


def test_each_epoch_has_an_order_of_its_own_and_the_same_again() -> None:
    assert sorted(order_of(50, 1, 2)) == list(range(50))
    assert np.array_equal(order_of(50, 1, 2), order_of(50, 1, 2))
    assert not np.array_equal(order_of(50, 1, 2), order_of(50, 1, 3))
    assert not np.array_equal(order_of(50, 1, 2), order_of(50, 2, 2))


def test_rare_classes_weigh_as_much_as_frequent_ones() -> None:
    classes = np.array([0] * 6 + [1] * 2)
    weights = balance(classes, 2)
    assert weights.tolist() == pytest.approx([8 / 12, 8 / 4])
    assert weights[classes].sum() == pytest.approx(8)


def test_an_epoch_has_whole_batches_of_what_was_asked_for() -> None:
    data = digits()
    config = settings(batch=16)
    batches = list(training_batches(data.train, 10, config, 0))
    assert len(batches) == steps_of(data.train, 16) == len(data.train) // 16
    images, classes, weights = batches[0]
    first = order_of(len(data.train), config.seed, 0)[:16]
    np.testing.assert_array_equal(images.numpy(), data.train.images[first].astype(np.float32))
    np.testing.assert_array_equal(classes.numpy().argmax(1), data.train.classes[first])
    assert weights.numpy().tolist() == [1.0] * 16


def test_fewer_pictures_than_a_batch_are_one_batch() -> None:
    data = digits()
    assert len(list(training_batches(data.train, 10, settings(batch=4096), 0))) == 1


def test_averages_follow_the_weights_and_give_them_back() -> None:
    import keras

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")])
    averages = Averages(model, keep=0.5)
    by_hand = 0.0
    for step in range(1, 21):
        model.set_weights([np.array([[float(step)]])])
        averages.update()
        share = min(0.5, (1 + step) / (10 + step))
        by_hand = share * by_hand + (1 - share) * step
    with averages.lent():
        assert model.get_weights()[0].item() == pytest.approx(by_hand)
    assert model.get_weights()[0].item() == 20


def test_the_likely_cause_follows_from_the_settings() -> None:
    assert "optimiser.rate 5 is too high for adam" in cause(settings(optimiser={"rate": 5.0}))
    assert "clip_norm" in cause(settings(optimiser={"rate": 0.001}))
    assert "bfloat16" in cause(settings(optimiser={"clip_norm": 1.0}, mixed_precision="on"))


def test_bfloat16_is_taken_where_the_processor_has_it(tmp_path: Path) -> None:
    info = tmp_path / "cpuinfo"
    info.write_text("processor : 0\nflags\t: fpu avx512_bf16 sse\n")
    assert policy("auto", info) == "mixed_bfloat16"
    info.write_text("processor : 0\nflags\t: fpu avx2 sse\n")
    assert policy("auto", info) == "float32"
    assert policy("auto", tmp_path / "absent") == "float32"
    assert policy("on", tmp_path / "absent") == "mixed_bfloat16"
