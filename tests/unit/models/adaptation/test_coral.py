"""The loss that makes features vary alike."""

import numpy as np
import pytest

from models.adaptation.coral import coral_loss, covariance


def features(scale: float, seed: int) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=(50, 6)) @ np.diag([1, 2, 3, 1, 1, 1]) * scale).astype(np.float32)


def test_covariances_are_those_of_numpy() -> None:
    assert np.allclose(covariance(features(3, 0)), np.cov(features(3, 0).T), rtol=1e-4)


def test_it_is_nothing_for_features_that_vary_alike_wherever_they_lie() -> None:
    assert float(coral_loss(features(1, 0), features(1, 0) + 7)) == pytest.approx(0, abs=1e-6)


def test_it_is_the_distance_of_covariances_by_their_sizes_at_any_scale() -> None:
    one, two = features(1, 0), features(2, 1)
    a, b = np.cov(one.T), np.cov(two.T)
    expected = ((a - b) ** 2).sum() / ((a**2).sum() + (b**2).sum())
    assert float(coral_loss(one, two)) == pytest.approx(expected, rel=1e-3)
    assert float(coral_loss(one * 0.01, two * 0.01)) == pytest.approx(expected, rel=1e-3)
    assert 0.3 < expected < 1


def test_dead_features_give_a_number() -> None:
    assert coral_loss(np.zeros((4, 3), np.float32), np.zeros((4, 3), np.float32)) == 0
