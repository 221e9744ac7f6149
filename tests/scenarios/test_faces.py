"""Faces from a recording to its copy: a name that holds, and a face that nobody can find or match any more."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from gallery.store import FacePicture, Gallery
from models.cache import default_cache
from models.face_embedder import FaceEmbedder
from models.face_finder import FaceFinder, tiles
from models.pull import pull
from models.shelf import find
from pipeline.errors import ModelError
from recordings import record

ROOT = Path(__file__).resolve().parents[2]
Shared = Callable[..., Path]
PORTRAITS = {"ada": ("obama.jpg", "obama/obama2.jpg"), "bob": ("biden.jpg", "biden/biden2.jpg")}
"""For each name: the photograph that the recording is made of, and the other one that is enrolled."""
SIZE = (640, 360)
FACE_PX = 240


@pytest.fixture(autouse=True)
def models() -> None:
    """The networks, or a skip."""
    for name in ("face-blazeface-full", "face-blazeface-short", "face-dlib-resnet"):
        try:
            pull(find(name), default_cache())
        except ModelError as error:
            pytest.skip(f"{name} cannot be had: {error}")


def portrait(shared: Shared, name: str) -> np.ndarray:
    """Somebody's head on grey, `(240, 240, 3) uint8`."""
    image = cv2.imread(str(shared("data", "faces", "face_recognition", "examples", PORTRAITS[name][0])))
    assert image is not None
    finder = FaceFinder()
    left, top, right, bottom = finder(image).xyxy[0]
    finder.close()
    middle, half = ((left + right) / 2, (top + bottom) / 2), (right - left) * 0.9
    matrix = np.array([[1, 0, half - middle[0]], [0, 1, half - middle[1]]], np.float32) * (FACE_PX / 2 / half)
    head = cv2.warpAffine(image, matrix, (FACE_PX, FACE_PX), flags=cv2.INTER_AREA, borderValue=(90, 90, 90))
    return np.asarray(head)


def put(picture: np.ndarray, head: np.ndarray, x: float, y: float, width: float = 1.0) -> None:
    """Paint a head with its middle at x, y; a narrower one is turned away."""
    shown = cv2.resize(head, (max(8, round(FACE_PX * width)), FACE_PX), interpolation=cv2.INTER_AREA)
    matrix = np.array([[1, 0, x - shown.shape[1] / 2], [0, 1, y - FACE_PX / 2]], np.float32)
    cv2.warpAffine(shown, matrix, SIZE, dst=picture, borderMode=cv2.BORDER_TRANSPARENT)


def ground() -> np.ndarray:
    return np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)


def gallery(shared: Shared, path: Path) -> Path:
    """Both enrolled by their other photograph."""
    finder, embedder = FaceFinder(), FaceEmbedder()
    with Gallery.open(path, create=True) as people:
        for name, (_, other) in PORTRAITS.items():
            file = shared("data", "faces", "face_recognition", "examples", "knn_examples", "train") / other
            image = cv2.imread(str(file))
            assert image is not None
            found = finder(image)
            points = finder.refined(image, found.xyxy[0], found.points[0])[None]
            vectors, views = embedder(image, points, found.score[:1])
            picture = FacePicture(other, name, float(views.quality[0]), vectors[0].copy())
            people.enrol(name, [picture], embedder.fingerprint)
    finder.close()
    embedder.close()
    return path


