"""How areas, lines and the map of the ground are written in a config, and what is wrong with them."""

from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipeline.changes import Changeable
from pipeline.stage import Reads, StageConfig
from pipeline.types import Tracks
from vision.zones import ground_map, polygon_fault

Point = tuple[float, float]
Units = Literal["fraction", "pixels"]
AnchorName = Literal["bottom", "centre", "top", "left", "right"]
RESERVED = ("zone", "kind", "classes")


class _Place(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Counter(_Place):
    classes: Annotated[tuple[str, ...], Field(description="classes that count here; none: all")] = ()


class AreaSettings(_Counter):
    """A polygon."""

    polygon: Annotated[
        tuple[Point, ...],
        Field(description="corners in the order of a walk around it: [[x, y], [x, y], [x, y], ...]"),
    ]
    dwell_s: Annotated[
        float, Field(gt=0, le=86_400, description="seconds inside from which a track counts as dwelling (loitering)")
    ] = 30.0

    @model_validator(mode="after")
    def _is_a_polygon(self) -> Self:
        fault = polygon_fault(np.array(self.polygon, np.float64).reshape(-1, 2))
        if fault:
            raise ValueError(fault)
        return self


class LineSettings(_Counter):
    """A directed line: from its left to its right is the first of `directions`."""

    points: Annotated[
        tuple[Point, Point],
        Field(description="begin and end: [[x, y], [x, y]]; left and right are those of one who looks along it"),
    ]
    directions: Annotated[
        tuple[str, str], Field(description="words for crossing from its left to its right, and back")
    ] = ("in", "out")

    @model_validator(mode="after")
    def _has_a_length(self) -> Self:
        if self.points[0] == self.points[1]:
            raise ValueError("the line has no length: its two points are the same; move one")
        taken = [word for word in self.directions if word in RESERVED or not word]
        if taken or self.directions[0] == self.directions[1]:
            raise ValueError(f"directions need two different words, none of them empty or {', '.join(RESERVED)}")
        return self


class GroundSettings(_Place):
    """Four points of the picture or more, and where they are on the ground."""

    picture: Annotated[tuple[Point, ...], Field(description="points of the picture, in the stage's units")]
    metres: Annotated[tuple[Point, ...], Field(description="the same points on the ground, x and y in metres")]

    @model_validator(mode="after")
    def _is_a_map(self) -> Self:
        ground_map(np.array(self.picture, np.float64).reshape(-1, 2), np.array(self.metres, np.float64).reshape(-1, 2))
        return self


def check_place(where: str, points: tuple[Point, ...], units: Units) -> None:
    """Raise ValueError where a point cannot be in any picture."""
    array = np.array(points, np.float64).reshape(-1, 2)
    if not np.isfinite(array).all():
        raise ValueError(f"{where}: a coordinate is not a number")
    if units == "fraction" and ((array < 0).any() or (array > 1).any()):
        outside = array[((array < 0) | (array > 1)).any(axis=1)][0]
        raise ValueError(
            f"{where}: ({outside[0]:g}, {outside[1]:g}) is outside the picture, whose fractions go from 0 to 1;"
            " for pixels set units: pixels"
        )
    if units == "pixels" and ((array < 0).any() or (array <= 1).all()):
        raise ValueError(f"{where}: these look like no pixels (below 0, or all within 0..1); set units: fraction")


def in_pixels(points: tuple[Point, ...], units: Units, size: tuple[int, int]) -> np.ndarray:
    """`(V, 2) float64` pixels of a picture of `(width, height)`.

    >>> in_pixels(((0.5, 1.0),), "fraction", (200, 100))
    array([[100., 100.]])
    """
    array = np.array(points, np.float64).reshape(-1, 2)
    return array * size if units == "fraction" else array


class ZonesConfig(StageConfig):
    """Where the areas and lines are, and what counts."""

    on: Annotated[str, Reads(Tracks), Field(description="stage whose tracks are counted")] = "auto"
    units: Annotated[
        Units, Field(description="of all points: fraction of the picture's width and height (0 to 1), or its pixels")
    ] = "fraction"
    areas: Annotated[dict[str, AreaSettings], Field(description="polygons by name")] = Field(default_factory=dict)
    lines: Annotated[dict[str, LineSettings], Field(description="directed lines by name")] = Field(default_factory=dict)
    anchor: Annotated[
        AnchorName,
        Field(description="point of a box that counts: bottom (where feet and wheels are), centre, top, left, right"),
    ] = "bottom"
    hysteresis: Annotated[
        float,
        Field(ge=0, le=0.2, description="how far beyond a line or edge counts as across; share of the diagonal"),
    ] = 0.01
    min_age_s: Annotated[
        float,
        Changeable(),
        Field(ge=0, le=60, description="seconds of the recording for which a track is followed until it counts"),
    ] = 0.3
    keep_s: Annotated[
        float,
        Changeable(),
        Field(ge=0, le=3600, description="seconds after which a track that is not seen has left; as lost_s of track"),
    ] = 1.0
    gates: Annotated[
        tuple[str, ...], Field(description="areas that count for stages with when: this one; none: all")
    ] = ()
    ground: Annotated[
        GroundSettings | None, Field(description="four points and where they are in metres: gives speeds")
    ] = None
    heat: Annotated[bool, Field(description="keep a heat map of where tracks stand, and draw it")] = False
    heat_folder: Annotated[
        Path | None, Field(description="with heat: folder for the map over the first picture, written at the end")
    ] = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.heat_folder is not None and not self.heat:
            raise ValueError("heat_folder: no map is kept; set heat: true as well")
        if not (self.areas or self.lines or self.heat or self.ground):
            raise ValueError("there is nothing to count: give areas or lines by name (docs/zones.md has examples)")
        both = self.areas.keys() & self.lines.keys()
        if both:
            raise ValueError(f"'{min(both)}' names an area and a line; give one of them another name")
        for name in self.gates:
            if name not in self.areas:
                raise ValueError(f"gates: there is no area '{name}'; the areas are {', '.join(self.areas) or 'none'}")
        for name, area in self.areas.items():
            check_place(f"areas.{name}.polygon", area.polygon, self.units)
        for name, line in self.lines.items():
            check_place(f"lines.{name}.points", line.points, self.units)
        if self.ground is not None:
            check_place("ground.picture", self.ground.picture, self.units)
        return self
