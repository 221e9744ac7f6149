"""An ensemble that was saved, judged beside its members once more."""

from pathlib import Path
from typing import Literal

import numpy as np

from models.ensembles.average import load_data
from models.ensembles.judged import Judgement, judge
from models.ensembles.members import load_run, probabilities, reopened
from models.ensembles.spec import EnsembleSpec, read_spec
from models.experiments.run import open_run
from pipeline.errors import ModelError


def judge_again(folder: Path, split: Literal["test", "validation"] | str = "test") -> tuple[Judgement, EnsembleSpec]:
    """Hold an ensemble against its members.

    Args:
        folder: Of an ensemble.
        split: Of the data that its members were trained on.

    Raises:
        ModelError: it is no ensemble, a member is gone, the pictures changed, or the split is empty.
    """
    spec = read_spec(folder)
    run = open_run(folder)
    data = load_data(run)
    pictures = data.test if split == "test" else data.validation
    if not len(pictures):
        raise ModelError(f"{data.name} has no {split} pictures; set data.{split}, or name another split")
    members = reopened(spec, folder)
    said = np.stack([member.says(pictures.images) for member in members])
    answers = probabilities(load_run(run).network, pictures.images)
    return judge(split, [member.name for member in members], said, answers, pictures.classes), spec
