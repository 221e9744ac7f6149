"""Faces found and embedded by real networks; skipped where those cannot be had."""

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.cache import default_cache, sha256_of
from models.face_embedder import FaceEmbedder, fingerprint_of
from models.face_finder import FaceFinder, cut_square, tiles
from models.pull import pull
from models.shelf import find
from pipeline.errors import ModelError


def pulled(name: str) -> str:
    """A model of the shelf, or a skip."""
    try:
        pull(find(name), default_cache())
    except ModelError as error:
        pytest.skip(f"{name} cannot be had: {error}")
    return name


@pytest.fixture(scope="module")
def finder() -> Iterator[FaceFinder]:
    found = FaceFinder(pulled("face-blazeface-short"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def embedder() -> Iterator[FaceEmbedder]:
    found = FaceEmbedder(pulled("face-dlib-resnet"))
    yield found
    found.close()


def obama(shared: Callable[..., Path]) -> np.ndarray:
    image = cv2.imread(str(shared("data", "faces", "face_recognition", "examples", "obama.jpg")))
    assert image is not None
    return np.asarray(image)


def test_a_face_is_found_with_eyes_nose_and_mouth_where_they_are(
    finder: FaceFinder, shared: Callable[..., Path]
) -> None:
    found = finder(obama(shared))
    assert len(found.score) == 1
    # Read off the picture by eye: right eye, left eye, nose, mouth.
    seen = np.array([[443, 211], [548, 211], [490, 265], [493, 328]])
    assert np.hypot(*(found.points[0, :4] - seen).T).max() < 20
    again = finder.refined(obama(shared), found.xyxy[0], found.points[0])
    assert np.hypot(*(again[:4] - seen).T).max() < 20


def test_yunet_finds_the_same_face_and_says_nothing_of_the_ears(shared: Callable[..., Path], tmp_path: Path) -> None:
    weights = shared("models", "yunet", "yunet_s_320_320.onnx")
    spec = tmp_path / "yunet.yaml"
    spec.write_text(
        f"task: face-detect\nfiles: {{onnx: {{file: {weights}}}}}\noutput: {{form: yunet}}\n"
        "input: {size: [320, 320], layout: nchw, colour: bgr, dtype: float32, mean: 0, scale: 1}\n"
    )
    found = FaceFinder(str(spec))(obama(shared))
    assert len(found.score) == 1
    seen = np.array([[443, 211], [548, 211], [490, 265], [493, 328]])
    assert np.hypot(*(found.points[0, :4] - seen).T).max() < 20
    assert np.isnan(found.points[0, 4:]).all()


@pytest.mark.parametrize("size", [(1, 1), (3, 400), (400, 3), (129, 128)])
def test_odd_sizes_hold_no_face_and_no_surprise(finder: FaceFinder, size: tuple[int, int]) -> None:
    assert finder(np.zeros((size[1], size[0], 3), np.uint8), squares=tiles(size, 3)).points.shape == (0, 6, 2)


def test_a_face_too_small_for_the_whole_picture_is_found_in_a_tile(
    finder: FaceFinder, shared: Callable[..., Path]
) -> None:
    small = cv2.resize(obama(shared), (220, 280), interpolation=cv2.INTER_AREA)
    wide = np.full((720, 1280, 3), 90, np.uint8)
    wide[300:580, 700:920] = small
    assert len(finder(wide).score) == 0
    found = finder(wide, squares=tiles((1280, 720), 4))
    assert len(found.score) == 1
    left, top, right, bottom = found.xyxy[0]
    assert 700 < left < right < 920
    assert 300 < top < bottom < 580


def test_two_pictures_of_one_person_are_near_and_of_two_are_far(
    finder: FaceFinder, embedder: FaceEmbedder, shared: Callable[..., Path]
) -> None:
    folder = shared("data", "faces", "face_recognition", "examples")
    vectors = []
    for name in ("obama.jpg", "knn_examples/train/obama/obama2.jpg", "biden.jpg"):
        image = cv2.imread(str(folder / name))
        assert image is not None
        found = finder(image)
        points = finder.refined(image, found.xyxy[0], found.points[0])[None]
        vector, views = embedder(image, points, found.score[:1])
        assert views.quality[0] > 0.3
        vectors.append(vector[0])
    assert np.linalg.norm(vectors[0] - vectors[1]) < 0.5
    assert np.linalg.norm(vectors[0] - vectors[2]) > 0.7


def test_no_faces_are_embedded_to_none(embedder: FaceEmbedder) -> None:
    none = np.zeros((0, 6, 2), np.float32)
    vectors, views = embedder(np.zeros((50, 50, 3), np.uint8), none, np.zeros(0, np.float32))
    assert vectors.shape == (0, 128)
    assert views.quality.shape == (0,)


def test_points_that_fall_together_embed_to_something_of_no_quality(embedder: FaceEmbedder) -> None:
    points = np.full((1, 6, 2), 20, np.float32)
    vectors, views = embedder(np.zeros((50, 50, 3), np.uint8), points, np.array([0.9], np.float32))
    assert np.isfinite(vectors).all()
    assert views.quality[0] == 0


def test_embeddings_of_two_models_have_two_fingerprints() -> None:
    spec = find("face-dlib-resnet")
    other = spec.model_copy(update={"input": spec.input.model_copy(update={"colour": "bgr"})})
    assert len({fingerprint_of(spec), fingerprint_of(other), fingerprint_of(find("face-sface"))}) == 3


def test_a_model_for_something_else_is_refused() -> None:
    with pytest.raises(ModelError, match=r"person-ssdlite.* not for face-embed"):
        FaceEmbedder("person-ssdlite")
    with pytest.raises(ModelError, match="faces are found with"):
        FaceFinder("person-ssdlite")


def test_a_square_beyond_the_picture_is_black_there() -> None:
    square = cut_square(np.full((100, 100, 3), 200, np.uint8), (-100, -100, 200), 128)
    assert square[:60, :60].max() == 0
    assert square[68:, 68:].min() == 200


def test_tiles_cover_the_picture_and_overlap() -> None:
    squares = tiles((1280, 720), 3)
    covered = np.zeros((720, 1280), int)
    for left, top, side in squares:
        covered[max(0, round(top)) : round(top + side), max(0, round(left)) : round(left + side)] += 1
    assert covered.min() >= 1
    assert tiles((1280, 720), 1) == []


def test_an_embedder_compared_by_cosine_gets_planes_of_rgb_and_gives_vectors_of_length_one(tmp_path: Path) -> None:
    """A network in SFace's manner: the mean of each plane, which tells their order."""
    onnx = pytest.importorskip("onnx")
    helper = onnx.helper
    nodes = [helper.make_node("GlobalAveragePool", ["data"], ["mean"]), helper.make_node("Flatten", ["mean"], ["fc1"])]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("data", 1, [1, 3, 112, 112])],
        [helper.make_tensor_value_info("fc1", 1, [1, 3])],
    )
    weights = tmp_path / "planes.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), weights)
    spec = (
        "task: face-embed\nfiles: {onnx: {file: planes.onnx, sha256: SHA}}\n"
        "input: {size: [112, 112], layout: nchw, colour: rgb, dtype: float32, mean: 0, scale: 1}\n"
        "output: {form: embedding, length: 3, same_above: 0.363, template: arcface}\n"
    )
    weights.with_suffix(".yaml").write_text(spec.replace("SHA", sha256_of(weights)))
    embedder = FaceEmbedder(str(weights))
    blue_green_red = np.zeros((1, 112, 112, 3), np.uint8)
    blue_green_red[..., 0], blue_green_red[..., 2] = 40, 30
    np.testing.assert_allclose(embedder.embed(blue_green_red), [[0.6, 0, 0.8]], atol=1e-5)
    assert embedder.same_below == pytest.approx(1.1287, abs=1e-3)
    weights.with_suffix(".yaml").write_text(spec.replace(", sha256: SHA", ""))
    with pytest.raises(ModelError, match="no checksum"):
        FaceEmbedder(str(weights))
