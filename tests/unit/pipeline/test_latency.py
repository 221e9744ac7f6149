import numpy as np
import pytest

from pipeline.latency import Latency, Summary


def test_percentiles_are_right_to_one_per_cent() -> None:
    latency = Latency()
    seconds = np.random.default_rng(0).lognormal(-3, 1, 5000)
    for value in seconds:
        latency.add(float(value))
    summary = latency.summary()
    wants = np.percentile(seconds, (50, 95, 99), method="inverted_cdf") * 1e3
    assert (summary.p50, summary.p95, summary.p99) == pytest.approx(wants, rel=0.01)
    assert summary.max == pytest.approx(seconds.max() * 1e3)
    assert summary.frames == 5000


def test_no_frames_are_zeros() -> None:
    assert Latency().summary() == Summary(0, 0, 0, 0, 0)


@pytest.mark.parametrize("seconds", [0.0, -1.0, 1e6])
def test_what_no_clock_should_say_is_counted_all_the_same(seconds: float) -> None:
    latency = Latency()
    latency.add(seconds)
    assert latency.summary().frames == 1
