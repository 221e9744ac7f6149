"""What `bench --quality` measures and leaves, on a real recording of a square that moves."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from commands.bench_quality import bench_quality, measure
from commands.quality_points import FULL, as_yaml, points
from pipeline.config import Settings, check_settings
from pipeline.config_file import Document, read_document
from pipeline.errors import ConfigError
from recordings import record
from stages import CATALOGUE

FINDER = {"use": "square_finder:SquareFinder"}


def settings(**stages: object) -> Settings:
    named = stages or {"see": FINDER, "track": None, "overlay": None}
    return check_settings(Document("c.yaml", {"stages": named}), CATALOGUE)


@pytest.fixture
def clip(tmp_path: Path) -> str:
    pictures = [np.full((48, 96, 3), 60, np.uint8) for _ in range(25)]
    for number, image in enumerate(pictures[3:], 3):  # it comes in on frame 3
        image[8:38, 4 + number : 34 + number] = 255
    return str(record(tmp_path / "square.mp4", pictures))


def test_fewer_looks_cost_what_they_cost_beside_every_frame(clip: str) -> None:
    tried = (FULL, "every: 4", "every: 8", "every: auto, apart: 4")
    ways = {name: way for name, way in points(settings(), int8=False).items() if name in tried}
    found = {point.name: point for point in measure([clip], ways, rounds=1)}
    assert found[FULL].looks == 1
    assert (found[FULL].agreement.recall, found[FULL].agreement.idf1) == (1, 1)
    assert found["every: 4"].looks == 7 / 25
    assert found["every: auto, apart: 4"].looks == 9 / 25  # two more, to find the frame where it came in
    assert found["every: auto, apart: 4"].agreement.idf1 == 1
    assert found["every: 8"].agreement.idf1 < 0.9  # where it went is not known before it is seen for the second time


def test_it_leaves_a_table_a_picture_the_figures_and_a_config_for_each_point(
    clip: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, figures = tmp_path / "out", tmp_path / "figures.json"
    bench_quality([clip], settings(), out, figures, rounds=1)
    table = capsys.readouterr().out
    told = json.loads(figures.read_text())
    assert told["inputs"] == [clip]
    assert told["points"][0]["name"] == FULL
    assert all(point["name"] in table for point in told["points"])
    assert "the fastest: " in table
    pixels = cv2.imdecode(np.fromfile(out / "quality.png", np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    auto = check_settings(read_document(out / "every-auto-apart-8.yaml"), CATALOGUE)
    assert (auto.stages[0].config.every, auto.stages[0].config.apart) == ("auto", 8)
    assert len(list(out.glob("*.yaml"))) == len(told["points"])


def test_a_config_written_is_the_config_that_was_measured() -> None:
    for way in points(settings(), int8=False).values():
        again = check_settings(Document("c", yaml_of(way)), CATALOGUE)
        assert (again.stages, again.output, again.flow) == (way.stages, way.output, way.flow)


def yaml_of(way: Settings) -> dict[str, object]:
    import yaml

    data: dict[str, object] = yaml.safe_load(as_yaml(way))
    return data


@pytest.mark.parametrize(
    ("stages", "inputs", "told"),
    [
        ({"see": FINDER, "track": None}, [], "no recording is named"),
        ({"see": FINDER}, ["a.mp4"], "no stage follows objects"),
        ({"health": None}, ["a.mp4"], "no stage follows objects"),
    ],
)
def test_what_cannot_be_compared_is_told_before_anything_is_read(
    stages: dict[str, object], inputs: list[str], told: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=told):
        bench_quality(inputs, settings(**stages), tmp_path / "out", None)
    assert not (tmp_path / "out").exists()
