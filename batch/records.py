"""What says that a recording is done: its checksum, the config's, the models', and those of its results."""

import json
from pathlib import Path
from typing import Any

from batch.job import WORK, Job
from batch.progress import Recording
from models.cache import sha256_of
from pipeline.errors import SinkError

SCHEMA = 1


def write_record(one: Recording) -> None:
    """Say that a recording is done.

    Raises:
        SinkError: it cannot be written.
    """
    job = one.job
    document = {
        "schema": SCHEMA,
        "key": job.key,
        "source": {"path": job.source, "sha256": job.digest, "bytes": job.size},
        "models": dict(job.models),
        "files": {path.name: {"sha256": sha256_of(path), "bytes": path.stat().st_size} for path in job.files},
        "frames": one.frames,
        "work_s": round(one.work_s, 3),
        **one.found,
    }
    part = job.record.with_suffix(".part")
    try:
        job.record.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        part.replace(job.record)
    except OSError as error:
        raise SinkError(f"cannot write {job.record}: {error.strerror}; free the disk, then --resume") from error


def whole_record(job: Job) -> dict[str, Any] | None:
    """The record of a recording that is done with this very config and these models, and whose results are whole."""
    try:
        found: dict[str, Any] = json.loads(job.record.read_text(encoding="utf-8"))
        if found["key"] != job.key or found["schema"] != SCHEMA:
            return None
        for path in job.files:
            if found["files"][path.name]["sha256"] != sha256_of(path):
                return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found


def work_folder(out: Path) -> Path:
    """Where parts and records lie."""
    return out / WORK
