"""What `when: motion` saves of a detector's CPU on a quiet camera, and whether a crossing is missed by it.

    python -m benchmarks.motion_gate VIDEO [--quiet-frames 40] [--quiet-s 120] [--set KEY=VALUE ...] [--json FILE]

The video's first frames, in which nothing may happen, are played to and fro for so many seconds, as a camera at night
sees them; and the video itself is played twice: as the config says, and with the detector behind `motion`.
"""

import json
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import click

from commands.settings import load_settings
from pipeline.build import build
from pipeline.config import Settings
from pipeline.results.events import Events
from pipeline.sources import open_source
from pipeline.station import Station
from pipeline.types import Frame, Packet

CONFIG = Path(__file__).resolve().parents[1] / "configs" / "people-counter.yaml"


@dataclass
class Run:
    """What one way of running took and told."""

    cpu_s: dict[str, float] = field(default_factory=dict)
    asked: int = 0
    told: list[tuple[str, str]] = field(default_factory=list)


def night(frames: list[Frame], count: int, quiet_s: float) -> list[Frame]:
    """The first `count` frames to and fro, on one clock with the step of the video."""
    step_s = step_of(frames)
    there = [*range(count), *range(count - 2, 0, -1)]
    order = [there[n % len(there)] for n in range(round(quiet_s / step_s))]
    return [replace(frames[place], index=index, media_s=index * step_s) for index, place in enumerate(order)]


def step_of(frames: list[Frame]) -> float:
    """Media time between two frames."""
    return (frames[-1].media_s - frames[0].media_s) / (len(frames) - 1)


def play(settings: Settings, frames: list[Frame]) -> Run:
    """Run the stages one after another in this thread, and time each."""
    stations = [Station(plan) for plan in build(settings) if plan.name != "overlay"]
    run = Run({station.name: 0.0 for station in stations})
    for frame in frames:
        packet = Packet(frame)
        for station in stations:
            if not station.is_asked(packet):
                continue
            began = time.process_time()
            outcome = station.attempt(station.plan.workers[0], packet)
            run.cpu_s[station.name] += time.process_time() - began
            run.asked += station.name == "ssd"
            if not isinstance(outcome, Packet):
                raise outcome
            packet = outcome
        for event in packet.result("events", Events).items:
            run.told.append((event.kind, str(event.value.get("direction"))))
    for station in stations:
        station.close()
    return run


def gated(settings: Settings, config: Path, assignments: tuple[str, ...]) -> Settings:
    """The same with `motion` first and the detector behind it."""
    stages = load_settings(config, (*assignments, "stages.motion={}", "stages.ssd.when=motion")).stages
    ordered = sorted(stages, key=lambda stage: stage.name != "motion")
    return replace(settings, stages=tuple(ordered))


@click.command()
@click.argument("video", type=click.Path(path_type=Path, exists=True))
@click.option("-c", "--config", type=click.Path(path_type=Path), default=CONFIG, show_default="configs/people-counter")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE")
@click.option("--quiet-frames", default=40, show_default=True, help="Frames at the beginning in which nothing happens.")
@click.option("--quiet-s", default=120.0, show_default=True, help="Seconds of quiet before the video.")
@click.option("--json", "file", type=click.Path(path_type=Path), help="Write the figures there.")
def main(
    video: Path, config: Path, assignments: tuple[str, ...], quiet_frames: int, quiet_s: float, file: Path | None
) -> None:
    """Print what each way took and told."""
    settings = load_settings(config, assignments)
    behind, frames = gated(settings, config, assignments), list(open_source(video))
    dark = night(frames, quiet_frames, quiet_s)
    quiet, bare, gate = play(behind, dark), play(settings, frames), play(behind, frames)
    each_s = bare.cpu_s["ssd"] / len(frames)
    figures = {
        "quiet_frames": len(dark),
        "asked_in_quiet": quiet.asked,
        "detector_ms": round(each_s * 1000, 2),
        "motion_ms": round(gate.cpu_s["motion"] / len(frames) * 1000, 2),
        "quiet_saved": round(1 - (quiet.cpu_s["ssd"] + quiet.cpu_s["motion"]) / (each_s * len(dark)), 3),
        "video_saved": round(1 - (gate.cpu_s["ssd"] + gate.cpu_s["motion"]) / bare.cpu_s["ssd"], 3),
        "told_without_gate": len(bare.told),
        "told_with_gate": len(gate.told),
        "the_same": bare.told == gate.told,
    }
    for name, value in figures.items():
        click.echo(f"{name:18} {value}")
    if file is not None:
        file.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
