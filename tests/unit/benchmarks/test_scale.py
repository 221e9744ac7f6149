"""Laws of the simulation of many cameras, and cases that can be reckoned by hand."""

import ast
import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.scale.__main__ import main
from benchmarks.scale.assume import Assumptions, assumptions
from benchmarks.scale.breaks import LIMITS, broken_at, load, restart_s
from benchmarks.scale.costs import TODAYS, Costs, FrameCosts, read_costs, write_costs
from benchmarks.scale.failures import MONTH_S, Lost, Outage, opening_rate, outages, simulate
from benchmarks.scale.plan import carries, needs, node_room, plan, recorded_share
from benchmarks.scale.study import lost_a_month
from benchmarks.scale.traffic import day, waiting
from pipeline.errors import ConfigError

FRAME = FrameCosts(
    decode_ms=4, track_ms=1, draw_ms=1, encode_ms=4, look_ms=20, look_int8_ms=10, live_ms=26, source_mb=50
)

COSTS = Costs.model_validate(
    {
        "schema": 1,
        "date": "2026-01-01",
        "processor": "by hand",
        "sizes": {"1080p": FRAME},
        "process_mb": 400,
        "process_start_s": 8,
        "source_open_s": 1,
        "event_bytes": 500,
        "broker_us": 100,
    }
)
ASSUME = Assumptions(cores=10, memory_gb=40, fps=10, looks_per_s=5, usable=0.8, per_process=8, stream_mbit=4)
HOUR_S = 3600.0


def lost(*, room: int, nodes: int, away: list[Outage], cameras: int = 10, per_s: float = 2.0) -> Lost:
    return simulate(cameras, room, nodes, away, MONTH_S, 15.0, per_s)


def test_a_small_plan_is_what_a_hand_reckons() -> None:
    need = needs(COSTS, ASSUME)
    assert need.cores == pytest.approx(0.2)  # 10 x (4 + 1 + 1 + 4) ms + 5 x 20 ms
    assert need.memory_mb == pytest.approx(100)  # 400 / 8 + 50
    assert carries(need, ASSUME) == {"processor": 40, "memory": 320, "card": 2000}
    planned = plan(100, COSTS, ASSUME)
    assert (planned.nodes, planned.tighter) == (3, "processor")
    assert planned.in_gbit == pytest.approx(0.4)
    machines = 3 + ASSUME.spare
    assert planned.prices["nodes"] == pytest.approx(machines * (2500 + 10 * 60 + 40 * 4) / 48 / 100)
    assert planned.price == pytest.approx(sum(planned.prices.values()))


def test_the_tighter_one_is_named_and_without_recording_nothing_is_encoded() -> None:
    assert node_room(needs(COSTS, ASSUME), ASSUME.model_copy(update={"memory_gb": 1.0})) == (8, "memory")
    assert node_room(needs(COSTS, ASSUME), ASSUME.model_copy(update={"card_gbit": 0.02})) == (4, "card")
    quiet = ASSUME.model_copy(update={"record": "none", "precision": "int8"})
    assert needs(COSTS, quiet).cores == pytest.approx(0.11)
    busy = COSTS.model_copy(update={"sizes": {"1080p": FRAME.model_copy(update={"live_ms": 39.0})}})
    assert needs(busy, quiet).cores == pytest.approx(0.11 * 1.5)  # what a whole process took over its parts


def test_what_is_stored_around_events_is_a_part_of_everything() -> None:
    everything, events = (plan(10, COSTS, ASSUME.model_copy(update={"record": way})) for way in ("all", "events"))
    assert everything.tb_a_day == pytest.approx(10 * 3 / 8 * 86_400 / 1e6)
    assert 0 < events.tb_a_day < everything.tb_a_day
    rare = ASSUME.model_copy(update={"events_per_hour": 1.0, "events_per_hour_night": 1.0})
    assert recorded_share(rare) == pytest.approx(25 / 3600, rel=0.01)


