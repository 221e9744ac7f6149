"""How late a live source is when there is too much work: Sluice beside the plain OpenCV loop, on the same camera.

    python -m benchmarks.live [--seconds 60] [--clip FILE] [--json FILE]

A camera of 30 pictures a second (1280 x 720, MJPEG over HTTP, in a process of its own) numbers its pictures, so the
age of what comes out is read off the picture itself. The detector is the real network, asked again and again until
70 ms have gone by. Ways: the loop; Sluice with the detector in line; Sluice with `every: auto`, tracked and drawn.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, ClassVar

import click
import cv2
import numpy as np
from pydantic import Field
from rich.console import Console
from rich.table import Table

from benchmarks.camera import age_s
from commands.demo import clip as demo_clip
from commands.live_run import LiveRun
from commands.live_stats import memory_mb
from pipeline.config import check_settings
from pipeline.config_file import Document
from pipeline.sources.live import LiveConfig, hung_readers, open_live
from pipeline.stage import StageConfig
from pipeline.types import Detections, Frame, Packet
from stages import CATALOGUE
from stages.ssd import SsdConfig, SsdDetector

WORK_MS = 70.0
ROOT = Path(__file__).resolve().parents[1]


class SlowConfig(SsdConfig):
    """A detector that takes its time."""

    work_ms: Annotated[float, Field(gt=0, description="milliseconds of real work for each frame")] = WORK_MS


class SlowDetector(SsdDetector):
    """The real network, asked until the time has gone by."""

    Config: ClassVar[type[StageConfig]] = SlowConfig

    def process(self, packet: Packet) -> Detections:
        """What it finds; the time is that of the machine's clock."""
        assert isinstance(self.config, SlowConfig)
        began_s = time.perf_counter()
        found, calls = super().process(packet), 1
        while (time.perf_counter() - began_s) * (1 + 0.5 / calls) < self.config.work_ms / 1e3:
            found, calls = super().process(packet), calls + 1  # on the average it takes what was asked for
        return found


class AgeSink:
    """Notes how old each picture is when it comes out. The number is read where no box and no status line is drawn."""

    name = "age"

    def __init__(self, began_s: float) -> None:
        self._began_s = began_s
        self.ages: list[tuple[float, float]] = []
        """Seconds since the epoch of the machine's clock, and age in seconds."""

    def write(self, packet: Packet) -> None:
        """Note it."""
        self.ages.append((time.monotonic(), age_s(packet.frame.image, self._began_s)))

    def finish(self) -> None:
        """Nothing has to be made whole."""

    def close(self) -> None:
        """Nothing is held."""


@contextmanager
def camera(clip: Path) -> Iterator[tuple[str, float]]:
    """The camera's address, and when its number 0 was."""
    with tempfile.TemporaryDirectory() as folder:
        port_file = Path(folder) / "port"
        command = [sys.executable, "-m", "benchmarks.camera", str(clip), str(port_file)]
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE)
        try:
            while not (port_file.is_file() and len(port_file.read_text().split()) == 2):
                time.sleep(0.05)
            port, began_s = port_file.read_text().split()
            yield f"http://127.0.0.1:{port}/", float(began_s)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()


def plain(address: str, began_s: float, seconds: float, work_ms: float = WORK_MS) -> dict[str, object]:
    """The loop of every tutorial: read, look, show."""
    detector = SlowDetector(SlowConfig(work_ms=work_ms))
    capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG)
    ages: list[tuple[float, float]] = []
    worked: list[float] = []
    until_s, index = time.monotonic() + seconds, 0
    while time.monotonic() < until_s:
        read, image = capture.read()
        if not read:
            break
        packet = Packet(Frame(image, index, index / 30, time.monotonic(), "plain"))
        looked_s = time.perf_counter()
        detector.process(packet)
        worked.append(time.perf_counter() - looked_s)
        ages.append((time.monotonic(), age_s(packet.frame.image, began_s)))
        index += 1
    capture.release()
    detector.close()
    return summary("plain OpenCV loop", ages, seconds, 1e3 * float(np.mean(worked)))


