"""The first layer that decorrelates patches."""

import numpy as np

from models.training.config import NetConfig
from models.training.network import build
from models.training.whiten import directions, whiten

HALF = np.full(3, 0.5, np.float32)


def test_answers_to_patches_are_uncorrelated_and_of_variance_one() -> None:
    random = np.random.default_rng(0)
    noise = random.normal(size=(200, 9, 9, 3))
    images = (noise.cumsum(1).cumsum(2) / 10).astype(np.float32)  # neighbours are alike, as in photographs
    kernel = directions(images, 2)
    assert kernel.shape == (2, 2, 3, 24)
    windows = np.lib.stride_tricks.sliding_window_view(images, (2, 2), (1, 2))
    answers = np.einsum("nyxcij,ijcf->nyxf", windows, kernel[..., :12]).reshape(-1, 12)
    variances = answers.T @ answers / len(answers)
    np.testing.assert_allclose(variances - np.diag(np.diag(variances)), 0, atol=1e-3)
    assert (np.diag(variances) < 1.001).all()
    assert np.diag(variances).max() > 0.99
    np.testing.assert_array_equal(kernel[..., 12:], -kernel[..., :12])


def test_the_layer_of_airbench_is_set_from_pictures_and_is_not_learned() -> None:
    model = build(NetConfig(name="airbench", options={"width": 0.1, "whiten": True}), (16, 16, 3), 3, HALF, HALF)
    images = np.random.default_rng(0).integers(0, 256, (20, 16, 16, 3), np.uint8)
    before = model.get_layer("whiten").get_weights()[0]
    assert whiten(model, images)
    after = model.get_layer("whiten").get_weights()[0]
    np.testing.assert_allclose(after, directions(images.astype(np.float32) / 127.5 - 1, 2), atol=1e-3)
    assert np.abs(after - before).max() > 0.1
    assert not model.get_layer("whiten").trainable_variables


def test_pictures_without_any_difference_give_no_filter_that_is_not_a_number() -> None:
    assert np.isfinite(directions(np.zeros((3, 8, 8, 1), np.float32), 2)).all()


def test_a_net_without_that_layer_stays_as_it_is() -> None:
    model = build(NetConfig(name="resnet9", options={"width": 2}), (16, 16, 3), 3, HALF, HALF)
    assert not whiten(model, np.zeros((2, 16, 16, 3), np.uint8))