def test_nodes_grow_with_cameras() -> None:
    nodes = [plan(cameras, COSTS, ASSUME).nodes for cameras in range(1, 500, 31)]
    assert nodes == sorted(nodes)
    assert all(count * 40 >= cameras for count, cameras in zip(nodes, range(1, 500, 31), strict=True))


def test_no_camera_is_lost_where_nothing_fails() -> None:
    assert lost(room=5, nodes=2, away=[]) == Lost(0, 0, 0, 0)


def test_a_lost_node_is_what_a_hand_reckons() -> None:
    found = lost(room=5, nodes=3, away=[Outage(0, 1000, 1000 + HOUR_S)])
    assert found.unnoticed_s == pytest.approx(5 * 15)
    assert found.queued_s == pytest.approx((1 + 2 + 3 + 4 + 5) / 2)
    assert found.no_room_s == 0
    assert found.worst_s == pytest.approx(15 + 5 / 2)


def test_cameras_without_room_wait_until_their_node_is_back() -> None:
    found = lost(room=5, nodes=2, away=[Outage(0, 1000, 1000 + HOUR_S)])
    assert found.no_room_s == pytest.approx(5 * (HOUR_S - 15))
    assert found.worst_s == pytest.approx(HOUR_S + 5 / 2)
    half = lost(room=8, nodes=2, away=[Outage(0, 1000, 1000 + HOUR_S)])  # eight and two: six find room
    assert half.no_room_s == pytest.approx(2 * (HOUR_S - 15 - 3))


def test_a_node_that_two_outages_hold_is_back_after_the_second() -> None:
    both = [Outage(0, 1000, 2000), Outage(0, 1500, 3000)]
    assert lost(room=5, nodes=2, away=both) == lost(room=5, nodes=2, away=[Outage(0, 1000, 3000)])


def test_an_outage_that_the_month_cuts_off_counts_up_to_its_end() -> None:
    found = lost(room=5, nodes=2, away=[Outage(0, MONTH_S - 100, MONTH_S + 100)])
    assert found.total_s == pytest.approx(500)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(0, 3))
