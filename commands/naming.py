"""Naming faces of a run from the page: finds the face of a click, and tells the stage that recognises."""

from typing import Any, Protocol, runtime_checkable

from commands.newest import NewestSink
from pipeline.errors import ConfigError
from pipeline.results.faces import Faces, Identities
from pipeline.runner import Runner

ROUND = 0.25
"""A click beside a face counts as on it within so much of its side: fingers are wide."""


@runtime_checkable
class Teachable(Protocol):
    """A stage that can be told whose a face is."""

    def teach(self, track: int, name: str) -> None:
        """Remember it."""
        ...


def face_at(newest: NewestSink, x: float, y: float) -> dict[str, Any] | None:
    """The followed face at a place of the newest picture, the nearest where several are; see `web.faces.FaceRow`.

    Args:
        newest: has the newest packet.
        x: in 0..1 from the left.
        y: in 0..1 from the top.
    """
    found = newest.newest()
    if found is None:
        return None
    packet = found[1]
    width, height = packet.frame.size
    names: dict[int, tuple[str | None, int]] = {}
    seen: list[Faces] = []
    for result in packet.results.values():
        if isinstance(result, Identities):
            seen.append(result.faces)
            for number, name, unknown in zip(result.faces.track_id, result.name, result.unknown, strict=True):
                names[int(number)] = name, int(unknown)
        elif isinstance(result, Faces):
            seen.append(result)
    best: tuple[float, int] | None = None
    for faces in seen:
        for (left, top, right, bottom), number in zip(faces.xyxy.tolist(), faces.track_id.tolist(), strict=True):
            half_x, half_y = (right - left) / 2, (bottom - top) / 2
            if number <= 0 or half_x <= 0 or half_y <= 0:
                continue
            # 1: at the edge of the box
            away = max(abs(x * width - (left + right) / 2) / half_x, abs(y * height - (top + bottom) / 2) / half_y)
            if away <= 1 + 2 * ROUND and (best is None or away < best[0]):
                best = away, int(number)
    if best is None:
        return None
    name, unknown = names.get(best[1], (None, 0))
    return {"track": best[1], "name": name, "unknown": unknown or None}


def name_face(runner: Runner, track: int, name: str) -> None:
    """Tell the stage that recognises faces whose a track is.

    Raises:
        ConfigError: no stage recognises, or it cannot remember the face.
    """
    for station in runner.stations:
        stage = station.plan.workers[0]
        if isinstance(stage, Teachable):
            stage.teach(track, name)
            return
    raise ConfigError("no stage recognises faces; put identify into the config, with a gallery")
