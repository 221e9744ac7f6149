"""Tells what happened, by rules: who appeared, entered, crossed, stayed, was recognised, what was read ...

It looks at what the stages before it found and gives events: typed, with media time and clock time, each once, and with
what shows that it is so. `stages/event_sights.py` says what can happen, `stages/event_rules.py` when it is told.
"""

import zlib
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from pipeline.errors import ConfigError
from pipeline.results.events import KINDS, Event, Events
from pipeline.results.zones import Zones
from pipeline.stage import StageConfig
from pipeline.types import Frame, Packet
from stages.event_evidence import EvidenceFolder
from stages.event_rules import Rule, RuleSettings, Told
from stages.event_sights import WORDS, Watcher

RECENT = 100
"""Events that are given again with later frames, for receivers that missed some."""


class EventsConfig(StageConfig):
    """What is told."""

    rules: Annotated[
        tuple[RuleSettings, ...], Field(description="what is told, a rule for each kind of event; none: every kind")
    ] = ()
    evidence: Annotated[
        Path | None, Field(description="folder for a picture of each event, cut out of its frame; none: not written")
    ] = None


class EventStage:
    """Turns what the stages before it found into events.

    Put it after the stages it tells of, after what hides faces, and before the overlay: its pictures are cut out of the
    frame as it is there.
    """

    Config: ClassVar[type[StageConfig]] = EventsConfig
    gives: ClassVar[type] = Events
    in_order: ClassVar[bool] = True

    @staticmethod
    def sees(config: EventsConfig) -> bool:
        """Whether it looks at the picture: evidence is cut out of it."""
        return config.evidence is not None

    def __init__(self, config: EventsConfig) -> None:
        self.config = config
        settings = config.rules or tuple(RuleSettings(kind=kind) for kind in KINDS)
        self._rules = [Rule(one) for one in settings]
        self._watcher = Watcher()
        self._evidence = EvidenceFolder(config.evidence)
        self._begun = self._told = 0
        self._recent: tuple[Event, ...] = ()
        self._run = ""
        self._places_checked = False

    def process(self, packet: Packet) -> Events:
        """What is to be told of this frame; most often nothing.

        Raises:
            ConfigError: a rule names an area or line that there is not, and would never tell anything.
        """
        sights, frame = self._watcher.look(packet), packet.frame
        if not self._places_checked:
            self._check_places(packet)
        items: list[Event] = []
        for rule in self._rules:
            for told in rule.look(sights, frame.media_s, self._begun + 1):
                self._begun = max(self._begun, told[1])
                items.append(self._event(rule, told, frame))
        if items:
            self._told += len(items)
            self._recent = (*self._recent, *items)[-RECENT:]
        return Events(tuple(items), self._told, self._recent)

    def _check_places(self, packet: Packet) -> None:
        """Check the names in the rules on the first frame that has areas and lines."""
        found = [result for result in packet.results.values() if isinstance(result, Zones)]
        if not found:
            return
        self._places_checked = True
        known = [name for zones in found for name in (*zones.areas, *zones.lines)]
        for number, rule in enumerate(self._rules):
            for name in rule.settings.zones:
                if rule.settings.kind not in WORDS and name not in known:
                    near = get_close_matches(name, known, n=1)
                    hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(known)}"
                    raise ConfigError(f"events: rules.{number}.zones: there is no area or line '{name}'; {hint}")

    def _event(self, rule: Rule, told: Told, frame: Frame) -> Event:
        phase, number, sight, more = told
        if not self._run:  # the same settings and the same source give the same ids
            self._run = f"{zlib.crc32(f'{frame.source}|{self.config.model_dump_json()}'.encode()):08x}"
        name = f"{self._run}-{number}"
        value = {**sight.value, **{key: round(x, 3) if isinstance(x, float) else x for key, x in more.items()}}
        evidence = None
        if phase in ("start", "once"):
            evidence = self._evidence.keep(f"{name}-{rule.settings.kind}", frame, sight.xyxy, sight.tail)
        return Event(
            kind=rule.settings.kind,
            phase=phase,
            id=name,
            source=frame.source,
            frame=frame.index,
            media_s=frame.media_s,
            clock_s=frame.clock_s,
            stage=sight.stage,
            zone=sight.zone,
            track_id=sight.track_id,
            class_name=sight.class_name,
            value=value,
            score=sight.score,
            xyxy=sight.xyxy,
            evidence=evidence,
        )