def test_more_spare_nodes_or_faster_opening_never_lose_more_of_one_rack(seed: int, cameras: int, spare: int) -> None:
    room, chance = 4, np.random.default_rng(seed)
    nodes = -(-cameras // room)
    at_s = float(chance.uniform(0, MONTH_S / 2))
    away = [Outage(node, at_s, at_s + HOUR_S) for node in range(int(chance.integers(1, nodes + 1)))]
    play = [
        simulate(cameras, room, nodes + more, away, MONTH_S, 15.0, per_s).total_s
        for more, per_s in ((spare, 1.0), (spare + 1, 1.0), (spare, 2.0))
    ]
    assert play[1] <= play[0] + 1e-6
    assert play[2] <= play[0] + 1e-6


def test_over_years_of_failures_more_spare_nodes_lose_less() -> None:
    hours = []
    for spare in (0, 1, 3):
        changed = ASSUME.model_copy(update={"spare": spare, "mtbf_h": 500.0, "rack_mtbf_h": 1e9})
        hours.append(lost_a_month(400, COSTS, changed, seed=3, months=24).total_s)
    assert hours[0] > 3 * hours[1] > 9 * hours[2]


def test_a_nodes_outages_are_the_same_however_many_others_there_are() -> None:
    few, many = (outages(nodes, ASSUME, 1, 100 * MONTH_S) for nodes in (16, 32))
    assert [one for one in many if one.node < 16] == few
    assert few != outages(16, ASSUME, 2, 100 * MONTH_S)


def test_a_queue_keeps_what_it_cannot_serve() -> None:
    assert waiting(np.array([0, 5, 0, 0, 0, 1]), 2.0).tolist() == [0, 3, 1, 0, 0, 0]
    assert waiting(np.array([5, 0, 0]), 2.0).tolist() == [3, 1, 0]  # from the first second on


def test_a_day_is_the_same_for_a_seed_and_a_storm_stands_out_of_it() -> None:
    one, again, other = (day(1000, COSTS, ASSUME, seed) for seed in (1, 1, 2))
    assert (one.events == again.events).all()
    assert (one.events != other.events).any()
    calm = day(1000, COSTS, ASSUME.model_copy(update={"storms_per_day": 0}), 1)
    assert one.events.sum() == calm.events.sum() + 1000  # two storms that each reach half of the cameras
    assert one.peak_messages > 3 * calm.peak_messages
    assert one.peak_mb_s <= 1000 * ASSUME.record_mbit / 8


def test_what_breaks_is_whole_just_before_and_broken_there() -> None:
    found = broken_at(COSTS, ASSUME, 0)
    assert found.keys() == LIMITS.keys()
    numbers = [at for at in found.values() if at]
    assert numbers == sorted(numbers)
    for what, at in found.items():
        assert at is not None
        assert load(what, at, COSTS, ASSUME, 0) > 1
        assert load(what, round(at * 0.96), COSTS, ASSUME, 0) <= 1


def test_a_restart_of_everything_takes_as_long_as_playing_it() -> None:
    per_s = opening_rate(COSTS, ASSUME, nodes=3)
    away = [Outage(node, 0, 1e-9) for node in range(3)]
    played = simulate(100, 40, 3, away, MONTH_S, ASSUME.notice_s, per_s)
    assert played.worst_s == pytest.approx(restart_s(100, COSTS, ASSUME))
    slow = COSTS.model_copy(update={"source_open_s": 49.0})
    assert opening_rate(slow, ASSUME, nodes=3) == pytest.approx(3 * 10 / 50)


def test_costs_are_read_as_written_and_a_slip_is_told_in_a_line(tmp_path: Path) -> None:
    write_costs(COSTS, tmp_path / "costs.json")
    assert read_costs(tmp_path / "costs.json") == COSTS
    (tmp_path / "bad.json").write_text('{"schema": 1}')
    for name, says in (("bad.json", "date: Field required"), ("none.json", "cannot read")):
        with pytest.raises(ConfigError, match=says):
            read_costs(tmp_path / name)
    with pytest.raises(ConfigError, match="no such parameter"):
        assumptions(32, ("spares=2",))
    for slip in ("fps=-1", "storm_s=90000", "mtbf_h=0"):
        with pytest.raises(ConfigError, match=f"--set {slip}"):
            assumptions(32, (slip,))
    with pytest.raises(ConfigError, match="not 720p"):
        needs(COSTS, ASSUME.model_copy(update={"size": "720p"}))
    with pytest.raises(ConfigError, match="not enough processor"):
        plan(10, COSTS, ASSUME.model_copy(update={"fps": 1e6}))


def test_the_command_writes_tables_figures_and_a_picture(tmp_path: Path) -> None:
    wanted = ["--cameras", "10,300", "--node", "16", "--json", str(tmp_path / "a.json"), "-o", str(tmp_path / "a.png")]
    done = CliRunner().invoke(main, wanted, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    result = json.loads((tmp_path / "a.json").read_text())
    assert [row["cameras"] for row in result["rows"]] == [10, 300]
    assert f"a node carries {result['node']['room']}" in done.output
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    refused = CliRunner().invoke(main, ["--set", "colour=red"])
    assert refused.exit_code == 2
    assert "no such parameter" in refused.output
    assert CliRunner().invoke(main, ["--cameras", "0,x"]).exit_code == 2


def test_the_supervisor_of_the_document_is_a_program() -> None:
    blocks = re.findall(r"```python\n(.*?)```", TODAYS.with_name("scale.md").read_text(), re.DOTALL)
    assert len(blocks) == 1
    names = {node.name for node in ast.parse(blocks[0]).body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    assert names == {"Keeper", "Supervisor", "main"}


def test_the_costs_of_the_document_are_those_of_a_machine() -> None:
    costs = read_costs(TODAYS)
    assert set(costs.sizes) == {"720p", "1080p"}
    assert costs.sizes["720p"].decode_ms < costs.sizes["1080p"].decode_ms
