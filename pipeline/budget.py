"""Holds the age of a live picture inside a budget: puts stages beside the flow that cost more than there is time for.

Every second the 95th percentile of the last second is held against the budget. Above it, the stage in line whose calls
take longest steps aside: nobody waits for it, it is asked as often as it can. Well below it, the cheapest that stepped
aside may come back if its own time fits; one that had to leave again waits twice as long for its next try. So the
picture is late for a second or two, once, and never drifts.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.aside import Aside
from pipeline.latency import Latency

logger = logging.getLogger(__name__)

STEP_S = 1.0
"""How often the budget is looked at."""
LEAST_FRAMES = 5
"""In a step, to judge by."""
LEAST_GAIN = 0.02
"""Of the budget: a stage that takes less is not worth putting aside."""
ROOM = 0.8
"""A stage comes back where the age of the picture and its own time together stay below so much of the budget."""
FIRST_TRY_S, LAST_TRY_S = 20.0, 1280.0
"""After so long a stage may come back, doubled each time that it had to leave again."""


@dataclass
class _Choice:
    """One stage, and what is known of it."""

    aside: Aside
    calls: int = 0
    wall_s: float = 0.0
    ms: float = 0.0
    """Of a call, lately."""
    left_s: float = 0.0
    """When it stepped aside."""
    try_after_s: float = FIRST_TRY_S / 2
    told: bool = False

    def look(self) -> None:
        """Bring `ms` up to date."""
        timing = self.aside.station.timing()
        if timing.calls > self.calls:
            self.ms = (timing.wall_s - self.wall_s) / (timing.calls - self.calls) * 1e3
            self.calls, self.wall_s = timing.calls, timing.wall_s


class Budget:
    """Chooses, while a live source runs, which of its stages stand in line.

    Args:
        budget_ms: What the 95th percentile of the picture's age shall stay below.
        asides: The stages that may step aside; all begin in line.
        latency: Of the run.
        clock: Monotonic seconds.
    """

    def __init__(self, budget_ms: float, asides: Sequence[Aside], latency: Latency, clock: Callable[[], float]) -> None:
        self.budget_ms = budget_ms
        self.p95_ms = 0.0
        """Of the last step."""
        self._choices = [_Choice(aside) for aside in asides]
        self._latency, self._clock = latency, clock
        self._counts = latency.counts()
        self._helpless = False

    @property
    def chosen(self) -> dict[str, str]:
        """'in line' or 'aside', for each stage that may be either."""
        return {choice.aside.station.name: "in line" if choice.aside.in_line else "aside" for choice in self._choices}

    def keep(self, over: threading.Event) -> None:
        """The body of a thread: a step each second until `over`."""
        while not over.wait(STEP_S):
            self.step()

    def step(self) -> None:
        """Look at what came out since the last step, and move one stage at most."""
        before, self._counts = self._counts, self._latency.counts()
        lately = self._latency.summary_of(self._counts - before)
        for choice in self._choices:
            choice.look()
        if lately.frames < LEAST_FRAMES:
            return
        self.p95_ms = lately.p95
        if self.p95_ms > self.budget_ms:
            self._put_aside()
        elif self.p95_ms < ROOM * self.budget_ms:
            self._bring_back()

    def _put_aside(self) -> None:
        in_line = [choice for choice in self._choices if choice.aside.in_line]
        costly = max(in_line, key=lambda choice: choice.ms, default=None)
        if costly is None or costly.ms < LEAST_GAIN * self.budget_ms:
            if not self._helpless:
                logger.warning(
                    "the picture is %.0f ms old (budget %.0f ms), and no stage is left to put aside: draw or record"
                    " less, or raise flow.budget_ms",
                    self.p95_ms,
                    self.budget_ms,
                )
            self._helpless = True
            return
        costly.aside.in_line = False
        costly.left_s = self._clock()
        costly.try_after_s = min(2 * costly.try_after_s, LAST_TRY_S)
        logger.log(
            logging.DEBUG if costly.told else logging.INFO,
            "stage '%s' takes %.0f ms and the picture was %.0f ms old (budget %.0f ms): nobody waits for it any more",
            costly.aside.station.name,
            costly.ms,
            self.p95_ms,
            self.budget_ms,
        )
        costly.told = True

    def _bring_back(self) -> None:
        self._helpless = False
        now_s = self._clock()
        for choice in sorted(self._choices, key=lambda choice: choice.ms):
            fits = self.p95_ms + choice.ms < ROOM * self.budget_ms
            if not choice.aside.in_line and fits and now_s - choice.left_s >= choice.try_after_s:
                choice.aside.in_line = True
                logger.debug("stage '%s' stands in line again", choice.aside.station.name)
                return
