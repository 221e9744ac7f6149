"""An ensemble's ONNX file held against its members, each loaded by itself: it holds them all, and nothing else."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.data.dataset import DataSet
from models.ensembles.members import load_run, probabilities, reopened
from models.ensembles.spec import read_spec
from models.evaluation.classifier import open_classifier
from models.experiments.run import EXPORT, open_run
from models.export.export import export_run
from models.training.network import TEMPERATURE
from models.wheels import Say
from pipeline.errors import ModelError
from pipeline.whole import write_whole

LIMIT = 1e-5
"""Largest difference of a probability that counts as the same."""
_MOST_TIES = 0.005
"""Share of pictures on which votes may fall otherwise: two classes of a member may be as likely to the last digit."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What came out."""

    pictures: int
    difference: float
    """Largest of a probability, over those within `LIMIT` where members vote, over all otherwise."""
    other: int
    """Pictures that differ by more: with votes only."""


def export_ensemble(folder: Path, data: DataSet, say: Say = lambda line: None) -> Proof:
    """Make `model.onnx` and `model.yaml`, and hold the file against the members one by one.

    Args:
        folder: Of an ensemble.
        data: What its members were trained on; the validation pictures are asked about.
        say: Told what is going on.

    Raises:
        ModelError: it is no ensemble, a member is gone, the conversion failed, or the file says something else.
    """
    spec = read_spec(folder)
    images, run = data.validation.images, open_run(folder)
    network = load_run(run).network
    if spec.rule is None:
        want = probabilities(network, images)
    else:
        # Calibration may have changed the temperature since.
        rule = spec.rule.model_copy(update={"temperature": 1 / float(network.get_layer(TEMPERATURE).scale)})
        members = zip(reopened(spec, folder), spec.members, strict=True)
        want = rule(np.stack([one.says(images) for one, said in members if said.taken]))
    report = export_run(run, data, ("onnx",), say=say)
    say("asking members one by one")
    with open_classifier(folder, "onnx") as classifier:
        found = compare(classifier(images), want, votes=spec.rule is not None and spec.rule.kind == "votes")
    told = {"pictures": found.pictures, "difference": found.difference, "other": found.other}
    try:
        write_whole(run.path(EXPORT), json.dumps({**report, "members": told}, indent=2) + "\n")
    except OSError as error:
        raise ModelError(f"cannot write {run.path(EXPORT)}: {error.strerror or error}; free the disk") from error
    return found


def compare(said: np.ndarray, want: np.ndarray, votes: bool) -> Proof:
    """How far two answers are from each other, `(N, K)` both.

    Raises:
        ModelError: too far.
    """
    apart = np.abs(said.astype(np.float64) - want).max(axis=1)
    same = apart <= LIMIT
    if not (same.all() or (votes and (~same).mean() <= _MOST_TIES)):
        raise ModelError(
            f"the ONNX file says something else than the members: {apart.max():.2g} apart, on {int((~same).sum())} of"
            f" {len(same)} pictures by more than {LIMIT}; make the ensemble anew, and report it if it stays"
        )
    return Proof(len(same), float(apart[same].max(initial=0)), int((~same).sum()))
