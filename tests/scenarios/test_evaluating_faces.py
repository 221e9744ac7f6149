"""`python -m models evaluate` of faces, on the development pictures; skipped where they are absent."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from models.__main__ import main
from models.cache import default_cache
from models.pull import pull
from models.shelf import find
from pipeline.errors import ConfigError, ModelError


@pytest.fixture
def face_models() -> None:
    for name in ("face-blazeface-short", "face-dlib-resnet"):
        try:
            pull(find(name), default_cache())
        except ModelError as error:
            pytest.skip(f"the face models cannot be had: {error}")


@pytest.mark.usefixtures("face_models")
def test_pairs_of_one_person_are_told_from_pairs_of_two(shared: Callable[..., Path], tmp_path: Path) -> None:
    people = [sorted(folder.glob("*.jpg"))[:3] for folder in sorted(shared("data", "faces", "dlib_johns").iterdir())]
    same = [(a, b, 1) for photos in people for a, b in itertools.combinations(photos, 2)]
    other = [(a[0], b[0], 0) for a, b in itertools.combinations(people, 2)]
    listed, figures, plot = (tmp_path / name for name in ("pairs.csv", "figures.json", "plot.png"))
    listed.write_text("".join(f"{a},{b},{truth}\n" for a, b, truth in (*same, *other)))
    words = ["--pairs", str(listed), "--json", str(figures), "--plot", str(plot)]
    result = CliRunner().invoke(main, ["evaluate", "--task", "face-verification", *words])
    assert result.exit_code == 0, result.output
    told = json.loads(figures.read_text())
    assert told["pairs"] == 25 and told["without_face"] == 0
    assert told["auc"] > 0.99 and told["best_accuracy"] == 1.0 and told["tar_at_1e3"] is None
    assert "needs 1000 pairs of two people" in result.output
    assert plot.stat().st_size > 10_000


@pytest.mark.usefixtures("face_models")
def test_faces_of_groups_are_found(shared: Callable[..., Path], tmp_path: Path) -> None:
    folder, figures = shared("data", "faces", "dlib_faces"), tmp_path / "figures.json"
    words = ["--data", str(folder), "--limit", "4", "--json", str(figures)]
    result = CliRunner().invoke(main, ["evaluate", "--task", "face-detection", *words])
    assert result.exit_code == 0, result.output
    last = json.loads(figures.read_text())["rows"][-1]
    assert last["recall"] > 0.9 and last["precision"] > 0.9


@pytest.mark.parametrize(
    ("task", "needs"), [("face-verification", "--pairs FILE"), ("face-detection", "--data FOLDER")]
)
def test_what_a_task_lacks_is_told(task: str, needs: str) -> None:
    result = CliRunner().invoke(main, ["evaluate", "--task", task])
    assert isinstance(result.exception, ConfigError) and needs in str(result.exception)
