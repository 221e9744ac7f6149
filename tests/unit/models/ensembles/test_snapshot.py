from pathlib import Path

import numpy as np
import pytest

from models.data.dataset import DataSet
from models.ensembles.members import reopened
from models.ensembles.snapshot import cyclic, last_few, snapshot
from models.ensembles.spec import read_spec
from models.training.config import TrainConfig
from pipeline.errors import ConfigError, ModelError
from quick_training import QuickTraining


@pytest.fixture
def long(settings: TrainConfig) -> TrainConfig:
    return settings.model_copy(update={"epochs": 6, "early_stopping": 2})


def test_a_network_is_kept_at_the_end_of_each_cycle_of_one_training(
    long: TrainConfig, digits: DataSet, training: QuickTraining, tmp_path: Path
) -> None:
    snapshot(long, tmp_path / "snap", 3, digits, training)
    assert len(training.calls) == 1
    config = training.calls[0][1]
    assert (config.schedule.kind, config.schedule.cycles, config.early_stopping) == ("cosine", 3, 0)
    members = reopened(read_spec(tmp_path / "snap"), tmp_path / "snap")
    assert [one.name for one in members] == ["cycle-1", "cycle-2", "cycle-3"]
    last = [np.asarray(one.network.get_layer("logits").kernel) for one in members]
    assert not np.allclose(last[0], last[1])
    assert not np.allclose(last[1], last[2])


def test_cycles_that_cannot_be_are_one_line(long: TrainConfig) -> None:
    with pytest.raises(ConfigError, match="6 cannot be shared out to 4 cycles; set it to 4"):
        cyclic(long, 4)
    with pytest.raises(ConfigError, match="2 at least, not 1"):
        cyclic(long, 1)


def test_a_snapshot_that_a_kill_lost_is_told(
    long: TrainConfig, digits: DataSet, training: QuickTraining, tmp_path: Path
) -> None:
    made = snapshot(long, tmp_path / "snap", 2, digits, training)
    (made.folder / "ensemble.yaml").unlink()
    (made.folder / "members" / "cycle-1.keras").unlink()
    with pytest.raises(ModelError, match=r"has no cycle-1.keras: it was ended just before"):
        snapshot(long, tmp_path / "snap", 2, digits, training)


def test_early_snapshots_that_make_the_mean_worse_are_left_out_and_two_always_stay(
    long: TrainConfig, digits: DataSet, training: QuickTraining, tmp_path: Path
) -> None:
    classes = np.array([0, 1, 2, 0])
    bad, good = np.roll(np.eye(3), 1, axis=1)[classes] * 0.7 + 0.1, np.eye(3)[classes] * 0.7 + 0.1
    assert last_few(np.array([bad, good, good]), classes) == range(1, 3)
    assert last_few(np.array([bad, bad, good]), classes) == range(1, 3)
    assert last_few(np.array([good, bad, bad]), classes) == range(3)
    assert last_few(np.array([good, bad]), classes) == range(2)
    made = snapshot(long, tmp_path / "snap", 3, digits, training)
    taken = [member.taken for member in made.spec.members]
    assert made.spec.rule is not None
    assert sum(taken) == len(made.spec.rule.weights)
    assert [weight is not None for weight in made.spec.weights()] == taken
