"""Which class each pixel shows, by a network of DeepLab's kind (Chen et al. 2017)."""

from pathlib import Path
from typing import Annotated, ClassVar

import cv2
import numpy as np
from pydantic import Field

from models.resolve import NamesModel
from pipeline.changes import Changeable
from pipeline.config import suggestion
from pipeline.errors import ConfigError, ModelError
from pipeline.results.masks import Masks
from pipeline.stage import StageConfig
from pipeline.types import Packet
from stages.network import NetworkConfig, open_network
from vision.rle import compressed, run_lengths


class SegmentConfig(NetworkConfig):
    """Which network, and what of its answers counts."""

    model: Annotated[
        str, NamesModel(), Field(description="name on the shelf, or path of a spec (.yaml) or of weights")
    ] = "voc-deeplab-v3"
    classes: Annotated[tuple[str, ...], Field(description="names of the classes to keep; none: all")] = ()
    min_area: Annotated[
        float, Changeable(), Field(ge=0, le=1, description="share of the picture from which a class counts")
    ] = 0.001


class Segmenter:
    """Gives each pixel a class; the same frame gives the same map, whichever worker looks at it."""

    Config: ClassVar[type[StageConfig]] = SegmentConfig
    gives: ClassVar[type] = Masks
    in_order: ClassVar[bool] = False

    def __init__(self, config: SegmentConfig, cache: Path | None = None) -> None:
        """Open the network.

        Raises:
            ModelError: the model is missing, damaged, gives no class map, or has no labels.
            ConfigError: `classes` has a name that the model does not know.
        """
        self.config = config
        self._network = open_network(config, "segment", 3, cache)
        self.names = self._network.spec.labels
        if not 0 < len(self.names) <= 256:
            self.close()
            raise ModelError(
                f"model '{self._network.spec.name}' has {len(self.names)} labels, expected 1 to 256; set labels to a"
                " text file with a name a line, the background first"
            )
        for name in config.classes:
            if name not in self.names:
                self.close()
                raise ConfigError(f"classes: no class '{name}'{suggestion(name, self.names)}")
        self._keep = [self.names.index(name) for name in config.classes] or list(range(1, len(self.names)))

    def process(self, packet: Packet) -> Masks:
        """The map of the frame; background where nothing that counts was found.

        Raises:
            ModelError: a class that has no label.
        """
        found = self._network(packet.frame.image)  # (h, w)
        count = np.bincount(np.ravel(found).astype(np.int64), minlength=len(self.names))
        if len(count) > len(self.names):
            raise ModelError(
                f"model '{self._network.spec.name}' found class {len(count) - 1}, but there are {len(self.names)}"
                " labels; give the labels that belong to it"
            )
        there = [one for one in self._keep if count[one] > 0 and count[one] >= self.config.min_area * found.size]
        table = np.zeros(256, np.uint8)
        table[there] = there
        label = cv2.resize(table[found.astype(np.uint8)], packet.frame.size, interpolation=cv2.INTER_NEAREST)
        return Masks(label, self.names, tuple(sorted(there)), encode)

    def close(self) -> None:
        """Let go of the network."""
        self._network.close()


def encode(mask: np.ndarray) -> str:
    """A mask `(H, W) bool` as COCO's compressed runs."""
    return compressed(run_lengths(mask))
