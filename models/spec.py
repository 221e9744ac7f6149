"""What a model wants and what it gives: data beside the weights, so that no stage has to guess.

Most networks go wrong silently, in colour order or scale; here both are fields without a default.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from models.data.prepare import parse
from models.origins import Original, Sha256

Form = Literal["onnx", "tflite", "onnx-int8", "tflite-int8", "tflite-fp16", "onnx-fp16", "tflite-dynamic", "tensorflow"]
"""A file that a runtime reads; 'tensorflow' is a frozen graph, which OpenCV DNN runs."""
Task = Literal["detect", "face-detect", "face-embed", "classify", "text-detect", "text-read", "segment", "pose"]
FILE_NAMES: dict[Form, str] = {
    "onnx": "model.onnx",
    "tflite": "model.tflite",
    "onnx-int8": "model.int8.onnx",
    "tflite-int8": "model.int8.tflite",
    "tflite-fp16": "model.fp16.tflite",
    "onnx-fp16": "model.fp16.onnx",
    "tflite-dynamic": "model.dynamic.tflite",
}
"""What conversion and quantisation call their files, in the folder of the model."""
Size = Annotated[int, Field(ge=1, le=8192)]
PerChannel = float | tuple[float, float, float]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelFile(_Data):
    """One form of the weights."""

    file: Path
    """Relative to the folder of the model, or absolute."""
    sha256: Sha256 | None = None
    """None where the file is made by conversion, whose versions decide its bytes."""


class InputSpec(_Data):
    """What the network is fed: `(pixel - mean) * scale`, pixel in 0..255."""

    size: tuple[Size, Size]
    """(width, height) in pixels."""
    layout: Literal["nhwc", "nchw"] = "nhwc"
    """Axes of the batch."""
    colour: Literal["rgb", "bgr"]
    """Order of the channels."""
    dtype: Literal["float32", "uint8"]
    """uint8 is fed as it is: mean 0, scale 1."""
    mean: PerChannel
    """Subtracted from each pixel; grey levels, one for all channels or one each in the order of `colour`."""
    scale: PerChannel
    """Multiplied afterwards; 1 / grey levels."""
    resize: Literal["stretch", "area"] = "stretch"
    """How a frame is fitted; both change its aspect. stretch looks at the four nearest pixels, as fixed_shape_resizer
    does; area averages all of them, as pictures are read for training."""
    prepare: tuple[str, ...] = ()
    """What OpenCV does to the resized frame before anything else, such as clahe:2.0; see `models.data.prepare`."""

    @field_validator("prepare")
    @classmethod
    def _steps_are_known(cls, prepare: tuple[str, ...]) -> tuple[str, ...]:
        parse(prepare)
        return prepare

    @model_validator(mode="after")
    def _uint8_is_plain(self) -> Self:
        if self.dtype == "uint8" and (self.mean, self.scale) != (0.0, 1.0):
            raise ValueError("dtype uint8 is fed as it is: set mean to 0 and scale to 1")
        return self

    @property
    def batch_shape(self) -> tuple[int, int, int, int]:
        """Of one picture, as the network takes it."""
        width, height = self.size
        return (1, height, width, 3) if self.layout == "nhwc" else (1, 3, height, width)


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


class DetectionOut(_Data):
    """Caffe's DetectionOutput: rows `(1, 1, N, 7)` of picture, class, score, left, top, right, bottom in 0..1."""

    form: Literal["detection-out"]


class BlazeFace(_Data):
    """Regressors `(1, P, 16)`, box and six points in pixels of the input, and logits `(1, P, 1)`, of P cells."""

    form: Literal["blazeface"]
    anchors: Annotated[int, Field(ge=1)]
    """P."""


class YuNet(_Data):
    """Twelve heads: class, objectness, box and five points, each for strides 8, 16 and 32, cells row by row."""

    form: Literal["yunet"]


class ScoredBoxes(_Data):
    """Scores `(1, P, C + 1)`, background first, and boxes `(1, P, 4)` as left, top, right, bottom in 0..1."""

    form: Literal["scored-boxes"]


