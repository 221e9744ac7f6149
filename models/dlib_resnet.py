"""dlib's face embedder turned into ONNX and TFLite, and proven; `python -m models.dlib_resnet JOB` is the child."""

import json
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np

from models.cache import sha256_of
from models.dlib_graphs import to_onnx, to_tflite
from models.dlib_network import SIDE, read_network
from models.dlib_reference import embed
from models.parity import worst_difference
from models.wheels import Say
from models.workshop import RECIPE, REPORT, make_folder, require

LIMIT = 1e-5
"""Largest difference from the reference that a conversion may have; two of the same face differ by 0.3 and more."""


def convert_dlib(dat: Path, into: Path, say: Say = lambda line: None, frames: Sequence[np.ndarray] = ()) -> None:
    """Make the folder `into` hold `model.onnx`, `model.tflite` and `convert.json`, whole or not at all.

    Both take `(1, 150, 150, 3) float32` RGB in 0..255 and give `(1, 128) float32`.

    Args:
        dat: `dlib_face_recognition_resnet_model_v1.dat`, or another of the same network.
        into: The folder to make; a damaged one in its place is replaced.
        say: Told before anything slow happens.
        frames: Real inputs to compare on too, `(1, 150, 150, 3) float32` each.

    Raises:
        ModelError: the file is damaged or another network, TensorFlow or onnx is not installed, the result differs
            from the reference, or the disk is full.
    """
    read_network(dat)  # a damaged file is refused here, in a moment
    require(("tensorflow", "onnx"), f"converting {dat.name}")
    notice = "converting to ONNX and TFLite (TensorFlow, about 10 s)"
    with tempfile.TemporaryDirectory(prefix="sluice-") as folder:
        batches = Path(folder) / "batches.npy"
        np.save(batches, np.concatenate(frames) if len(frames) else np.zeros((0, SIDE, SIDE, 3), np.float32))
        job: dict[str, object] = {"dat": str(dat.resolve()), "frames": str(batches)}
        make_folder("models.dlib_resnet", job, into, f"convert {dat.name}", say, notice)


def main(dat: Path, into: Path, frames: Path) -> None:
    """Convert, compare, and write the report beside the files.

    Raises:
        SystemExit: a form differs from the reference by more than `LIMIT`.
    """
    network = read_network(dat)
    (into / "model.onnx").write_bytes(to_onnx(network))
    (into / "model.tflite").write_bytes(to_tflite(network))
    faces = [*pictures(), *np.load(frames)]
    wants = [embed(network, face) for face in faces]
    files = {}
    for path in (into / "model.onnx", into / "model.tflite"):
        cases = [(face[None], [want[None]]) for face, want in zip(faces, wants, strict=True)]
        difference = worst_difference(path, cases, LIMIT, "the reference")
        files[path.name] = {"sha256": sha256_of(path), "bytes": path.stat().st_size, "difference": difference}
    report = {
        "recipe": RECIPE,
        "original": {"file": dat.name, "sha256": sha256_of(dat)},
        "versions": {name: version(name) for name in ("tensorflow", "onnx", "onnxruntime", "numpy")},
        "frames": len(faces),
        "files": files,
    }
    (into / REPORT).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def pictures() -> list[np.ndarray]:
    """`(150, 150, 3) float32` in 0..255: grey, noise, and noise with the smooth patches of photographs."""
    from models.frozen_graph import pictures as between

    return [np.round((batch[0] + 1) * 127.5) for batch in between((1, SIDE, SIDE, 3))]


if __name__ == "__main__":
    job = json.loads(sys.argv[1])
    main(Path(job["dat"]), Path(job["into"]), Path(job["frames"]))
