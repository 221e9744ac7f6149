"""What one camera costs, as it was measured: the file between the measurement and the simulation."""

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import ConfigError
from pipeline.whole import write_whole

TODAYS = Path(__file__).resolve().parents[2] / "docs" / "scale.costs.json"
"""The measurement that the document tells of."""
Size = Literal["720p", "1080p"]
Cost = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Measured(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FrameCosts(_Measured):
    """Of one picture size: CPU milliseconds a frame, or a look; memory in MB."""

    decode_ms: Cost
    track_ms: Cost
    draw_ms: Cost
    encode_ms: Cost
    """H.264 of the drawn picture; what a recorder needs all the time, also where it keeps clips alone."""
    look_ms: Cost
    """One look of the detector, with making its input."""
    look_int8_ms: Cost | None = None
    """None: the network's eight-bit form was not in the cache."""
    live_ms: Cost
    """A frame of a whole `live` process that looks at each and encodes none: parts, threads, waiting and all."""
    source_mb: Cost
    """Memory of each source after the first, in one process."""

    @property
    def beside_others(self) -> float:
        """What the parts cost in a `live` process, by what they cost alone."""
        alone_ms = self.decode_ms + self.look_ms + self.track_ms + self.draw_ms
        return max(1.0, self.live_ms / alone_ms) if alone_ms else 1.0


class Costs(_Measured):
    """One measurement on one machine."""

    schema_version: Annotated[Literal[1], Field(alias="schema")] = 1
    date: str
    processor: str
    sizes: dict[Size, FrameCosts]
    process_mb: Cost
    """Memory of one `live` process before its first source."""
    process_start_s: Cost
    """CPU seconds until a process is ready: Python, libraries."""
    source_open_s: Cost
    """CPU seconds until a source is there: its stages, its model, its stream."""
    event_bytes: Annotated[float, Field(gt=0)]
    """An event's JSON, the middle one."""
    broker_us: Annotated[float, Field(gt=0)]
    """CPU microseconds of the broker for one message, QoS 1: taken, acknowledged, sent to one subscriber."""


def read_costs(path: Path) -> Costs:
    """Costs from a file.

    Raises:
        ConfigError: it cannot be read, or holds no costs.
    """
    try:
        return Costs.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"cannot read {path}: {error.strerror}; `python -m benchmarks.scale --measure FILE` makes one"
        ) from error
    except (ValidationError, UnicodeDecodeError) as error:
        told = error.errors()[0] if isinstance(error, ValidationError) else {"loc": (), "msg": "no text"}
        where = ".".join(map(str, told["loc"])) or "the file"
        raise ConfigError(f"{path}: {where}: {told['msg']}; name a file that --measure wrote") from error


def write_costs(costs: Costs, path: Path) -> None:
    """Write them, whole or not at all.

    Raises:
        ConfigError: it cannot be written there.
    """
    try:
        write_whole(path, json.dumps(costs.model_dump(by_alias=True), indent=2) + "\n")
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}; choose another place") from error
