"""The table of what is drawn and by whom: results in the order in which they lie on the picture, the lowest first."""

import importlib
from collections.abc import Callable
from functools import cache
from typing import Any

from stages.draw.pen import Pen

Drawer = Callable[[Pen, Any], None]

DRAWERS: dict[str, str] = {
    "pipeline.results.masks:Masks": "stages.draw.masks:draw_masks",
    "pipeline.results.landmarks:Landmarks": "stages.draw.landmarks:draw_landmarks",
    "pipeline.results.poses:Poses": "stages.draw.poses:draw_poses",
    "pipeline.results.classes:Classes": "stages.draw.classes:draw_classes",
    "pipeline.results.texts:Texts": "stages.draw.texts:draw_texts",
    "pipeline.results.zones:Zones": "stages.draw.zones:draw_zones",
    "pipeline.results.faces:Faces": "stages.draw.faces:draw_faces",
    "pipeline.results.faces:Identities": "stages.draw.faces:draw_identities",
}
"""`module:function` for each kind of result, both by their full names; nothing is imported until it is drawn."""


def drawer_of(kind: type[Any]) -> tuple[int, Drawer] | None:
    """Who draws results of `kind`, and at which height: a function of the table, or the kind's own `draw(pen)`."""
    name = f"{kind.__module__}:{kind.__qualname__}"
    if name in DRAWERS:
        return list(DRAWERS).index(name), _load(DRAWERS[name])
    own = getattr(kind, "draw", None)
    return None if own is None else (len(DRAWERS), lambda pen, found: own(found, pen))


@cache
def _load(target: str) -> Drawer:
    module, _, name = target.partition(":")
    drawer: Drawer = getattr(importlib.import_module(module), name)
    return drawer
