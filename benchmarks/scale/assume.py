"""What nobody measured: cameras, traffic, machines, prices and failures, each with a default that can be changed."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from benchmarks.scale.costs import Size
from pipeline.errors import ConfigError

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Zero = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Share = Annotated[float, Field(gt=0, le=1)]


class Assumptions(BaseModel):
    """Parameters of the simulation. None is a fact; `--set name=value` says another."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # A camera
    size: Size = "1080p"
    fps: Positive = 15.0
    stream_mbit: Positive = 4.0
    """What it sends."""
    looks_per_s: Zero = 5.0
    """Of the detector."""
    precision: Literal["float", "int8"] = "float"
    record: Literal["none", "events", "all"] = "events"
    record_mbit: Zero = 3.0
    """Of what is recorded, while it is."""
    clip_s: Seconds = 25.0
    """Of a clip around one event: before, during, after."""
    per_process: Annotated[int, Field(ge=1)] = 8
    """Cameras of one `live` process."""

    # Traffic
    events_per_hour: Zero = 20.0
    """Of a camera at noon."""
    events_per_hour_night: Zero = 2.0
    storms_per_day: Annotated[int, Field(ge=0, le=1440)] = 2
    """Rain, a power dip, dusk: many cameras tell something at once."""
    storm_share: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Of all cameras that a storm reaches."""
    storm_s: Seconds = 10.0
    """Within which they tell it."""
    subscribers: Annotated[int, Field(ge=1)] = 2
    """Of the broker, that get every event."""
    broker_files: Annotated[int, Field(ge=1)] = 1024
    """That the broker may open: each camera holds a connection. The usual limit of a service."""

    # Machines
    cores: Annotated[int, Field(ge=1)] = 32
    memory_gb: Positive = 128.0
    card_gbit: Positive = 10.0
    usable: Share = 0.7
    """Of processor, memory and card; the rest is for what nobody planned."""
    trunk_gbit: Positive = 25.0
    """Between the cameras' switches and the nodes."""
    storage_mb_s: Positive = 500.0
    """What one storage server writes for hours, in many streams."""

    # Failures
    mtbf_h: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 8760.0
    """Between two failures of one node."""
    repair_h: Positive = 24.0
    rack: Annotated[int, Field(ge=1)] = 16
    """Nodes behind one switch and one fuse."""
    rack_mtbf_h: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 43_800.0
    rack_repair_h: Positive = 2.0
    notice_s: Zero = 15.0
    """Until the supervisor knows that a node is lost."""
    open_s: Positive = 3.0
    """Until a camera that is opened gives its first picture: connection, key frame."""
    at_once: Annotated[int, Field(ge=1)] = 8
    """Cameras that the supervisor opens at one time."""
    spare: Annotated[int, Field(ge=0, le=10_000)] = 1
    """Nodes that stand by."""
    back_s: Positive = 300.0
    """Within which every camera has to be back after a restart of everything."""

    # Prices, in one currency
    node_price: Zero = 2500.0
    """Of a machine without processor and memory."""
    core_price: Zero = 60.0
    gb_price: Zero = 4.0
    watts_per_core: Zero = 8.0
    kwh_price: Zero = 0.25
    tb_price: Zero = 40.0
    """Of disk, with what holds it and one copy."""
    keep_days: Zero = 14.0
    port_price: Zero = 15.0
    """Of a switch, for each camera."""
    months: Positive = 48.0
    """Over which machines are paid."""


def assumptions(node: int, changes: tuple[str, ...] = ()) -> Assumptions:
    """The defaults with what was said otherwise; memory follows the cores, 4 GB each, unless it is said too.

    Raises:
        ConfigError: no such parameter, or a value that cannot be.
    """
    given: dict[str, object] = {"cores": node, "memory_gb": 4.0 * node}
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals or name not in Assumptions.model_fields:
            there = ", ".join(Assumptions.model_fields)
            raise ConfigError(f"--set {change}: no such parameter; write name=value with one of {there}")
        given[name] = value
    try:
        return Assumptions.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ConfigError(f"--set {where}={first['input']}: {first['msg']}; give another value") from error
