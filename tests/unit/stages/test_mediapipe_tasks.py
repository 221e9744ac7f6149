"""MediaPipe's answers as typed columns; with its library and a real network where they are there."""

import sys
import types
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from fakes import frame
from pipeline.errors import ConfigError, ModelError
from pipeline.results.landmarks import Landmarks
from pipeline.types import Frame, Packet
from stages.draw.landmarks import draw_landmarks
from stages.draw.pen import Pen
from stages.mediapipe_tasks import (
    LandmarksConfig,
    MediaPipeLandmarks,
    MediaPipeObjects,
    ObjectsConfig,
    as_landmarks,
)
from vision.lettering import Lettering

EDGES = np.array([[0, 1]], np.int32)
WHY = "mediapipe is not installed (docs/mediapipe.md)"


def point(x: float, y: float, visibility: float | None = None) -> SimpleNamespace:
    return SimpleNamespace(x=x, y=y, z=0.1, visibility=visibility)


def hand() -> Landmarks:
    side = SimpleNamespace(category_name="Left", score=0.97)
    return as_landmarks("hand", [[point(0.25, 0.5), point(0.75, 0.5)]], [side], (200, 100), EDGES)


def test_points_are_pixels_of_the_frame() -> None:
    found = hand()
    assert found.points.tolist() == [[[50.0, 50.0, 20.0], [150.0, 50.0, 20.0]]]
    assert found.rows() == [
        {"of": "hand", "label": "Left", "score": 0.97, "points": [[50.0, 50.0, 20.0], [150.0, 50.0, 20.0]]}
    ]


def test_nobody_is_an_answer() -> None:
    found = as_landmarks("pose", [], [], (200, 100), EDGES)
    assert len(found) == 0
    assert found.rows() == []


def test_of_bodies_it_is_told_how_surely_each_point_is_seen() -> None:
    found = as_landmarks("pose", [[point(0, 0, 0.9), point(1, 1, 0.2)]], [], (200, 100), EDGES)
    assert found.rows()[0]["visibility"] == [0.9, 0.2]


def test_a_hand_is_drawn_and_a_hidden_point_is_not() -> None:
    image = np.zeros((100, 200, 3), np.uint8)
    draw_landmarks(Pen(image, 2, 3, Lettering(12)), hand())
    assert image[50, 100].any()
    hidden = as_landmarks("pose", [[point(0.2, 0.5, 0.9), point(0.8, 0.5, 0.1)]], [], (200, 100), EDGES)
    image[:] = 0
    draw_landmarks(Pen(image, 2, 3, Lettering(12)), hidden)
    assert image[50, 40].any()
    assert not image[50, 100].any()
    assert not image[50, 160].any()


def test_a_model_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model"):
        MediaPipeLandmarks(LandmarksConfig(model=tmp_path / "hand.task", of="hand"))


def test_without_mediapipe_it_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.task").write_bytes(b"x")
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with pytest.raises(ConfigError, match="docs/mediapipe"):
        MediaPipeLandmarks(LandmarksConfig(model=tmp_path / "x.task", of="hand"))


@pytest.mark.parametrize("of", ["face", "hand", "pose"])
def test_what_is_no_model_is_told_in_a_line(tmp_path: Path, of: str) -> None:
    pytest.importorskip("mediapipe", reason=WHY)
    (tmp_path / "x.task").write_bytes(b"no bundle" * 100)
    config = LandmarksConfig.model_validate({"model": str(tmp_path / "x.task"), "of": of})
    with pytest.raises(ModelError, match="refuses it") as raised:
        MediaPipeLandmarks(config)
    assert "\n" not in str(raised.value)


def test_a_network_without_metadata_is_told_in_a_line(shared: Callable[..., Path]) -> None:
    pytest.importorskip("mediapipe", reason=WHY)
    model = shared("models", "ssd_mobilenet_v1_coco_quant", "detect.tflite")
    with pytest.raises(ModelError, match="Metadata") as raised:
        MediaPipeObjects(ObjectsConfig(model=model))
    assert "\n" not in str(raised.value)


def with_metadata(model: Path, labels: Path, target: Path) -> Path:
    """The network with the metadata that MediaPipe asks for, written by MediaPipe's own writer.

    The writer of 1.2 imports a compiled module that its wheel lacks, and asks it only which parser is needed.
    """
    parts = ["mediapipe", "tasks", "cc", "metadata", "python", "_pywrap_metadata_version"]
    for end in range(3, len(parts) + 1):
        sys.modules.setdefault(".".join(parts[:end]), types.ModuleType(parts[end - 1]))
    version = sys.modules[".".join(parts)]
    version.GetMinimumMetadataParserVersion = lambda _: "1.0.0"  # type: ignore[attr-defined]
    sys.modules[".".join(parts[:-1])]._pywrap_metadata_version = version  # type: ignore[attr-defined]
    from mediapipe.tasks.python.metadata.metadata_writers import metadata_writer, object_detector

    names = [line.strip() for line in labels.read_text().splitlines()[1:]]  # the first is no class of the network's
    writer = object_detector.MetadataWriter.create_for_models_with_nms(
        bytearray(model.read_bytes()), [127.5], [127.5], metadata_writer.Labels().add(names)
    )
    target.write_bytes(writer.populate()[0])
    return target


def test_a_real_network_finds_people_in_a_hall(shared: Callable[..., Path], tmp_path: Path) -> None:
    pytest.importorskip("mediapipe", reason=WHY)
    import av

    folder = shared("models", "ssd_mobilenet_v1_coco_quant")
    clip = shared("data", "videos", "intel", "one-by-one-person-detection.mp4")
    stage = MediaPipeObjects(
        ObjectsConfig(
            model=with_metadata(folder / "detect.tflite", folder / "COCO_labels.txt", tmp_path / "x.tflite"),
            min_score=0.5,
        )
    )
    names = set()
    with av.open(str(clip)) as container:
        for index, picture in enumerate(container.decode(video=0)):
            if index % 50 == 0:
                shown = Frame(picture.to_ndarray(format="bgr24"), index, index / 30, 0.0, "clip")
                found = stage.process(Packet(shown))
                names |= {found.names[number] for number in found.class_id}
                assert (found.xyxy >= 0).all()
                assert (found.score >= 0.5).all()
            if index >= 300:
                break
    assert len(stage.process(Packet(frame(400)))) == 0
    stage.close()
    stage.close()
    assert "person" in names
