"""Where text is on a frame: in regions of the config, in boxes of another stage, or wherever a network finds it."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.text_finder import TextFinder
from pipeline.types import Detections, Packet, Tracks
from stages.read_settings import ReadConfig
from vision.drift import drift
from vision.filters import grey_of

logger = logging.getLogger(__name__)

Rect = tuple[int, int, int, int]
ROUNDING_S = 1e-6
"""Two time stamps that should be `find_s` apart may differ from it by this."""
LEAST_BOX_PX = 8
"""Width and height below which a box is not looked into."""


@dataclass(frozen=True)
class Areas:
    """Parts of a frame, a row each."""

    quad: np.ndarray
    """`(N, 4, 2) float32`, pixels."""
    id: tuple[int, ...]
    """What a part is called from frame to frame."""


class Places:
    """Says where lines are; remembers them between the frames on which they are looked for."""

    def __init__(self, config: ReadConfig) -> None:
        """Raises ModelError where the network is missing or does not fit."""
        self.config = config
        self._find = (
            TextFinder(config.model, config.find_px, config.find_score, config.threads, config.device)
            if config.finds
            else None
        )
        self._looked_s = -np.inf
        self._shares: dict[int, np.ndarray] = {}
        self._before: np.ndarray | None = None
        self._told: set[str] = set()

    def __call__(self, packet: Packet) -> np.ndarray:
        """`(N, 4, 2) float32`: lines in pixels of the frame, corners in reading order."""
        areas, frame = self._areas(packet), packet.frame
        if self._find is None:
            return areas.quad
        passed_s = frame.media_s - self._looked_s
        looks = not 0 <= passed_s < self.config.find_s - ROUNDING_S
        if looks:
            self._looked_s = frame.media_s
        rects = [_rect(quad, frame.size) for quad in areas.quad]
        known = {} if looks else self._followed(frame.image)
        self._shares = {
            number: known[number] if number in known else self._found(frame.image, rect)
            for number, rect in zip(areas.id, rects, strict=True)
        }
        self._before = self._grey(frame.image)
        lines = [_in_rect(self._shares[number], rect) for number, rect in zip(areas.id, rects, strict=True)]
        return np.concatenate(lines).astype(np.float32) if lines else np.zeros((0, 4, 2), np.float32)

    def _found(self, image: np.ndarray, rect: Rect) -> np.ndarray:
        """The lines in a part of the picture, the surest ones, as shares of that part."""
        left, top, width, height = rect
        if self._find is None or min(width, height) < LEAST_BOX_PX:
            return np.zeros((0, 4, 2), np.float32)
        found, score = self._find(image[top : top + height, left : left + width])
        best = np.argsort(-score, kind="stable")[: self.config.most]
        shares: np.ndarray = found[np.sort(best)] / np.array([width, height], np.float32)
        return shares

    def _followed(self, image: np.ndarray) -> dict[int, np.ndarray]:
        """The lines known, where they are now: in the whole picture as it moved, in boxes where they were in them."""
        if self._boxes_move or self._before is None:
            return self._shares
        now, size = self._grey(image), np.array([image.shape[1], image.shape[0]], np.float32)
        if now is None or now.shape != self._before.shape:
            return {}
        return {
            number: share + drift(self._before, now, share * size)[:, None] / size
            for number, share in self._shares.items()
        }

    @property
    def _boxes_move(self) -> bool:
        return bool(self.config.inside or self.config.regions)

    def _grey(self, image: np.ndarray) -> np.ndarray | None:
        """The picture to follow lines in, where that is needed."""
        return None if self._boxes_move or not self.config.find_s else grey_of(image)

    def _areas(self, packet: Packet) -> Areas:
        size, config = packet.frame.size, self.config
        if config.regions:
            quads = self._regions(config.regions, size)
            return Areas(quads, tuple(range(len(quads))))
        if config.inside:
            return self._boxes(packet)
        width, height = size
        return Areas(np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float32), (0,))

    def _boxes(self, packet: Packet) -> Areas:
        """Boxes of the other stage; those of detections have no names that last, so they are looked into each time."""
        found = packet.find(self.config.inside, object)
        boxes = found.boxes if isinstance(found, Tracks) else found if isinstance(found, Detections) else None
        if boxes is None:
            return Areas(np.zeros((0, 4, 2), np.float32), ())
        wanted = self.config.inside_classes
        self._tell_unknown(wanted, boxes.names)
        rows = [row for row, which in enumerate(boxes.class_id.tolist()) if not wanted or boxes.names[which] in wanted]
        left, top, right, bottom = boxes.xyxy[rows].reshape(-1, 4).T
        quads = np.stack([left, top, right, top, right, bottom, left, bottom], axis=1).reshape(-1, 4, 2)
        ids = tuple(found.id[rows].tolist()) if isinstance(found, Tracks) else tuple(-1 - row for row in rows)
        if not isinstance(found, Tracks):
            self._shares = {}
        return Areas(quads.astype(np.float32), ids)

    def _tell_unknown(self, wanted: tuple[str, ...], names: tuple[str, ...]) -> None:
        for name in wanted:
            if names and name not in names and name not in self._told:
                self._told.add(name)
                logger.warning(
                    "inside_classes: '%s' has no class '%s', only %s; nothing is read in it",
                    self.config.inside, name, ", ".join(names[:8]),
                )  # fmt: skip

    def _regions(self, regions: Mapping[str, tuple[float, ...]], size: tuple[int, int]) -> np.ndarray:
        """Those of them that are in the picture; one that is not is told once."""
        quads = []
        for name, numbers in regions.items():
            quad = region_quad(numbers, size)
            if (quad.max(axis=0) <= 0).any() or (quad.min(axis=0) >= size).any():
                if name not in self._told:
                    self._told.add(name)
                    logger.warning(
                        "regions.%s: %s lies outside the picture of %d x %d; it is not read", name, list(numbers), *size
                    )
                continue
            quads.append(quad)
        return np.array(quads, np.float32).reshape(-1, 4, 2)

    def close(self) -> None:
        """Let go of the network."""
        if self._find is not None:
            self._find.close()


def region_quad(numbers: tuple[float, ...], size: tuple[int, int]) -> np.ndarray:
    """Corners of a region in pixels, `(4, 2) float32`: numbers that are all from 0 to 1 are shares of the picture.

    >>> region_quad((0.5, 0, 1, 0.25), (640, 480)).tolist()
    [[320.0, 0.0], [640.0, 0.0], [640.0, 120.0], [320.0, 120.0]]
    """
    scale = np.array(size if min(numbers) >= 0 and max(numbers) <= 1 else (1, 1), np.float32)
    if len(numbers) == 4:
        left, top, right, bottom = numbers
        numbers = (left, top, right, top, right, bottom, left, bottom)
    corners: np.ndarray = np.array(numbers, np.float32).reshape(4, 2) * scale
    return corners


def _rect(quad: np.ndarray, size: tuple[int, int]) -> Rect:
    """Left, top, width and height of the part of the picture around a quad, whole pixels."""
    left, top = np.clip(np.floor(quad.min(axis=0)).astype(int), 0, size).tolist()
    right, bottom = np.clip(np.ceil(quad.max(axis=0)).astype(int), 0, size).tolist()
    return left, top, right - left, bottom - top


def _in_rect(shares: np.ndarray, rect: Rect) -> np.ndarray:
    """`(N, 4, 2)` in shares of a part of the picture to pixels of the picture."""
    return shares * np.array(rect[2:], np.float32) + np.array(rect[:2], np.float32)
