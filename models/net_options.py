"""What each net can be told: its own options, checked, each with a default that works."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from models.training.config import NetConfig
from pipeline.errors import ConfigError

Activation = Literal["relu", "gelu", "silu"]


class Options(BaseModel):
    """Options of a net that has none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def of(cls, config: NetConfig) -> Self:
        """Those that a config gives, checked.

        Raises:
            ConfigError: the net has no such option, or it cannot be that; the message has what it takes.
        """
        known = cls.model_fields
        if unknown := [name for name in config.options if name not in known]:
            takes = f"it takes {', '.join(sorted(known))}" if known else "it takes none"
            raise ConfigError(f"net.options: {config.name} has no option '{unknown[0]}'; {takes}")
        try:
            return cls.model_validate(config.options)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(("net.options", *(str(part) for part in first["loc"])))
            why = first["msg"].removeprefix("Value error, ")
            raise ConfigError(f"{where}: {why}, got {first['input']!r} ({config.name})") from error

    @classmethod
    def described(cls) -> dict[str, tuple[Any, str]]:
        """Default and meaning of each by name."""
        return {name: (field.get_default(), field.description or "") for name, field in cls.model_fields.items()}


class ResNet9Options(Options):
    """Of `resnet9`."""

    width: Annotated[int, Field(ge=1, le=512, description="filters of the first convolution; the last has 8 times")] = (
        32
    )
    activation: Annotated[Activation, Field(description="relu is what int8 keeps best")] = "relu"


class AirbenchOptions(Options):
    """Of `airbench`."""

    width: Annotated[float, Field(gt=0, le=8, description="factor on 64, 256 and 256 filters")] = 1.0
    whiten: Annotated[bool, Field(description="the first layer decorrelates 2 x 2 patches, and stays as it is")] = False
    activation: Annotated[Activation, Field(description="gelu in the paper; relu is what int8 keeps best")] = "gelu"


class ResNetOptions(Options):
    """Of `resnet`."""

    depth: Annotated[int, Field(ge=8, le=1202, description="6n + 2 layers: 20, 32, 56 ...; wide nets count 6n + 4")] = (
        20
    )
    width: Annotated[int, Field(ge=1, le=16, description="factor on 16, 32 and 64 filters")] = 1
    preactivation: Annotated[bool, Field(description="norm and activation before each convolution")] = False
    stochastic_depth: Annotated[
        float, Field(ge=0, lt=1, description="how often the last block is left out in training; earlier ones less")
    ] = 0.0

    @field_validator("depth")
    @classmethod
    def _whole_blocks(cls, depth: int) -> int:
        if depth % 6 not in (2, 4):
            below = depth - (depth - 2) % 6
            raise ValueError(f"6n + 2 layers, such as {below} or {below + 6}, or 6n + 4 as wide nets count")
        return depth


class DenseNetOptions(Options):
    """Of `densenet`."""

    depth: Annotated[int, Field(ge=10, le=304, description="6n + 4 layers: 40, 100 ...")] = 40
    growth: Annotated[int, Field(ge=1, le=64, description="channels that each layer adds")] = 12
    compression: Annotated[float, Field(gt=0, le=1, description="share of channels kept between blocks")] = 0.5

    @field_validator("depth")
    @classmethod
    def _whole_blocks(cls, depth: int) -> int:
        if depth % 6 != 4:
            below = depth - (depth - 4) % 6
            raise ValueError(f"6n + 4 layers, such as {below} or {below + 6}")
        return depth


class VggOptions(Options):
    """Of `vgg`."""

    width: Annotated[int, Field(ge=1, le=256, description="filters of the first block; each next one has twice")] = 32
    blocks: Annotated[int, Field(ge=1, le=6, description="each halves the picture")] = 3
    convolutions: Annotated[int, Field(ge=1, le=8, description="in each block")] = 2
    dense: Annotated[int, Field(ge=0, le=8192, description="units between the blocks and the last layer; 0: none")] = 0


class InceptionOptions(Options):
    """Of `inception`."""

    width: Annotated[float, Field(gt=0, le=4, description="factor on all filters")] = 0.5


class MobileOptions(Options):
    """Of `mobile`."""

    width: Annotated[float, Field(gt=0, le=4, description="factor on all filters")] = 1.0
    expansion: Annotated[int, Field(ge=1, le=8, description="how much wider a block is inside")] = 4
    stride: Annotated[Literal[1, 2], Field(description="of the first convolution: 2 for pictures over 64 pixels")] = 1


class BackboneOptions(Options):
    """Of networks that ImageNet's weights can be had for."""

    enlarge: Annotated[int, Field(ge=1, le=16, description="small pictures are made so many times as large first")] = 1
