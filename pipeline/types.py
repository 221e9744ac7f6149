"""What flows through the pipeline: frames, what was found in them, and the packet that carries both.

Shapes and dtypes are checked once, where a value is made; the arrays are frozen there, and from then on everybody
trusts them. Columns rather than lists of objects: a mask selects rows in every column at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
Index = NDArray[np.bool_] | NDArray[np.integer] | slice
ToSource = Callable[[np.ndarray], np.ndarray]
"""Takes points `(N, 2) float64` x, y in pixels of a frame, and gives them in pixels of what the source yielded."""

_NO_RESULTS: Mapping[str, object] = MappingProxyType({})
_NO_MOMENTS: Mapping[str, Moment] = MappingProxyType({})


def frozen_array(name: str, array: np.ndarray, shape: tuple[int | None, ...], dtype: type) -> None:
    """Check one array of a value being made, and make it read-only; for every result that holds arrays.

    Args:
        name: of the array, for the message.
        array: what was given.
        shape: what it has to be; None stands for any size.
        dtype: what it has to be.

    Raises:
        ValueError: it is not.
    """
    fits = array.ndim == len(shape) and all(
        want is None or want == got for want, got in zip(shape, array.shape, strict=True)
    )
    if not fits or array.dtype != dtype:
        want = tuple("N" if size is None else size for size in shape)
        raise ValueError(f"{name}: expected {want} {np.dtype(dtype)}, received {array.shape} {array.dtype}")
    array.setflags(write=False)


@dataclass(frozen=True, slots=True)
class Moment:
    """A frame of a source, without its picture."""

    index: int
    media_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture and when it was."""

    image: np.ndarray
    """`(H, W, 3) uint8` BGR, read-only: drawing on it raises, a filter makes a new one."""
    index: int
    """Position in the source from 0, never reused: a gap means dropped frames."""
    media_s: float
    """Seconds on the recording's own clock, or since a live source was opened."""
    captured_s: float
    """`time.monotonic()` when the source had it; latency is measured from here."""
    source: str
    """Name of the source, never with a password in it."""
    duration_s: float = 0.0
    """How long the container says the frame is shown; 0 where it does not say."""
    clock_s: float | None = None
    """Seconds since 1970 when it was captured, as far as the camera's or the file's clock is known."""
    to_source: ToSource | None = None
    """Where points of this picture are in the source's, after a filter that moved pixels; None: nothing was moved."""

    def __post_init__(self) -> None:
        frozen_array("image", self.image, (None, None, 3), np.uint8)

    @property
    def size(self) -> tuple[int, int]:
        """`(width, height)` in pixels."""
        height, width = self.image.shape[:2]
        return width, height

    @property
    def moment(self) -> Moment:
        """Which frame it is, without its picture."""
        return Moment(self.index, self.media_s)

    def showing(self, image: np.ndarray, to_source: ToSource | None) -> Frame:
        """The frame with another picture; half the time of `dataclasses.replace`, which a fast filter feels."""
        return Frame(
            image,
            self.index,
            self.media_s,
            self.captured_s,
            self.source,
            self.duration_s,
            self.clock_s,
            to_source,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Objects found in one frame, a row each."""

    xyxy: np.ndarray
    """`(N, 4) float32`: left, top, right, bottom in pixels of the packet's frame; never 0..1, never model input."""
    score: np.ndarray
    """`(N,) float32` in [0, 1]."""
    class_id: np.ndarray
    """`(N,) int32`, index into `names`."""
    names: tuple[str, ...]
    """Name of each class."""

    def __post_init__(self) -> None:
        rows = len(self.xyxy)
        frozen_array("xyxy", self.xyxy, (rows, 4), np.float32)
        frozen_array("score", self.score, (rows,), np.float32)
        frozen_array("class_id", self.class_id, (rows,), np.int32)

    def __len__(self) -> int:
        return len(self.score)

    def __getitem__(self, rows: Index) -> Detections:
        """The rows that a mask, an index array or a slice selects, in every column."""
        return Detections(self.xyxy[rows], self.score[rows], self.class_id[rows], self.names)

    @classmethod
    def none(cls, names: tuple[str, ...] = ()) -> Detections:
        """No rows: nothing was found, which is an answer and not an error."""
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int32), names)


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """Objects followed over time, as they are in this frame. Has detections, is not one."""

    boxes: Detections
    id: np.ndarray
    """`(N,) int64`, never reused in a run."""
    age: np.ndarray
    """`(N,) int32`, frames since the track was first seen."""

    def __post_init__(self) -> None:
        rows = len(self.boxes)
        frozen_array("id", self.id, (rows,), np.int64)
        frozen_array("age", self.age, (rows,), np.int32)

    def __len__(self) -> int:
        return len(self.id)

    def __getitem__(self, rows: Index) -> Tracks:
        """The rows that a mask, an index array or a slice selects, in every column."""
        return Tracks(self.boxes[rows], self.id[rows], self.age[rows])

    @classmethod
    def none(cls, names: tuple[str, ...] = ()) -> Tracks:
        """No rows."""
        return cls(Detections.none(names), np.zeros(0, np.int64), np.zeros(0, np.int32))


