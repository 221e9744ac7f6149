"""Masks put to use: as a zone that things stand on, and as what is covered up in the picture."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

import cv2
import numpy as np
from pydantic import Field

from pipeline.changes import Changeable
from pipeline.config import suggestion
from pipeline.errors import ConfigError
from pipeline.results.masks import Masks
from pipeline.stage import Reads, StageConfig
from pipeline.types import Frame, Packet, Tracks, frozen_array


@dataclass(frozen=True, slots=True, eq=False)
class OnMask:
    """Which tracks stand on a class of a mask; `active` opens the stages that name it in `when:`."""

    key: ClassVar[str] = "on_mask"

    track_id: np.ndarray
    """`(N,) int64`."""
    class_name: str
    area: float
    """Share of the picture that the class covers."""
    active: bool

    def __post_init__(self) -> None:
        frozen_array("track_id", self.track_id, (None,), np.int64)

    def rows(self) -> list[dict[str, object]]:
        """One row: the class, its area, and the tracks on it."""
        return [{"class_name": self.class_name, "area": round(self.area, 4), "track_ids": self.track_id.tolist()}]


class OnMaskConfig(StageConfig):
    """Which class is the zone, and who may stand on it."""

    mask: Annotated[str, Reads(Masks), Field(description="stage whose mask is the zone")] = "auto"
    on: Annotated[str, Reads(Tracks, optional=True), Field(description="stage whose tracks are looked at")] = "auto"
    zone: Annotated[str, Field(min_length=1, description="name of the class that is the zone")]
    anchor: Annotated[
        Literal["bottom", "centre"], Changeable(), Field(description="point of a box that has to be on it")
    ] = "bottom"


class MaskZone:
    """Tells which tracks stand on a class of the mask: people on the road, a cat on the sofa."""

    Config: ClassVar[type[StageConfig]] = OnMaskConfig
    gives: ClassVar[type] = OnMask
    in_order: ClassVar[bool] = True

    def __init__(self, config: OnMaskConfig) -> None:
        self.config = config
        self._masks: Masks | None = None

    def process(self, packet: Packet) -> OnMask | None:
        """The tracks on it, by the newest mask there is; None before the first.

        Raises:
            ConfigError: the mask has no such class.
        """
        self._masks = packet.find(self.config.mask, Masks) or self._masks
        masks = self._masks
        if masks is None:
            return None
        class_id = _class_id(masks, self.config.zone, "zone")
        area = float((masks.label == class_id).mean())
        tracks = packet.find(self.config.on, Tracks) if self.config.on else None
        if tracks is None:
            return OnMask(np.zeros(0, np.int64), self.config.zone, area, active=area > 0)
        left, top, right, bottom = tracks.boxes.xyxy.T
        y = bottom - 1 if self.config.anchor == "bottom" else (top + bottom) / 2
        there = masks.at(np.stack([(left + right) / 2, y], axis=1)) == class_id
        return OnMask(tracks.id[there].copy(), self.config.zone, area, active=bool(there.any()))


class CoverConfig(StageConfig):
    """What is covered, and how."""

    mask: Annotated[str, Reads(Masks), Field(description="stage whose mask is covered")] = "auto"
    classes: Annotated[tuple[str, ...], Field(min_length=1, description="names of the classes that are covered")] = (
        "person",
    )
    how: Annotated[
        Literal["pixels", "grey", "background"],
        Changeable(),
        Field(description="coarse pixels; one grey; or background: everything but the classes is covered in pixels"),
    ] = "pixels"
    grow: Annotated[
        float, Changeable(), Field(ge=0, le=0.2, description="how far around the mask too, share of the shorter side")
    ] = 0.02
    cells: Annotated[int, Changeable(), Field(ge=2, le=64, description="coarse pixels along the shorter side")] = 16


class MaskCover:
    """Covers classes of the mask in the picture itself; until there is a mask, the whole picture."""

    Config: ClassVar[type[StageConfig]] = CoverConfig
    gives: ClassVar[type] = Frame
    in_order: ClassVar[bool] = True

    def __init__(self, config: CoverConfig) -> None:
        self.config = config
        self._masks: Masks | None = None

    def process(self, packet: Packet) -> Frame:
        """The frame with everything covered that the newest mask says.

        Raises:
            ConfigError: the mask has no such class.
        """
        frame, config = packet.frame, self.config
        self._masks = packet.find(config.mask, Masks) or self._masks
        covered = np.full_like(frame.image, 110) if config.how == "grey" else self._coarse(frame.image)
        masks = self._masks
        if masks is None or masks.label.shape != frame.image.shape[:2]:
            return replace(frame, image=covered)
        ids = [_class_id(masks, name, "classes") for name in config.classes]
        mask: np.ndarray = np.isin(masks.label, ids).astype(np.uint8)
        if config.how == "background":
            mask = 1 - mask
        room = round(config.grow * min(frame.size))
        if room:
            mask = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * room + 1, 2 * room + 1)))
        return replace(frame, image=cv2.copyTo(covered, mask, frame.image.copy()))

    def _coarse(self, image: np.ndarray) -> np.ndarray:
        height, width = image.shape[:2]
        step = max(1, min(height, width) // self.config.cells)
        small = cv2.resize(image, (max(1, width // step), max(1, height // step)), interpolation=cv2.INTER_AREA)
        return cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)


def _class_id(masks: Masks, name: str, setting: str) -> int:
    if name not in masks.names:
        raise ConfigError(f"{setting}: no class '{name}'{suggestion(name, masks.names)}")
    return masks.names.index(name)
