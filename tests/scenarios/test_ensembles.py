"""From runs to one network in a pipeline, by the commands a person types."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from click.testing import CliRunner, Result

from models.__main__ import main
from models.backend import open_backend
from models.ensembles.members import load_run, probabilities
from models.experiments.run import Run, open_run
from models.resolve import load_spec
from pipeline.errors import PipelineError
from quick_training import CONFIG, QuickTraining

pytest.importorskip("tensorflow", reason="the workshop is not installed here")
SMALL = ("--set", "data.limit=12", "--set", "tensorboard=false", "--set", "batch=32")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    from models.data.load import load

    folder, data = tmp_path_factory.mktemp("runs"), load(CONFIG.data)
    configs = [CONFIG.model_copy(update={"seed": seed, "epochs": 2}) for seed in range(3)]
    return [QuickTraining()(config, folder / f"r{config.seed}", data=data).folder for config in configs]


def ask(*words: str | Path) -> Result:
    done = CliRunner().invoke(main, [str(word) for word in words])
    if done.exception is not None and not isinstance(done.exception, SystemExit | PipelineError):
        raise done.exception
    return done


def test_runs_are_averaged_shown_and_exported_as_one_file_that_says_what_its_members_say(
    runs: list[Path], tmp_path: Path
) -> None:
    from models.data.load import load

    made = ask("ensemble", "average", *runs, "-o", tmp_path / "all", "--weights", "validation")
    assert made.exit_code == 0
    assert "over the best member" in made.stdout
    shown = ask("ensemble", "show", tmp_path / "all", "--picture", tmp_path / "all.png")
    assert "average, test split" in shown.stdout
    assert (tmp_path / "all.png").stat().st_size > 5000
    pytest.importorskip("tf2onnx", reason="conversion is not installed here")
    exported = ask("ensemble", "export", tmp_path / "all")
    assert exported.exit_code == 0, exported.stderr
    proof = json.loads((tmp_path / "all" / "export.json").read_text())["members"]
    assert proof["difference"] <= 1e-5
    assert proof["other"] == 0

    backend = open_backend(load_spec(tmp_path / "all" / "model.yaml"), tmp_path)
    grey = load(CONFIG.data).test.images[:20]
    said = np.concatenate([backend.run(np.repeat(one[None], 3, -1).astype(np.float32))[0] for one in grey])
    backend.close()
    weights = yaml.safe_load((tmp_path / "all" / "ensemble.yaml").read_text())["rule"]["weights"]
    alone = [probabilities(load_run(Run(run)).network, grey) for run in runs]
    np.testing.assert_allclose(said, np.einsum("m,mnk->nk", weights, alone), atol=1e-5)


def test_snapshots_of_one_real_training_answer_together(tmp_path: Path) -> None:
    folder = tmp_path / "snap"
    made = ask("ensemble", "snapshot", *SMALL, "--set", "epochs=2", "--cycles", "2", "-o", folder)
    assert made.exit_code == 0, made.stderr
    assert "training: training" in made.stderr
    rates = [row["rate"] for row in open_run(folder / "training").history()]
    assert rates[0] == pytest.approx(rates[1])
    assert sorted(path.name for path in (folder / "members").iterdir()) == ["cycle-1.keras", "cycle-2.keras"]
    assert (folder / "ensemble.yaml").is_file()


def test_what_cannot_be_is_one_line(runs: list[Path], tmp_path: Path) -> None:
    cases: tuple[tuple[tuple[str | Path, ...], str], ...] = (
        (("average", runs[0]), "needs 2 members at least"),
        (("average", runs[0], tmp_path / "gone"), "no run"),
        (("stacking", *runs, "--folds", "1"), "1 is too few"),
        (("snapshot", "--set", "epochs=5", "--cycles", "2"), "5 cannot be shared out to 2 cycles"),
        (("bagging", "--members", "1"), "needs 2 at least"),
        (("boosting", "--set", "epochz=5"), "there is no such setting"),
    )
    for words, says in cases:
        done = ask("ensemble", *words, "-o", tmp_path / "made")
        assert isinstance(done.exception, PipelineError)
        assert says in str(done.exception)
        assert "\n" not in str(done.exception)
    assert not (tmp_path / "made").exists()
    for command in ("show", "export"):
        done = ask("ensemble", command, runs[0])
        assert "is no ensemble: it has no ensemble.yaml" in str(done.exception)


def test_settings_that_are_cross_validated_with_too_many_folds_are_told_of_the_smallest_class(tmp_path: Path) -> None:
    done = ask("cross-validate", *SMALL, "--folds", "20", "-o", tmp_path / "cv")
    assert "folds: 20 are more than the" in str(done.exception)
    assert not (tmp_path / "cv").exists()
