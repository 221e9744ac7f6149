"""What `bench` measured on this machine, kept so that `plan` knows what a config will cost without running it."""

import contextlib
import hashlib
import json
from pathlib import Path

from commands.bench import Figures
from models.cache import default_cache
from pipeline.config import Settings, StageSettings
from pipeline.wiring import wire

NOT_ITS_COST = {"workers", "every", "when", "aside", "on_error"}
"""Settings that change how often a stage is asked, or by whom, and not what one call takes."""


def stage_key(stage: StageSettings) -> str:
    """What the cost of one call of a stage depends on: its class and its settings, wired."""
    settings = stage.config.model_dump(mode="json", exclude=NOT_ITS_COST)
    return f"{stage.kind.__module__}:{stage.kind.__qualname__} {json.dumps(settings, sort_keys=True)}"


def _file(key: str, size: tuple[int, int], cache: Path) -> Path:
    digest = hashlib.sha256(f"{key} {size[0]}x{size[1]}".encode()).hexdigest()[:20]
    return cache / "bench" / f"{digest}.json"


def remember(figures: Figures, settings: Settings, cache: Path | None = None) -> None:
    """Keep what each part costs at this picture size; a cache that cannot be written is no reason to fail."""
    keys = {stage.name: stage_key(stage) for stage in wire(settings.stages)}
    folder = cache or default_cache()
    for part in figures.parts:
        file = _file(keys.get(part.name, f"{part.kind} {part.name}"), figures.size, folder)
        with contextlib.suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps({"cpu_ms": part.cpu_ms, "wall_ms": part.wall_ms}))


def recall(key: str, size: tuple[int, int], cache: Path | None = None) -> float | None:
    """Milliseconds of CPU that a part took at this picture size; None where nobody measured it.

    Args:
        key: `stage_key` of a stage, 'source source', 'sink video' or 'sink jsonl'.
        size: `(width, height)`, pixels.
        cache: The user's cache folder by default.
    """
    try:
        known = json.loads(_file(key, size, cache or default_cache()).read_text())
        return float(known["cpu_ms"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
