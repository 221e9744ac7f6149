"""norfair: its `Video` loop, its tracker on boxes, its drawing."""

from pathlib import Path

import norfair
import numpy as np

from benchmarks.peers.network import detector
from benchmarks.peers.told import run


def annotate(clip: Path, out: Path, network: Path) -> int:
    """As its demos do."""
    detect = detector(network)
    video = norfair.Video(input_path=str(clip), output_path=str(out))
    tracker = norfair.Tracker(distance_function="iou", distance_threshold=0.7)
    frames = 0
    for image in video:
        boxes, scores = detect(image)
        found = [
            norfair.Detection(points=box.reshape(2, 2), scores=np.array([score, score]), label="person")
            for box, score in zip(boxes, scores, strict=True)
        ]
        norfair.draw_boxes(image, tracker.update(detections=found), draw_ids=True, draw_labels=True)
        video.write(image)
        frames += 1
    return frames


if __name__ == "__main__":
    run(annotate)
