"""What a second worker brings, what Ray costs over processes, and what is left of a batch whose workers are killed.

    python -m benchmarks.batch CLIP... [--rounds 3] [--long 8] [--kills 20] [--json FILE]

Eight clips (those given, over and over), and one long recording (the first clip so many times in a row, its packets
copied), each by one and two workers, local and on Ray, in turns; medians of the rounds. One worker keeps to one core.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path

from batch import driver
from batch.driver import Driver
from batch.engine import Engine
from batch.inputs import jobs_of
from batch.local import LocalEngine
from batch.on_ray import RayEngine
from batch.progress import Recording
from benchmarks.annotate import repeated
from commands.options import CONFIGS
from models.cache import default_cache

SPAN_S = 20.0
CLIPS = 8


def run(
    inputs: list[Path], out: Path, engine: Engine, told: Callable[[Recording | None], None] = lambda one: None
) -> float:
    """Seconds that a batch takes, with workers that are there already."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    names = [str(path) for path in inputs]
    jobs = jobs_of(names, out, CONFIGS / "people.yaml", ("stages.ssd.workers=1",), default_cache(), with_video=True)
    wanted = [Recording(job) for job in jobs]
    began = time.perf_counter()
    Driver(wanted, engine, told, span_s=SPAN_S, resume=False).run()
    seconds = time.perf_counter() - began
    bad = [one.error for one in wanted if one.state != "done"]
    if bad:
        sys.exit(f"not done: {bad[0]}")
    return seconds


def engine_of(kind: str, workers: int) -> Engine:
    """A new one."""
    return LocalEngine(workers) if kind == "local" else RayEngine(None, workers, {})


def data_of(out: Path) -> str:
    """SHA-256 over all JSON Lines."""
    digest = hashlib.sha256()
    for path in sorted(out.glob("*.jsonl")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def killed(inputs: list[Path], out: Path, kills: int) -> tuple[int, str]:
    """How many workers were killed at random moments, and the checksum of the data."""
    engine, chance, done = LocalEngine(2), random.Random(0), [0]
    due = [time.monotonic() + chance.uniform(1, 4)]

    def told(one: Recording | None) -> None:
        if done[0] < kills and time.monotonic() > due[0]:
            done[0] += 1
            due[0] = time.monotonic() + chance.uniform(1, 4)
            os.kill(chance.choice(engine.pids()), signal.SIGKILL)

    driver.TRIES = kills + 1
    try:
        run(inputs, out, engine, told)
    finally:
        engine.close()
    return done[0], data_of(out)


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--long", type=int, default=8, help="times the first clip in the long recording")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sluice-batch-") as folder:
        place = Path(folder)
        eight = []
        for number, clip in enumerate(islice(cycle(asked.clips), CLIPS)):
            eight.append(place / f"{number}{clip.suffix}")
            shutil.copy(clip, eight[-1])
        long = [repeated(asked.clips[0], asked.long, place / "long.mp4")]
        sets = {"eight clips": eight, "one long": long}
        times: dict[tuple[str, str, int], list[float]] = {}
        seen: dict[str, set[str]] = {name: set() for name in sets}
        for _ in range(asked.rounds):
            for kind, workers in (("local", 1), ("local", 2), ("ray", 1), ("ray", 2)):
                engine = engine_of(kind, workers)
                try:
                    for name, inputs in sets.items():
                        times.setdefault((name, kind, workers), []).append(run(inputs, place / "out", engine))
                        seen[name].add(data_of(place / "out"))
                finally:
                    engine.close()
        count, after = killed(eight + long, place / "out", asked.kills)
        run(eight + long, place / "out", engine := LocalEngine(2))
        engine.close()
        figures = _figures(times, seen)
        figures["killed"] = {"workers": count, "same": after == data_of(place / "out")}
    for name, value in figures.items():
        sys.stdout.write(f"{name}: {value}\n")
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=2) + "\n")


def _figures(times: dict[tuple[str, str, int], list[float]], seen: dict[str, set[str]]) -> dict[str, object]:
    figures: dict[str, object] = {}
    for name in seen:
        for kind in ("local", "ray"):
            one, two = times[name, kind, 1], times[name, kind, 2]
            gains = [a / b for a, b in zip(one, two, strict=True)]
            figures[f"{name}, {kind}, two workers against one"] = round(statistics.median(gains), 2)
        costs = [a / b for a, b in zip(times[name, "ray", 2], times[name, "local", 2], strict=True)]
        figures[f"{name}, ray against local"] = round(statistics.median(costs), 3)
        figures[f"{name}, seconds"] = {
            f"{kind} {n}": [round(t, 1) for t in times[name, kind, n]] for kind in ("local", "ray") for n in (1, 2)
        }
        figures[f"{name}, data the same every time"] = len(seen[name]) == 1
    return figures


if __name__ == "__main__":
    main()
