"""MixUp and CutMix: what is in a picture, and what its classes say."""

from typing import Any

import numpy as np
import pytest

from models.training.augment_mix import beta, mixed

SEED = np.array([1, 2])


def black_and_white(count: int, shape: tuple[int, ...] = (10, 8, 3)) -> tuple[np.ndarray, np.ndarray]:
    """Half of class 0, all black, half of class 1, all white."""
    of = np.arange(count) % 2
    return np.ones((count, *shape), np.float32) * 255 * of[:, None, None, None].astype(np.float32), np.eye(
        2, dtype=np.float32
    )[of]


@pytest.mark.parametrize("shape", [(10, 8, 3), (9, 9, 1)])
@pytest.mark.parametrize("alphas", [(0.4, 0), (0, 1.0), (0.4, 1.0)])
def test_classes_have_the_shares_that_their_pictures_have(shape: Any, alphas: Any) -> None:
    images, classes = black_and_white(64, shape)
    after, shares = mixed(images, classes, SEED, *alphas)
    assert np.allclose(after.numpy().mean((1, 2, 3)) / 255, shares[:, 1], atol=1e-4)
    assert np.allclose(shares.numpy().sum(1), 1)
    assert ((shares[:, 1] > 0.05) & (shares[:, 1] < 0.95)).numpy().any()


def test_mixup_is_even_and_cutmix_is_a_rectangle_and_with_both_there_are_both() -> None:
    images, classes = black_and_white(200)
    levels = {
        alphas: [len(np.unique(one.round(2))) for one in mixed(images, classes, SEED, *alphas)[0].numpy()]
        for alphas in ((1.0, 0), (0, 1.0), (1.0, 1.0))
    }
    assert set(levels[1.0, 0]) == {1}
    assert set(levels[0, 1.0]) == {1, 2}
    # CutMix of two of one colour has one level too.
    both = mixed(images, classes, SEED, 1.0, 1.0)[0].numpy()
    grey = ((both > 1) & (both < 254)).all((1, 2, 3))
    assert 0.2 < grey.mean() < 0.45
    assert 0.1 < (np.array(levels[1.0, 1.0]) == 2).mean() < 0.4


@pytest.mark.parametrize("alpha", [0.001, 0.2, 1.0, 50.0])
def test_shares_are_symmetric_and_numbers_even_for_a_tiny_alpha(alpha: float) -> None:
    drawn = beta(alpha, 4000, SEED).numpy()
    assert ((drawn >= 0) & (drawn <= 1)).all()
    assert abs(drawn.mean() - 0.5) < 0.03
    assert drawn.var() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.1)


def test_a_batch_of_one_stays_what_it_is() -> None:
    images, classes = black_and_white(1)
    after, shares = mixed(images, classes, SEED, 0.4, 1.0)
    assert np.array_equal(after, images)
    assert np.allclose(shares, classes)
