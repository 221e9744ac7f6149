"""Whether the camera still sees: frozen, black, over-exposed, blurred, covered, or turned away.

Some three looks a second at a small grey copy; `vision/picture_health.py` has the measures and where they come from.
A kind is in alarm when it was bad for long enough, and out of it when it was good for long enough: a counter of seconds
that fills while it is bad and empties while it is good, so that neither a lorry passing by nor one good frame changes
anything, and a fault that comes and goes is found all the same.
"""

from dataclasses import dataclass
from logging import getLogger
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from pipeline.changes import Changeable
from pipeline.health import KINDS, Condition, Health, Kind
from pipeline.stage import StageConfig
from pipeline.types import Packet
from vision.picture_health import clipped_share, dark_share, small_grey, still_share
from vision.usual_view import View, lost_sharpness

logger = getLogger(__name__)

Share = Annotated[float, Field(ge=0, le=1), Changeable()]
Seconds = Annotated[float, Field(gt=0, le=3600), Changeable()]

SAID: dict[Kind, str] = {
    "frozen": "the picture stands still",
    "black": "the picture is black",
    "overexposed": "the picture is over-exposed",
    "blurred": "the picture is blurred",
    "covered": "the camera is covered",
    "moved": "the camera looks elsewhere",
}


class HealthConfig(StageConfig):
    """Settings of the picture's health: for each kind, what is bad, and for how long until it is an alarm."""

    watch: Annotated[
        tuple[Kind, ...], Field(description="kinds to watch; for a camera that moves leave out covered and moved")
    ] = KINDS
    look_s: Annotated[float, Field(ge=0, le=60, description="seconds between looks; 0: at every frame")] = 0.3
    frozen: Annotated[Share, Field(description="part of the pixels that are exactly as at the look before")] = 1.0
    frozen_s: Annotated[Seconds, Field(description="seconds until the alarm")] = 5.0
    black: Annotated[Share, Field(description="part of the pixels below a tenth of the range")] = 0.98
    black_s: Annotated[Seconds, Field(description="seconds until the alarm")] = 2.0
    overexposed: Annotated[Share, Field(description="part of the pixels as bright as can be")] = 0.5
    overexposed_s: Annotated[Seconds, Field(description="seconds until the alarm")] = 3.0
    blurred: Annotated[Share, Field(description="part of the usual sharpness that is gone")] = 0.85
    blurred_s: Annotated[Seconds, Field(description="seconds until the alarm")] = 5.0
    covered: Annotated[Share, Field(description="part of the usual texture that is gone")] = 0.4
    covered_s: Annotated[Seconds, Field(description="seconds until the alarm")] = 5.0
    moved: Annotated[Share, Field(description="unlikeness to the usual view: 5 % of the width aside is about 0.7")] = (
        0.65
    )
    moved_s: Annotated[Seconds, Field(description="seconds until the alarm")] = 5.0
    clear_s: Annotated[Seconds, Field(description="seconds of good picture until an alarm ends")] = 3.0
    settle_s: Annotated[
        Seconds,
        Field(description="seconds of one view until it is the usual one; before it, nothing is covered or moved"),
    ] = 10.0
    adopt_s: Annotated[
        Seconds, Field(description="seconds a moved camera looks at one new view until that is the usual one")
    ] = 60.0


@dataclass
class Evidence:
    """How long a kind has been bad, less how long it has been good since."""

    since_s: float
    alarm: bool = False
    seconds: float = 0.0
    """Between 0 and the seconds until the alarm."""
    bad_since_s: float = 0.0
    """When it began to fill."""

    def add(self, bad: bool, now_s: float, dt_s: float, hold_s: float, clear_s: float) -> bool:
        """One more look.

        Args:
            bad: what it showed.
            now_s: media time.
            dt_s: since the look before; a gap counts as half of `hold_s` at most, so it alone is no evidence.
            hold_s: bad for so long is an alarm.
            clear_s: good for so long is the end of one.

        Returns:
            Whether an alarm began or ended.
        """
        if bad:
            if self.seconds == 0:
                self.bad_since_s = now_s
            self.seconds = min(hold_s, self.seconds + min(dt_s, hold_s / 2))
        else:
            self.seconds = max(0.0, self.seconds - min(dt_s / clear_s, 0.5) * hold_s)
        now = self.seconds > 0 if self.alarm else self.seconds >= hold_s
        changed, self.alarm = now is not self.alarm, now
        if changed:
            self.since_s = self.bad_since_s if now else now_s
        return changed


