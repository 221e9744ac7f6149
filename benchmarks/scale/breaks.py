"""What breaks first as cameras are added: the load of each thing that there is one of, by what it can carry."""

from benchmarks.scale.assume import Assumptions
from benchmarks.scale.costs import Costs
from benchmarks.scale.failures import opening_rate
from benchmarks.scale.plan import plan
from benchmarks.scale.traffic import day

MOST = 1_000_000
STORM_LATE_S = 10.0
"""An event that waits longer for the broker is too late."""
LIMITS = {
    "connections": "one of each camera to one broker, by the files that it may open",
    "broker": "longest wait of an event for one broker, or its rate",
    "storage": "written in the busiest second to one storage",
    "trunk": "streams on the one line to the nodes",
    "supervisor": "opening every camera after a restart of everything",
}


def load(what: str, cameras: int, costs: Costs, assume: Assumptions, seed: int) -> float:
    """Of one of `LIMITS`, with so many cameras; at 1 it just does."""
    if what == "supervisor":
        return restart_s(cameras, costs, assume) / assume.back_s
    if what == "connections":
        return (cameras + assume.subscribers) / assume.broker_files
    if what == "trunk":
        return plan(cameras, costs, assume).in_gbit / (assume.trunk_gbit * assume.usable)
    one = day(cameras, costs, assume, seed)
    if what == "storage":
        return one.peak_mb_s / assume.storage_mb_s
    return max(one.late_s / STORM_LATE_S, one.messages_per_s / one.broker_per_s)


def restart_s(cameras: int, costs: Costs, assume: Assumptions) -> float:
    """Seconds until the last camera is back where everything went: a power cut, or the supervisor's own end."""
    nodes = plan(cameras, costs, assume).nodes
    return assume.notice_s + cameras / opening_rate(costs, assume, nodes)


def broken_at(costs: Costs, assume: Assumptions, seed: int) -> dict[str, int | None]:
    """Cameras at which each is loaded beyond what it carries, the first to break first; None: not up to `MOST`."""
    found = {what: _first(what, costs, assume, seed) for what in LIMITS}
    return dict(sorted(found.items(), key=lambda item: item[1] or MOST + 1))


def _first(what: str, costs: Costs, assume: Assumptions, seed: int) -> int | None:
    """The least number for which it breaks, to a thousandth; None where it does not for `MOST`."""
    if load(what, MOST, costs, assume, seed) <= 1:
        return None
    good, bad = 0, MOST
    while bad - good > max(1, good // 1000):
        middle = (good + bad) // 2
        good, bad = (good, middle) if load(what, middle, costs, assume, seed) > 1 else (middle, bad)
    return bad
