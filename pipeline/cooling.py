"""Keeps a board from getting too warm: stages beside the flow rest more, so that it need not slow everything down.

A board that is too hot lowers its clock, and then decoding and drawing are late as well. What a person would rather do
without is a look of the detector now and then; so those rest first, the longer the warmer it is.
"""

import logging
import time
from collections.abc import Callable, Sequence

from pipeline.aside import Aside
from pipeline.heat import Heat

logger = logging.getLogger(__name__)

STEP_S = 2.0
"""How often it looks."""
SPAN_C = 10.0
"""From the chosen temperature to this much above it the share of time falls to the least."""
LEAST = 0.1
"""Share of the time that a stage beside the flow works at least."""
AFTER_SLOWED = 0.7
"""What the board's own brake leaves of the share at each look, until it is off."""
RECOVER = 0.05
"""How much the share may rise at each look: heat comes and goes slowly."""


class Cooling:
    """Sets how much of the time stages beside the flow may work.

    Args:
        above_c: Temperature from which they rest; None: never, and the board is looked at all the same.
        read: How the board is, now.
        asides: What stages there are beside the flow, now; may change.
    """

    def __init__(self, above_c: float | None, read: Callable[[], Heat], asides: Callable[[], Sequence[Aside]]) -> None:
        self.above_c, self._read, self._asides = above_c, read, asides
        self.share = 1.0
        """Of the time, that they work."""
        self.heat = Heat(None)
        """As last read."""
        self._next_s = 0.0
        self._told: tuple[bool, bool] = (False, False)

    def step_if_due(self, now_s: float | None = None) -> None:
        """Look, and set the shares, if the last time was long enough ago; monotonic seconds."""
        now_s = time.monotonic() if now_s is None else now_s
        if now_s >= self._next_s:
            self._next_s = now_s + STEP_S
            self.step()

    def step(self) -> None:
        """Look once, and set the shares."""
        self.heat = self._read()
        if self.above_c is None:
            return
        wanted = 1.0
        if self.heat.celsius is not None:
            over = (self.heat.celsius - self.above_c) / SPAN_C
            wanted = min(1.0, max(LEAST, 1.0 - (1.0 - LEAST) * over))
        if self.heat.slowed:
            wanted = min(wanted, self.share * AFTER_SLOWED)
        self.share = max(LEAST, min(wanted, self.share + RECOVER))
        for aside in self._asides():
            aside.share = self.share
        self._tell()

    def status(self) -> dict[str, object]:
        """As `--stats` tells it."""
        heat = self.heat
        told: dict[str, object] = {"celsius": heat.celsius, "slowed": heat.slowed, "undervoltage": heat.undervoltage}
        return told if self.above_c is None else {**told, "share": round(self.share, 2)}

    def _tell(self) -> None:
        """One line where something begins, and one where it is over."""
        now = (self.share < 1, self.heat.undervoltage)
        if now[0] != self._told[0]:
            warm = "" if self.heat.celsius is None else f" at {self.heat.celsius:.0f} °C"
            says = "stages beside the flow rest now and then" if now[0] else "cool again, nothing rests"
            logger.warning("the board is%s%s: %s", warm, ", slowed down" if self.heat.slowed else "", says)
        if now[1] and not self._told[1]:
            logger.warning("the board's voltage is too low: it needs a stronger supply, or it will slow down or hang")
        self._told = now
