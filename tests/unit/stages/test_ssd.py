from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from models.backend import Runtime
from pipeline.errors import ConfigError, ModelError
from pipeline.types import Detections, Frame, Packet
from stages.ssd import SsdConfig, SsdDetector, region_of
from vision.boxes import iou

Shared = Callable[..., Path]

CROWD = np.array(
    # Five people who stand in front, measured by eye in the thirtieth frame: xyxy in pixels.
    [
        [95, 615, 440, 1080],
        [560, 515, 815, 1080],
        [860, 655, 1150, 1060],
        [1220, 740, 1515, 1080],
        [1440, 725, 1640, 1080],
    ],
    np.float32,
)


def packet(image: np.ndarray) -> Packet:
    return Packet(Frame(image, 0, 0.0, 0.0, "test"))


@pytest.fixture
def crowd(shared: Shared) -> Packet:
    capture = cv2.VideoCapture(str(shared("data", "videos", "facenet_pytorch", "video.mp4")))
    for _ in range(30):
        _, image = capture.read()
    capture.release()
    return packet(image)


@pytest.mark.parametrize("runtime", ["onnx", "tflite"])
def test_people_in_a_street_are_found_where_they_are(pulled: Path, crowd: Packet, runtime: Runtime) -> None:
    found = SsdDetector(SsdConfig(runtime=runtime), pulled).process(crowd)
    assert found.names == ("person",)
    assert (np.diff(found.score) <= 0).all()
    assert (iou(CROWD, found.xyxy).max(axis=1) > 0.5).all()
    assert len(found) <= 8


def test_both_runtimes_find_the_same_boxes(pulled: Path, crowd: Packet) -> None:
    onnx, tflite = (SsdDetector(SsdConfig(runtime=one), pulled).process(crowd) for one in ("onnx", "tflite"))
    assert np.abs(onnx.xyxy - tflite.xyxy).max() < 0.1
    assert np.abs(onnx.score - tflite.score).max() < 1e-3


def test_the_same_frame_gives_the_same_bytes_whichever_worker_looks(pulled: Path, crowd: Packet) -> None:
    workers = [SsdDetector(SsdConfig(min_score=0.1), pulled) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        answers = [one.result() for one in [pool.submit(worker.process, crowd) for worker in workers * 3]]
    for worker in workers:
        worker.close()
    assert len({(found.xyxy.tobytes(), found.score.tobytes()) for found in answers}) == 1


@pytest.mark.parametrize("shape", [(1, 1, 3), (7, 1000, 3), (300, 300, 3)])
def test_a_frame_of_any_size_with_nothing_in_it_gives_no_boxes(pulled: Path, shape: tuple[int, ...]) -> None:
    found = SsdDetector(SsdConfig(), pulled).process(packet(np.full(shape, 90, np.uint8)))
    assert isinstance(found, Detections)
    assert len(found) == 0


def test_settings_narrow_what_counts(pulled: Path, crowd: Packet) -> None:
    few = SsdDetector(SsdConfig(max_objects=2), pulled).process(crowd)
    sure = SsdDetector(SsdConfig(min_score=0.6), pulled).process(crowd)
    assert len(few) == 2
    assert (sure.score >= 0.6).all()
    assert len(sure) > 2


def test_a_quantised_model_with_its_own_suppression_runs_from_its_bare_file(shared: Shared) -> None:
    folder = shared("models", "ssd_mobilenet_v1_coco_quant")
    config = SsdConfig(model=str(folder / "detect.tflite"), labels=folder / "COCO_labels.txt", classes=("cat", "dog"))
    image = cv2.imread(str(shared("data", "images", "coral", "cat_720p.jpg")))
    assert image is not None
    found = SsdDetector(config).process(packet(image))
    assert found.names[:3] == ("person", "bicycle", "car")
    assert [found.names[one] for one in found.class_id] == ["cat"]
    assert found.xyxy[0, 2] - found.xyxy[0, 0] > 200


def test_a_bare_file_without_labels_asks_for_them(shared: Shared) -> None:
    model = shared("models", "ssd_mobilenet_v1_coco_quant", "detect.tflite")
    with pytest.raises(ModelError, match="'detect' has no labels; set labels to"):
        SsdDetector(SsdConfig(model=str(model)))


def test_labels_that_do_not_belong_to_the_model_are_refused(pulled: Path, tmp_path: Path) -> None:
    (tmp_path / "two.txt").write_text("person\ncar\n")
    with pytest.raises(
        ModelError, match=r"\(1, 1917, 2\); its anchors and labels need \(1, 1917, 4\) and \(1, 1917, 3\)"
    ):
        SsdDetector(SsdConfig(labels=tmp_path / "two.txt"), pulled)


def test_a_misspelt_class_gets_the_nearest(pulled: Path) -> None:
    with pytest.raises(ConfigError, match="'persn' is not a class of model 'person-ssdlite'; did you mean 'person'"):
        SsdDetector(SsdConfig(classes=("persn",)), pulled)


def test_a_model_that_is_not_there_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="python -m models pull person-ssdlite"):
        SsdDetector(SsdConfig(), tmp_path)