@dataclass(frozen=True, slots=True, eq=False)
class Packet:
    """A frame and what each stage said about it."""

    frame: Frame
    results: Mapping[str, object] = field(default_factory=lambda: _NO_RESULTS)
    found_on: Mapping[str, Moment] = field(default_factory=lambda: _NO_MOMENTS)
    """For each stage whose result is of an earlier frame, because it stands aside: which frame that was."""

    def result(self, stage: str, kind: type[T]) -> T:
        """What `stage` returned for this frame.

        Raises:
            LookupError: the stage returned nothing, or a value of another type. The wiring check makes this a bug,
                unless the stage is asked only on some frames: use `find` there.
        """
        found = self.find(stage, kind)
        if found is None:
            raise LookupError(f"no {kind.__name__} from stage '{stage}'; this packet has {sorted(self.results)}")
        return found

    def find(self, stage: str, kind: type[T]) -> T | None:
        """What `stage` returned, or None where it was not asked or had nothing to add."""
        found = self.results.get(stage)
        if found is not None and not isinstance(found, kind):
            raise LookupError(f"stage '{stage}' gave {type(found).__name__}, expected {kind.__name__}")
        return found

    def plus(self, stage: str, output: object, found_on: Moment | None = None) -> Packet:
        """A new packet that also holds `output`; a Frame takes the place of the packet's frame. The runner calls it."""
        if isinstance(output, Frame):
            return Packet(output, self.results, self.found_on)
        moments = self.found_on if found_on is None else {**self.found_on, stage: found_on}
        return Packet(self.frame, {**self.results, stage: output}, moments)

    def moment(self, stage: str) -> Moment:
        """The frame that the result of `stage` was found on: this one, or an earlier one."""
        return self.found_on.get(stage) or self.frame.moment


@dataclass(frozen=True, slots=True)
class Colour:
    """How a recording says its YUV values are meant: FFmpeg's numbers, 2 where it does not say (ITU-T H.273)."""

    matrix: int = 2
    primaries: int = 2
    transfer: int = 2
    full_range: bool = False


@dataclass(frozen=True, slots=True)
class AudioStream:
    """One audio stream of a recording, told apart by its index in the container."""

    index: int
    codec: str
    channels: int
    sample_rate: int
    """Hz."""


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known of a source once it is open, before the first frame."""

    name: str
    """For messages and data: the file's name, an address without its password."""
    width: int
    """Pixels of the frames it yields, rotation applied."""
    height: int
    fps: float
    """Announced average; 0 where unknown. A hint: each frame has its own time."""
    time_base: Fraction
    """Seconds of one tick of the container's clock; every `media_s` is a multiple of it."""
    path: Path | None = None
    """The file, where it is one."""
    live: bool = False
    """A live source drops what comes too fast; a recording waits."""
    frames_hint: int | None = None
    """Announced number of frames: for a progress bar only, it is often wrong."""
    duration_s: float | None = None
    """Announced duration."""
    origin_s: float = 0.0
    """What was taken off the container's clock to make `media_s` (a transport stream starts anywhere)."""
    pixel_aspect: Fraction = Fraction(1)
    """Width of a pixel by its height, as yielded."""
    colour: Colour = Colour()
    """How to tag a copy so that it shows the same colours."""
    audio: tuple[AudioStream, ...] = ()
    reader: str = ""
    """What decodes it: 'pyav', 'opencv' or 'images'."""
    codec: str = ""
    """Video codec, by FFmpeg's name."""


@dataclass(slots=True)
class Damage:
    """What a source met and passed over; a source keeps one and adds to it as it reads."""

    corrupt_packets: int = 0
    """Packets that the decoder refused."""
    corrupt_frames: int = 0
    """Frames that the decoder itself marked as damaged; they are yielded all the same."""
    missing_s: float = 0.0
    """Media time with no frame because of damage, as far as the time stamps tell."""
    retimed_frames: int = 0
    """Frames whose time stamp was absent or went backwards, put one tick after the one before."""
    resized_frames: int = 0
    """Frames of another size than the first, scaled to it with their aspect kept. A fact of the input, no damage."""
    truncated: bool = False
    """The file ended before what its header announced, as a cut-off copy does."""
    messages: list[str] = field(default_factory=list)
    """A line for each kind of damage, in the order met; never more than 20."""

    @property
    def any(self) -> bool:
        """True where something of the input could not be read as it was meant."""
        return bool(self.corrupt_packets or self.corrupt_frames or self.truncated or self.missing_s)
