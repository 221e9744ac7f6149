"""What one camera costs on this machine, in CPU time: short runs, medians, whatever else the machine does."""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import orjson

from benchmarks.scale.broker import broker_us
from benchmarks.scale.costs import Costs, FrameCosts, Size
from commands.bench_parts import Job, measure_parts
from commands.demo import clip
from pipeline.config import check_settings
from pipeline.config_file import Document
from pipeline.errors import ModelError
from stages import CATALOGUE

ROOT = Path(__file__).resolve().parents[2]
SIZES: dict[Size, tuple[int, int]] = {"720p": (1280, 720), "1080p": (1920, 1080)}
FRAMES = 75
ROUNDS = 3
SLOW_FPS = 5
"""Of what `live` is measured with, so that a busy machine drops nothing."""
STAGES: dict[str, Any] = {
    "ssd": {"min_score": 0.1, "workers": 1},
    "track": None,
    "events": {"rules": [{"kind": "appeared"}, {"kind": "left"}]},
    "overlay": None,
}


def measure(told: Callable[[str], None] = lambda _: None) -> Costs:
    """Every figure of `Costs`; takes a minute or two on two idle cores.

    Raises:
        PipelineError: a clip or model cannot be had, or there is no broker to measure.
    """
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory(prefix="sluice-scale-") as name:
        folder = Path(name)
        clips = {size: camera_clip(size, folder / f"{size}.mp4") for size in SIZES}
        parts = {}
        for size, path in clips.items():
            told(f"{size}: decode, look, track, draw, encode")
            parts[size] = _parts(path, folder, "full")
            parts[size]["int8"] = _int8(path, folder)
        told("live: memory and opening")
        lives = {size: live_costs(camera_clip(size, folder / f"slow-{size}.mp4", SLOW_FPS), folder) for size in SIZES}
        told("events and the broker")
        event_bytes = _event_bytes(clips["720p"], folder)
        return Costs(
            date=datetime.now(UTC).date().isoformat(),
            processor=processor(),
            sizes={
                size: FrameCosts(
                    decode_ms=_short(part["source"]),
                    track_ms=_short(part["track"]),
                    draw_ms=_short(part["overlay"]),
                    encode_ms=_short(part["video"]),
                    look_ms=_short(part["ssd"]),
                    look_int8_ms=None if part["int8"] is None else _short(part["int8"]),
                    live_ms=_short(1e3 * lives[size]["frame_s"]),
                    source_mb=round(lives[size]["source_mb"], 1),
                )
                for size, part in parts.items()
            },
            process_mb=round(lives["720p"]["process_mb"], 1),
            process_start_s=_short(lives["720p"]["process_s"]),
            source_open_s=_short(lives["720p"]["source_s"]),
            event_bytes=event_bytes,
            broker_us=round(broker_us(folder, round(event_bytes)), 1),
        )


def camera_clip(size: Size, into: Path, fps: int = 25) -> Path:
    """A real scene, scaled and coded as cameras do: H.264, a key frame each 50 pictures, none that looks ahead."""
    width, height = SIZES[size]
    with av.open(str(clip("bikes.mp4"))) as source, av.open(str(into), "w") as target:
        stream = target.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"preset": "veryfast", "tune": "zerolatency", "crf": "26", "g": "50", "threads": "1"}
        for number, frame in enumerate(source.decode(video=0)):
            if number == FRAMES:
                break
            large = cv2.resize(frame.to_ndarray(format="bgr24"), (width, height), interpolation=cv2.INTER_CUBIC)
            target.mux(stream.encode(av.VideoFrame.from_ndarray(large.astype(np.uint8, copy=False), format="bgr24")))
        target.mux(stream.encode())
    return into


