"""Objects found by a single-shot detector."""

from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field, field_validator

from models.backend import open_backend
from models.cache import default_cache
from models.feed import Feed
from models.heads import open_head
from models.labels import read_labels
from models.resolve import NamesModel, resolve
from pipeline.changes import Changeable
from pipeline.errors import ConfigError, ModelError
from pipeline.stage import StageConfig
from pipeline.types import Detections, Packet
from stages.between import detections_between
from stages.network import NetworkConfig
from vision.boxes import clip, nms

Share = Annotated[float, Field(ge=0, le=1)]


class SsdConfig(NetworkConfig):
    """Which network, and what of its answers counts."""

    model: Annotated[
        str,
        NamesModel(),
        Field(description="name on the shelf, or path of a spec (.yaml) or of weights (.onnx, .tflite)"),
    ] = "person-ssdlite"
    min_score: Annotated[
        float, Changeable(), Field(gt=0, lt=1, description="score a box needs to count, above 0 to below 1")
    ] = 0.3
    max_iou: Annotated[
        float,
        Changeable(),
        Field(ge=0, le=1, description="overlap above which the weaker of two boxes of a class goes, 0 to 1"),
    ] = 0.5
    max_objects: Annotated[int, Changeable(), Field(ge=1, le=400, description="most boxes of a frame, the best")] = 100
    classes: Annotated[tuple[str, ...], Field(description="names of the classes to keep; none: all")] = ()
    region: Annotated[
        tuple[Share, Share, Share, Share],
        Field(
            description="look only there: left, top, right, bottom as shares of the picture, 0 to 1; what is in it is"
            " also seen larger"
        ),
    ] = (0.0, 0.0, 1.0, 1.0)

    @field_validator("region")
    @classmethod
    def _region_is_a_box(cls, region: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        left, top, right, bottom = region
        if left >= right or top >= bottom:
            raise ValueError("expected left, top, right, bottom with left below right and top below bottom")
        return region


class SsdDetector:
    """Finds objects in each frame by itself: the same frame gives the same boxes, whichever worker looks at it."""

    Config: ClassVar[type[StageConfig]] = SsdConfig
    gives: ClassVar[type] = Detections
    in_order: ClassVar[bool] = False

    def __init__(self, config: SsdConfig, cache: Path | None = None) -> None:
        """Open the network.

        Args:
            config: Settings.
            cache: Where pulled models lie; the user's cache folder by default.

        Raises:
            ModelError: the model is missing, damaged, or does not fit.
            ConfigError: `classes` has a name that the model does not know.
        """
        self.config = config
        self.spec = resolve(config.model)
        if config.labels is not None:
            self.spec = self.spec.model_copy(update={"labels": read_labels(config.labels)})
        if not self.spec.labels:
            raise ModelError(f"model '{self.spec.name}' has no labels; set labels to a text file with a name a line")
        self._wanted = self._class_ids(config.classes)
        self._feed = Feed(self.spec.input)
        self._backend = open_backend(
            self.spec,
            cache or default_cache(),
            config.runtime,
            config.threads,
            config.device,
            config.precision,
            config.options,
        )
        self._head = open_head(self.spec, self._backend.outputs)

    def process(self, packet: Packet) -> Detections:
        """The objects in the frame, best first; none is an answer too."""
        frame, config = packet.frame, self.config
        left, top, right, bottom = region_of(frame.size, config.region)
        found = self._head(self._backend.run(self._feed(frame.image[top:bottom, left:right])), config.min_score)
        if self._wanted is not None:
            found = found.of(self._wanted)
        best = nms(found.xyxy, found.score, found.class_id, config.max_iou, config.max_objects)
        width, height = right - left, bottom - top
        xyxy = clip(found.xyxy[best] * np.array([width, height, width, height], np.float32), (width, height))
        xyxy += np.array([left, top, left, top], np.float32)
        return Detections(xyxy, found.score[best], found.class_id[best], self.spec.labels)

    def between(self, first: object, last: object) -> Callable[[float], Detections] | None:
        """The objects between two looks that agree; for `every: auto`."""
        return detections_between(first, last)

    def close(self) -> None:
        """Let go of the network."""
        self._backend.close()

    def _class_ids(self, names: tuple[str, ...]) -> np.ndarray | None:
        labels = self.spec.labels
        for name in names:
            if name not in labels:
                near = get_close_matches(name, labels, n=1)
                hint = f"did you mean '{near[0]}'?" if near else f"it knows {', '.join(labels[:8])}"
                raise ConfigError(f"classes: '{name}' is not a class of model '{self.spec.name}'; {hint}")
        return np.array([labels.index(name) for name in names], np.int32) if names else None


def region_of(size: tuple[int, int], region: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of a region of a picture in pixels, one pixel at least.

    Args:
        size: `(width, height)` of the picture in pixels.
        region: the same as shares of it.

    >>> region_of((640, 480), (0.25, 0.5, 1, 1))
    (160, 240, 640, 480)
    """
    width, height = size
    left, top = min(int(region[0] * width), width - 1), min(int(region[1] * height), height - 1)
    return left, top, max(left + 1, round(region[2] * width)), max(top + 1, round(region[3] * height))