@pytest.mark.parametrize(
    "wrong", [{"min_score": 0}, {"min_score": 1.5}, {"max_iou": -0.1}, {"threads": 0}, {"modle": "x"}]
)
def test_settings_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SsdConfig.model_validate(wrong)


def test_every_setting_is_described() -> None:
    assert [name for name, field in SsdConfig.model_fields.items() if not field.description] == []


def test_a_region_is_all_it_looks_at_and_its_boxes_lie_in_the_whole_picture(pulled: Path) -> None:
    image = np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8)
    whole = SsdDetector(SsdConfig(min_score=0.001), pulled).process(packet(image[60:180, 80:320].copy()))
    part = SsdDetector(SsdConfig(min_score=0.001, region=(0.25, 0.25, 1, 0.75)), pulled).process(packet(image))
    assert len(whole)
    np.testing.assert_allclose(part.xyxy, whole.xyxy + np.array([80, 60, 80, 60], np.float32))
    np.testing.assert_array_equal(part.score, whole.score)


@pytest.mark.parametrize("region", [(0.5, 0, 0.5, 1), (0, 0.7, 1, 0.2), (-0.1, 0, 1, 1), (0, 0, 1.1, 1), (0, 0, 1)])
def test_a_region_that_is_no_part_of_the_picture_is_refused(region: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError):
        SsdConfig.model_validate({"region": region})


@pytest.mark.parametrize("size", [(1, 1), (2, 700), (1920, 1080)])
@pytest.mark.parametrize("region", [(0, 0, 0.001, 0.001), (0.999, 0.999, 1, 1), (0.2, 0.4, 0.6, 0.9)])
def test_a_region_has_a_pixel_at_least_and_lies_in_the_picture(
    size: tuple[int, int], region: tuple[float, float, float, float]
) -> None:
    left, top, right, bottom = region_of(size, region)
    assert 0 <= left < right <= size[0]
    assert 0 <= top < bottom <= size[1]


def test_two_looks_that_agree_say_what_lies_between(pulled: Path) -> None:
    detector = SsdDetector(SsdConfig(), pulled)
    boxes = [Detections(np.array([[x, 0, x + 50, 90]], np.float32), *one_person()) for x in (0, 8, 40)]
    at = detector.between(boxes[0], boxes[1])
    assert at is not None
    between = at(0.25)
    assert isinstance(between, Detections)
    assert between.xyxy.tolist() == [[2, 0, 52, 90]]
    assert detector.between(boxes[0], boxes[2]) is None
    assert detector.between(boxes[0], None) is None


def one_person() -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    return np.array([0.9], np.float32), np.zeros(1, np.int32), ("person",)
