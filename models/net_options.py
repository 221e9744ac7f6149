"""What each net can be told: its own options, checked, each with a default that works."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

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