def annotated(tmp_path: Path, source: Path, *arguments: str) -> tuple[list[list[dict[str, object]]], Path]:
    """Run the command; the faces of each frame, and the video."""
    video = tmp_path / "out.mp4"
    done = subprocess.run(
        [sys.executable, str(ROOT / "run.py"), "annotate", str(source), "-o", str(video), *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    records = [json.loads(line) for line in video.with_suffix(".jsonl").read_text().splitlines()]
    return [line["faces"] for line in records], video


def named(faces: list[list[dict[str, object]]], left: float, right: float) -> list[object]:
    """The names that faces with their middle between two columns have, in order; None: there is a face without."""
    told = []
    for frame in faces:
        for face in frame:
            x0, _, x1, _ = face["xyxy"]  # type: ignore[misc]
            if left <= (x0 + x1) / 2 < right:  # type: ignore[has-type]
                told.append(face["name"])
    return told


def test_a_name_never_flickers_over_a_turn_of_the_head_and_an_occlusion(tmp_path: Path, shared: Shared) -> None:
    ada, bob = portrait(shared, "ada"), portrait(shared, "bob")
    pictures = []
    for index in range(110):
        picture = ground()
        turned = 1 - 0.62 * np.clip(1 - abs(index - 35) / 15, 0, 1)  # narrower and back from frame 20 to 50
        put(picture, ada, 150 + index / 4, 180, turned)
        put(picture, bob, 490, 180 + 10 * np.sin(index / 8))
        if 65 <= index < 85:  # somebody walks through the picture, close to the camera
            left = (index - 65) * 40 - 160
            picture[:, max(0, left) : max(0, left + 200)] = (40, 30, 60)
        pictures.append(picture)
    source = record(tmp_path / "talk.mp4", pictures, options={"crf": "20"})
    people = gallery(shared, tmp_path / "people.gallery")
    config = str(ROOT / "configs" / "faces.yaml")
    faces, _ = annotated(tmp_path, source, "-c", config, "--set", f"stages.identify.gallery={people}")
    for name, (left, right) in {"ada": (0, 320), "bob": (320, 640)}.items():
        told = named(faces, left, right)
        assert len(told) > 60
        known_from = told.index(name)
        assert known_from <= 6
        assert set(told[known_from:]) == {name}
    assert all(len(names := [face["name"] for face in frame if face["name"]]) == len(set(names)) for frame in faces)


def frames_of(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]


def moving_faces(tmp_path: Path, shared: Shared) -> Path:
    """Two people; one walks, turns away and goes behind a pillar, the other comes nearer."""
    ada, bob = portrait(shared, "ada"), portrait(shared, "bob")
    pictures = []
    for index in range(70):
        picture = ground()
        put(picture, ada, 110 + 1.5 * index, 180, 1 - 0.5 * np.clip(1 - abs(index - 25) / 10, 0, 1))
        put(picture, bob, 500 - index / 3, 180)
        if 40 <= index < 50:
            picture[:, :300] = (60, 60, 60)
        pictures.append(picture)
    return record(tmp_path / "walk.mp4", pictures, options={"crf": "16"})


def visible(path: Path) -> list[np.ndarray]:
    """The embedding of every face that can be found in a video: by both networks, close up, and at low scores."""
    embedder, vectors = FaceEmbedder(), []
    for model in ("face-blazeface-short", "face-blazeface-full"):
        finder = FaceFinder(model)
        for picture in frames_of(path)[::2]:
            found = finder(picture, 0.5, squares=tiles(SIZE, 2))
            points = [finder.refined(picture, box, six) for box, six in zip(found.xyxy, found.points, strict=True)]
            if points:
                vectors += list(embedder(picture, np.stack(points), found.score)[0])
        finder.close()
    embedder.close()
    return vectors


def like(vectors: list[np.ndarray], shared: Shared, tmp_path: Path) -> float:
    """How near the nearest of these faces is to anybody enrolled; infinite where there are none."""
    from gallery.known import Known

    known = Known.open(gallery(shared, tmp_path / "judge.gallery"), FaceEmbedder().fingerprint)
    return float(known.match(np.stack(vectors)).distance.min()) if vectors else float("inf")


def test_no_face_can_be_found_or_matched_in_a_redacted_recording(tmp_path: Path, shared: Shared) -> None:
    source = moving_faces(tmp_path, shared)
    before = visible(source)
    assert len(before) > 100
    assert like(before, shared, tmp_path) < 0.4
    _, video = annotated(tmp_path, source, "-c", str(ROOT / "configs" / "redact.yaml"))
    assert len(frames_of(video)) == 70
    after = visible(video)
    assert len(after) <= 0.02 * len(before)
    assert like(after, shared, tmp_path) > 0.6


def test_known_faces_may_stay_while_unknown_ones_are_covered(tmp_path: Path, shared: Shared) -> None:
    source, people = moving_faces(tmp_path, shared), gallery(shared, tmp_path / "people.gallery")
    with Gallery.open(people) as changed:
        changed.remove(["ada"])
    config = tmp_path / "c.yaml"
    config.write_text(
        f"stages: {{faces: {{min_score: 0.35, tiles: 2}}, identify: {{gallery: {people}}}, redact: {{blur: unknown}}}}"
    )
    faces, video = annotated(tmp_path, source, "-c", str(config))
    assert {face["name"] for frame in faces for face in frame} == {"bob", None}
    left: list[np.ndarray] = []
    right: list[np.ndarray] = []
    finder = FaceFinder()
    for picture in frames_of(video)[10:]:
        for box in finder(picture).xyxy:
            (left if (box[0] + box[2]) / 2 < 320 else right).append(box)
    finder.close()
    assert len(right) > 50
    assert len(left) <= 1
