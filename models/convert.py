"""A frozen TensorFlow graph turned into ONNX and TFLite, in a process of its own.

TensorFlow takes 780 MB and seconds to import, and talks; none of that may reach the program that asked.
"""

import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from models.cache import sha256_of
from models.origins import FrozenGraph
from models.wheels import Say
from pipeline.errors import ModelError

RECIPE = 1
"""Counts up when the conversion changes, so that files of an older one are made anew."""
REPORT = "convert.json"
"""Beside the files: versions, checksums, and how far they are from the graph."""


def convert(graph: Path, cut: FrozenGraph, size: tuple[int, int], into: Path, say: Say = lambda line: None) -> None:
    """Make the folder `into` hold `model.onnx`, `model.tflite` and `convert.json`, whole or not at all.

    Where another process made it meanwhile, that one stays.

    Args:
        graph: The frozen graph's file.
        cut: Which of its tensors become input and outputs.
        size: (width, height) of the input in pixels; the batch is one picture.
        into: The folder to make; a damaged one in its place is replaced.
        say: Told before anything slow happens.

    Raises:
        ModelError: TensorFlow or tf2onnx is not installed, the conversion failed (the message names its log),
            the result differs from the graph, or the disk is full.
    """
    missing = [name for name in ("tensorflow", "tf2onnx") if importlib.util.find_spec(name) is None]
    if missing:
        raise ModelError(
            f"converting {graph.name} needs {' and '.join(missing)}: pip install -r requirements.txt,"
            f" or copy {into} from a machine that has it"
        )
    log = into.with_name(f"{into.name}.log")
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=into.parent, prefix=".convert-") as folder:
            say("converting to ONNX and TFLite (TensorFlow, about 20 s)")
            made = Path(folder) / into.name
            made.mkdir()
            job = {
                "graph": str(graph.resolve()),
                "input": cut.input,
                "outputs": cut.outputs,
                "shape": (1, size[1], size[0], 3),
                "into": str(made.resolve()),
            }
            with log.open("w") as out:
                done = subprocess.run(
                    [sys.executable, "-m", "models.frozen_graph", json.dumps(job)],
                    cwd=Path(__file__).parents[1],
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    check=False,
                )
            if done.returncode:
                raise ModelError(f"cannot convert {graph.name}: {_last_line(log)} (all of it: {log})")
            _put_in_place(made, into, Path(folder) / "old")
            log.unlink(missing_ok=True)
    except OSError as error:
        why = error.strerror or error
        raise ModelError(f"cannot write to {into}: {why}; free the disk or mend its rights") from error


def _put_in_place(made: Path, into: Path, old: Path) -> None:
    """Rename the whole folder; another process may be doing the same."""
    if into.exists() and not is_whole(into):
        into.rename(old)
    try:
        made.rename(into)
    except OSError:
        if not is_whole(into):
            raise


def is_whole(folder: Path) -> bool:
    """Whether `folder` holds what this recipe's conversion made, byte for byte."""
    try:
        report = json.loads((folder / REPORT).read_text(encoding="utf-8"))
        return report["recipe"] == RECIPE and all(
            sha256_of(folder / name) == made["sha256"] for name, made in report["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _last_line(log: Path) -> str:
    """The line of a log that most likely says why."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1][:200] if lines else "it ended without a word"
