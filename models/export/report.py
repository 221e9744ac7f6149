"""What `export.json` says of the forms of a run: difference, accuracy, size, time, and where eight bits cost much."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from models.agreement import medians_ms
from models.backend import open_file
from models.cache import sha256_of
from models.export.forms import INT8, ExportForm
from models.export.judge import LIMIT_POINTS, Judged, answers, can_tell, costs_too_much
from models.wheels import Say

Rows = dict[str, dict[str, Any]]
"""What is said of each form."""
_ADVICE: dict[ExportForm, str] = {
    "onnx-int8": "calibrate on more pictures (--calibration 1000), or leave more in float (--float-first 5)",
    "tflite-int8": "calibrate on more pictures (--calibration 1000), put batch norm before the activation and train"
    " again, or take tflite-dynamic or onnx-int8",
}


def row_of(path: Path, judged: Mapping[str, Judged], say: Say) -> dict[str, Any]:
    """What is said of one file: its size, and how it does on each split.

    Raises:
        ModelError: its runtime is missing, or refuses it.
    """
    pictures = sum(len(one.classes) for one in judged.values())
    say(f"{path.name}: asking it about {pictures:,} pictures")
    found = {name: one.judge(answers(path, one.images)) for name, one in judged.items()}
    return {"file": path.name, "sha256": sha256_of(path), "bytes": path.stat().st_size, **found}


def times(paths: Mapping[str, Path], batch: np.ndarray) -> dict[str, float]:
    """Median milliseconds of one picture `(1, H, W, 3) float32`, with one thread each, in turns; by form."""
    backends = [open_file(path) for path in paths.values()]
    try:
        return dict(zip(paths, medians_ms(backends, batch), strict=True))
    finally:
        for backend in backends:
            backend.close()


def warnings_of(forms: Rows) -> list[str]:
    """A line for each eight-bit form that lost too much, with what helps where the splits can tell that it did."""
    told = []
    for form in INT8:
        splits = {name: forms[form][name] for name in ("validation", "test") if name in forms.get(form, {})}
        costly = {name: one for name, one in splits.items() if costs_too_much(one)}
        if not costly:
            continue
        lost = [
            f"{one['lost_points']:.2f} points on {name} ({one['lost']} lost, {one['gained']} gained"
            f" of {one['pictures']:,})"
            for name, one in costly.items()
        ]
        surely = any(can_tell(one) for one in costly.values())
        mend = _ADVICE[form] if surely else "too few to tell it from chance; judge it on more pictures"
        told.append(f"{form} loses {' and '.join(lost)}, more than {LIMIT_POINTS}: {mend}")
    return told
