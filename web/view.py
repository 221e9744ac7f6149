"""The seam between the page and what runs: a `View` for each source. Nothing here knows a runner or a camera.

What a view says as data is checked once, where the page takes it in: `Status`, `StageRow` and `TrackRow` are those
checks, and the description of the API is made from them. A key that is missing has a default, so that a view may begin
with little; a key too many is an error.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, computed_field

State = Literal["connecting", "running", "lost", "ended"]


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One annotated picture to show. The page burns the age and the state into its own copy."""

    number: int
    """Grows with each shot of a view; a gap means shots that nobody asked for."""
    image: np.ndarray
    """`(H, W, 3) uint8` BGR, read-only; size may change from shot to shot."""
    captured_s: float
    """`time.monotonic()` when the source had it."""
    state: State = "running"
    """Of the source when the shot was taken."""


class Row(BaseModel):
    """What a view says of itself; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Queue(Row):
    """One channel between stages, now."""

    name: str
    fill: int
    capacity: int


class LatencyMs(Row):
    """From capture to delivery, milliseconds."""

    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    max: float = 0.0


class Status(Row):
    """How a source is doing."""

    state: State = "running"
    since_s: Annotated[float, Field(description="seconds in this state")] = 0.0
    attempts: Annotated[int, Field(description="times it was tried since it was last there")] = 0
    reconnects: Annotated[int, Field(description="times it came back")] = 0
    newest_age_s: Annotated[float | None, Field(description="age of the newest frame; null: none came yet")] = None
    error: Annotated[str | None, Field(description="why it is not there, one line, no password")] = None
    width: int = 0
    height: int = 0
    fps: Annotated[float, Field(description="frames a second that come, over the last seconds")] = 0.0
    shown_fps: Annotated[float, Field(description="frames a second that reach the page and the sinks")] = 0.0
    captured: int = 0
    delivered: int = 0
    dropped: Annotated[dict[str, int], Field(description="by channel")] = {}
    failed: Annotated[dict[str, int], Field(description="by stage")] = {}
    latency_ms: Annotated[LatencyMs, Field(description="of the last seconds, if the view can, or of the run")] = (
        LatencyMs()
    )
    queues: list[Queue] = []
    alarms: Annotated[list[str], Field(description="what is wrong with the picture: black, frozen, covered, ...")] = []
    recording: bool = False
    can_record: bool = True
    memory_mb: float = 0.0


class StageRow(Row):
    """One stage of a source, and what of it may change while it runs."""

    name: str
    use: Annotated[str, Field(description="its name in the catalogue")] = ""
    on: Annotated[bool, Field(description="off: packets go past it")] = True
    can_switch: bool = True
    alive: bool = True
    ms: Annotated[float, Field(description="mean time of a call over the last seconds")] = 0.0
    worst_ms: float = 0.0
    calls: int = 0
    failures: Annotated[int, Field(description="frames that it raised on")] = 0
    settings: Annotated[dict[str, Any], Field(description="value of each setting that may change while it runs")] = {}
    properties: Annotated[
        dict[str, dict[str, Any]],
        Field(description="JSON Schema of each of them: the stage's Config.model_json_schema()['properties'][name]"),
    ] = {}
    defs: Annotated[dict[str, Any], Field(description="'$defs' of that schema, where properties point at them")] = {}


class TrackRow(Row):
    """One thing that was followed, or one event."""

    id: int
    kind: Literal["track", "event"] = "track"
    label: str = ""
    score: float | None = None
    first_s: Annotated[float, Field(description="media time at which it began")] = 0.0
    last_s: Annotated[float, Field(description="media time at which it was last seen")] = 0.0
    here: Annotated[bool, Field(description="whether it is in the newest picture")] = True
    thumbnail: Annotated[np.ndarray | None, Field(exclude=True)] = None
    """`(h, w, 3) uint8` BGR, read-only; the page encodes it when a browser asks."""

    @computed_field(description="whether there is a thumbnail")  # type: ignore[prop-decorator]
    @property
    def pictured(self) -> bool:
        """Whether there is a thumbnail; one cut at the edge of the picture may be empty, and is none."""
        return self.thumbnail is not None and self.thumbnail.size > 0


class View(Protocol):
    """One source on the page. Every method may be called from any thread of the page's, and none may hang."""

    @property
    def name(self) -> str:
        """For people: an address without its password."""
        ...

    def newest(self, after: int, timeout_s: float) -> Shot | None:
        """The newest shot whose number is above `after` (-1: any), waiting for one; None where none came in time."""
        ...

    def status(self) -> dict[str, Any]:
        """What `Status.model_validate` takes. Cheap: it is asked several times a second."""
        ...

    def stages(self) -> list[dict[str, Any]]:
        """What `StageRow.model_validate` takes, in the order of the pipeline."""
        ...

    def change(self, stage: str, setting: str, value: Any) -> None:
        """Give a setting another value while the stage runs.

        Raises:
            ConfigError: there is no such setting, or the value does not fit; the message is shown on the page.
        """
        ...

    def switch(self, stage: str, on: bool) -> None:
        """Put a stage in or out of the flow.

        Raises:
            ConfigError: it cannot be switched; the message says why.
        """
        ...

    def tracks(self) -> list[dict[str, Any]]:
        """What `TrackRow.model_validate` takes, the newest first, a hundred at most."""
        ...

    def snapshot(self) -> bytes:
        """The newest picture as a JPEG or PNG file.

        Raises:
            SourceError: no picture came yet.
        """
        ...

    def record(self, on: bool) -> None:
        """Start or stop recording.

        Raises:
            PipelineError: it cannot; the message says why and is shown on the page.
        """
        ...
