from pathlib import Path

import cv2
import pytest
from small_searches import EPOCHS, accuracy, pretend, small_space

from models.tuning.outcome import read_rows
from models.tuning.pictures import draw_importance, draw_slices, importances
from models.tuning.search import Plan, search
from models.tuning.study import open_study
from models.tuning.worker import search_together
from pipeline.errors import ModelError

pytest.importorskip("optuna")
pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, space = tmp_path_factory.mktemp("searched"), small_space()
    with open_study(folder, space) as study:
        search(study, folder, space, Plan(3, "random"), pretend)
    return folder


def test_the_setting_that_accuracy_comes_from_matters_most(tmp_path: Path) -> None:
    import optuna

    study, space = optuna.create_study(direction="maximize"), small_space()
    distributions = {path: one.distribution() for path, one in space.ranges.items()}
    for number in range(24):
        rate, width, batch = 10.0 ** (-number % 4), (8, 16, 32)[number % 3], 16 * (number // 4 % 4 + 1)
        params = {"optimiser.rate": min(rate / 1000, 1.0), "net.options.width": width, "batch": batch}
        value = accuracy(space.config(params), EPOCHS)
        study.add_trial(optuna.trial.create_trial(params=params, distributions=distributions, value=value))
    shares = importances(study, tmp_path)
    assert list(shares) == ["optimiser.rate", "net.options.width", "batch"]
    assert sum(shares.values()) == pytest.approx(1)


def test_a_search_is_drawn(searched: Path, tmp_path: Path) -> None:
    space = small_space()
    with open_study(searched, space) as study:
        rows = read_rows(study, space)
    draw_importance(rows, {"optimiser.rate": 0.75, "batch": 0.25}, tmp_path / "importance.png")
    draw_slices(rows, space, tmp_path / "slices.png")
    for name in ("importance.png", "slices.png"):
        image = cv2.imread(str(tmp_path / name))
        assert image is not None
        assert image.std() > 10


def test_before_anything_is_known_pictures_say_so(tmp_path: Path) -> None:
    space = small_space()
    with open_study(tmp_path, space) as study:
        assert importances(study, tmp_path) == {}
    draw_importance([], {}, tmp_path / "importance.png")
    draw_slices([], space, tmp_path / "slices.png")
    with pytest.raises(ModelError, match="cannot write"):
        draw_slices([], space, tmp_path / "gone" / "slices.png")


def test_processes_of_a_search_end_where_there_is_nothing_to_do_and_say_what_failed(searched: Path) -> None:
    told: list[None] = []
    search_together(searched, Plan(3), 1, lambda: told.append(None))
    assert told
    assert not list(searched.glob("*.log"))
    kept = (searched / "space.yaml").read_text()
    (searched / "space.yaml").write_text("space: 3")
    with pytest.raises(
        ModelError, match=r"a process of the search failed: cannot read .*space\.yaml: space: nothing to"
    ):
        search_together(searched, Plan(3), 1, lambda: None)
    (searched / "space.yaml").write_text(kept)
