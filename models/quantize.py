"""A model in fewer bits: made, held against the float one on real frames, and kept only if it is still good."""

import json
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from models.agreement import MIN_SCORE, compare, medians_ms
from models.backend import open_file
from models.cache import sha256_of
from models.frames import Frames
from models.origins import DlibResnet, FrozenGraph
from models.pull import downloads
from models.quantize_onnx import quantize_onnx
from models.shelf import file_of, folder
from models.spec import FILE_NAMES, Form, ModelSpec
from models.wheels import Say
from models.workshop import require, run_child
from pipeline.errors import ModelError

Target = Literal["onnx-int8", "tflite-int8", "tflite-fp16"]
REPORT = "quantize.json"
_SCORES = (0.1, MIN_SCORE, 0.5)


class TooMuchLostError(ModelError):
    """The quantised model is not good enough; nothing was kept."""

    exit_code: ClassVar[int] = 1


def quantize(
    spec: ModelSpec,
    cache: Path,
    frames: Frames,
    targets: Sequence[Target] = ("onnx-int8",),
    limit: float = 0.01,
    float_first: int = 3,
    min_score: float = MIN_SCORE,
    say: Say = lambda line: None,
) -> dict[str, Any]:
    """Put quantised forms beside the float ones, with `quantize.json`: all that are asked for, or none.

    Args:
        spec: Which model; its float forms are in `cache`.
        cache: Where pulled models lie.
        frames: Real ones; the held-out ones decide.
        targets: Forms to make.
        limit: Most that may be lost: share of the float model's boxes, or of frames with another best class. A task
            that has neither is reported, and not judged.
        float_first: How many of the ONNX model's first convolutions stay in float.
        min_score: Score from which a box counts for the limit.
        say: Told what is going on.

    Returns:
        The report.

    Raises:
        TooMuchLostError: a form lost more than `limit`; the message has how much.
        ModelError: a float form, the original, or a package is missing, or the disk is full.
    """
    if spec.run is not None:
        raise ModelError(f"{spec.run} is a run; its forms are made by: python -m models export {spec.run}")
    into = folder(spec, cache)
    for form in {"onnx" if target.startswith("onnx") else "tflite" for target in targets}:
        if form not in spec.files or not file_of(spec, form, cache).is_file():
            raise ModelError(
                f"model '{spec.name}' has no {form} file here to start from; python -m models pull {spec.name}"
            )
    try:
        into.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=into, prefix=".quantize-") as place:
            made = {target: Path(place) / FILE_NAMES[target] for target in targets}
            _make(spec, cache, frames, made, float_first, say)
            report = _report(spec, cache, frames, made, limit, float_first, min_score, say)
            lost = [f"{form} {row['cost']:.2%}" for form, row in report["forms"].items() if not row["good"]]
            if lost:
                raise TooMuchLostError(
                    f"model '{spec.name}' lost more than {limit:.2%} on {len(frames.held_out)} held-out frames"
                    f" ({', '.join(lost)}), so it was not kept; calibrate on more scenes, leave more in float"
                    " (--float-first), or raise --limit"
                )
            report["forms"] = {**_before(into), **report["forms"]}
            written = Path(place) / REPORT
            written.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
            for path in (*made.values(), written):
                path.replace(into / path.name)
    except OSError as error:
        why = error.strerror or error
        raise ModelError(f"cannot write to {into}: {why}; free the disk or mend its rights") from error
    return report


def _make(spec: ModelSpec, cache: Path, frames: Frames, made: dict[Target, Path], float_first: int, say: Say) -> None:
    if "onnx-int8" in made:
        require(("onnx", "onnxruntime"), f"quantising {spec.name}")
        quantize_onnx(file_of(spec, "onnx", cache), made["onnx-int8"], frames.calibration, float_first, say)
    targets = {form.removeprefix("tflite-"): str(made[form].resolve()) for form in made if form.startswith("tflite-")}
    if not targets:
        return
    require(("tensorflow",), f"quantising {spec.name} for TFLite")
    convert = spec.original.convert if spec.original else None
    if spec.original is None or convert is None:
        raise ModelError(
            f"model '{spec.name}' has no original graph, which TFLite forms are made from; ask for --to onnx-int8"
        )
    original = downloads(spec, cache) / spec.original.file
    if not original.is_file():
        raise ModelError(f"the original of '{spec.name}' is not at {original}; python -m models pull {spec.name}")
    say("converting for TFLite (TensorFlow, about 30 s)")
    width, height = spec.input.size
    cut = None
    if isinstance(convert, FrozenGraph):
        cut = {"input": convert.input, "outputs": list(convert.outputs), "shape": (1, height, width, 3)}
    elif not isinstance(convert, DlibResnet):
        raise ModelError(f"model '{spec.name}': TFLite forms are made of frozen graphs and dlib files alone")
    batches = next(iter(made.values())).with_name("batches.npy")
    np.save(batches, np.stack(frames.calibration))
    job: dict[str, object] = {"original": str(original.resolve()), "cut": cut, "batches": str(batches.resolve())}
    log = folder(spec, cache).with_name(f"{spec.name}.log")
    run_child("models.quantize_tflite", {**job, "targets": targets}, log, f"quantise {spec.name}")


def _report(
    spec: ModelSpec,
    cache: Path,
    frames: Frames,
    made: dict[Target, Path],
    limit: float,
    float_first: int,
    min_score: float,
    say: Say,
) -> dict[str, Any]:
    """What each form cost and gained, on frames that it was not calibrated on."""
    say(f"comparing on {len(frames.held_out)} held-out frames")
    floats: tuple[Form, ...] = ("onnx", "tflite")
    paths: dict[Form, Path] = {form: file_of(spec, form, cache) for form in floats if form in spec.files}
    paths = {form: path for form, path in paths.items() if path.is_file()} | dict(made)
    backends = {form: open_file(path) for form, path in paths.items()}
    times = dict(zip(backends, medians_ms(list(backends.values()), frames.held_out[0]), strict=True))
    forms = {}
    for target in made:
        base: Form = "onnx" if target.startswith("onnx") else "tflite"
        found = compare(spec, backends[base], backends[target], frames.held_out, min_score)
        row: dict[str, Any] = {"sha256": sha256_of(made[target]), "bytes": made[target].stat().st_size}
        row |= {"float_bytes": paths[base].stat().st_size, "ms": times[target], "float_ms": times[base]}
        row |= {"of_onnx_time": times[target] / times["onnx"]} if "onnx" in times else {}
        row |= {"agreement": found.as_data(), "cost": found.cost, "good": found.cost is None or found.cost <= limit}
        if found.boxes is not None:
            others = {
                score: compare(spec, backends[base], backends[target], frames.held_out, score) for score in _SCORES
            }
            row["at_score"] = {
                str(score): {"boxes": it.boxes, "lost": it.lost, "extra": it.extra} for score, it in others.items()
            }
        forms[target] = row
    for backend in backends.values():
        backend.close()
    return {
        "model": spec.name,
        "limit": limit,
        "min_score": min_score,
        "float_first": float_first,
        "frames": {"calibration": len(frames.calibration), "held_out": len(frames.held_out)},
        "versions": {name: version(name) for name in ("onnxruntime", "numpy")},
        "forms": forms,
    }


def _before(into: Path) -> dict[str, Any]:
    """What an earlier report says about forms that are still there."""
    try:
        forms: dict[str, Any] = json.loads((into / REPORT).read_text(encoding="utf-8"))["forms"]
        return {form: row for form, row in forms.items() if (into / FILE_NAMES[form]).is_file()}  # type: ignore[index]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