class HealthStage:
    """Gives the state of every kind with each frame; between looks it repeats the last."""

    Config: ClassVar[type[StageConfig]] = HealthConfig
    gives: ClassVar[type] = Health
    in_order: ClassVar[bool] = True

    def __init__(self, config: HealthConfig) -> None:
        self.config = config
        self._before: np.ndarray | None = None  # (h, w) uint8
        self._usual: View | None = None
        self._other: View | None = None
        """What a camera that moved looks at now."""
        self._evidence: dict[Kind, Evidence] = {}
        self._looked_s = 0.0
        self._last = Health(())

    def process(self, packet: Packet) -> Health:
        """The picture's health on this frame."""
        now_s = packet.frame.media_s
        since_s = now_s - self._looked_s
        if self._before is not None and 0 <= since_s < self.config.look_s:
            return self._last
        grey = small_grey(packet.frame.image)
        dt_s = max(0.0, since_s) if self._before is not None else 0.0
        if self._before is not None and self._before.shape != grey.shape:
            self._usual = self._other = None
        health = self._look(grey, now_s, dt_s)
        for kind in health.began:
            logger.warning("%s: %s; look at the camera", packet.frame.source, SAID[kind])
        for kind in health.ended:
            logger.info("%s: over: %s", packet.frame.source, SAID[kind])
        self._before, self._looked_s = grey, now_s
        self._last = Health(health.conditions)
        return health

    def _look(self, grey: np.ndarray, now_s: float, dt_s: float) -> Health:
        view = View.of(grey)
        values = self._values(grey, view)
        bad = self._bad(values)
        began: list[Kind] = []
        ended: list[Kind] = []
        conditions: list[Condition] = []
        for kind in self.config.watch:
            evidence = self._evidence.setdefault(kind, Evidence(now_s))
            if evidence.add(kind in bad, now_s, dt_s, getattr(self.config, f"{kind}_s"), self.config.clear_s):
                (began if evidence.alarm else ended).append(kind)
            threshold = getattr(self.config, kind)
            conditions.append(Condition(kind, evidence.alarm, evidence.since_s, values[kind], threshold))
        self._learn(view, bad, values, dt_s)
        return Health(tuple(conditions), tuple(began), tuple(ended))

    def _values(self, grey: np.ndarray, view: View) -> dict[Kind, float]:
        """Every kind's value; 0 where there is nothing to compare with yet."""
        usual = self._usual
        settled = usual is not None and usual.seconds >= self.config.settle_s
        return {
            "frozen": 0.0 if self._before is None else still_share(grey, self._before),
            "black": dark_share(grey),
            "overexposed": clipped_share(grey),
            "blurred": usual.blurred(view) if usual is not None and settled else lost_sharpness(view),
            "covered": usual.covered(view) if usual is not None and settled else 0.0,
            "moved": usual.moved(view) if usual is not None and settled else 0.0,
        }

    def _bad(self, values: dict[Kind, float]) -> set[Kind]:
        """The kinds that are bad on this look: the one that explains the others stands for them."""
        over: set[Kind] = {kind for kind in KINDS if values[kind] >= getattr(self.config, kind)}
        if over & {"black", "overexposed"}:
            return over & {"black", "overexposed"}
        for kind in ("covered", "moved"):
            if kind in over:
                return over & {kind, "frozen"}
        return over

    def _learn(self, view: View, bad: set[Kind], values: dict[Kind, float], dt_s: float) -> None:
        """Let the usual view follow what is seen while all is well, and take another one for it in the end."""
        if self._usual is None:
            self._usual = view if not bad else None
        elif "moved" in bad:
            if self._other is None or self._other.moved(view) >= self.config.moved:
                self._other = view
            self._other = self._other.learn(view, dt_s)
            if self._other.seconds >= self.config.adopt_s:
                self._usual, self._other = self._other, None
        elif not bad:
            self._other = None
            if self._usual.seconds < self.config.settle_s and self._usual.moved(view) >= self.config.moved:
                self._usual = view
            self._usual = self._usual.learn(view, dt_s)
