"""What an export leaves in the folder of a run: the files, what they want and give, and the report; whole or not."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from models.cache import sha256_of
from models.experiments.run import EXPORT, SPEC, Run
from models.spec import FILE_NAMES, ClassScores, InputSpec, ModelFile, ModelSpec


def spec_of(run: Run, state: Mapping[str, Any], files: Mapping[Any, ModelFile]) -> ModelSpec:
    """What `classify` has to know to run the files of a run.

    Args:
        run: The folder.
        state: What `run.json` says: labels, shape, prepare.
        files: By form, relative to the folder.
    """
    height, width, _ = state["shape"]
    return ModelSpec(
        name=re.sub(r"[^A-Za-z0-9._-]+", "-", run.name).lstrip("._-") or "run",
        task="classify",
        about=f"{state.get('net', 'a network')} on {state.get('data', 'pictures')}",
        files=dict(files),
        input=InputSpec(
            size=(width, height),
            colour="rgb",
            dtype="float32",
            mean=0.0,
            scale=1.0,
            resize="area",
            prepare=tuple(state.get("prepare") or ()),
        ),
        output=ClassScores(form="class-scores", kind="probability"),
        labels=tuple(state["labels"]),
        run=Path(),
    )


def earlier(run: Run, sha256: str) -> dict[str, Any]:
    """What an earlier export of the same weights says of files that are still as it left them, by form."""
    try:
        report = json.loads(run.path(EXPORT).read_text(encoding="utf-8"))
        if report["model"]["sha256"] != sha256:
            return {}
        rows: dict[str, Any] = report["forms"]
        return {form: row for form, row in rows.items() if sha256_of(run.path(row["file"])) == row["sha256"]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def put(run: Run, made: Path, spec: ModelSpec, report: Mapping[str, Any]) -> None:
    """Move what lies in `made` into the run, the spec last; forms of other weights go.

    Raises:
        OSError: it cannot be written.
    """
    said = spec.model_dump(mode="json", exclude_defaults=True) | {"task": spec.task, "run": "."}
    (made / EXPORT).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    (made / SPEC).write_text(yaml.safe_dump(said, sort_keys=False, allow_unicode=True), encoding="utf-8")
    forms = report["forms"]
    for form, row in forms.items():
        if (made / row["file"]).is_file():
            (made / row["file"]).replace(run.path(FILE_NAMES[form]))
    for name in (EXPORT, SPEC):
        (made / name).replace(run.path(name))
    for form, name in FILE_NAMES.items():
        if form not in forms:
            run.path(name).unlink(missing_ok=True)
