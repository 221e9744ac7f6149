"""What says that a recording is done: its checksum, the config's, the models', and those of its results.

Where results are brought to an address, records are too: they are what a batch on another machine goes on from.
"""

import json
from pathlib import Path
from typing import Any

from batch.job import WORK, Job
from batch.place import Place
from batch.progress import Recording
from models.cache import sha256_of
from pipeline.errors import SinkError
from pipeline.whole import write_whole

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
    try:
        job.record.parent.mkdir(parents=True, exist_ok=True)
        write_whole(job.record, json.dumps(document, indent=2) + "\n")
    except OSError as error:
        raise SinkError(f"cannot write {job.record}: {error.strerror}; free the disk, then --resume") from error
    if job.to:
        Place(job.to).put(job.record, f"{WORK}/{job.record.name}")
        for path in job.files:
            path.unlink(missing_ok=True)


def whole_record(job: Job) -> dict[str, Any] | None:
    """The record of a recording that is done with this very config and these models, and whose results are whole.

    Results at an address are not read again: their sizes have to be those of the record.

    Raises:
        SinkError: that address does not answer.
    """
    try:
        found: dict[str, Any] = json.loads(job.record.read_text(encoding="utf-8"))
        if found["key"] != job.key or found["schema"] != SCHEMA:
            return None
        place = Place(job.to) if job.to else None
        for path in job.files:
            known = found["files"][path.name]
            if known["bytes"] != place.size(path.name) if place else known["sha256"] != sha256_of(path):
                return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found


def bring_records(place: Place, out: Path) -> None:
    """Bring here the records that an earlier batch left at an address, in place of those that are here.

    Raises:
        SinkError: they cannot be read.
    """
    for path in work_folder(out).glob("*.json"):
        path.unlink()
    for name in place.names(WORK, ".json"):
        place.get(f"{WORK}/{name}", work_folder(out) / name)


def work_folder(out: Path) -> Path:
    """Where parts and records lie."""
    return out / WORK