def live_costs(path: Path, folder: Path) -> dict[str, float]:
    """Memory and CPU seconds of a `live` process and of each source in it, from runs of one and of four sources.

    CPU seconds are the least squares of: runs, sources opened, frames, over short and long runs.
    """
    asked = [(sources, seconds) for sources in (1, 4) for seconds in (1.0, 5.0)] * ROUNDS
    runs = [(sources, seconds, _live(path, folder, sources, seconds)) for sources, seconds in asked]
    rows = np.array([[1, sources, run["frames"]] for sources, _, run in runs])
    cpu_s = np.linalg.lstsq(rows, np.array([run["cpu_s"] for *_, run in runs]), rcond=None)[0]
    memory = [
        statistics.median(run["memory_mb"] for sources, seconds, run in runs if (sources, seconds) == (wanted, 5.0))
        for wanted in (1, 4)
    ]
    source_mb = (memory[1] - memory[0]) / 3
    return {
        "process_mb": memory[0] - source_mb,
        "source_mb": source_mb,
        "process_s": max(float(cpu_s[0]), 0.0),
        "source_s": max(float(cpu_s[1]), 0.0),
        "frame_s": float(cpu_s[2]),
    }


def processor() -> str:
    """Its name, and how many cores this process may use."""
    name = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.is_file():
        lines = information.read_text(encoding="utf-8").splitlines()
        name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), name)
    return f"{name}, {len(os.sched_getaffinity(0))} cores, {platform.machine()}"


def _short(value: float) -> float:
    return round(value, 3)


def _parts(path: Path, folder: Path, precision: str) -> dict[str, Any]:
    """CPU milliseconds a frame by part, the median of the rounds."""
    stages = {**STAGES, "ssd": {**STAGES["ssd"], "precision": precision, "runtime": "onnx"}}
    job = Job(str(path), check_settings(Document("scale", {"stages": stages}), CATALOGUE), FRAMES)
    rounds = [{part.name: part.cpu_ms for part in measure_parts(job, folder)} for _ in range(ROUNDS)]
    return {name: statistics.median(turn[name] for turn in rounds) for name in rounds[0]}


def _int8(path: Path, folder: Path) -> float | None:
    """Of the network in eight bits; None where its file is not there."""
    try:
        return float(_parts(path, folder, "int8")["ssd"])
    except ModelError:
        return None


def _live(path: Path, folder: Path, sources: int, seconds: float) -> dict[str, float]:
    """One `live` process: its CPU seconds, its memory, the frames that came out."""
    config, stats = folder / "live.json", folder / "stats.json"
    config.write_text(json.dumps({"stages": STAGES}), encoding="utf-8")
    names = []
    for number in range(sources):
        names.append(folder / f"camera{number}.mp4")
        names[-1].unlink(missing_ok=True)
        names[-1].symlink_to(path)
    command = [sys.executable, "run.py", "live", *map(str, names), "-c", str(config), "--realtime", "--loop"]
    process = subprocess.Popen(
        [*command, "--seconds", str(seconds), "--stats", str(stats)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said = process.stderr.read()
    process.stderr.close()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise ModelError(f"`live` on {path.name} ended with {process.returncode}: {said.strip()[-200:]}")
    document = json.loads(stats.read_text(encoding="utf-8"))
    frames = sum(source["delivered"] for source in document["sources"])
    return {"cpu_s": used.ru_utime + used.ru_stime, "memory_mb": document["memory_mb"], "frames": frames}


def _event_bytes(path: Path, folder: Path) -> float:
    """The middle one of the events that the clip gives, as the MQTT sink writes them."""
    settings = check_settings(Document("scale", {"stages": STAGES}), CATALOGUE)
    list(measure_parts(Job(str(path), settings, FRAMES), folder))
    rows = [json.loads(line) for line in (folder / "bench.jsonl").read_text(encoding="utf-8").splitlines()]
    told = [{"event_type": event["kind"], "uid": "0" * 32, **event} for row in rows for event in row.get("events", [])]
    if not told:
        raise ModelError(f"{path.name}: nothing happened in it, so no event can be weighed")
    return float(statistics.median(len(orjson.dumps(event)) for event in told))
