"""One stage at its place in the flow: its worker objects, its policy, its clock, and what it does with a packet."""

import logging
from dataclasses import dataclass

from pipeline.errors import StageError
from pipeline.stage import Gate, Stage, StageConfig
from pipeline.stats import StageClock, Timing
from pipeline.types import Frame, Packet

logger = logging.getLogger(__name__)

MOST_FAILURES_IN_A_ROW = 30
"""Under `on_error: skip` a stage that fails this often without a success between is broken, and the run ends."""


@dataclass(frozen=True)
class StagePlan:
    """A stage ready to run: its name in the config, its settings, and an object for each worker."""

    name: str
    config: StageConfig
    workers: tuple[Stage, ...]

    def close(self) -> None:
        """Close the worker objects that have something to close."""
        for stage in self.workers:
            close = getattr(stage, "close", None)
            if close is not None:
                close()


class Station:
    """Runs a plan's stage on packets and says what becomes of each. `attempt` from any worker, the rest in order."""

    def __init__(self, plan: StagePlan) -> None:
        self.plan = plan
        self.name = plan.name
        self._clock = StageClock()
        self.is_on = True
        """Off: the stage is asked nothing, and packets go past it. May be changed while it runs."""
        self.failures = 0
        """Frames it raised on."""
        self.disabled: str | None = None
        """Why it is asked no more, under `on_error: disable`; None while it works."""
        self._turn = -1
        self._failures_in_a_row = 0

    def count_from(self, index: int) -> None:
        """Count `every` as if so many frames had come before: the first one is in the middle of a recording."""
        self._turn = index - 1

    def is_asked(self, packet: Packet) -> bool:
        """Whether the next packet in order is one that the stage looks at: each `every`-th from the first.

        Where its gate is closed it is asked nothing, and the first packet after that is one it looks at.
        """
        config = self.plan.config
        gate = packet.results.get(config.when) if config.when else None
        if isinstance(gate, Gate) and not gate.active:
            self._turn = -1
            return False
        self._turn += 1
        return self.works and (config.every == "auto" or self._turn % config.every == 0)

    @property
    def works(self) -> bool:
        """Whether it is asked at all: nobody put it out of the flow, and it did not put itself there by a fault."""
        return self.is_on and self.disabled is None

    @property
    def may_stand_aside(self) -> bool:
        """Whether nobody waits for it on a live source."""
        return self.plan.config.aside or self.plan.config.every == "auto"

    @property
    def may_step_aside(self) -> bool:
        """Whether a latency budget may put it there: it makes no picture that others wait for, and has one worker."""
        return len(self.plan.workers) == 1 and not issubclass(self.plan.workers[0].gives, Frame)

    def attempt(self, stage: Stage, packet: Packet) -> Packet | Exception:
        """Ask `stage` about a packet.

        Returns:
            The packet with the answer, or what the stage raised: whether that ends the run is decided in order.
        """
        try:
            with self._clock.call():
                output = stage.process(packet)
            if output is None:
                return packet
            if not isinstance(output, stage.gives):
                raise TypeError(f"returned {type(output).__name__}, and says that it gives {stage.gives.__name__}")
            return packet.plus(self.name, output)
        except Exception as error:  # noqa: BLE001 - a stage begins here: whatever it raises is told with its frame
            return error

    def judge(self, packet: Packet, outcome: Packet | Exception) -> Packet | None:
        """The packet to pass on, or None where the frame is lost; called in order.

        Raises:
            StageError: the policy is to stop, or too many failures came in a row.
        """
        if isinstance(outcome, Packet):
            self._failures_in_a_row = 0
            return outcome
        self._failures_in_a_row += 1
        self.failures += 1
        frame = packet.frame
        told = (
            f"stage '{self.name}' failed on frame {frame.index} ({frame.media_s:.3f} s) of {frame.source}: "
            f"{type(outcome).__name__}: {' '.join(str(outcome).split())}"
        )
        if self.plan.config.on_error == "disable":
            if self.disabled is None:
                self.disabled = told
                logger.warning("%s; it is asked no more, and frames go on without it", told)
            return packet
        if self.plan.config.on_error == "stop":
            mend = f"to lose such frames and go on: --set stages.{self.name}.on_error=skip; to lose the stage: disable"
            raise StageError(f"{told}; {mend}") from outcome
        if self._failures_in_a_row >= MOST_FAILURES_IN_A_ROW:
            raise StageError(f"{told}; it was the {self._failures_in_a_row}th in a row") from outcome
        logger.warning("%s; the frame is lost", told)
        return None

    def timing(self) -> Timing:
        """What the stage's calls cost so far."""
        return self._clock.timing()

    def close(self) -> None:
        """Close the worker objects that have something to close."""
        self.plan.close()
