"""The whole study: every part of the simulation for every number of cameras, as plain values."""

from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.scale.assume import Assumptions
from benchmarks.scale.breaks import LIMITS, broken_at, load
from benchmarks.scale.costs import Costs
from benchmarks.scale.failures import MONTH_S, Lost, opening_rate, outages, simulate
from benchmarks.scale.plan import carries, needs, node_room, plan
from benchmarks.scale.traffic import day

MONTHS = 60
"""Of failures that are played."""
AT_ONCE = (1, 4, 16)
SPARES = (0, 1, 2, 4, 8, 16)


def study(
    counts: Sequence[int], costs: Costs, assume: Assumptions, seed: int, told: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """Everything, for the table, the figure and the file.

    Raises:
        ConfigError: a node carries no camera, or the costs do not have what is assumed.
    """
    need = needs(costs, assume)
    room, tighter = node_room(need, assume)
    rows = []
    for cameras in counts:
        told(f"{cameras} cameras")
        rows.append(_row(cameras, costs, assume, seed))
    told("what breaks first")
    broken = broken_at(costs, assume, seed)
    told("nodes that fail")
    return {
        "schema": 1,
        "seed": seed,
        "costs": costs.model_dump(by_alias=True),
        "assumptions": assume.model_dump(),
        "camera": {"cores": need.cores, "memory_mb": need.memory_mb, "in_mbit": need.in_mbit},
        "node": {"carries": carries(need, assume), "room": room, "tighter": tighter},
        "rows": rows,
        "broken_at": broken,
        "day": {"cameras": max(counts), "events_per_s": day(max(counts), costs, assume, seed).events.tolist()},
        "lost": _lost_table(max(counts), costs, assume, seed),
    }


def lost_a_month(cameras: int, costs: Costs, assume: Assumptions, seed: int, months: int = MONTHS) -> Lost:
    """`months` of failures, played; the sums are of all of them."""
    room, _ = node_room(needs(costs, assume), assume)
    nodes = -(-cameras // room) + assume.spare
    horizon_s = months * MONTH_S
    away = outages(nodes, assume, seed, horizon_s)
    return simulate(cameras, room, nodes, away, horizon_s, assume.notice_s, opening_rate(costs, assume))


def _row(cameras: int, costs: Costs, assume: Assumptions, seed: int) -> dict[str, Any]:
    planned, one = plan(cameras, costs, assume), day(cameras, costs, assume, seed)
    lost = lost_a_month(cameras, costs, assume, seed)
    return {
        "cameras": cameras,
        "nodes": planned.nodes,
        "tighter": planned.tighter,
        "in_gbit": planned.in_gbit,
        "out_gbit": planned.out_gbit,
        "tb_a_day": planned.tb_a_day,
        "messages_per_s": one.messages_per_s,
        "peak_messages": one.peak_messages,
        "broker_per_s": one.broker_per_s,
        "event_late_s": one.late_s,
        "peak_mb_s": one.peak_mb_s,
        "lost_hours_a_month": lost.total_s / 3600 / MONTHS,
        "worst_hours": lost.worst_s / 3600,
        "prices": planned.prices,
        "price": planned.price,
        "loads": {what: load(what, cameras, costs, assume, seed) for what in LIMITS},
    }


def _lost_table(cameras: int, costs: Costs, assume: Assumptions, seed: int) -> list[dict[str, float]]:
    """Camera-hours lost a month, by spare nodes and by how many are opened at once."""
    table = []
    for at_once in AT_ONCE:
        for spare in SPARES:
            other = assume.model_copy(update={"spare": spare, "at_once": at_once})
            lost = lost_a_month(cameras, costs, other, seed)
            hours = [part / 3600 / MONTHS for part in (lost.unnoticed_s, lost.queued_s, lost.no_room_s)]
            table.append({"at_once": at_once, "spare": spare, "hours": sum(hours), "no_room": hours[2]})
    return table
