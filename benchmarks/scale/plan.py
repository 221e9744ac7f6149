"""How many nodes, how much network, storage and money: sums over the measured costs, nothing left to chance."""

import math
from dataclasses import dataclass

import numpy as np

from benchmarks.scale.assume import Assumptions
from benchmarks.scale.costs import Costs
from pipeline.errors import ConfigError

DAY_S = 86_400
HOURS_A_MONTH = 730.0


@dataclass(frozen=True)
class Needs:
    """Of one camera, on its node."""

    cores: float
    memory_mb: float
    in_mbit: float
    out_mbit: float
    """Recordings and events, over a day."""


@dataclass(frozen=True)
class Plan:
    """For so many cameras."""

    cameras: int
    nodes: int
    """That work; spare ones come on top."""
    tighter: str
    """What a node runs out of first."""
    in_gbit: float
    out_gbit: float
    tb_a_day: float
    prices: dict[str, float]
    """A camera and month, by what it is for."""

    @property
    def price(self) -> float:
        """A camera and month, in all."""
        return sum(self.prices.values())


def needs(costs: Costs, assume: Assumptions) -> Needs:
    """What one camera takes.

    Raises:
        ConfigError: the costs do not have what is assumed.
    """
    if assume.size not in costs.sizes:
        raise ConfigError(f"the costs know {', '.join(costs.sizes)}, not {assume.size}; measure again, or set size")
    frame = costs.sizes[assume.size]
    look_ms = frame.look_ms if assume.precision == "float" else frame.look_int8_ms
    if look_ms is None:
        raise ConfigError(
            "the costs have no network in eight bits; `python -m models quantize` makes one, then measure again"
        )
    a_frame_ms = frame.decode_ms + frame.track_ms + frame.draw_ms
    a_frame_ms += frame.encode_ms if assume.record != "none" else 0.0
    cores = (assume.fps * a_frame_ms + assume.looks_per_s * look_ms) / 1e3 * frame.beside_others
    events_s = float(np.mean(event_rate(assume)))
    out_mbit = recorded_share(assume) * assume.record_mbit + events_s * costs.event_bytes * 8e-6
    memory_mb = costs.process_mb / assume.per_process + frame.source_mb
    return Needs(cores, memory_mb, assume.stream_mbit, out_mbit)


def event_rate(assume: Assumptions) -> np.ndarray:
    """Events a second that a camera tells of itself, for each second of a day: `(86400,) float64`.

    Night from 18 to 6 o'clock, half a sine above it by day.
    """
    hour = np.arange(DAY_S) / 3600
    light = np.clip(np.sin((hour - 6) * math.pi / 12), 0, None)
    return (assume.events_per_hour_night + (assume.events_per_hour - assume.events_per_hour_night) * light) / 3600


def recorded_share(assume: Assumptions) -> float:
    """Of a day, that a camera is recorded: clips that overlap are one (the busy share of M/D/infinity)."""
    if assume.record == "none":
        return 0.0
    if assume.record == "all":
        return 1.0
    return float(np.mean(1 - np.exp(-event_rate(assume) * assume.clip_s)))


def carries(need: Needs, assume: Assumptions) -> dict[str, int]:
    """Cameras that one node has room for, by what it would run out of."""
    room = {
        "processor": assume.cores * assume.usable / need.cores if need.cores else math.inf,
        "memory": assume.memory_gb * 1000 * assume.usable / need.memory_mb if need.memory_mb else math.inf,
        "card": assume.card_gbit * 1000 * assume.usable / max(need.in_mbit, need.out_mbit),
    }
    return {what: 10**9 if math.isinf(many) else math.floor(many + 1e-9) for what, many in room.items()}


def node_room(need: Needs, assume: Assumptions) -> tuple[int, str]:
    """Cameras of a node, and what limits them.

    Raises:
        ConfigError: it cannot carry a single one.
    """
    room = carries(need, assume)
    tighter = min(room, key=lambda what: room[what])
    if room[tighter] < 1:
        raise ConfigError(f"a node has not enough {tighter} for one camera; take a larger one (--node) or ask less")
    return room[tighter], tighter


def plan(cameras: int, costs: Costs, assume: Assumptions) -> Plan:
    """The sums for so many cameras."""
    need = needs(costs, assume)
    room, tighter = node_room(need, assume)
    nodes = math.ceil(cameras / room)
    machines = nodes + assume.spare
    tb_a_day = cameras * recorded_share(assume) * assume.record_mbit / 8 * DAY_S / 1e6
    node_price = assume.node_price + assume.cores * assume.core_price + assume.memory_gb * assume.gb_price
    watts = assume.cores * assume.watts_per_core
    prices = {
        "nodes": machines * node_price / assume.months / cameras,
        "power": machines * watts / 1000 * HOURS_A_MONTH * assume.kwh_price / cameras,
        "storage": tb_a_day * assume.keep_days * assume.tb_price / assume.months / cameras,
        "network": assume.port_price / assume.months,
    }
    return Plan(
        cameras,
        nodes,
        tighter,
        cameras * need.in_mbit / 1000,
        cameras * need.out_mbit / 1000,
        tb_a_day,
        prices,
    )
