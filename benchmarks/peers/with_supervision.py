"""supervision: `process_video` with its threads, ByteTrack of the same house, its annotators, sound kept."""

from pathlib import Path

import numpy as np
import supervision as sv
from trackers import ByteTrackTracker

from benchmarks.peers.network import detector
from benchmarks.peers.told import run


def annotate(clip: Path, out: Path, network: Path) -> int:
    """As its documentation shows."""
    detect, tracker = detector(network), ByteTrackTracker()
    boxes, letters = sv.BoxAnnotator(), sv.LabelAnnotator()
    frames = 0

    def callback(image: np.ndarray, _: int) -> np.ndarray:
        nonlocal frames
        frames += 1
        xyxy, score = detect(image)
        found = sv.Detections(xyxy=xyxy, confidence=score, class_id=np.zeros(len(score), int))
        found = tracker.update(found)
        ids = found.tracker_id if found.tracker_id is not None else []
        image = boxes.annotate(image.copy(), found)
        return np.asarray(letters.annotate(image, found, labels=[f"#{number} person" for number in ids]))

    sv.process_video(str(clip), str(out), callback, preserve_audio=True)
    return frames


if __name__ == "__main__":
    run(annotate)
