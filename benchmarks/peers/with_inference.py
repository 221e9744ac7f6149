"""Roboflow's inference: `InferencePipeline` around the network, its own tracker and drawing, OpenCV's writer."""

import os

os.environ.setdefault("TELEMETRY_OPT_OUT", "True")
os.environ.setdefault("METRICS_ENABLED", "False")
os.environ.setdefault("OFFLINE_MODE", "True")

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import supervision as sv
from inference import InferencePipeline

from benchmarks.peers.network import detector
from benchmarks.peers.told import run


def annotate(clip: Path, out: Path, network: Path) -> int:
    """Every frame, in order: a file is read as fast as the handler goes."""
    detect, tracker = detector(network), sv.ByteTrack()
    boxes, letters = sv.BoxAnnotator(), sv.LabelAnnotator()
    about = sv.VideoInfo.from_video_path(str(clip))
    writer = cv2.VideoWriter(str(out), cv2.VideoWriter.fourcc(*"mp4v"), about.fps, about.resolution_wh)
    frames = 0

    def look(video_frames: list[Any]) -> list[Any]:
        return [detect(frame.image) for frame in video_frames]

    def store(found: tuple[np.ndarray, np.ndarray], frame: Any) -> None:
        nonlocal frames
        frames += 1
        xyxy, score = found
        tracks = sv.Detections(xyxy=xyxy, confidence=score, class_id=np.zeros(len(score), int))
        tracks = tracker.update_with_detections(tracks)
        ids = tracks.tracker_id if tracks.tracker_id is not None else []
        image = boxes.annotate(frame.image.copy(), tracks)
        writer.write(letters.annotate(image, tracks, labels=[f"#{number} person" for number in ids]))

    pipeline = InferencePipeline.init_with_custom_logic(str(clip), look, store)
    pipeline.start()
    pipeline.join()
    writer.release()
    return frames


if __name__ == "__main__":
    run(annotate)
