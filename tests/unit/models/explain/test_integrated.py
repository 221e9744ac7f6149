from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from planted import planted

from models.explain.integrated import ENOUGH, FIRST_STEPS, integrate


def _with(slope: Any, score: Any) -> Any:
    return SimpleNamespace(gradients=lambda batch, classes, layer: (batch, slope(batch), score(batch)))


def test_contributions_of_a_weighted_sum_are_the_weights_times_the_pixels() -> None:
    weights = np.arange(8, dtype=np.float32).reshape(2, 2, 2) - 3
    network = _with(lambda batch: np.broadcast_to(weights, batch.shape), lambda batch: (batch * weights).sum((1, 2, 3)))
    image = np.full((1, 2, 2, 2), 10, np.uint8)
    found = integrate(network, image, np.array([0]))
    assert np.allclose(found.values[0], 10 * weights)
    assert found.gained == pytest.approx(40) and found.missed == pytest.approx(0) and found.steps == [FIRST_STEPS]


def test_the_way_is_cut_finer_until_the_sum_is_complete() -> None:
    """A score that rises only near the end of the way: few steps miss it."""
    network = _with(lambda batch: 30 * (batch / 100) ** 29 / 100, lambda batch: ((batch / 100) ** 30).sum((1, 2, 3)))
    image = np.full((1, 1, 1, 1), 100, np.uint8)
    found, rough = (integrate(network, image, np.array([0]), most) for most in (256, FIRST_STEPS))
    assert found.steps[0] > FIRST_STEPS and found.missed[0] <= ENOUGH < rough.missed[0]
    assert found.values.sum() == pytest.approx(1, abs=ENOUGH)


def test_contributions_of_a_real_network_add_up_to_what_it_gains(pooled: Any) -> None:
    images, classes, _ = planted(6, seed=6)
    found = integrate(pooled, images, classes)
    black = pooled.gradients(np.zeros_like(images), classes, None)[2]
    scores = pooled.gradients(images, classes, None)[2]
    assert np.allclose(found.gained, scores - black, atol=1e-3)
    assert np.allclose(found.values.sum((1, 2, 3)), scores - black, rtol=ENOUGH, atol=0.05)


def test_a_map_that_is_not_complete_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    from models.explain.maps import _integrated

    network = _with(lambda batch: np.zeros(batch.shape, np.float32), lambda batch: batch.sum((1, 2, 3)))
    _integrated(network, np.full((1, 2, 2, 1), 9, np.uint8), np.array([0]))
    assert "miss 100 % of the score after 256 steps" in caplog.text
