"""What is said of the picture itself: not what is in it, but whether the camera still sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["frozen", "black", "overexposed", "blurred", "covered", "moved"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Condition:
    """One way in which a picture can be bad, and whether it is."""

    kind: Kind
    alarm: bool
    since_s: float
    """Media time from which on it has been so: since the alarm, or since its end; of the first frame where there was
    never one."""
    value: float
    """In [0, 1], worse is more; measured on this frame. vision/picture_health.py says what each kind measures."""
    threshold: float
    """From here a frame counts as bad."""


@dataclass(frozen=True, slots=True)
class Health:
    """The state of every kind on one frame, and what changed on it."""

    conditions: tuple[Condition, ...]
    """In the order of `KINDS`, without those that are switched off."""
    began: tuple[Kind, ...] = ()
    """Alarms that began on this frame. A sink may never see it, since a live source drops: compare `alarms`."""
    ended: tuple[Kind, ...] = ()
    """Alarms that ended on this frame."""

    @property
    def alarms(self) -> tuple[Kind, ...]:
        """The kinds that are in alarm."""
        return tuple(condition.kind for condition in self.conditions if condition.alarm)

    @property
    def ok(self) -> bool:
        """Whether nothing is in alarm."""
        return not self.alarms
