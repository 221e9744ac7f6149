"""Maps of classes: their areas, their runs, what stands on them, and what is covered by them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as arrays
from small_heads import colour_map

from pipeline.errors import ConfigError
from pipeline.results.masks import Masks
from pipeline.types import Detections, Frame, Packet, Tracks
from stages.mask_places import CoverConfig, MaskCover, MaskZone, OnMaskConfig
from stages.overlay import Overlay, OverlayConfig
from stages.segment import SegmentConfig, Segmenter, encode
from vision.rle import compressed, decoded, run_lengths

GREEN, RED = (0, 255, 0), (0, 0, 255)


def picture() -> np.ndarray:
    """Blue, with green on the left half and a red square in the lower right corner; 320 x 160."""
    image = np.full((160, 320, 3), (255, 0, 0), np.uint8)
    image[:, :160] = GREEN
    image[80:, 240:] = RED
    return image


def packet(image: np.ndarray | None = None) -> Packet:
    return Packet(Frame(picture() if image is None else image, 0, 0.0, 0.0, "test"))


def segmented(folder: Path, **settings: object) -> Packet:
    config = SegmentConfig.model_validate({"model": str(colour_map(folder)), **settings})
    return packet().plus("segment", Segmenter(config).process(packet()))


def masks(folder: Path, **settings: object) -> Masks:
    return segmented(folder, **settings).result("segment", Masks)


def test_each_class_has_its_area_and_its_mask(tmp_path: Path) -> None:
    rows: Any = masks(tmp_path).rows()
    assert [(row["class_name"], row["area_px"], row["area"]) for row in rows] == [
        ("green", 160 * 160, 0.5),
        ("red", 80 * 80, 0.125),
    ]
    red = decoded(rows[1]["segmentation"]["counts"], rows[1]["segmentation"]["size"])
    assert red[80:, 240:].all() and red.sum() == 80 * 80


def test_classes_not_asked_for_and_too_small_are_background(tmp_path: Path) -> None:
    assert masks(tmp_path, classes=["red"]).class_ids == (2,)
    assert masks(tmp_path, min_area=0.2).class_ids == (1,)
    with pytest.raises(ConfigError, match="did you mean 'red'"):
        masks(tmp_path, classes=["reed"])


@given(arrays.arrays(bool, arrays.array_shapes(min_dims=2, max_dims=2, max_side=40)))
def test_runs_give_the_mask_back(mask: np.ndarray) -> None:
    assert (decoded(compressed(run_lengths(mask)), mask.shape) == mask).all()


def test_runs_are_cocos() -> None:
    """The texts are what pycocotools 2.0 gives for these masks."""
    assert compressed(run_lengths(np.eye(3, dtype=bool))) == "013000"
    wide = np.zeros((40, 50), bool)
    wide[5:30, 10:33] = True
    assert compressed(run_lengths(wide)) == "e<i0?" + "0" * 43 + "Se0"


def test_tracks_that_stand_on_a_class_are_told(tmp_path: Path) -> None:
    boxes = np.array([[10, 10, 50, 120], [250, 20, 290, 120], [200, 0, 220, 60]], np.float32)
    found = Detections(boxes, np.ones(3, np.float32), np.zeros(3, np.int32), ("person",))
    tracks = Tracks(found, np.array([4, 5, 6], np.int64), np.full(3, 9, np.int32))
    zone = MaskZone(OnMaskConfig(mask="segment", on="track", zone="red"))
    assert zone.process(packet()) is None
    there = zone.process(segmented(tmp_path).plus("track", tracks))
    assert there is not None and there.active
    assert there.rows() == [{"class_name": "red", "area": 0.125, "track_ids": [5]}]
    later = zone.process(packet().plus("track", tracks[np.array([0, 2])]))
    assert later is not None and not later.active
    with pytest.raises(ConfigError, match="did you mean 'red'"):
        MaskZone(OnMaskConfig(mask="segment", on="track", zone="redd")).process(segmented(tmp_path))


def test_what_is_covered_cannot_be_seen_and_nothing_is_before_the_first_mask(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (160, 320, 3)).astype(np.uint8)
    cover = MaskCover(CoverConfig(mask="segment", classes=("red",), grow=0.0, how="grey"))
    assert (cover.process(packet(noise)).image == 110).all()
    found = segmented(tmp_path).result("segment", Masks)
    after = cover.process(packet(noise).plus("segment", found)).image
    assert (after[80:, 240:] == 110).all()
    assert (after[:80] == noise[:80]).all()
    assert (cover.process(packet(noise)).image == after).all()  # the newest mask stays where none is given
    others = MaskCover(CoverConfig(mask="segment", classes=("red",), grow=0.0, how="background"))
    kept = others.process(packet(noise).plus("segment", found)).image
    assert (kept[80:, 240:] == noise[80:, 240:]).all() and (kept[:80] != noise[:80]).mean() > 0.9


def test_classes_are_drawn_as_a_tint_with_an_outline(tmp_path: Path) -> None:
    stage = Overlay(OverlayConfig(on="", status=False))
    drawn = stage.process(segmented(tmp_path)).image
    changed = (drawn != picture()).any(axis=-1)
    assert changed[:, :160].mean() > 0.95
    assert not changed[:60, 245:].any()


def test_a_class_of_which_no_pixel_is_left_is_drawn_as_nothing() -> None:
    gone = Masks(np.zeros((160, 320), np.uint8), ("background", "green"), (1,), encode)
    drawn = Overlay(OverlayConfig(on="", status=False)).process(packet().plus("segment", gone)).image
    assert (drawn == picture()).all()
    row: Any = gone.rows()[0]
    assert row["area_px"] == 0
    assert not decoded(row["segmentation"]["counts"], (160, 320)).any()


def test_the_shelfs_network_finds_a_cat(shared: Callable[..., Path], tmp_path: Path) -> None:
    weights = shared("models", "coral", "deeplabv3_mnv2_dm05_pascal_quant.tflite")
    link = tmp_path / weights.name
    link.symlink_to(weights)
    labels = shared("models", "coral", "pascal_voc_segmentation_labels.txt")
    image = cv2.imread(str(shared("data", "images", "coral", "cat_720p.jpg")))
    assert image is not None
    segment = Segmenter(SegmentConfig(model=str(link), labels=labels))
    rows: Any = segment.process(packet(image)).rows()
    assert "cat" in [row["class_name"] for row in rows if row["area"] > 0.1]
    segment.close()
