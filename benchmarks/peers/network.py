"""The network of the benchmark for whoever has NumPy, OpenCV and ONNX Runtime, whatever else is installed.

A folder holds `model.onnx` and `anchors.npy`, put there by `hand_over`. Outputs are decoded by Sluice's own functions,
which are arrays in and arrays out, so that the contestants differ in nothing but how they are put together.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort

from vision.boxes import nms
from vision.ssd import candidates, decode

MIN_SCORE, MAX_IOU, MOST = 0.3, 0.6, 400
COLOUR = (0, 200, 255)

Detect = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def hand_over(folder: Path) -> Path:
    """Put the network of the benchmark into `folder`; run where Sluice is installed."""
    from models.cache import default_cache
    from models.shelf import file_of, find
    from models.spec import SsdRaw
    from vision.anchors import ssd_anchors

    spec = find("person-ssdlite")
    assert isinstance(spec.output, SsdRaw)
    rule = spec.output.anchors
    anchors = ssd_anchors(rule.feature_maps, rule.min_scale, rule.max_scale, rule.aspect_ratios, rule.reduce_lowest)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file_of(spec, "onnx", default_cache()), folder / "model.onnx")
    np.save(folder / "anchors.npy", anchors)
    return folder


def detector(folder: Path) -> Detect:
    """A function from a `(H, W, 3) uint8` BGR picture to boxes `(N, 4) float32` in pixels and scores `(N,) float32`.

    The session is as ONNX Runtime makes it unless told otherwise, which is what people run.
    """
    session = ort.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    anchors = np.load(folder / "anchors.npy")
    name = session.get_inputs()[0].name

    def detect(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        rgb = cv2.cvtColor(cv2.resize(image, (300, 300)), cv2.COLOR_BGR2RGB)
        batch = (rgb.astype(np.float32) / 127.5 - 1)[None]
        offsets, logits = (output[0] for output in session.run(None, {name: batch}))
        best = candidates(logits, "sigmoid", MIN_SCORE, MOST)
        shares = decode(offsets[best.anchor], anchors[best.anchor])
        kept = nms(shares, best.score, best.class_id, MAX_IOU)
        height, width = image.shape[:2]
        sides = np.array([width, height, width, height], np.float32)
        return shares[kept] * sides, best.score[kept]

    return detect


def draw(image: np.ndarray, boxes: np.ndarray, labels: list[str]) -> None:
    """A rectangle and a label each, in place: what those draw that bring no drawing of their own."""
    for (left, top, right, bottom), label in zip(boxes.astype(int).tolist(), labels, strict=True):
        cv2.rectangle(image, (left, top), (right, bottom), COLOUR, 2)
        cv2.putText(image, label, (left, top - 4), cv2.FONT_HERSHEY_SIMPLEX, 0.6, COLOUR, 2)
