"""Trained networks that are to answer together, and whether they can."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.cache import sha256_of
from models.ensembles.spec import EnsembleSpec, MemberSpec
from models.evaluation.keras_form import load_keras
from models.experiments.run import MODEL, STATE, Run, open_run
from pipeline.errors import ConfigError, ModelError

_AT_ONCE = 250
"""Pictures that are run together."""


@dataclass(frozen=True)
class Member:
    """A network of an ensemble, loaded."""

    name: str
    file: Path
    network: Any
    """`keras.Model` from `(N, H, W, C) float32` 0 to 255 to `(N, K)` probabilities."""
    mirrored: bool = False
    """Whether it is asked about mirror images."""

    def says(self, images: np.ndarray) -> np.ndarray:
        """Of `(N, H, W, C) uint8`: `(N, K) float32` probabilities."""
        return probabilities(self.network, images[:, :, ::-1] if self.mirrored else images)

    def spec(self, folder: Path, taken: bool = True) -> MemberSpec:
        """How the `ensemble.yaml` in `folder` names it."""
        file, sha256 = _from(folder, self.file), sha256_of(self.file)
        return MemberSpec(name=self.name, file=file, sha256=sha256, taken=taken, mirrored=self.mirrored)


def open_runs(folders: Sequence[Path], least: int = 2) -> list[Run]:
    """Runs that can answer together: same classes in the same order, same pictures, same split.

    Raises:
        ConfigError: fewer than `least`, or one is named twice.
        ModelError: one is missing, unfinished, or does not fit the first.
    """
    if len(folders) < least:
        raise ConfigError(f"an ensemble needs {least} members at least, and {len(folders)} is named; name more runs")
    places = [folder.resolve() for folder in folders]
    twice = next((folder for row, folder in enumerate(folders) if places[row] in places[:row]), None)
    if twice is not None:
        raise ConfigError(f"{twice} is named twice; name each run once")
    runs = [_finished(folder) for folder in folders]
    for run in runs[1:]:
        _check_fits(runs[0], run)
    return runs


def load_run(run: Run, name: str = "") -> Member:
    """The network of a run.

    Raises:
        ModelError: it cannot be loaded.
    """
    return Member(name or run.name, run.path(MODEL), load_keras(run.path(MODEL)))


def reopened(spec: EnsembleSpec, folder: Path) -> list[Member]:
    """The members of an ensemble that was saved, one by one.

    Raises:
        ModelError: one is gone or is another file by now.
    """
    found = []
    for member in spec.members:
        path = folder / member.file
        if not path.is_file():
            raise ModelError(f"member '{member.name}' of {folder} is gone: {path}; put it back, or make it anew")
        if sha256_of(path) != member.sha256:
            raise ModelError(f"member '{member.name}' of {folder} was changed since: {path}; make the ensemble anew")
        found.append(Member(member.name, path, load_keras(path), member.mirrored))
    return found


def probabilities(network: Any, images: np.ndarray) -> np.ndarray:
    """What a network says.

    Args:
        network: Takes `(N, H, W, C) float32`, gives `(N, K)`.
        images: `(N, H, W, C) uint8`.

    Returns:
        `(N, K) float32`.
    """
    rows = [
        np.asarray(network(images[begin : begin + _AT_ONCE].astype(np.float32), training=False), np.float32)
        for begin in range(0, len(images), _AT_ONCE)
    ]
    return np.concatenate(rows) if rows else np.zeros((0, network.output_shape[-1]), np.float32)


def _finished(folder: Path) -> Run:
    if not folder.is_dir():
        raise ModelError(f"no run {folder}; `python -m models runs list` shows those there are")
    run = open_run(folder)
    if not run.path(MODEL).is_file():
        raise ModelError(f"{folder} has no {MODEL}: it kept no weights yet; go on with it, or name another")
    if run.state().get("state") == "running":
        raise ModelError(f"{folder} is still being trained ({STATE}); wait, or go on with it")
    return run


def _check_fits(first: Run, other: Run) -> None:
    mine, theirs = first.state(), other.state()
    if mine.get("labels") != theirs.get("labels"):
        raise ModelError(
            f"{other.folder} and {first.folder} have other labels: {_apart(mine, theirs)};"
            " members need the same classes in the same order"
        )
    if mine.get("shape") != theirs.get("shape"):
        raise ModelError(
            f"{other.folder} takes pictures of {_size(theirs)}, {first.folder} of {_size(mine)};"
            " train both with the same data.size and data.colour"
        )
    if mine.get("prepare", []) != theirs.get("prepare", []):
        raise ModelError(
            f"{other.folder} prepares pictures by {theirs.get('prepare') or 'nothing'}, {first.folder} by"
            f" {mine.get('prepare') or 'nothing'}; train both with the same data.prepare"
        )
    if mine.get("fingerprint") != theirs.get("fingerprint"):
        raise ModelError(
            f"{other.folder} and {first.folder} saw other pictures or another split (fingerprint), so that what one"
            " learned from the other is judged by; train both on the same data with the same data.seed"
        )


def _apart(mine: dict[str, Any], theirs: dict[str, Any]) -> str:
    """The first class that differs, or how many there are."""
    ours, others = mine.get("labels") or [], theirs.get("labels") or []
    if len(ours) != len(others):
        return f"{len(others)} and {len(ours)}"
    row = next(row for row, (a, b) in enumerate(zip(ours, others, strict=True)) if a != b)
    return f"class {row} is '{others[row]}' and '{ours[row]}'"


def _size(state: dict[str, Any]) -> str:
    height, width, channels = state.get("shape") or (0, 0, 0)
    return f"{width} x {height} {'grey' if channels == 1 else 'rgb'}"


def _from(folder: Path, file: Path) -> Path:
    """`file` relative to `folder`, so that both can be moved together; absolute on another drive."""
    try:
        return Path(os.path.relpath(file.resolve(), folder.resolve()))
    except ValueError:
        return file.resolve()
