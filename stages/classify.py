"""What the whole picture, a region of it, or each followed thing is, by a classifier.

A followed thing is looked at when it is first seen, and again when it is seen clearly better: larger, and as much as
before inside the picture. The answers are pooled, each weighted by how well it was seen.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from models.resolve import NamesModel
from models.spec import ClassScores
from pipeline.changes import Changeable
from pipeline.errors import ConfigError, ModelError
from pipeline.results.classes import Classes
from pipeline.stage import Reads, StageConfig
from pipeline.types import Packet, Tracks
from stages.network import NetworkConfig, open_network
from vision.probabilities import as_float, calibrated, pooled, softmax

FORGET_AFTER = 100
"""Looks without a track after which its votes are forgotten."""
Share = Annotated[float, Field(ge=0, le=32767)]


class ClassifyConfig(NetworkConfig):
    """Which network, what it looks at, and when it is sure."""

    model: Annotated[
        str, NamesModel(), Field(description="name on the shelf, or path of a run, a spec (.yaml) or weights")
    ] = "imagenet-mobilenet-v2"
    on: Annotated[
        str,
        Reads(Tracks, optional=True),
        Field(description="stage whose tracks are looked at, each by itself; empty: the frame or the region"),
    ] = "auto"
    region: Annotated[
        tuple[Share, Share, Share, Share] | None,
        Field(description="left, top, right, bottom of what is looked at: shares up to 1, beyond in pixels"),
    ] = None
    top: Annotated[int, Field(ge=1, le=100, description="classes that are told, the best")] = 5
    temperature: Annotated[
        float, Changeable(), Field(ge=0.05, le=20, description="calibration: above 1 the network is less sure")
    ] = 1.0
    unknown_below: Annotated[
        float, Changeable(), Field(ge=0, le=1, description="best probability below which it is called unknown")
    ] = 0.0
    better: Annotated[
        float, Changeable(), Field(ge=1, le=10, description="how many times as well a track has to be seen for a vote")
    ] = 1.3
    most_votes: Annotated[int, Changeable(), Field(ge=1, le=100, description="views of a track that are pooled")] = 5
    most: Annotated[
        int, Changeable(), Field(ge=1, le=100, description="tracks that are looked at on one frame; others wait")
    ] = 4
    margin: Annotated[float, Field(ge=0, le=1, description="how much around a track's box is taken, share of it")] = 0.1
    min_side_px: Annotated[int, Field(ge=2, le=1000, description="smallest side of a box that is looked at")] = 24

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.region is not None and self.on not in ("auto", ""):
            raise ValueError("on and region exclude each other: name a stage with tracks, or a region")
        if self.region is not None:
            for begin, end in (self.region[::2], self.region[1::2]):
                if begin >= end and (begin <= 1) == (end <= 1):
                    raise ValueError(f"region is left, top, right, bottom: nothing is between {begin:g} and {end:g}")
        return self


@dataclass
class _Votes:
    """What was said of one track."""

    probabilities: list[np.ndarray] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    seen: int = 0
    """Look on which the track was there last."""

    def pooled(self) -> np.ndarray:
        """`(C,)`."""
        return pooled(np.array(self.probabilities), np.array(self.weights))


class Classifier:
    """Names what it is shown, with calibrated probabilities."""

    Config: ClassVar[type[StageConfig]] = ClassifyConfig
    gives: ClassVar[type] = Classes
    in_order: ClassVar[bool] = True

    def __init__(self, config: ClassifyConfig, cache: Path | None = None) -> None:
        """Open the network.

        Raises:
            ModelError: the model is missing, damaged, no classifier, or its labels do not fit.
        """
        self.config = config
        self._network = open_network(config, "classify", 2, cache)
        spec, count = self._network.spec, self._network.backend.outputs[0].shape[1]
        names = spec.labels
        if count == len(names) + 1:
            names = ("background", *names)
        if count is not None and count != len(names):
            self.close()
            raise ModelError(
                f"model '{spec.name}' has {count} classes and {len(names)} labels; set labels to a text file with a"
                " name a line for each"
            )
        self.names = names
        self._logits = isinstance(spec.output, ClassScores) and spec.output.kind == "logit"
        self._votes: dict[int, _Votes] = {}
        self._looks = 0

    def process(self, packet: Packet) -> Classes:
        """The best classes of the frame, the region, or each track that was looked at so far."""
        image, size = packet.frame.image, packet.frame.size
        if self.config.on and self.config.region is None:
            tracks = packet.find(self.config.on, Tracks)
            return self._followed(image, tracks if tracks is not None else Tracks.none())
        box = np.array([0, 0, *size], np.float32) if self.config.region is None else self._region(size)
        return self._told([box], [-1], [self._look(image, box)], [1])

    def close(self) -> None:
        """Let go of the network."""
        self._network.close()

    def _followed(self, image: np.ndarray, tracks: Tracks) -> Classes:
        self._looks += 1
        size = image.shape[1], image.shape[0]
        ids, boxes = tracks.id.tolist(), tracks.boxes.xyxy
        quality = {track: self._quality(box, size) for track, box in zip(ids, boxes, strict=True)}
        for track in ids:
            if track in self._votes:
                self._votes[track].seen = self._looks
        waiting = [row for row, track in enumerate(ids) if self._wants(track, quality[track])]
        waiting.sort(key=lambda row: (ids[row] in self._votes, -quality[ids[row]]))  # those never seen come first
        for row in waiting[: self.config.most]:
            votes = self._votes.setdefault(ids[row], _Votes(seen=self._looks))
            votes.probabilities.append(self._look(image, self._around(boxes[row])))
            votes.weights.append(quality[ids[row]])
        self._votes = {key: one for key, one in self._votes.items() if self._looks - one.seen < FORGET_AFTER}
        known = [row for row, track in enumerate(ids) if track in self._votes]
        votes_of = [self._votes[ids[row]] for row in known]
        counts = [len(one.weights) for one in votes_of]
        return self._told([boxes[row] for row in known], [ids[row] for row in known], votes_of, counts)

    def _wants(self, track: int, quality: float) -> bool:
        """Whether it was never seen, or is now seen clearly better than ever."""
        if quality <= 0:
            return False
        votes = self._votes.get(track)
        if votes is None:
            return True
        return len(votes.weights) < self.config.most_votes and quality >= self.config.better * max(votes.weights)

    def _quality(self, box: np.ndarray, size: tuple[int, int]) -> float:
        """How well it is seen: the shorter side in pixels, less what lies outside of the picture; 0: too small."""
        width, height = box[2] - box[0], box[3] - box[1]
        inside_x = min(box[2], size[0]) - max(box[0], 0)
        inside_y = min(box[3], size[1]) - max(box[1], 0)
        if min(inside_x, inside_y) < self.config.min_side_px:
            return 0.0
        return float(min(width, height) * inside_x * inside_y / (width * height))

    def _look(self, image: np.ndarray, box: np.ndarray) -> np.ndarray:
        """`(C,)`: the calibrated probabilities of what is in `box`, `(4,)` pixels."""
        left, top = np.maximum(np.floor(box[:2]), 0).astype(int)
        right, bottom = np.maximum(np.ceil(box[2:]).astype(int), (left + 1, top + 1))
        crop = image[top:bottom, left:right]
        scores = self._network(crop if crop.size else image[-1:, -1:])
        probability = softmax(scores.astype(np.float64)) if self._logits else as_float(scores)
        return calibrated(probability, self.config.temperature)

    def _around(self, box: np.ndarray) -> np.ndarray:
        room = (box[2:] - box[:2]) * self.config.margin / 2
        return np.concatenate([box[:2] - room, box[2:] + room])

    def _region(self, size: tuple[int, int]) -> np.ndarray:
        assert self.config.region is not None
        sides = (*size, *size)
        edges = [
            min(edge * side if edge <= 1 else edge, side) for edge, side in zip(self.config.region, sides, strict=True)
        ]
        if edges[2] - edges[0] < 1 or edges[3] - edges[1] < 1:
            raise ConfigError(
                f"region: nothing of a picture of {size[0]} x {size[1]} is in it; give left, top, right, bottom"
            )
        return np.array(edges, np.float32)

    def _told(
        self, boxes: list[np.ndarray], ids: list[int], found: list[np.ndarray] | list[_Votes], counts: list[int]
    ) -> Classes:
        top = min(self.config.top, len(self.names))
        all_of = np.array([one.pooled() if isinstance(one, _Votes) else one for one in found])
        all_of = all_of.reshape(len(found), len(self.names))  # (N, C)
        best = np.argsort(-all_of, axis=1, kind="stable")[:, :top]
        return Classes(
            np.array(boxes, np.float32).reshape(-1, 4),
            np.array(ids, np.int64),
            best.astype(np.int32),
            np.take_along_axis(all_of, best, 1).astype(np.float32),
            np.array(counts, np.int32),
            self.names,
            self.config.unknown_below,
        )
