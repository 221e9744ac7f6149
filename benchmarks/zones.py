"""What zones, lines and events cost a frame: 50 tracks that walk about, 20 areas and lines.

python -m benchmarks.zones [--json FILE]
"""

import json
import time
from pathlib import Path

import click
import numpy as np

from pipeline.types import Detections, Frame, Packet, Tracks
from stages.events import EventsConfig, EventStage
from stages.zone_settings import ZonesConfig
from stages.zones import ZoneCounter

FRAMES, TRACKS, AREAS, LINES = 500, 50, 10, 10
SIZE = (1280, 720)


def walk(seed: int = 1) -> list[Packet]:
    """Packets with tracks of people who walk in circles: at 25 fps each crosses something every few seconds."""
    random = np.random.default_rng(seed)
    middle = random.uniform((100, 150), (1180, 620), (TRACKS, 2))
    radius, pace, begin = (
        random.uniform(30, 200, TRACKS),
        random.uniform(0.3, 1.5, TRACKS),
        random.uniform(0, 6, TRACKS),
    )
    picture = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    packets = []
    for index in range(FRAMES):
        angle = begin + pace * index / 25
        foot = middle + radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
        foot += random.normal(0, 1.5, foot.shape)  # a box trembles
        xyxy = np.concatenate([foot - np.array([20, 100]), foot + np.array([20, 0])], 1).astype(np.float32)
        boxes = Detections(xyxy, np.full(TRACKS, 0.9, np.float32), np.zeros(TRACKS, np.int32), ("person",))
        tracks = Tracks(boxes, np.arange(1, TRACKS + 1), np.full(TRACKS, index, np.int32))
        packets.append(Packet(Frame(picture, index, index / 25, 0.0, "walk"), {"track": tracks}))
    return packets


def settings(areas: int = AREAS, lines: int = LINES) -> ZonesConfig:
    """Areas of eight corners and lines, spread over the picture."""
    random = np.random.default_rng(2)
    turns = np.arange(8) / 8 * 2 * np.pi
    ring = np.stack([np.cos(turns), np.sin(turns)], 1) * 0.12
    places = random.uniform(0.15, 0.85, (areas, 2))
    begins = random.uniform(0, 1, (lines, 2, 2))
    return ZonesConfig.model_validate(
        {
            "on": "track",
            "areas": {
                f"area {n}": {"polygon": (place + ring).tolist(), "dwell_s": 2} for n, place in enumerate(places)
            },
            "lines": {f"line {n}": {"points": ends.tolist()} for n, ends in enumerate(begins)},
        }
    )


@click.command()
@click.option("--json", "file", type=click.Path(path_type=Path), help="Write the figures there.")
def main(file: Path | None) -> None:
    """Print the milliseconds a frame."""
    packets, zones, events = walk(), ZoneCounter(settings()), EventStage(EventsConfig())
    took: dict[str, list[float]] = {"zones and lines": [], "events": [], "both": []}
    told = 0
    for packet in packets:
        began = time.perf_counter()
        with_zones = packet.plus("zones", zones.process(packet))
        middle = time.perf_counter()
        told += len(events.process(with_zones).items)
        end = time.perf_counter()
        for name, seconds in (("zones and lines", middle - began), ("events", end - middle), ("both", end - began)):
            took[name].append(seconds * 1000)
    figures = {
        name: {"median_ms": round(float(np.median(ms)), 3), "p95_ms": round(float(np.percentile(ms, 95)), 3)}
        for name, ms in took.items()
    }
    click.echo(f"{TRACKS} tracks, {AREAS} areas of 8 corners, {LINES} lines, {FRAMES} frames, {told} events")
    for name, one in figures.items():
        click.echo(f"{name:16} median {one['median_ms']:.3f} ms   95 % {one['p95_ms']:.3f} ms")
    if file is not None:
        file.write_text(
            json.dumps({"tracks": TRACKS, "zones": AREAS + LINES, "events": told, **figures}, indent=2) + "\n"
        )


if __name__ == "__main__":
    main()
