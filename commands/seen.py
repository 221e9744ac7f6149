"""What was followed and what was wrong, as a list for people: the newest tracks and alarms with their pictures."""

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from pipeline.health import Health, Kind
from pipeline.types import Packet, Tracks

MOST = 100
"""Tracks that are remembered; older ones make room."""
THUMBNAIL_PX = 160
"""Longest side of a picture that is kept: a hundred take 5 MB."""
MARGIN = 0.1
"""Of a box's sides, shown around it."""


@dataclass
class _Seen:
    label: str
    score: float
    first_s: float
    last_s: float
    thumbnail: np.ndarray


class SeenSink:
    """Remembers the newest tracks, each with the picture of its best moment."""

    name = "seen"

    def __init__(self, tracks_from: str | None) -> None:
        self._from = tracks_from
        self._lock = threading.Lock()
        self._seen: OrderedDict[int, _Seen] = OrderedDict()
        self._here: frozenset[int] = frozenset()
        self._alarms: dict[Kind, _Seen] = {}
        self._past: deque[_Seen] = deque(maxlen=MOST)
        """Alarms that ended."""
        self.followed: dict[str, int] = {}
        """How many there were of each class."""

    def write(self, packet: Packet) -> None:
        """Note who is in the picture, and what is wrong with it."""
        self._note_alarms(packet)
        found = packet.find(self._from, Tracks) if self._from else None
        if found is None:
            return
        boxes, now_s = found.boxes, packet.frame.media_s
        with self._lock:
            self._here = frozenset(found.id.tolist())
            rows = zip(found.id.tolist(), boxes.class_id.tolist(), boxes.score.tolist(), boxes.xyxy, strict=True)
            for number, class_id, score, xyxy in rows:
                seen = self._seen.get(number)
                if seen is None:
                    label = boxes.names[class_id]
                    self.followed[label] = self.followed.get(label, 0) + 1
                    seen = self._seen[number] = _Seen(label, 0.0, now_s, now_s, np.zeros((1, 1, 3), np.uint8))
                seen.last_s = now_s
                if score > seen.score + 0.02:
                    seen.score, seen.thumbnail = score, _cut(packet.frame.image, xyxy)
                self._seen.move_to_end(number)
            while len(self._seen) > MOST:
                self._seen.popitem(last=False)

    def _note_alarms(self, packet: Packet) -> None:
        for result in packet.results.values():
            if not isinstance(result, Health):
                continue
            now_s = packet.frame.media_s
            with self._lock:
                for kind in result.alarms:
                    if kind not in self._alarms:
                        whole = np.array([0, 0, *packet.frame.size], np.float32)
                        self._alarms[kind] = _Seen(kind, 0.0, now_s, now_s, _cut(packet.frame.image, whole))
                    self._alarms[kind].last_s = now_s
                for kind in set(self._alarms) - set(result.alarms):
                    self._past.appendleft(self._alarms.pop(kind))

    def alarms(self) -> list[Kind]:
        """What is wrong with the picture now."""
        with self._lock:
            return list(self._alarms)

    def rows(self) -> list[dict[str, Any]]:
        """Alarms, then tracks, the newest first, as the page takes them."""
        with self._lock:
            alarms = [(seen, True) for seen in self._alarms.values()] + [(seen, False) for seen in self._past]
            events = [
                {
                    "id": number,
                    "kind": "event",
                    "label": seen.label,
                    "first_s": seen.first_s,
                    "last_s": seen.last_s,
                    "here": here,
                    "thumbnail": seen.thumbnail,
                }
                for number, (seen, here) in enumerate(alarms)
            ]
            return events[:MOST] + [
                {
                    "id": number,
                    "label": seen.label,
                    "score": round(seen.score, 3),
                    "first_s": seen.first_s,
                    "last_s": seen.last_s,
                    "here": number in self._here,
                    "thumbnail": seen.thumbnail,
                }
                for number, seen in reversed(self._seen.items())
            ]

    def finish(self) -> None:
        """Nothing has to be made whole."""

    def close(self) -> None:
        """Nothing is held."""


def _cut(image: np.ndarray, xyxy: np.ndarray) -> np.ndarray:
    """`(h, w, 3) uint8` copy of a box with a margin: at least a pixel, no side over `THUMBNAIL_PX`."""
    height, width = image.shape[:2]
    left, top, right, bottom = xyxy.tolist()
    margin_x, margin_y = (right - left) * MARGIN, (bottom - top) * MARGIN
    x0, y0 = int(max(0, min(left - margin_x, width - 1))), int(max(0, min(top - margin_y, height - 1)))
    x1, y1 = int(min(width, max(right + margin_x, x0 + 1))), int(min(height, max(bottom + margin_y, y0 + 1)))
    cut = image[y0:y1, x0:x1]
    high, wide = cut.shape[:2]
    smaller = min(1.0, THUMBNAIL_PX / max(high, wide))
    size = max(1, round(wide * smaller)), max(1, round(high * smaller))
    cut = cut.copy() if smaller == 1 else np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_AREA))
    cut.setflags(write=False)
    return cut
