"""The parts of the comparison that need no peer to be installed."""

import re
from pathlib import Path

import pytest

from benchmarks.annotate import Run
from benchmarks.peers.__main__ import Contestant, last_line, rows_of, verdict
from benchmarks.peers.environments import PINS, pins


def test_every_peer_has_pins_and_a_program_and_every_pin_is_exact() -> None:
    found = pins()
    assert list(found) == ["supervision", "inference", "vidgear", "norfair"]
    for peer, lines in found.items():
        assert (PINS.parent / f"with_{peer}.py").is_file()
        assert lines
        assert all(re.fullmatch(r"[\w.-]+(\[\w+\])?==[\w.]+", line) for line in lines), lines
        assert any(line.startswith(peer) for line in lines)


def test_what_a_contestant_told_is_found_behind_what_its_libraries_say() -> None:
    printed = 'WARNING: {not this}\nloading\n{"frames": 3, "seconds": 1.5}\ngoodbye\n'
    assert last_line(printed) == (3, 1.5)
    with pytest.raises(StopIteration):
        last_line("nothing\n")


def test_the_verdict_names_the_best_of_each_kind() -> None:
    rows: list[dict[str, object]] = [
        {"name": "sluice", "writes": "H.264", "ratio": 1.0, "busy_share": 0.7},
        {"name": "fast", "writes": "MPEG-4 Part 2", "ratio": 1.3},
        {"name": "slow", "writes": "H.264", "ratio": 2.5},
        {"name": "good", "writes": "H.264", "ratio": 1.9},
    ]
    lines = verdict(rows)
    assert lines[0].startswith("1.9 times the best that writes H.264, good")
    assert lines[1].startswith("1.3 times the best of all, fast")
    assert lines[2].startswith("0.7 of the rate is left")


def test_ratios_are_those_of_the_same_round(tmp_path: Path) -> None:
    ways = [Contestant(name, [], last_line, tmp_path / name[0]) for name in ("sluice", "a peer")]
    runs = {
        ("sluice", False): [Run(60, 20, 300), Run(30, 20, 300), Run(90, 20, 300)],
        ("a peer", False): [Run(30, 40, 200), Run(15, 40, 200), Run(90, 40, 200)],
    }
    rows = rows_of(runs, ways, lambda out: ("H.264", out.name == "a"))
    assert [row["ratio"] for row in rows] == [1.0, 2.0]
    assert [row["audio"] for row in rows] == [False, True]
