"""A day of events: cameras that tell something by chance, storms in which many do at once, one broker, one storage."""

from dataclasses import dataclass

import numpy as np

from benchmarks.scale.assume import Assumptions
from benchmarks.scale.costs import Costs
from benchmarks.scale.plan import DAY_S, event_rate


@dataclass(frozen=True)
class Day:
    """What came of one."""

    events: np.ndarray
    """`(86400,) int64`, told in each second by all cameras."""
    messages_per_s: float
    """Through the broker, in the middle over the day: in, and out to each subscriber."""
    peak_messages: int
    """In the busiest second."""
    broker_per_s: float
    """What the broker can."""
    late_s: float
    """The longest that an event waited for the broker."""
    peak_mb_s: float
    """Written to the storage in the busiest second."""


def broker_per_s(costs: Costs, assume: Assumptions) -> float:
    """Events a second that one core of a broker takes and hands on to every subscriber.

    Measured with one subscriber, which is two messages; each further one is taken for another half.
    """
    return assume.usable * 1e6 / (costs.broker_us * (1 + assume.subscribers) / 2)


def day(cameras: int, costs: Costs, assume: Assumptions, seed: int) -> Day:
    """Simulate one."""
    chance = np.random.default_rng(seed)
    events = chance.poisson(cameras * event_rate(assume))
    storms = np.random.default_rng((seed, 1))  # of their own: the same hours, however many cameras there are
    for begins in storms.uniform(0, DAY_S - assume.storm_s, assume.storms_per_day):
        reached = round(cameras * assume.storm_share)
        at_s = (begins + storms.uniform(0, assume.storm_s, reached)).astype(np.int64)
        events += np.bincount(at_s, minlength=DAY_S)
    able = broker_per_s(costs, assume)
    fans_out = 1 + assume.subscribers
    return Day(
        events,
        float(events.mean()) * fans_out,
        int(events.max()) * fans_out,
        able * fans_out,
        float(waiting(events, able).max()) / able,
        float(recording(events, cameras, assume).max()) * assume.record_mbit / 8,
    )


def waiting(arrivals: np.ndarray, able: float) -> np.ndarray:
    """How many wait at the end of each second, where `able` are served in one (Lindley's recursion, 1952).

    >>> waiting(np.array([0, 5, 0, 0]), 2.0)
    array([0., 3., 1., 0.])
    """
    grown = np.cumsum(arrivals - able)
    return np.asarray(grown - np.minimum(np.minimum.accumulate(grown), 0.0))


def recording(events: np.ndarray, cameras: int, assume: Assumptions) -> np.ndarray:
    """How many cameras are recorded in each second; events of the last `clip_s`, spread over cameras by chance."""
    if assume.record == "none":
        return np.zeros(len(events))
    if assume.record == "all":
        return np.full(len(events), float(cameras))
    seconds = max(1, round(assume.clip_s))
    total = np.concatenate([np.zeros(seconds), np.cumsum(events)])
    recent = total[seconds:] - total[:-seconds]
    return np.asarray(cameras * (1 - np.exp(-recent / cameras)))
