"""What became of a batch: `report.json` for a program, `report.html` for a person."""

import html
import json
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from batch.engine import Engine
from batch.progress import Recording
from pipeline.errors import SinkError
from pipeline.whole import write_whole

SCHEMA = 1
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sluice batch</title><style>
:root{{color-scheme:light dark}}body{{font:15px/1.45 system-ui,sans-serif;margin:1.5rem;max-width:70rem}}
table{{border-collapse:collapse;width:100%}}td,th{{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8884}}
td.n{{text-align:right;font-variant-numeric:tabular-nums}}.bad{{font-weight:600}}div{{overflow-x:auto}}
</style><h1>{title}</h1><p>{told}</p><div><table><tr><th>recording<th>state<th>frames<th>work<th>found<th>note</tr>
{rows}</table></div></html>
"""


def document(recordings: Sequence[Recording], engine: Engine, seconds: float, code: int) -> dict[str, Any]:
    """The batch as JSON's types."""
    return {
        "schema": SCHEMA,
        "exit_code": code,
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "engine": {"name": engine.name, "workers": engine.workers},
        "machine": {"platform": platform.platform(), "python": platform.python_version()},
        "seconds": round(seconds, 3),
        "frames": sum(one.frames for one in recordings),
        "recordings": [_row(one) for one in recordings],
    }


def _row(one: Recording) -> dict[str, Any]:
    return {
        "source": one.job.name,
        "sha256": one.job.digest,
        "state": one.state,
        "error": one.error or None,
        "tries": one.tries,
        "workers_died": one.deaths,
        "parts": max(1, len(one.spans)),
        "whole_because": one.whole_because or None,
        "frames": one.frames,
        "work_s": round(one.work_s, 3),
        "files": one.job.told_files if one.state in ("done", "kept") else [],
        **one.found,
    }


def write_reports(out: Path, recordings: Sequence[Recording], engine: Engine, seconds: float, code: int) -> None:
    """Write both, each whole or not at all.

    Raises:
        SinkError: they cannot be written.
    """
    told = document(recordings, engine, seconds, code)
    as_json, as_html = reports_in(out)
    _write(as_json, json.dumps(told, indent=2) + "\n")
    rows = "\n".join(_html_row(row) for row in told["recordings"])
    title = f"{len(recordings)} recordings"
    page = _PAGE.format(title=title, told=html.escape(summary(recordings, seconds)), rows=rows)
    _write(as_html, page)


def reports_in(out: Path) -> tuple[Path, Path]:
    """Where both lie."""
    return out / "report.json", out / "report.html"


def _html_row(row: dict[str, Any]) -> str:
    found = ", ".join(f"{name} {number}" for name, number in sorted(row.get("followed", {}).items()))
    note = (
        row["error"] or "; ".join(row.get("damage", [])) or (row["whole_because"] and f"in one: {row['whole_because']}")
    )
    cells = (
        f"<td>{html.escape(row['source'])}",
        f"<td class='{'bad' if row['error'] else ''}'>{row['state']}",
        f"<td class=n>{row['frames']:,}",
        f"<td class=n>{row['work_s']:.1f} s",
        f"<td>{html.escape(found)}",
        f"<td>{html.escape(note or '')}",
    )
    return f"<tr>{''.join(cells)}</tr>"


def summary(recordings: Sequence[Recording], seconds: float) -> str:
    """The batch in a line."""
    states = [one.state for one in recordings]
    frames = sum(one.frames for one in recordings if one.state == "done")
    said = [f"{states.count('done')} of {len(states)} recordings done"]
    said += [f"{states.count('kept')} were whole already"] if "kept" in states else []
    said += [f"{states.count('set aside')} set aside"] if "set aside" in states else []
    rate = frames / seconds if seconds else 0.0
    return f"{', '.join(said)}; {frames:,} frames in {seconds:.1f} s, {rate:.1f} a second"


def _write(path: Path, text: str) -> None:
    try:
        write_whole(path, text)
    except OSError as error:
        raise SinkError(f"cannot write {path}: {error.strerror}") from error
