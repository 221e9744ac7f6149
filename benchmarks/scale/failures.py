"""Nodes fail, a supervisor notices and opens their cameras elsewhere: one event after the other, in simulated time."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.scale.assume import Assumptions
from benchmarks.scale.costs import Costs

MONTH_S = 730 * 3600.0
UP, DOWN, NOTICED, OPENED = range(4)
"""What happens; at the same moment in this order."""


@dataclass(frozen=True)
class Outage:
    """A node is away for a while."""

    node: int
    at_s: float
    until_s: float


@dataclass(frozen=True)
class Lost:
    """Camera-seconds without a picture, by what they waited for."""

    unnoticed_s: float
    queued_s: float
    """There was room, and others were opened before."""
    no_room_s: float
    worst_s: float
    """The longest time in which some camera was away."""

    @property
    def total_s(self) -> float:
        """In all."""
        return self.unnoticed_s + self.queued_s + self.no_room_s


def outages(nodes: int, assume: Assumptions, seed: int, horizon_s: float) -> list[Outage]:
    """Of nodes and of racks, by chance; a node's are the same however many others there are."""
    found = []
    for node in range(nodes):
        began = _failures(assume.mtbf_h, assume.repair_h, (seed, 0, node), horizon_s)
        found += [Outage(node, at_s, at_s + assume.repair_h * 3600) for at_s in began]
    for first in range(0, nodes, assume.rack):
        for at_s in _failures(assume.rack_mtbf_h, assume.rack_repair_h, (seed, 1, first), horizon_s):
            away = range(first, min(first + assume.rack, nodes))
            found += [Outage(node, at_s, at_s + assume.rack_repair_h * 3600) for node in away]
    return found


def opening_rate(costs: Costs, assume: Assumptions, nodes: int = 1) -> float:
    """Cameras a second that can be opened: as the supervisor may, and as so many idle nodes have processor for."""
    cpu_s = costs.source_open_s + costs.process_start_s / assume.per_process
    by_cpu = nodes * assume.cores / cpu_s if cpu_s else float("inf")
    return min(assume.at_once / assume.open_s, by_cpu)


def simulate(
    cameras: int, room: int, nodes: int, away: Sequence[Outage], horizon_s: float, notice_s: float, per_s: float
) -> Lost:
    """Play it.

    Args:
        cameras: They stand on the first nodes, which are full; what is left stands by.
        room: Cameras that a node carries.
        nodes: With the spare ones.
        away: Outages; of one node they may overlap.
        horizon_s: What is lost later does not count.
        notice_s: From an outage until the supervisor knows of it.
        per_s: Cameras that it opens in a second, one after the other, on the first node that has room.
    """
    cluster = _Cluster(cameras, room, nodes)
    happenings = [(one.at_s, DOWN, one.node, 0) for one in away] + [(one.until_s, UP, one.node, 0) for one in away]
    heapq.heapify(happenings)
    opening = False
    while happenings:
        at_s, kind, node, count = heapq.heappop(happenings)
        if at_s >= horizon_s:
            break
        cluster.until(at_s)
        if kind == DOWN:
            lost = cluster.down(node)
            if lost:
                heapq.heappush(happenings, (at_s + notice_s, NOTICED, 0, lost))
        elif kind == UP:
            cluster.up(node)
        elif kind == NOTICED:
            cluster.noticed(count)
        else:
            opening = False
            cluster.open_one()
        if not opening and cluster.waiting and cluster.free:
            opening = True
            heapq.heappush(happenings, (at_s + 1 / per_s, OPENED, 0, 0))
    cluster.until(horizon_s)
    return cluster.lost()


class _Cluster:
    """Who is where, and what was lost so far."""

    def __init__(self, cameras: int, room: int, nodes: int) -> None:
        if cameras > room * nodes:
            raise ValueError(f"{nodes} nodes of {room} cannot carry {cameras}")
        self._room = room
        self._on = [max(0, min(room, cameras - node * room)) for node in range(nodes)]
        self._away = [0] * nodes
        """How many outages each is in."""
        self.free = room * nodes - cameras
        """Cameras that nodes which are there have room for."""
        self._with_room = [node for node in range(nodes) if self._on[node] < room]
        self._unnoticed = self.waiting = 0
        self._now_s = self._trouble_since_s = self._worst_s = 0.0
        self._lost = [0.0, 0.0, 0.0]

    def until(self, at_s: float) -> None:
        """Let time go by."""
        seconds, self._now_s = at_s - self._now_s, at_s
        self._lost[0] += seconds * self._unnoticed
        self._lost[1 if self.free else 2] += seconds * self.waiting
        if self._unnoticed or self.waiting:
            self._worst_s = max(self._worst_s, at_s - self._trouble_since_s)
        else:
            self._trouble_since_s = at_s

    def down(self, node: int) -> int:
        """A node goes; how many cameras go with it."""
        self._away[node] += 1
        if self._away[node] > 1:
            return 0
        lost, self._on[node] = self._on[node], 0
        self.free -= self._room - lost
        self._unnoticed += lost
        return lost

    def up(self, node: int) -> None:
        """It is back, empty, where no other outage holds it."""
        self._away[node] -= 1
        if not self._away[node]:
            self.free += self._room
            heapq.heappush(self._with_room, node)

    def noticed(self, count: int) -> None:
        """The supervisor knows that these are lost."""
        self._unnoticed -= count
        self.waiting += count

    def open_one(self) -> None:
        """On the first node that has room; it waits on where that went meanwhile."""
        while self._with_room:
            node = self._with_room[0]
            if not self._away[node] and self._on[node] < self._room:
                self._on[node] += 1
                self.free -= 1
                self.waiting -= 1
                return
            heapq.heappop(self._with_room)

    def lost(self) -> Lost:
        """The sums."""
        unnoticed_s, queued_s, no_room_s = self._lost
        return Lost(unnoticed_s, queued_s, no_room_s, self._worst_s)


def _failures(mtbf_h: float, repair_h: float, seed: tuple[int, ...], horizon_s: float) -> list[float]:
    """Seconds at which it fails; the next time to failure begins with the repair."""
    chance, at_s, found = np.random.default_rng(seed), 0.0, list[float]()
    while True:
        at_s += float(chance.exponential(mtbf_h * 3600))
        if at_s >= horizon_s:
            return found
        found.append(at_s)
        at_s += repair_h * 3600
