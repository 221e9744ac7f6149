"""What is classified and when, how votes are pooled, and when a thing is unknown."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydantic import ValidationError
from small_heads import colour_classifier, colour_map

from pipeline.errors import ConfigError, ModelError
from pipeline.results.classes import Classes
from pipeline.types import Detections, Frame, Packet, Tracks
from stages.classify import Classifier, ClassifyConfig
from vision.probabilities import calibration_error, fit_temperature, pooled, softmax

BLUE, GREEN, RED = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def stage(folder: Path, **settings: object) -> Classifier:
    path = colour_classifier(folder)
    return Classifier(ClassifyConfig.model_validate({"model": str(path), "on": "", "top": 2, **settings}))


def plain(colour: tuple[int, int, int] = BLUE, size: tuple[int, int] = (200, 100)) -> np.ndarray:
    return np.full((size[1], size[0], 3), colour, np.uint8)


def packet(image: np.ndarray, **boxes: tuple[float, float, float, float]) -> Packet:
    """Boxes by `track_ID`."""
    made = Packet(Frame(image, 0, 0.0, 0.0, "test"))
    if not boxes:
        return made
    xyxy = np.array(list(boxes.values()), np.float32)
    found = Detections(xyxy, np.ones(len(xyxy), np.float32), np.zeros(len(xyxy), np.int32), ("thing",))
    ids = np.array([int(name.removeprefix("track_")) for name in boxes], np.int64)
    return made.plus("track", Tracks(found, ids, np.full(len(ids), 9, np.int32)))


def test_the_whole_frame_is_named_with_its_probability(tmp_path: Path) -> None:
    found = stage(tmp_path).process(packet(plain(GREEN)))
    row = found.rows()[0]
    assert (row["class_name"], row["track_id"], row["xyxy"]) == ("green", None, [0, 0, 200, 100])
    assert found.score[0, 0] == pytest.approx(np.exp(8) / (np.exp(8) + 2), rel=1e-4)
    assert len(found.class_id[0]) == 2


def test_a_region_is_looked_at_alone(tmp_path: Path) -> None:
    image = plain(GREEN)
    image[:, 100:] = RED
    assert stage(tmp_path, region=[0.5, 0, 1, 1]).process(packet(image)).label(0) == "red"
    assert stage(tmp_path, region=[0, 0, 90, 100]).process(packet(image)).label(0) == "green"


def test_what_is_not_sure_is_unknown(tmp_path: Path) -> None:
    assert stage(tmp_path, unknown_below=0.9).process(packet(plain((255, 255, 0)))).label(0) == "unknown"
    assert stage(tmp_path, unknown_below=0.9).process(packet(plain(RED))).label(0) == "red"


def test_a_track_is_looked_at_once_and_again_when_it_is_seen_clearly_better(tmp_path: Path) -> None:
    classify = stage(tmp_path, on="track", better=1.5)
    image = plain(RED)
    views = []
    for box in ((0, 0, 30, 30), (0, 0, 31, 31), (0, 0, 30, 30), (0, 0, 60, 60), (0, 0, 70, 70)):
        found = classify.process(packet(image, track_7=box))
        views.append((int(found.votes[0]), int(found.track_id[0])))
    assert views == [(1, 7), (1, 7), (1, 7), (2, 7), (2, 7)]


def test_votes_are_pooled_and_the_better_view_counts_more(tmp_path: Path) -> None:
    classify = stage(tmp_path, on="track", margin=0)
    classify.process(packet(plain(RED), track_1=(0, 0, 30, 30)))
    found = classify.process(packet(plain(BLUE), track_1=(0, 0, 90, 90)))
    assert found.label(0) == "blue"
    assert found.score[0, 0] < 0.99
    assert found.votes[0] == 2


def test_small_boxes_and_more_than_the_most_wait(tmp_path: Path) -> None:
    classify = stage(tmp_path, on="track", most=1)
    boxes = {"track_1": (0, 0, 40, 40), "track_2": (50, 0, 100, 50), "track_3": (0, 0, 10, 10)}
    first = classify.process(packet(plain(), **boxes))
    second = classify.process(packet(plain(), **boxes))
    assert first.track_id.tolist() == [2]
    assert second.track_id.tolist() == [1, 2]


def test_a_box_that_reaches_out_of_the_picture_is_cut(tmp_path: Path) -> None:
    image = plain()
    image[-1, -1] = RED
    found = stage(tmp_path, on="track").process(packet(image, track_1=(-50, -20, 60, 500)))
    assert found.label(0) == "blue"


def test_no_tracks_are_no_classes(tmp_path: Path) -> None:
    assert stage(tmp_path, on="track").process(packet(plain())).rows() == []


def test_mistakes_are_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is for segment, not for classify"):
        Classifier(ClassifyConfig(model=str(colour_map(tmp_path))))
    labels = tmp_path / "labels.txt"
    labels.write_text("one\n")
    with pytest.raises(ModelError, match="3 classes and 1 labels"):
        stage(tmp_path, labels=labels)
    with pytest.raises(ConfigError, match="nothing of a picture"):
        stage(tmp_path, region=[0.5, 0.5, 20, 20]).process(packet(plain()))
    with pytest.raises(ValidationError, match=r"nothing is between 0\.5 and 0\.2"):
        stage(tmp_path, region=[0.5, 0.5, 0.2, 0.2])
    with pytest.raises(ValidationError, match="exclude each other"):
        stage(tmp_path, on="track", region=[0, 0, 1, 1])


def test_the_temperature_that_fits_makes_scores_true() -> None:
    random = np.random.default_rng(4)
    logits = random.normal(0, 2, (4000, 5))
    truth = (softmax(logits).cumsum(1) > random.random((4000, 1))).argmax(1)
    too_sure = softmax(3 * logits)
    temperature = fit_temperature(too_sure, truth)
    assert temperature == pytest.approx(3, rel=0.1)
    assert calibration_error(softmax(3 * logits / temperature), truth) < 0.03 < calibration_error(too_sure, truth)


def test_equal_views_pool_to_themselves() -> None:
    one = np.array([0.7, 0.2, 0.1])
    assert np.allclose(pooled(np.array([one, one]), np.array([1.0, 5.0])), one)


def test_the_shelfs_classifier_knows_a_cat_and_a_parrot(shared: Callable[..., Path], tmp_path: Path) -> None:
    weights = shared("models", "coral", "mobilenet_v2_1.0_224_quant.tflite")
    labels = shared("models", "coral", "imagenet_labels.txt")
    link = tmp_path / weights.name
    link.symlink_to(weights)
    classify = Classifier(ClassifyConfig(model=str(link), labels=labels, on=""))

    def name(picture: str) -> Classes:
        image = cv2.imread(str(shared("data", "images", "coral", picture)))
        assert image is not None
        return classify.process(packet(image))

    assert "cat" in name("cat_720p.jpg").label(0)
    assert "macaw" in name("parrot.jpg").label(0)
    classify.close()
