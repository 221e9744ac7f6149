"""Where the file of a model comes from, as its makers publish it: data, no fetching."""

from pathlib import Path, PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Requirement = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+==[A-Za-z0-9.!+-]+$")]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Wheel(_Data):
    """A file inside a wheel of a package registry."""

    wheel: Requirement
    """`package==version`."""
    member: PurePosixPath
    """Path inside the zip."""

    @property
    def package(self) -> str:
        """Name on the registry."""
        return self.wheel.partition("==")[0]

    @property
    def version(self) -> str:
        """Exact version."""
        return self.wheel.partition("==")[2]


class Address(_Data):
    """A file on a server, or inside an archive there."""

    address: Annotated[str, Field(pattern=r"^https?://\S+$")]
    member: PurePosixPath | None = None
    """Path inside the archive (.zip, .tar, .tar.gz, .tgz); None: the file itself."""


class LocalPath(_Data):
    """A file on this machine."""

    path: Path


Source = Wheel | Address | LocalPath


class FrozenGraph(_Data):
    """How a frozen TensorFlow graph is cut: what stands before `input` and after `outputs` is left out."""

    kind: Literal["frozen-graph"]
    input: str
    """Tensor name, `Preprocessor/sub:0`."""
    outputs: tuple[str, ...]
    """Tensor names, in the order of the output form."""


class DlibResnet(_Data):
    """The face network of dlib, in its own flat format."""

    kind: Literal["dlib-resnet"]


class PublishedFile(_Data):
    """A file as its makers publish it."""

    file: Annotated[str, Field(pattern=r"^[^/\\]+$")]
    """Its own name."""
    sha256: Sha256 | None = None
    bytes: Annotated[int, Field(ge=1)] | None = None
    unverified: bool = False
    """Written from its project's documentation: nobody has had the file in hands yet."""
    sources: tuple[Source, ...] = Field(min_length=1)
    """Where it can be had, best first."""

    @model_validator(mode="after")
    def _known_or_said(self) -> Self:
        if self.sha256 is None and not self.unverified:
            raise ValueError("give sha256, or say unverified: true")
        return self


class Original(PublishedFile):
    """The weights: a runtime reads them as they are (`form`), or they have to be converted (`convert`)."""

    form: Literal["onnx", "tflite", "tensorflow"] | None = None
    convert: Annotated[FrozenGraph | DlibResnet, Field(discriminator="kind")] | None = None
    companion: PublishedFile | None = None
    """A second file that the runtime needs beside it, as OpenCV's description of a graph."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.form is None) == (self.convert is None):
            raise ValueError("give either form, the runtime format of the file, or convert, how it becomes one")
        return self
