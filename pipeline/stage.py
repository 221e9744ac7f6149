"""The contracts: what a stage, a source and a sink are. Nothing to inherit; the shape is what counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from pipeline.types import Damage, Frame, Packet, SourceInfo


@dataclass(frozen=True)
class Reads:
    """Marks a setting that names another stage: `on: Annotated[str, Reads(Detections)] = "auto"`.

    `build` checks that the stage named stands earlier and gives one of `kinds`; "auto" takes the nearest earlier one.
    Where the reading is optional, "auto" becomes "" if there is none.
    """

    kinds: tuple[type, ...]
    optional: bool

    def __init__(self, *kinds: type, optional: bool = False) -> None:
        object.__setattr__(self, "kinds", kinds)
        object.__setattr__(self, "optional", optional)


class StageConfig(BaseModel):
    """Settings that every stage has; a stage's own class adds its own. Frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    every: Annotated[
        Annotated[int, Field(ge=1)] | Literal["auto"],
        Field(
            description="ask the stage on each nth frame only; auto: in a recording where something happens, if the"
            " stage can tell what lies between (a detector), else on each; on a live source as often as the machine"
            " can, without anybody waiting for it"
        ),
    ] = 1
    apart: Annotated[
        int,
        Field(
            ge=2,
            le=64,
            description="with every: auto, in a recording: frames from one look to the next where nothing happens; that"
            " many are held, times workers + 2",
        ),
    ] = 4
    when: Annotated[
        str,
        Field(
            description="name of an earlier stage that says when it is worth asking: motion, a zone; the stage is not"
            " asked on frames where that one says no. Empty: always"
        ),
    ] = ""
    aside: Annotated[
        bool,
        Field(
            description="on a live source: nobody waits for the stage; it looks at the newest frame whenever it is"
            " free, and what it found goes with later frames. In a recording it stands in line"
        ),
    ] = False
    workers: Annotated[
        int, Field(ge=0, le=64, description="threads, for a stage without memory; 0: one for each core")
    ] = 1
    on_error: Annotated[
        Literal["stop", "skip", "disable"],
        Field(
            description="stop the run; skip: lose the frame, count it and go on; disable: lose no frame, and ask the"
            " stage no more"
        ),
    ] = "stop"


@runtime_checkable
class Gate(Protocol):
    """A result that says whether later stages are worth asking: what `when:` names."""

    @property
    def active(self) -> bool:
        """True: ask them on this frame."""
        ...


@runtime_checkable
class Told(Protocol):
    """A result that is written as data: `record[key] = rows()` in the record of its frame."""

    key: ClassVar[str]
    """Name in the record: 'faces', 'texts'."""

    def rows(self) -> object:
        """Plain values that JSON can hold, in the order in which they are written."""
        ...


@runtime_checkable
class Stage(Protocol):
    """Looks at a packet and returns the one thing it found. May also have `close()`."""

    Config: ClassVar[type[StageConfig]]
    gives: ClassVar[type]
    """What `process` returns; Frame for a filter or a drawing."""
    in_order: ClassVar[bool]
    """True: it remembers earlier frames, so it has one thread and sees them in order."""

    def process(self, packet: Packet) -> object | None:
        """What was found, or None: nothing to add; the packet flows on."""
        ...


class Source(Protocol):
    """Yields frames, in order, each with its own time."""

    info: SourceInfo
    damage: Damage

    def __iter__(self) -> Iterator[Frame]: ...

    def close(self) -> None:
        """Let go of file and decoder; may be called twice."""
        ...


class Sink(Protocol):
    """Shows or stores packets, in its own thread."""

    @property
    def name(self) -> str:
        """For messages and the ledger: 'video', 'jsonl'."""
        ...

    def write(self, packet: Packet) -> None:
        """Take the next packet, in order."""
        ...

    def finish(self) -> None:
        """All packets came: make the output whole under its final name. Called at most once, before `close`.

        Raises:
            SinkError: it could not be made whole.
        """
        ...

    def close(self) -> None:
        """Let go of everything; without `finish`, nothing stands under the final name. May be called twice."""
        ...
