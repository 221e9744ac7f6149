"""Several runs as one: the mean of their answers, or of their weights."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from models.data.dataset import DataSet
from models.ensembles.fitting import mean_weights
from models.ensembles.members import Member, load_run, open_runs, probabilities
from models.ensembles.rule import Rule, plain_mean
from models.ensembles.samples import with_validation
from models.ensembles.save import Made, Recipe, new_folder, refuse_existing, save, save_joined
from models.ensembles.soup import greedy_order, uniform_soup
from models.ensembles.spec import Method
from models.experiments.run import Run
from pipeline.errors import ConfigError, ModelError

Load = Callable[[Run], DataSet]
"""The pictures that a run was trained on."""
Weights = Literal["uniform", "validation"]


def load_data(run: Run) -> DataSet:
    """The pictures that a run was trained on.

    Raises:
        ModelError: they are others by now, or none are kept back to choose by.
    """
    from models.data.load import load

    return checked(run, load(run.config().data))


def checked(run: Run, data: DataSet) -> DataSet:
    """`data`, if it is what the run was trained on and has validation pictures.

    Raises:
        ModelError: it is not.
        ConfigError: it has none.
    """
    if data.fingerprint != run.state().get("fingerprint"):
        raise ModelError(
            f"the pictures of {run.folder} are others by now (fingerprint), so that what it learned from may be among"
            " those it is judged by; bring them back, or train anew"
        )
    return with_validation(data)


def average(folders: Sequence[Path], into: Path, weights: Weights = "uniform", load: Load = load_data) -> Made:
    """The mean of the probabilities of several runs.

    Args:
        folders: Of the runs, two at least.
        into: A folder that is not there yet.
        weights: 'validation' gives each the weight that makes the log-loss on the validation split smallest.
        load: Gives the pictures.

    Raises:
        ConfigError: fewer than two runs, or `into` is there.
        ModelError: runs that do not fit together.
    """
    refuse_existing(into)
    runs = open_runs(folders)
    members, data = [load_run(run) for run in runs], load(runs[0])
    rule, chosen = plain_mean(len(members)), "nothing: every member counts the same"
    if weights == "validation":
        said = np.stack([member.says(data.validation.images) for member in members])
        rule = Rule(weights=tuple(mean_weights(said, data.validation.classes).tolist()))
        chosen = f"the weights, for the smallest log-loss on the {len(data.validation)} validation pictures"
    with new_folder(into) as folder:
        made = save_joined(folder, _recipe("average", chosen, runs[0], data), _distinct(members), rule)
    return Made(into, made.spec, made.judgement)


def mirror(folder: Path, into: Path, load: Load = load_data) -> Made:
    """The mean of what a run says of pictures and of their mirror images, as one network.

    For pictures that may be mirrored: not for letters and digits. Half of what training with mirror images leaves to
    chance goes away (Krizhevsky et al. 2012, section 4.1, average over such views).

    Args:
        folder: Of the run.
        into: A folder that is not there yet.
        load: Gives the pictures.

    Raises:
        ConfigError: `into` is there.
        ModelError: no such run, or its pictures are others by now.
    """
    refuse_existing(into)
    (run,) = open_runs([folder], least=1)
    member, data = load_run(run), load(run)
    members = [member, Member(f"{member.name}, mirrored", member.file, member.network, mirrored=True)]
    with new_folder(into) as part:
        made = save_joined(part, _recipe("mirror", "nothing: both count the same", run, data), members, plain_mean(2))
    return Made(into, made.spec, made.judgement)


def soup(folders: Sequence[Path], into: Path, greedy: bool = False, load: Load = load_data) -> Made:
    """One network with the mean of the weights of several runs of one architecture.

    Args:
        folders: Of the runs, two at least.
        into: A folder that is not there yet.
        greedy: Begin with the best on the validation split, and add, from better to worse, what makes it no worse.
        load: Gives the pictures.

    Raises:
        ConfigError: fewer than two runs, or `into` is there.
        ModelError: runs that do not fit together, or of other architectures.
    """
    refuse_existing(into)
    runs = open_runs(folders)
    members, data = _distinct([load_run(run) for run in runs]), load(runs[0])
    said = np.stack([member.says(data.validation.images) for member in members])
    taken, count = list(range(len(members))), len(data.validation)
    chosen = "nothing: every member is in it"
    if greedy:
        taken = _greedy(members, said, data)
        chosen = f"which members are in it, by the accuracy on the {count} validation pictures"
    network = _mixed(members, taken, data)
    method: Method = "greedy-soup" if greedy else "soup"
    with new_folder(into) as folder:
        made = save(folder, _recipe(method, chosen, runs[0], data), members, said, network, taken=taken)
    return Made(into, made.spec, made.judgement)


def _greedy(members: Sequence[Member], said: np.ndarray, data: DataSet) -> list[int]:
    """Rows of the members that a greedy soup takes (Wortsman et al. 2022, algorithm 1)."""
    accuracies = (said.argmax(2) == data.validation.classes).mean(axis=1).tolist()
    order = greedy_order(accuracies)
    taken, best = order[:1], accuracies[order[0]]
    for row in order[1:]:
        answers = probabilities(_mixed(members, [*taken, row], data), data.validation.images)
        accuracy = float((answers.argmax(1) == data.validation.classes).mean())
        if accuracy >= best:
            taken, best = [*taken, row], accuracy
    return sorted(taken)


def _mixed(members: Sequence[Member], rows: Sequence[int], data: DataSet) -> object:
    some = [members[row] for row in rows]
    return uniform_soup([one.network for one in some], data.train.images, [one.name for one in some])


def _recipe(method: Method, chosen: str, run: Run, data: DataSet) -> Recipe:
    return Recipe(method, chosen, run.config(), data, run.state())


def _distinct(members: Sequence[Member]) -> list[Member]:
    """The same, where two have one name told apart by their folders' folders."""
    names = [member.name for member in members]
    if len(set(names)) == len(names):
        return list(members)
    longer = [f"{member.file.resolve().parent.parent.name}/{member.name}" for member in members]
    if len(set(longer)) < len(longer):
        raise ConfigError(f"two members have one name: {', '.join(names)}; rename one folder")
    return [Member(name, member.file, member.network) for name, member in zip(longer, members, strict=True)]
