"""Filters, and networks that give no boxes, in one run: a real recording, real networks, JSON Lines and a video."""

import json
from pathlib import Path

import numpy as np
import yaml
from small_heads import brightest_points, colour_classifier, colour_map

from commands.annotate import annotate
from commands.settings import load_settings
from commands.targets import Wanted
from recordings import record
from vision.rle import decoded


def test_what_networks_say_behind_a_crop_is_told_in_the_sources_pixels_too(tmp_path: Path) -> None:
    image = np.zeros((120, 160, 3), np.uint8)
    image[:, :80] = (0, 255, 0)
    image[:, 80:] = (255, 0, 0)
    clip = record(tmp_path / "halves.mp4", [image] * 6)
    stages = {
        "crop": {"left": 40, "top": 20, "right": 120, "bottom": 100},
        "resize": {"scale": 2},
        "soft": {"use": "gaussian-blur", "size": 3},
        "classify": {"model": str(colour_classifier(tmp_path)), "region": [0.5, 0, 1, 1]},
        "segment": {"model": str(colour_map(tmp_path)), "every": 2},
        "pose": {"model": str(brightest_points(tmp_path)), "on": ""},
        "cover-mask": {"classes": ["green"], "how": "grey", "grow": 0},
        "overlay": None,
    }
    config = tmp_path / "all.yaml"
    config.write_text(yaml.safe_dump({"stages": stages}, sort_keys=False))
    wanted = Wanted(str(tmp_path / "out.mp4"))
    assert annotate((str(clip),), load_settings(config, ()), wanted) == 0
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [(row["frame"], row["width"], row["height"]) for row in rows] == [(index, 160, 160) for index in range(6)]
    assert ["masks" in row for row in rows] == [True, False] * 3
    first = rows[0]
    assert first["classes"][0]["class_name"] == "blue"
    assert first["classes"][0]["xyxy"] == [80, 0, 160, 160]
    assert first["classes"][0]["source_xyxy"] == [80, 20, 120, 100]
    green = first["masks"][0]
    assert (green["class_name"], green["area"]) == ("green", 0.5)
    assert decoded(green["segmentation"]["counts"], tuple(green["segmentation"]["size"]))[:, :80].all()
    blue, _ = first["poses"][0]["source_keypoints"]
    assert abs(blue[0] - 100) < 3 and abs(blue[1] - 60) < 3
