"""Sluice beside plain loops: frames a second, CPU a frame and peak memory, on one real 720p clip.

    make bench      (or: .venv/bin/python -m benchmarks.annotate [--clip FILE] [--rounds 5] [--json FILE])

Every contestant is a process of its own, with the same environment and the same network; rounds interleave, so that a
noisy machine is fair to all, and medians are compared. The rate is that from opening the clip to the finished file,
loading the network included; CPU and memory are those of the whole process.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import click
from rich.console import Console
from rich.table import Table

from commands.demo import clip_720p

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Run:
    """One process, measured from outside."""

    fps: float
    cpu_ms: float
    """CPU milliseconds a frame, user and system."""
    peak_mb: float


def sluice(clip: Path, folder: Path, settings: Sequence[str]) -> tuple[list[str], Callable[[str], tuple[int, float]]]:
    """The command, and how to read frames and seconds from what it leaves."""
    report = folder / "report.json"
    command = [str(ROOT / "run.py"), "annotate", str(clip), "-o", str(folder / "sluice.mp4"), "--report", str(report)]
    for setting in settings:
        command += ["--set", setting]

    def read(_: str) -> tuple[int, float]:
        run = json.loads(report.read_text())["runs"][0]
        return run["ledger"]["written"], run["seconds"]

    return command, read


def loop(which: str, clip: Path, folder: Path) -> tuple[list[str], Callable[[str], tuple[int, float]]]:
    """A plain loop's command, and how to read its JSON line."""

    def read(printed: str) -> tuple[int, float]:
        told = json.loads(printed)
        return told["frames"], told["seconds"]

    return ["-m", "benchmarks.plain", which, str(clip), str(folder / f"{which}.mp4")], read


def measure(
    command: Sequence[str], read: Callable[[str], tuple[int, float]], python: Path = Path(sys.executable)
) -> Run:
    """Run one process to its end, with what the kernel says it and its children used."""
    environment = {**os.environ, "ORT_DISABLE_TELEMETRY": "1"}
    with subprocess.Popen(
        [str(python), *command], cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise click.ClickException(f"exit {process.returncode}: {' '.join(command)}")
    frames, seconds = read(printed)
    return Run(frames / seconds, (used.ru_utime + used.ru_stime) / frames * 1e3, used.ru_maxrss / 1024)


def repeated(clip: Path, times: int, into: Path) -> Path:
    """The clip's video and sound joined to itself, packets copied, so that starting up weighs less."""
    with av.open(str(into), "w") as target:
        offset = 0.0
        streams: dict[int, av.stream.Stream] = {}
        for _ in range(times):
            with av.open(str(clip)) as source:
                kept = [stream for stream in source.streams if stream.type in ("video", "audio")]
                for stream in kept:
                    if stream.index not in streams:
                        streams[stream.index] = target.add_stream_from_template(stream)
                video = source.streams.video[0]
                assert video.duration is not None
                assert video.time_base is not None
                length = float(video.duration * video.time_base)
                for packet in source.demux(kept):
                    if packet.dts is None or packet.pts is None or packet.pts * packet.time_base >= length:
                        continue
                    shift = round(offset / packet.time_base)
                    packet.pts += shift
                    packet.dts += shift
                    packet.stream = streams[packet.stream.index]
                    target.mux(packet)
                offset += length
    return into


@click.command()
@click.option("--clip", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A 720p recording.")
@click.option("--times", default=4, show_default=True, help="The clip joined to itself so often.")
@click.option("--rounds", default=5, show_default=True)
@click.option("--set", "settings", multiple=True, help="A setting of Sluice, as in run.py.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write every run's figures.")
def main(clip: Path | None, times: int, rounds: int, settings: tuple[str, ...], json_file: Path | None) -> None:
    """Measure, print a table, and say how the aims stand."""
    console = Console()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        long = repeated(clip or clip_720p(), times, folder / "clip.mp4")
        contestants = {
            "sluice": sluice(long, folder, settings),
            "opencv loop, mpeg4": loop("opencv", long, folder),
            "pyav loop, h264": loop("pyav", long, folder),
        }
        runs: dict[str, list[Run]] = {name: [] for name in contestants}
        for turn in range(rounds):
            for name, (command, read) in contestants.items():
                runs[name].append(measure(command, read))
                console.print(f"round {turn + 1}: {name} {runs[name][-1].fps:.1f} fps", style="dim", highlight=False)
    table = Table("", "frames a second", "CPU ms a frame", "peak MB", "sluice's rate to its", "CPU to its", box=None)
    for name, all_of_it in runs.items():
        rate = statistics.median(a.fps / b.fps for a, b in zip(runs["sluice"], all_of_it, strict=True))
        cpu = statistics.median(a.cpu_ms / b.cpu_ms for a, b in zip(runs["sluice"], all_of_it, strict=True))
        table.add_row(
            name,
            _middle([run.fps for run in all_of_it]),
            _middle([run.cpu_ms for run in all_of_it]),
            _middle([run.peak_mb for run in all_of_it]),
            f"{rate:.2f}",
            f"{cpu:.2f}",
        )
    console.print(table)
    console.print("aims: 1.15 times the OpenCV loop's rate, 1.6 times the PyAV loop's, CPU at most 1.00 of either's")
    if json_file:
        json_file.write_text(json.dumps({name: [vars(run) for run in of] for name, of in runs.items()}, indent=2))


def _middle(figures: Sequence[float]) -> str:
    return f"{statistics.median(figures):.1f}  ({min(figures):.1f} to {max(figures):.1f})"


if __name__ == "__main__":
    main()
