import numpy as np
import pytest

from models.evaluation.calibration import at_temperature, fit_temperature, reliability
from vision.probabilities import calibration_error, softmax


def drawn(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits `(count, 5)` and truths that are drawn from their softmax: perfectly calibrated."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 2, (count, 5))
    truth = (softmax(logits).cumsum(axis=1) < random.uniform(size=(count, 1))).sum(axis=1)
    return logits, truth


def test_the_error_is_the_mean_distance_in_each_range_computed_by_hand() -> None:
    # ranges of 0.1: 0.95 and 0.93 (one of two right: 0.44 off), 0.62 (right: 0.38 off)
    probability = np.array([[0.95, 0.05], [0.93, 0.07], [0.38, 0.62]])
    told = reliability(probability, np.array([0, 1, 1]), bins=10)
    assert told.error == pytest.approx((2 * 0.44 + 0.38) / 3)
    assert told.worst == pytest.approx(0.44)
    assert told.count.tolist() == [0, 0, 0, 0, 0, 0, 1, 0, 0, 2]


def test_a_probability_of_one_belongs_to_the_last_range() -> None:
    told = reliability(np.array([[1.0, 0.0]]), np.array([0]))
    assert told.count[-1] == 1
    assert told.error == 0


def test_the_error_of_a_calibrated_set_is_near_nought() -> None:
    logits, truth = drawn(20_000)
    assert reliability(softmax(logits), truth).error < 0.015
    assert reliability(softmax(2 * logits), truth).error > 0.05


def test_it_agrees_with_the_one_that_stages_are_judged_by() -> None:
    logits, truth = drawn(500)
    probability = softmax(3 * logits)
    assert reliability(probability, truth).error == pytest.approx(calibration_error(probability, truth))


def test_the_temperature_of_doubled_logits_is_two() -> None:
    logits, truth = drawn(20_000)
    assert fit_temperature(logits, truth) == pytest.approx(1, abs=0.03)
    assert fit_temperature(2 * logits, truth) == pytest.approx(2 * fit_temperature(logits, truth), rel=1e-3)


def test_no_other_temperature_makes_the_truth_likelier() -> None:
    logits, truth = drawn(300)
    best = fit_temperature(5 * logits, truth)

    def loss(temperature: float) -> float:
        return float(-np.log(at_temperature(5 * logits, temperature)[np.arange(300), truth]).mean())

    assert all(loss(best) <= loss(best * step) for step in (0.8, 0.95, 1.05, 1.25))


def test_large_logits_do_not_overflow() -> None:
    assert np.isfinite(fit_temperature(np.array([[1e4, 0.0], [0.0, 1e4], [1e4, 0.0]]), np.array([0, 1, 1])))
