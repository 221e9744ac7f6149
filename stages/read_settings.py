"""Settings of the stage that reads: where text is, who reads it, and what of it counts."""

from math import isfinite
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from models.backend import Device
from models.resolve import NamesModel
from pipeline.changes import Changeable
from pipeline.errors import ConfigError
from pipeline.stage import Reads
from pipeline.types import Detections, Tracks
from readers.choice import SHELF_READER, Kind
from readers.tesseract_lines import Mode
from readers.wanted import compiled
from stages.text_line import FollowConfig

FINDER = "text-ppocr-v6-small"


def _is_clockwise(numbers: tuple[float, ...]) -> bool:
    """Whether four corners go round clockwise, as seen on the screen, without crossing: each turn is to the right."""
    corners = list(zip(numbers[::2], numbers[1::2], strict=True))
    turns = [
        (bx - ax) * (cy - by) - (by - ay) * (cx - bx)
        for (ax, ay), (bx, by), (cx, cy) in zip(
            corners, corners[1:] + corners[:1], corners[2:] + corners[:2], strict=True
        )
    ]
    return all(turn > 0 for turn in turns)


class ReadConfig(FollowConfig):
    """Where text is looked for, how it is read, and when it is told."""

    every: Annotated[
        Annotated[int, Field(ge=1)] | Literal["auto"],
        Field(
            description="ask the stage on each nth frame only; auto: on each of a recording, and on a live source as"
            " often as the machine can, without anybody waiting for it"
        ),
    ] = "auto"
    regions: Annotated[
        dict[str, tuple[float, ...]],
        Field(
            description="places where text is known to stand, by name: left, top, right, bottom, or four corners x, y"
            " clockwise from the upper left; in pixels, or all from 0 to 1 as shares of the picture"
        ),
    ] = Field(default_factory=dict)
    inside: Annotated[
        str,
        Reads(Tracks, Detections, optional=True),
        Field(description="name of an earlier stage in whose boxes text is looked for: a plate on a car"),
    ] = ""
    inside_classes: Annotated[tuple[str, ...], Field(description="only in boxes of these classes; none: in all")] = ()
    find: Annotated[
        bool | Literal["auto"],
        Field(
            description="look for lines with a network; false: each region or box is one line. auto: look, unless there"
            " are regions"
        ),
    ] = "auto"
    model: Annotated[
        str, NamesModel(), Field(description="network that finds lines; name on the shelf, or path of a spec")
    ] = FINDER
    find_px: Annotated[
        int,
        Field(ge=64, le=4096, description="the longer side of what is searched is scaled to so many pixels; time grows"
              " with the square"),
    ] = 960  # fmt: skip
    find_score: Annotated[
        float, Field(gt=0, lt=1, description="mean probability that a line needs, above 0 to below 1")
    ] = 0.5
    find_s: Annotated[
        float,
        Changeable(),
        Field(
            ge=0,
            le=60,
            description="media time from one look for lines to the next; between, lines are followed by what they look"
            " like, or go with their boxes. 0: look each time",
        ),
    ] = 0.2
    reader: Annotated[
        Kind,
        Field(
            description="tesserocr: Tesseract in this process; pytesseract: the system's program; ppocr: a network, for"
            " signs and screens"
        ),
    ] = "tesserocr"
    read_model: Annotated[
        str, NamesModel(), Field(description="network of the reader ppocr; name on the shelf, or path of a spec")
    ] = ""
    lang: Annotated[str, Field(description="languages of Tesseract, joined with +: eng+deu")] = "eng"
    tessdata: Annotated[
        Path | None, Field(description="folder of Tesseract's language data; by default wherever it is installed")
    ] = None
    mode: Annotated[Mode, Field(description="what a crop holds, for Tesseract; auto: by its shape")] = "auto"
    whitelist: Annotated[str, Field(description="the only letters there are; empty: all")] = ""
    pattern: Annotated[
        str, Field(description="regular expression; what it matches of a line counts, other lines do not. Empty: all")
    ] = ""
    dictionary: Annotated[
        Path | None, Field(description="text file, a word a line: words read with one wrong letter are mended by it")
    ] = None
    contrast: Annotated[
        float, Changeable(), Field(ge=0, le=40, description="local contrast (CLAHE's limit) for Tesseract; 0: none")
    ] = 0.0
    denoise: Annotated[bool, Changeable(), Field(description="take single wrong pixels off before Tesseract reads")] = (
        False
    )
    turn: Annotated[
        bool, Changeable(), Field(description="read what is unsure a second time, turned by half: upside down text")
    ] = True
    least_px: Annotated[
        float, Changeable(), Field(ge=1, description="height below which a line is not read, pixels")
    ] = 6.0
    most: Annotated[int, Changeable(), Field(ge=1, le=1000, description="most lines of a frame, the surest")] = 100
    threads: Annotated[int, Field(ge=1, le=64, description="threads of one inference")] = 1
    device: Annotated[Device, Field(description="where networks run; auto: a GPU where there is one for it")] = "auto"
    limit_s: Annotated[
        float, Field(gt=0, le=60, description="seconds after which the reader is given up on a crop, and goes on")
    ] = 2.0
    own_process: Annotated[
        bool, Field(description="the reader in a process of its own: one that crashes does not end the run")
    ] = False

    @model_validator(mode="before")
    @classmethod
    def _names_the_networks_that_it_uses(cls, data: Any) -> Any:
        """So that a bundle packs no other."""
        if not isinstance(data, dict):
            return data
        find = data.get("find", "auto")
        if find is False or (find == "auto" and data.get("regions")):
            data = {"model": "", **data}
        return {"read_model": SHELF_READER, **data} if data.get("reader") == "ppocr" else data

    @field_validator("regions")
    @classmethod
    def _regions_are_boxes_or_corners(cls, regions: dict[str, tuple[float, ...]]) -> dict[str, tuple[float, ...]]:
        for name, numbers in regions.items():
            if len(numbers) not in (4, 8):
                raise ValueError(f"{name}: expected 4 numbers (left, top, right, bottom) or 8, received {len(numbers)}")
            if not all(isfinite(number) for number in numbers):
                raise ValueError(f"{name}: {list(numbers)} has something in it that is no number")
            if len(numbers) == 4 and not (numbers[0] < numbers[2] and numbers[1] < numbers[3]):
                raise ValueError(f"{name}: {list(numbers)} is empty; write left, top, right, bottom")
            if len(numbers) == 8 and not _is_clockwise(numbers):
                raise ValueError(
                    f"{name}: {list(numbers)} are not four corners clockwise from the upper left, x and y of each"
                )
            if max(numbers) < 0:
                raise ValueError(f"{name}: {list(numbers)} lies outside every picture")
        return regions

    @field_validator("pattern")
    @classmethod
    def _pattern_is_one(cls, pattern: str) -> str:
        try:
            compiled(pattern)
        except ConfigError as error:
            raise ValueError(str(error).removeprefix("pattern: ")) from error
        return pattern

    @model_validator(mode="after")
    def _has_one_place(self) -> Self:
        if self.regions and self.inside:
            raise ValueError("regions and inside are two answers to where text is; give one, or use two stages")
        return self

    @property
    def finds(self) -> bool:
        """Whether a network looks for lines."""
        return not self.regions if self.find == "auto" else bool(self.find)
