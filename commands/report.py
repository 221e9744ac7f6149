"""What became of each input: the summary line for a person, and the same as JSON for a program."""

import importlib.metadata
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from commands.targets import Target
from models.cache import sha256_of
from pipeline.config import Settings
from pipeline.errors import ConfigError
from pipeline.ledger import Balance
from pipeline.sinks.video import VideoSummary
from pipeline.stats import Timing
from pipeline.types import Damage, SourceInfo
from pipeline.whole import write_whole

SCHEMA = 1
PACKAGES = ("av", "numpy", "onnxruntime", "ai-edge-litert", "opencv-python", "opencv-python-headless")


@dataclass
class Outcome:
    """What became of one input; filled in as the run goes on, so that it tells of one that broke off as well."""

    source: str
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    info: SourceInfo | None = None
    target: Target | None = None
    balance: Balance = field(default_factory=lambda: Balance(0, 0, {}, {}))
    damage: Damage = field(default_factory=Damage)
    video: VideoSummary | None = None
    timings: dict[str, Timing] = field(default_factory=dict)
    waits: dict[str, tuple[float, float]] = field(default_factory=dict)
    seconds: float = 0.0
    """Wall time of the run."""
    followed: dict[str, int] = field(default_factory=dict)
    """How many of each class were followed; empty without a tracker."""
    counted: dict[str, dict[str, int]] = field(default_factory=dict)
    """What each area and line counted, by its name and word."""
    data: list[dict[str, object]] = field(default_factory=list)
    """What became of the events that are sent elsewhere."""
    disabled: dict[str, str] = field(default_factory=dict)
    """Stages that were asked no more after a fault, and what it was."""
    interrupted: bool = False
    whole: bool = False
    """Every output stands under its final name."""
    error: str | None = None
    exit_code: int = 0

    def summary(self) -> str:
        """The run in a line or a few: the ledger, the rate, what was found, and where the results are."""
        rate = self.balance.written / self.seconds if self.seconds else 0.0
        lines = [f"{self.source}: {self.balance}; {self.seconds:.1f} s, {rate:.0f} frames a second"]
        if self.followed:
            lines[0] += "; followed: " + ", ".join(f"{name} {count}" for name, count in sorted(self.followed.items()))
        for name, counts in self.counted.items():
            lines.append(f"  {name}: " + ", ".join(f"{word} {count}" for word, count in counts.items()))
        if self.video is not None:
            sound = "sound copied" if self.video.audio else "no sound"
            made = f"{self.video.frames} frames, {self.video.duration_s:.2f} s, {self.video.encoder}, {sound}"
            lines.append(f"  {self.video.path} ({made})")
            lines += [f"  note: {note}" for note in self.video.notes]
        if self.target is not None and self.error is None:
            lines += [f"  {file}" for file in self.target.files if file != self.target.video]
        return "\n".join(lines)

    def warnings(self) -> list[str]:
        """What of the input could not be read as it was meant."""
        return [f"{self.source}: {message}" for message in self.damage.messages]

    def record(self) -> dict[str, Any]:
        """The outcome as JSON's types."""
        return {
            "input": self.source,
            "started": self.started.isoformat(timespec="seconds"),
            "exit_code": self.exit_code,
            "error": self.error,
            "interrupted": self.interrupted,
            "seconds": round(self.seconds, 3),
            "fps": round(self.balance.written / self.seconds, 2) if self.seconds else None,
            "source": _source_record(self.info),
            "damage": asdict(self.damage),
            "ledger": {**asdict(self.balance), "in_flight": self.balance.in_flight},
            "followed": self.followed,
            "counted": self.counted,
            "data": self.data,
            "disabled": self.disabled,
            "video": _video_record(self.video),
            "files": [_file_record(file) for file in self.target.files] if self.target else [],
            "stages": {name: _timing_record(timing) for name, timing in self.timings.items()},
            "channels": {
                name: {"producer_waited_s": round(put, 3), "consumer_waited_s": round(get, 3)}
                for name, (put, get) in self.waits.items()
            },
        }


def check_report_place(path: Path) -> None:
    """Refuse a report that cannot be written, before the run and not after it.

    Raises:
        ConfigError: its folder is missing or not writable, or it is a folder.
    """
    if path.is_dir() or not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise ConfigError(f"cannot write the report {path}; name a file in a folder that is there and writable")


def write_report(path: Path, outcomes: Sequence[Outcome], settings: Settings, exit_code: int) -> None:
    """Write `run.json`, whole or not at all.

    Raises:
        ConfigError: it cannot be written.
    """
    report = {
        "schema": SCHEMA,
        "exit_code": exit_code,
        "config": settings.name,
        "settings": {
            "source": settings.source.model_dump(mode="json"),
            "stages": {stage.name: stage.config.model_dump(mode="json") for stage in settings.stages},
            "output": settings.output.model_dump(mode="json"),
            "flow": settings.flow.model_dump(mode="json"),
        },
        "machine": {"platform": platform.platform(), "python": platform.python_version(), "cpus": os.cpu_count()},
        "versions": _versions(),
        "runs": [outcome.record() for outcome in outcomes],
    }
    try:
        write_whole(path, json.dumps(report, indent=2) + "\n")
    except OSError as error:
        raise ConfigError(f"cannot write the report {path}: {error.strerror}") from error


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _source_record(info: SourceInfo | None) -> dict[str, Any] | None:
    if info is None:
        return None
    return {
        "name": info.name,
        "reader": info.reader,
        "codec": info.codec,
        "width": info.width,
        "height": info.height,
        "fps": round(info.fps, 4),
        "announced_frames": info.frames_hint,
        "announced_s": info.duration_s,
        "audio": [asdict(stream) for stream in info.audio],
    }


def _video_record(video: VideoSummary | None) -> dict[str, Any] | None:
    return None if video is None else {**asdict(video), "path": str(video.path)}


def _file_record(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {"path": str(path), "bytes": None, "sha256": None}
    return {"path": str(path), "bytes": path.stat().st_size, "sha256": sha256_of(path)}


def _timing_record(timing: Timing) -> dict[str, Any]:
    calls = timing.calls or 1
    return {
        "calls": timing.calls,
        "mean_ms": round(timing.wall_s / calls * 1e3, 3),
        "cpu_ms": round(timing.cpu_s / calls * 1e3, 3),
        "worst_ms": round(timing.worst_ms, 3),
    }
