"""MediaPipe's Tasks as stages: landmarks of faces, hands and bodies, and objects. Optional; loaded when it is built."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from pipeline.errors import ConfigError, ModelError
from pipeline.results.landmarks import Landmarks
from pipeline.stage import StageConfig
from pipeline.types import Detections, Packet

Of = Literal["face", "hand", "pose"]


class LandmarksConfig(StageConfig):
    """Settings of `mediapipe`."""

    model: Path = Field(description="the .task file, such as hand_landmarker.task")
    of: Of = Field(description="what the file finds")
    most: Annotated[int, Field(ge=1, le=50, description="faces, hands or bodies at once; each costs time")] = 2
    min_score: Annotated[float, Field(ge=0, le=1, description="to be found, and to be followed over time")] = 0.5


class ObjectsConfig(StageConfig):
    """Settings of `mediapipe_objects`."""

    model: Path = Field(description="the .tflite file, with the metadata that MediaPipe asks for")
    most: Annotated[int, Field(ge=1, le=500, description="objects at once")] = 50
    min_score: Annotated[float, Field(ge=0, le=1, description="objects with less are left out")] = 0.4


class MediaPipeLandmarks:
    """Landmarks of faces, hands or bodies, by MediaPipe."""

    Config, gives, in_order = LandmarksConfig, Landmarks, True
    _KINDS: ClassVar[dict[str, tuple[str, str, str, str]]] = {
        "face": ("FaceLandmarker", "faces", "FaceLandmarksConnections", "FACE_LANDMARKS_CONTOURS"),
        "hand": ("HandLandmarker", "hands", "HandLandmarksConnections", "HAND_CONNECTIONS"),
        "pose": ("PoseLandmarker", "poses", "PoseLandmarksConnections", "POSE_LANDMARKS"),
    }

    def __init__(self, config: LandmarksConfig) -> None:
        self.config = config
        name, plural, lines, table = self._KINDS[config.of]
        options = {
            f"num_{plural}": config.most,
            f"min_{config.of}_detection_confidence": config.min_score,
            f"min_{config.of}_presence_confidence": config.min_score,
            "min_tracking_confidence": config.min_score,
        }
        self._task = _Task(name, config.model, options)
        pairs = [(line.start, line.end) for line in getattr(getattr(self._task.vision, lines), table)]
        self._edges = np.array(pairs, np.int32).reshape(-1, 2)

    def process(self, packet: Packet) -> Landmarks:
        """What is on the frame; no rows where there is nothing."""
        found = self._task.ask(packet)
        people = getattr(found, f"{self.config.of}_landmarks")
        hands = [best[0] for best in found.handedness] if self.config.of == "hand" else []
        return as_landmarks(self.config.of, people, hands, packet.frame.size, self._edges)

    def close(self) -> None:
        """Let go of the graph and its threads."""
        self._task.close()


class MediaPipeObjects:
    """Objects, by MediaPipe."""

    Config, gives, in_order = ObjectsConfig, Detections, True

    def __init__(self, config: ObjectsConfig) -> None:
        self.config = config
        options = {"max_results": config.most, "score_threshold": config.min_score}
        self._task = _Task("ObjectDetector", config.model, options)
        self._names: tuple[str, ...] = ()

    def process(self, packet: Packet) -> Detections:
        """What is on the frame. Classes are numbered in the order in which they were first seen."""
        found = self._task.ask(packet).detections
        told = [one.categories[0].category_name or str(one.categories[0].index) for one in found]
        self._names += tuple(name for name in dict.fromkeys(told) if name not in self._names)
        boxes = [(one.bounding_box.origin_x, one.bounding_box.origin_y) for one in found]
        sizes = [(one.bounding_box.width, one.bounding_box.height) for one in found]
        corner = np.array(boxes, np.float32).reshape(-1, 2)
        xyxy = np.concatenate((corner, corner + np.array(sizes, np.float32).reshape(-1, 2)), 1)
        width, height = packet.frame.size
        xyxy = np.clip(xyxy, 0, np.array([width, height, width, height], np.float32)).astype(np.float32)
        score = np.array([one.categories[0].score for one in found], np.float32)
        class_id = np.array([self._names.index(name) for name in told], np.int32)
        return Detections(xyxy, score, class_id, self._names)

    def close(self) -> None:
        """Let go of the graph and its threads."""
        self._task.close()


def as_landmarks(of: str, people: Any, hands: Any, size: tuple[int, int], edges: np.ndarray) -> Landmarks:
    """MediaPipe's lists of points as columns.

    Args:
        of: 'face', 'hand' or 'pose'.
        people: for each a list of points with `x`, `y` and `z` in parts of the picture's width and height (`z`: width).
        hands: for each the category of its handedness; empty where there is none.
        size: `(width, height)` of the frame in pixels.
        edges: `(E, 2) int32`.
    """
    width, height = size
    count = len(people[0]) if people else 0
    points = np.array([[(p.x, p.y, p.z) for p in one] for one in people], np.float32).reshape(len(people), count, 3)
    points *= np.array([width, height, width], np.float32)
    seen = [[1.0 if of != "pose" or p.visibility is None else p.visibility for p in one] for one in people]
    visibility = np.array(seen, np.float32).reshape(len(people), count)
    label = tuple(hand.category_name for hand in hands) if hands else ("",) * len(people)
    score = np.array([hand.score for hand in hands] if hands else [1.0] * len(people), np.float32)
    return Landmarks(of, points, visibility, label, score, edges.copy())


class _Task:
    """One of MediaPipe's tasks in its mode for video, which asks for times that only grow."""

    def __init__(self, name: str, model: Path, options: dict[str, Any]) -> None:
        if not model.is_file():
            raise ModelError(f"no model {model}; get it from MediaPipe's page of models and name the file")
        try:
            # Imported here and not above: it loads TensorFlow where that is installed (4 s, 785 MB).
            self._mediapipe = importlib.import_module("mediapipe")
            self.vision = importlib.import_module("mediapipe.tasks.python.vision")
            tasks = importlib.import_module("mediapipe.tasks.python")
        except ImportError as error:
            raise ConfigError(
                f"MediaPipe cannot be loaded ({error}); docs/mediapipe.md says how to install it"
            ) from error
        try:
            base = tasks.BaseOptions(model_asset_path=str(model.absolute()))
            mode = self.vision.RunningMode.VIDEO
            made = getattr(self.vision, f"{name}Options")(base_options=base, running_mode=mode, **options)
            self._task = getattr(self.vision, name).create_from_options(made)
        except (ValueError, RuntimeError) as error:
            told = str(error).strip().partition("\n")[0]
            raise ModelError(f"{model}: {name} refuses it: {told}; docs/mediapipe.md says which files fit") from error
        self._last_ms = -1

    def ask(self, packet: Packet) -> Any:
        """What the task finds on a frame."""
        rgb = np.ascontiguousarray(packet.frame.image[..., ::-1])
        self._last_ms = max(self._last_ms + 1, round(packet.frame.media_s * 1e3))
        image = self._mediapipe.Image(image_format=self._mediapipe.ImageFormat.SRGB, data=rgb)
        return self._task.detect_for_video(image, self._last_ms)

    def close(self) -> None:
        """May be called twice."""
        task, self._task = self._task, None
        if task is not None:
            task.close()
