"""A run's network as files for the pipeline, each held against it on real pictures."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.cache import sha256_of
from models.data.dataset import DataSet, Split
from models.experiments.run import MODEL, Run
from models.experiments.versions import versions
from models.export.forms import FORMS, ExportForm, make_forms, quantize, with_float
from models.export.judge import LIMIT_POINTS, Judged, answers, can_tell, costs_too_much
from models.export.pictures import as_rgb, spread
from models.export.report import Rows, row_of, times, warnings_of
from models.export.written import earlier, put, spec_of
from models.spec import FILE_NAMES, ModelFile
from models.wheels import Say
from models.workshop import REPORT
from pipeline.errors import ModelError
from pipeline.locks import lock, unlock

LOG = "export.log"
"""What the conversion said, where it failed."""
_LOCK = ".export.lock"
PROOF = 16
"""Pictures that each file is held against while it is made; afterwards the splits are."""
TRIES = (0, 1, 3)
"""How many convolutions stay in float for ONNX Runtime, one after another, until little enough is lost."""
_OTHER_DATA = "these are not the pictures it was trained on (fingerprint): the test split may hold some of those"


@dataclass(frozen=True)
class ExportOptions:
    """How forms are made and judged."""

    calibration: int = 200
    """Pictures of the training split that eight bits are fitted to."""
    most: int = 10_000
    """Pictures of each split that forms are judged on."""
    float_first: int | None = None
    """Convolutions that stay in float in int8 for ONNX Runtime; None: as few as lose little enough on validation."""


def export_run(
    run: Run,
    data: DataSet,
    forms: Sequence[ExportForm] = FORMS,
    options: ExportOptions | None = None,
    say: Say = lambda line: None,
) -> dict[str, Any]:
    """Put forms of a run's network into its folder, with `model.yaml` and `export.json`: all, or none.

    Forms of an earlier export of the same weights stay.

    Args:
        run: Has a `model.keras`.
        data: What it was trained on.
        forms: Which; the float32 one of each runtime is made with them.
        options: How.
        say: Told what is going on.

    Returns:
        The report, as it is in `export.json`.

    Raises:
        ModelError: no weights yet, other labels or sizes than the data's, a package is missing, a float form differs
            from the Keras model, the disk is full, or another process exports it.
    """
    state = _checked(run, data)
    try:
        with _alone(run), tempfile.TemporaryDirectory(dir=run.folder, prefix=".export-") as place:
            made = Path(place) / "made"
            try:
                report = _export(run, data, with_float(forms), options or ExportOptions(), made, say)
            except ModelError as error:
                raise _with_log(error, made.with_name("made.log"), run.path(LOG)) from error
            report["data"]["as_trained"] = state.get("fingerprint") == data.fingerprint
            report["warnings"] += [] if report["data"]["as_trained"] else [_OTHER_DATA]
            put(run, made, spec_of(run, state, _files(report["forms"])), report)
            run.path(LOG).unlink(missing_ok=True)
    except OSError as error:
        why = error.strerror or error
        raise ModelError(f"cannot write to {run.folder}: {why}; free the disk or mend its rights") from error
    return report


@contextmanager
def _alone(run: Run) -> Iterator[None]:
    """Two exports at once would put forms of one beside the report of the other."""
    path = run.path(_LOCK)
    try:
        held = lock(path, wait=False)
    except BlockingIOError:
        raise ModelError(f"{run.folder} is being exported by another process; wait for it") from None
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        unlock(held)


def _checked(run: Run, data: DataSet) -> dict[str, Any]:
    """What `run.json` says, if the data fits it."""
    state = run.state()
    if not run.path(MODEL).is_file():
        raise ModelError(f"{run.folder} has no {MODEL}: no epoch of it was whole; train it on, or name another run")
    labels, shape = tuple(state.get("labels", ())), tuple(state.get("shape", ()))
    if labels != data.labels:
        told = f"{len(labels)} labels, the data {len(data.labels)}" if len(labels) != len(data.labels) else "others"
        raise ModelError(f"the labels of {run.folder} are not those of the data ({told}); give what it was trained on")
    if shape != data.shape:
        raise ModelError(f"{run.folder} takes pictures of {shape}, the data has {data.shape}; mend data in its config")
    return state


def _export(
    run: Run, data: DataSet, forms: tuple[ExportForm, ...], options: ExportOptions, made: Path, say: Say
) -> dict[str, Any]:
    calibration = as_rgb(data.train.images[spread(data.train.classes, options.calibration)])
    splits = {
        name: split.take(spread(split.classes, options.most))
        for name, split in (("validation", data.validation), ("test", data.test))
        if len(split)
    }
    proof = as_rgb(next(iter(splits.values()), data.train).images[:PROOF])
    judged = _made(run, splits, forms, proof, calibration, made, say)
    rows: Rows = {}
    if "onnx-int8" in forms:
        first = _quantized(made, calibration, judged.get("validation"), options.float_first, say)
        rows["onnx-int8"] = {"float_first": first}
    rows |= {form: rows.get(form, {}) | row_of(made / FILE_NAMES[form], judged, say) for form in forms}
    sha256 = sha256_of(run.path(MODEL))
    found = earlier(run, sha256) | rows
    found = {form: found[form] for form in FORMS if form in found}
    paths = {form: (made if form in rows else run.folder) / row["file"] for form, row in found.items()}
    for form, ms in times(paths, proof[:1]).items():
        found[form]["ms"] = ms
    made_by = json.loads((made / REPORT).read_text(encoding="utf-8"))["versions"]
    (made / REPORT).unlink()
    return {
        "run": run.name,
        "model": {"file": MODEL, "sha256": sha256, "bytes": run.path(MODEL).stat().st_size},
        "data": {"name": data.name, "fingerprint": data.fingerprint},
        "keras": {name: {"pictures": len(one.classes), "accuracy": one.accuracy} for name, one in judged.items()},
        "calibration": {"pictures": len(calibration), "split": "train"},
        "limit_points": LIMIT_POINTS,
        "forms": found,
        "fastest": min(found, key=lambda form: float(found[form]["ms"])),
        "warnings": warnings_of(found),
        "versions": {**made_by, **versions()},
    }


def _made(
    run: Run,
    splits: dict[str, Split],
    forms: tuple[ExportForm, ...],
    proof: np.ndarray,
    calibration: np.ndarray,
    made: Path,
    say: Say,
) -> dict[str, Judged]:
    """Make what Keras makes; the splits with what the Keras model says of them."""
    asked = {name: made.with_name(f"{name}.npy") for name in splits}
    given = {name: made.with_name(f"{name}.answers.npy") for name in splits}
    for name, split in splits.items():
        np.save(asked[name], split.images)
    answers = {asked[name]: given[name] for name in splits}
    make_forms(run.path(MODEL), made, forms, proof, calibration, answers, say)
    return {name: Judged(split.images, split.classes, np.load(given[name])) for name, split in splits.items()}


def _quantized(
    made: Path, calibration: np.ndarray, validation: Judged | None, float_first: int | None, say: Say
) -> int:
    """Make int8 for ONNX Runtime; how many convolutions stayed in float. Chosen on validation, never on the test."""
    for count in TRIES if float_first is None else (float_first,):
        say(f"int8 for ONNX Runtime, {count or 'no'} convolutions in float")
        path = quantize(made, calibration, count, say)
        found = validation.judge(answers(path, validation.images)) if validation else None
        if found is None or not (costs_too_much(found) and can_tell(found)):
            break
    return count


def _files(rows: Rows) -> dict[str, ModelFile]:
    return {form: ModelFile(file=Path(row["file"]), sha256=row["sha256"]) for form, row in rows.items()}


def _with_log(error: ModelError, log: Path, kept: Path) -> ModelError:
    """The same, its log kept where the user finds it."""
    if not log.is_file():
        return error
    log.replace(kept)
    return ModelError(str(error).replace(str(log), str(kept)))