def sluice(
    address: str, began_s: float, seconds: float, every: int | str, workers: int = 1, work_ms: float = WORK_MS
) -> dict[str, object]:
    """The same detector in Sluice."""
    slow = {"use": "benchmarks.live:SlowDetector", "every": every, "min_score": 0.1}
    slow |= {"workers": workers, "work_ms": work_ms}
    stages: dict[str, object] = {"slow": slow}
    if every == "auto":
        stages |= {"track": None, "overlay": {"status": False}}
    settings = check_settings(Document("benchmark", {"stages": stages}), CATALOGUE)
    ages = AgeSink(began_s)
    run = LiveRun(open_live(address, LiveConfig()), settings, [ages])
    run.start()
    until_s, memory = time.monotonic() + seconds, []
    while time.monotonic() < until_s:
        run.poll()
        time.sleep(1)
        memory.append(memory_mb())
    run.stop()
    hung_readers(5)
    stats = run.stats()
    lost = sum(stats["dropped"].values()) + sum(stats["failed"].values())
    name = f"Sluice, detector in line{', ' + str(workers) + ' workers' if workers > 1 else ''}"
    if every == "auto":
        name = "Sluice, every: auto, tracked, drawn"
    timing = run.runner.timings()["slow"]
    work_ms = 1e3 * timing.wall_s / max(timing.calls, 1)
    settled = memory[min(10, len(memory) - 1)]
    return {
        **summary(name, ages.ages, seconds, work_ms),
        "books": stats["captured"] == stats["delivered"] + lost,
        "captured": stats["captured"],
        "dropped": stats["dropped"],
        "own_latency_ms": stats["latency_ms"],
        "memory_mb": [round(settled, 1), round(memory[-1], 1)],
    }


def summary(name: str, ages: list[tuple[float, float]], seconds: float, work_ms: float) -> dict[str, object]:
    """Milliseconds of age, in all and at both ends; `work_ms` is what the detector took."""
    began_s, ended_s = ages[0][0], ages[-1][0]
    tenth_s = min(10.0, seconds / 3)
    old_ms = np.array([age * 1e3 for _, age in ages])
    first = np.array([age * 1e3 for at_s, age in ages if at_s < began_s + tenth_s])
    last = np.array([age * 1e3 for at_s, age in ages if at_s > ended_s - tenth_s])
    p50, p99 = np.percentile(old_ms, (50, 99))
    return {
        "way": name,
        "work_ms": round(work_ms, 1),
        "shown_fps": round((len(ages) - 1) / max(ended_s - began_s, 1e-9), 2),
        "p50_ms": round(float(p50), 1),
        "p99_ms": round(float(p99), 1),
        "first_ms": round(float(np.median(first)), 1),
        "last_ms": round(float(np.median(last)), 1),
    }


@click.command()
@click.option("--seconds", type=click.FloatRange(min=3), default=60.0, show_default=True, help="Of each way.")
@click.option(
    "--clip", type=click.Path(exists=True, path_type=Path), help="What the camera shows. [default: a demo clip]"
)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the figures there too.")
def main(seconds: float, clip: Path | None, json_file: Path | None) -> None:
    """Measure, and print the table."""
    with camera(clip or demo_clip("bikes.mp4")) as (address, began_s):
        rows = [plain(address, began_s, seconds)]
        rows += [sluice(address, began_s, seconds, every) for every in (1, "auto")]
    table = Table("", box=None)
    for title in ("shown fps", "work ms", "age p50", "p99", "first 10 s", "last 10 s", "p50 / work", "p99 / work"):
        table.add_column(title, justify="right")
    for row in rows:
        p50, p99, work = (float(str(row[key])) for key in ("p50_ms", "p99_ms", "work_ms"))
        cells = [str(row[key]) for key in ("shown_fps", "work_ms", "p50_ms", "p99_ms", "first_ms", "last_ms")]
        table.add_row(str(row["way"]), *cells, f"{p50 / work:.2f}", f"{p99 / work:.2f}")
    Console(width=140).print(table)
    if json_file is not None:
        json_file.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