class ClassScores(_Data):
    """One row `(1, C)`, C labels."""

    form: Literal["class-scores"]
    kind: Literal["probability", "logit"]
    """Whether a softmax is in the network."""


class Embedding(_Data):
    """One row `(1, length) float32`."""

    form: Literal["embedding"]
    length: Annotated[int, Field(ge=1)]
    same_below: Annotated[float, Field(gt=0)] | None = None
    """Euclidean distance below which two are of one person, as its makers say."""
    same_above: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Cosine above which two are of one person, as its makers say."""
    template: Literal["dlib", "arcface"] = "dlib"
    """Where a face's points belong in the picture it is fed, as `vision.align` has them."""


class ProbabilityMap(_Data):
    """`(1, 1, H, W) float32` in [0, 1]: how likely each pixel belongs."""

    form: Literal["probability-map"]


class CtcScores(_Data):
    """`(N, T, 1 + C) float32` in [0, 1]: for each column of a line the blank, then the C labels, which are letters."""

    form: Literal["ctc-scores"]


class ClassMap(_Data):
    """`(1, H, W)`: the label of each pixel."""

    form: Literal["class-map"]


class Keypoints(_Data):
    """`(1, 1, count, 3)`: y, x in 0..1 and score of each point."""

    form: Literal["keypoints"]
    count: Annotated[int, Field(ge=1)]


Output = Annotated[
    SsdRaw
    | TfliteDetection
    | DetectionOut
    | BlazeFace
    | YuNet
    | ScoredBoxes
    | ClassScores
    | Embedding
    | ProbabilityMap
    | CtcScores
    | ClassMap
    | Keypoints,
    Field(discriminator="form"),
]
OF_TASK: dict[Task, tuple[str, ...]] = {
    "detect": ("ssd-raw", "tflite-detection"),
    "face-detect": ("blazeface", "yunet", "scored-boxes", "detection-out"),
    "face-embed": ("embedding",),
    "classify": ("class-scores",),
    "text-detect": ("probability-map",),
    "text-read": ("ctc-scores",),
    "segment": ("class-map",),
    "pose": ("keypoints",),
}
"""The outputs that each task can be done with."""


class ModelSpec(_Data):
    """One model: what it is for, where its files are, what it wants, what it gives, whose it is."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    """As it is called in a config and in messages."""
    task: Task = "detect"
    default: bool = False
    """Whether it is what its task takes unless told otherwise."""
    about: str = ""
    """What it is good for, in a line."""
    files: dict[Form, ModelFile] = Field(min_length=1)
    """Each form there is, or that a pull makes; what `original` says, if nothing else is given."""
    original: Original | None = None
    """What a pull fetches; None for a user's own file."""
    input: InputSpec
    output: Output
    labels: tuple[str, ...] = ()
    """Name of each class, background left out; class_id is the position. '???' is a gap in the numbering."""
    licence: str = ""
    """SPDX identifier; empty: unknown."""
    commercial: bool | None = None
    """Whether the licence allows commercial use; None: unknown."""
    origin: str = ""
    """Where it comes from, for a person: an address."""
    run: Path | None = None
    """Folder of the training that it was exported from, where all its forms lie; None: of the shelf, or a file."""

    @model_validator(mode="before")
    @classmethod
    def _files_of_the_original(cls, data: Any) -> Any:
        """An original has one form, or becomes ONNX and TFLite."""
        original = data.get("original") if isinstance(data, dict) else None
        if not isinstance(original, dict) or "files" in data:
            return data
        if isinstance(original.get("form"), str):
            files: dict[str, object] = {original["form"]: {key: original.get(key) for key in ("file", "sha256")}}
        else:
            files = {form: {"file": FILE_NAMES[form]} for form in ("onnx", "tflite")}
        return {**data, "files": files}

    @model_validator(mode="after")
    def _output_fits_the_task(self) -> Self:
        if self.output.form not in OF_TASK[self.task]:
            raise ValueError(f"task {self.task} needs output {' or '.join(OF_TASK[self.task])}, not {self.output.form}")
        return self
