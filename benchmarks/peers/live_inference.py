"""Roboflow's `InferencePipeline` on the camera: how old each picture is when it comes out.

python -m benchmarks.peers.live_inference ADDRESS BEGAN_S SECONDS WORK_MS NETWORK

Prints one JSON line: `[time, age]` in seconds for each picture, and the milliseconds that a look took.
"""

import os

os.environ.setdefault("TELEMETRY_OPT_OUT", "True")
os.environ.setdefault("METRICS_ENABLED", "False")
os.environ.setdefault("OFFLINE_MODE", "True")

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

from inference import InferencePipeline

from benchmarks.camera import age_s
from benchmarks.peers.network import detector


def watch(address: str, began_s: float, seconds: float, work_ms: float, network: Path) -> dict[str, Any]:
    """Look at what the camera shows for so long."""
    detect = detector(network)
    ages: list[tuple[float, float]] = []
    worked: list[float] = []

    def look(frames: list[Any]) -> list[Any]:
        looked_s = time.perf_counter()
        found, calls = [detect(frame.image) for frame in frames], 1
        while (time.perf_counter() - looked_s) * (1 + 0.5 / calls) < work_ms / 1e3:
            found, calls = [detect(frame.image) for frame in frames], calls + 1
        worked.append(time.perf_counter() - looked_s)
        return found

    def note(_: Any, frame: Any) -> None:
        ages.append((time.monotonic(), age_s(frame.image, began_s)))

    pipeline = InferencePipeline.init_with_custom_logic(address, look, note)
    timer = threading.Timer(seconds, pipeline.terminate)
    pipeline.start(use_main_thread=False)
    timer.start()
    pipeline.join()
    timer.cancel()
    return {"ages": ages, "work_ms": 1e3 * sum(worked) / max(1, len(worked))}


if __name__ == "__main__":
    given = sys.argv[1:]
    told = watch(given[0], float(given[1]), float(given[2]), float(given[3]), Path(given[4]))
    sys.stdout.write("\n" + json.dumps(told) + "\n")
