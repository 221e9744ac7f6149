"""Sluice beside what else there is: the same clip, the same network on every frame, tracked, drawn, written to a file.

    python -m benchmarks.peers [--rounds 5] [--busy] [--json FILE] [--clip FILE] [--only NAME]

Makes an environment for each peer (once; one of them holds seven gigabytes), runs all of them in turns, each a process
of its own, and prints frames a second, CPU and memory by the medians. `--busy` runs each a second time beside one other
process that keeps a core busy, and compares the two rates. A peer that cannot be installed is named with the reason.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import click
from rich.console import Console
from rich.table import Table

from benchmarks.annotate import Run, measure, repeated, sluice
from benchmarks.peers.environments import NotInstalledError, pins, python_of
from benchmarks.peers.network import hand_over
from commands.demo import clip_720p
from models.cache import default_cache

BEST_H264, BEST_ANY, BUSY = 1.7, 1.2, 0.6
"""What is aimed at: times the best that writes H.264, times the best of all, share of the rate left when busy."""


@dataclass(frozen=True)
class Contestant:
    """One way to do the task."""

    name: str
    command: list[str]
    """Arguments of `python`."""
    read: Callable[[str], tuple[int, float]]
    """Frames and seconds, from what it printed."""
    out: Path
    python: Path = Path(sys.executable)


def last_object(printed: str) -> dict[str, Any]:
    """The JSON line that a contestant told; libraries print lines of their own before it."""
    found: dict[str, Any] = json.loads(next(line for line in reversed(printed.splitlines()) if line.startswith("{")))
    return found


def last_line(printed: str) -> tuple[int, float]:
    """Frames and seconds, as a contestant told them."""
    told = last_object(printed)
    return told["frames"], told["seconds"]


def contestants(clip: Path, folder: Path, only: Sequence[str], told: Callable[[str], None]) -> list[Contestant]:
    """Sluice, the plain loops, and the peers that can be installed."""
    command, read = sluice(clip, folder, ())
    found = [Contestant("sluice", command, read, folder / "sluice.mp4")]
    for which in ("opencv", "pyav"):
        out = folder / f"{which}.mp4"
        plain = ["-m", "benchmarks.plain", which, str(clip), str(out)]
        found.append(Contestant(f"plain {which} loop", plain, last_line, out))
    network = hand_over(folder / "network")
    for peer in pins():
        if only and peer not in only:
            continue
        out = folder / f"{peer}.mp4"
        try:
            python = python_of(peer, default_cache() / "peers", told)
        except NotInstalledError as error:
            told(f"{peer} is left out: {error}")
            continue
        script = ["-W", "ignore", "-m", f"benchmarks.peers.with_{peer}", str(clip), str(out), str(network)]
        found.append(Contestant(f"{peer} {_version(peer)}", script, last_line, out, python))
    return [one for one in found if not only or one.name == "sluice" or one.name.split()[0] in (*only, "plain")]


def _version(peer: str) -> str:
    return next(pin.partition("==")[2] for pin in pins()[peer] if pin.startswith(peer))


@contextmanager
def busy(wanted: bool) -> Iterator[None]:
    """One other process that keeps a core busy, where one is wanted."""
    if not wanted:
        yield
        return
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as other:
        try:
            yield
        finally:
            other.kill()


def written(out: Path) -> tuple[str, bool]:
    """Codec and whether there is sound, of what a contestant left."""
    with av.open(str(out)) as container:
        codec = container.streams.video[0].codec_context.name
        return {"h264": "H.264", "mpeg4": "MPEG-4 Part 2"}.get(codec, codec), bool(container.streams.audio)


def turns(
    ways: Sequence[Contestant], rounds: int, beside: Sequence[bool], told: Callable[[str], None]
) -> dict[tuple[str, bool], list[Run]]:
    """Every run, by contestant and whether it was beside a busy process; one that fails is told and left out."""
    runs: dict[tuple[str, bool], list[Run]] = {(one.name, loud): [] for one in ways for loud in beside}
    failed: set[str] = set()
    for turn in range(rounds):
        for one in ways:
            for loud in beside:
                if one.name in failed:
                    continue
                try:
                    with busy(loud):
                        runs[one.name, loud].append(measure(one.command, one.read, one.python))
                except (click.ClickException, StopIteration) as error:
                    failed.add(one.name)
                    told(f"{one.name} is left out: {getattr(error, 'message', 'it told nothing')}")
                    continue
                fps = runs[one.name, loud][-1].fps
                told(f"round {turn + 1}: {one.name}{' beside a busy process' if loud else ''} {fps:.1f} fps")
    return {key: of for key, of in runs.items() if key[0] not in failed and of}


def rows_of(
    runs: dict[tuple[str, bool], list[Run]],
    ways: Sequence[Contestant],
    look: Callable[[Path], tuple[str, bool]] = written,
) -> list[dict[str, object]]:
    """A row for each contestant: medians, ratios of the same round, what it wrote."""
    ours = runs["sluice", False]
    rows: list[dict[str, object]] = []
    for one in ways:
        if (one.name, False) not in runs:
            continue
        quiet, loud = runs[one.name, False], runs.get((one.name, True), [])
        codec, sound = look(one.out)
        row: dict[str, object] = {
            "name": one.name,
            "fps": round(statistics.median(run.fps for run in quiet), 1),
            "cpu_ms": round(statistics.median(run.cpu_ms for run in quiet), 1),
            "peak_mb": round(statistics.median(run.peak_mb for run in quiet)),
            "writes": codec,
            "audio": sound,
            "ratio": round(statistics.median(a.fps / b.fps for a, b in zip(ours, quiet, strict=True)), 2),
            "runs": [vars(run) for run in quiet],
        }
        if loud:
            left = statistics.median(b.fps / a.fps for a, b in zip(quiet, loud, strict=True))
            row |= {"busy_share": round(left, 2), "busy_runs": [vars(run) for run in loud]}
        rows.append(row)
    return rows


def verdict(rows: Sequence[dict[str, object]]) -> list[str]:
    """How the aims stand, a line each."""
    lines = []
    others = [row for row in rows if row["name"] != "sluice"]
    for aim, what, group in (
        (BEST_H264, "the best that writes H.264", [row for row in others if row["writes"] == "H.264"]),
        (BEST_ANY, "the best of all", others),
    ):
        if group:
            best = min(group, key=lambda row: float(str(row["ratio"])))
            lines.append(f"{best['ratio']} times {what}, {best['name']}; aimed at: {aim}")
    if "busy_share" in rows[0]:
        lines.append(f"{rows[0]['busy_share']} of the rate is left beside a busy process; aimed at: {BUSY}")
    return lines


def table_of(rows: Sequence[dict[str, object]]) -> Table:
    """For a terminal."""
    loud = any("busy_share" in row for row in rows)
    titles = ["", "frames a second", "CPU ms a frame", "peak MB", "writes", "sound", "sluice's rate to its"]
    table = Table(*titles, *(["rate left when busy"] if loud else []), box=None)
    for row in rows:
        rates = [run["fps"] for run in row["runs"]]  # type: ignore[attr-defined]
        cells = [str(row["name"]), f"{row['fps']}  ({min(rates):.1f} to {max(rates):.1f})", str(row["cpu_ms"])]
        cells += [str(row["peak_mb"]), str(row["writes"]), "kept" if row["audio"] else "lost", f"{row['ratio']}"]
        table.add_row(*cells, *([str(row.get("busy_share", ""))] if loud else []))
    return table


@click.command()
@click.option("--clip", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A 720p recording.")
@click.option("--times", default=4, show_default=True, help="The clip joined to itself so often.")
@click.option("--rounds", default=5, show_default=True)
@click.option("--busy", "loud", is_flag=True, help="Each also beside one other busy process.")
@click.option("--only", multiple=True, help="A peer by name, and the plain loops.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write every run's figures.")
def main(clip: Path | None, times: int, rounds: int, loud: bool, only: tuple[str, ...], json_file: Path | None) -> None:
    """Install, measure, print the table, and say how the aims stand."""
    console = Console(width=140)

    def told(line: str) -> None:
        console.print(line, style="dim", highlight=False, markup=False)

    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        long = repeated(clip or clip_720p(), times, folder / "clip.mp4")
        ways = contestants(long, folder, only, told)
        rows = rows_of(turns(ways, rounds, (False, True) if loud else (False,), told), ways)
    console.print(table_of(rows))
    for line in verdict(rows):
        console.print(line, highlight=False)
    if json_file:
        json_file.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
