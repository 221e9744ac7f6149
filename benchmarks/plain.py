"""What people write without a pipeline: one thread, one loop. Run as a process of its own by `benchmarks.annotate`.

    python -m benchmarks.plain opencv|pyav CLIP OUT

Prints one JSON line: frames, and seconds from opening the clip to the closed file. The network is the one that Sluice
runs, with ONNX Runtime's own defaults; decoding of its outputs and suppression are Sluice's functions, so that the
loops differ in nothing but how they are put together. They do not track, keep no sound and no time stamps.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import onnxruntime as ort

from models.backend import Tensor
from models.cache import default_cache
from models.heads import open_head
from models.shelf import file_of, find
from vision.boxes import nms

MIN_SCORE = 0.3


def detector() -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """A function from a BGR picture to boxes in pixels and scores."""
    spec = find("person-ssdlite")
    session = ort.InferenceSession(file_of(spec, "onnx", default_cache()), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    outputs = tuple(Tensor(out.name, tuple(out.shape), np.dtype(np.float32)) for out in session.get_outputs())
    head = open_head(spec, outputs)

    def detect(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        rgb = cv2.cvtColor(cv2.resize(image, (300, 300)), cv2.COLOR_BGR2RGB)
        batch = (rgb.astype(np.float32) / 127.5 - 1)[None]
        found = head(tuple(session.run(None, {name: batch})), MIN_SCORE)
        best = nms(found.xyxy, found.score, found.class_id, 0.6)
        height, width = image.shape[:2]
        return found.xyxy[best] * (width, height, width, height), found.score[best]

    return detect


def draw(image: np.ndarray, boxes: np.ndarray, scores: np.ndarray) -> None:
    """A rectangle and a label each, in place."""
    for (left, top, right, bottom), score in zip(boxes.astype(int).tolist(), scores.tolist(), strict=True):
        cv2.rectangle(image, (left, top), (right, bottom), (0, 200, 255), 2)
        cv2.putText(image, f"person {score:.2f}", (left, top - 4), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 200, 255), 2)


def opencv_loop(clip: Path, out: Path) -> int:
    """VideoCapture to VideoWriter; MPEG-4 Part 2 is what OpenCV's wheels can write."""
    detect = detector()
    capture = cv2.VideoCapture(str(clip))
    size = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
    writer = cv2.VideoWriter(str(out), cv2.VideoWriter.fourcc(*"mp4v"), capture.get(cv2.CAP_PROP_FPS), size)
    frames = 0
    while True:
        read, image = capture.read()
        if not read:
            break
        draw(image, *detect(image))
        writer.write(image)
        frames += 1
    writer.release()
    return frames


def pyav_loop(clip: Path, out: Path) -> int:
    """PyAV in, PyAV out, as its documentation shows; H.264, veryfast."""
    detect = detector()
    frames = 0
    with av.open(str(clip)) as source, av.open(str(out), "w") as target:
        video = source.streams.video[0]
        stream = target.add_stream("libx264", rate=video.average_rate, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = video.width, video.height, "yuv420p"
        for decoded in source.decode(video):
            image = decoded.to_ndarray(format="bgr24")
            draw(image, *detect(image))
            for packet in stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")):
                target.mux(packet)
            frames += 1
        for packet in stream.encode():
            target.mux(packet)
    return frames


if __name__ == "__main__":
    loop = {"opencv": opencv_loop, "pyav": pyav_loop}[sys.argv[1]]
    began = time.perf_counter()
    count = loop(Path(sys.argv[2]), Path(sys.argv[3]))
    sys.stdout.write(json.dumps({"frames": count, "seconds": time.perf_counter() - began}) + "\n")
