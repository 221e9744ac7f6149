import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from dlib_files import face_embedder, integers, name, tensor

from models.backend import Backend, open_file
from models.cache import default_cache
from models.dlib_network import read_network
from models.dlib_reference import embed
from models.dlib_resnet import convert_dlib, pictures
from models.workshop import REPORT, is_whole
from pipeline.errors import ModelError

DAT = "dlib_face_recognition_resnet_model_v1.dat"


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dat = tmp_path_factory.mktemp("dlib") / "small.dat"
    dat.write_bytes(face_embedder())
    return dat


@pytest.fixture(scope="session")
def converted(small: Path) -> Path:
    pytest.importorskip("onnx", reason="conversion is not installed here")
    into = small.with_name("small")
    convert_dlib(small, into)
    return into


def test_both_forms_compute_what_the_layers_of_the_file_say(converted: Path, small: Path) -> None:
    network = read_network(small)
    backends: list[Backend] = [
        open_file(converted / "model.onnx"),
        open_file(converted / "model.tflite"),
    ]
    face = np.random.default_rng(7).integers(0, 256, (150, 150, 3)).astype(np.float32)
    want = embed(network, face)
    assert np.abs(want).max() > 0.1
    for backend in backends:
        assert backend.input.takes((1, 150, 150, 3))
        np.testing.assert_allclose(backend.run(face[None])[0][0], want, atol=2e-6)


def test_the_onnx_form_takes_several_faces_at_once_and_says_the_same_of_each(converted: Path) -> None:
    backend = open_file(converted / "model.onnx")
    faces = np.random.default_rng(8).integers(0, 256, (3, 150, 150, 3)).astype(np.float32)
    assert backend.input.shape[0] is None
    alone = np.concatenate([backend.run(face[None])[0] for face in faces])
    np.testing.assert_allclose(backend.run(faces)[0], alone, atol=2e-6)


def test_the_report_says_how_far_each_form_is_from_the_reference(converted: Path) -> None:
    assert is_whole(converted)
    report = json.loads((converted / REPORT).read_text())
    assert all(0 < file["difference"] < 1e-5 for file in report["files"].values())
    assert report["original"]["file"] == "small.dat"


def test_dlib_itself_gives_the_same_embedding() -> None:
    dlib = pytest.importorskip("dlib", reason="dlib is not installed here")
    found = list(default_cache().glob(f"downloads/*/{DAT}"))
    if not found:
        pytest.skip("the face embedder of dlib is not in the cache")
    network, original = read_network(found[0]), dlib.face_recognition_model_v1(str(found[0]))
    for face in pictures()[2:]:
        want = np.array(original.compute_face_descriptor(face.astype(np.uint8)))
        np.testing.assert_allclose(embed(network, face), want, atol=1e-6)


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def without_its_last_layer(data: bytes) -> bytes:
    return data[: data.index(name("fc_2"))]


def with_a_wrong_count(data: bytes) -> bytes:
    return data.replace(integers(8, 3, 3, 2, 2), integers(7, 3, 3, 2, 2), 1)


def with_a_huge_tensor(data: bytes) -> bytes:
    start = data.index(name("con_4")) + len(name("con_4"))
    return data[:start] + integers(2, 1 << 40, 1, 1, 1) + data[start + 7 :]


def with_a_negative_size(data: bytes) -> bytes:
    start = data.index(name("con_4")) + len(name("con_4"))
    return data[:start] + integers(2, -5, 1, 1, 1) + data[start + 7 :]


def with_another_picture(data: bytes) -> bytes:
    return data.replace(integers(-17, 150, 150), integers(-17, 200, 200))


def with_a_wider_block(data: bytes) -> bytes:
    return face_embedder((4, 3, 8, 10, 12))


def with_another_layer_in_between(data: bytes) -> bytes:
    return data.replace(name("relu_"), name("prelu"), 1)


def with_two_embeddings(data: bytes) -> bytes:
    return data + name("fc_2") + integers(4, 12) + tensor(np.zeros(48), 12, 4, 1, 1)


def nothing(data: bytes) -> bytes:
    return b""


def a_picture(data: bytes) -> bytes:
    return cv2.imencode(".png", np.zeros((8, 8, 3), np.uint8))[1].tobytes()


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (cut, "is cut short"),
        (without_its_last_layer, "layers, not"),
        (with_a_wrong_count, "settings"),
        (with_a_huge_tensor, "a tensor of version 2"),
        (with_a_negative_size, "a tensor of version 2"),
        (with_another_picture, "not 150 x 150"),
        (with_a_wider_block, "a residual block"),
        (with_another_layer_in_between, "is prelu, not relu_"),
        (with_two_embeddings, "layers, not"),
        (nothing, "holds no layers"),
        (a_picture, "is no network of dlib"),
    ],
)
def test_a_file_that_is_damaged_or_another_is_one_line(
    tmp_path: Path, small: Path, damage: Callable[[bytes], bytes], says: str
) -> None:
    dat = tmp_path / "x.dat"
    dat.write_bytes(damage(small.read_bytes()))
    with pytest.raises(ModelError, match=says) as caught:
        convert_dlib(dat, tmp_path / "into")
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["x.dat"]


def test_a_file_cut_anywhere_is_never_more_than_one_clean_error(tmp_path: Path, small: Path) -> None:
    data, dat = small.read_bytes(), tmp_path / "x.dat"
    for end in np.random.default_rng(0).integers(0, len(data) - 60, 150):
        dat.write_bytes(data[:end])
        with pytest.raises(ModelError):
            read_network(dat)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot read .*x\.dat"):
        convert_dlib(tmp_path / "x.dat", tmp_path / "into")
