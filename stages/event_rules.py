"""Which events are told, and how often: the rules of a config, and what each remembers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipeline.results.events import Kind, Phase
from stages.event_sights import LASTING, WORDS, Key, Sight, Sights

ROUNDING_S = 1e-6
DEBOUNCE_S: Mapping[Kind, float] = {"appeared": 0.5, "count": 0.5}
"""Seconds, where a rule does not say; 0 for the others."""
GONE_S: Mapping[Kind, float] = {"appeared": 1.0, "motion": 2.0, "recognised": 5.0, "read": 5.0, "classified": 5.0}
Told = tuple[Phase, int, Sight, dict[str, object]]
"""A phase, the number of the event, where it is, and the values that the rule knows better."""


class RuleSettings(BaseModel):
    """One kind of event."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Annotated[Kind, Field(description="what has to happen")]
    zones: Annotated[
        tuple[str, ...], Field(description="areas and lines where it counts, or names that are recognised; none: all")
    ] = ()
    classes: Annotated[tuple[str, ...], Field(description="classes that count; none: all")] = ()
    min_score: Annotated[float, Field(ge=0, le=1, description="score that it needs, where there is one")] = 0.0
    debounce_s: Annotated[
        float | None,
        Field(ge=0, le=3600, description="seconds that it has to last; the same again within that time is not told"),
    ] = None
    cooldown_s: Annotated[
        float, Field(ge=0, le=86_400, description="seconds without another of this rule at the same place")
    ] = 0.0
    gone_s: Annotated[
        float | None, Field(ge=0, le=3600, description="seconds unseen until what lasts is over; a gap below is none")
    ] = None
    update_s: Annotated[
        float, Field(ge=0, le=86_400, description="seconds between two updates while it lasts; 0: no updates")
    ] = 0.0

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.update_s and self.kind not in LASTING:
            raise ValueError(f"update_s: '{self.kind}' has no duration; leave it out, or take {', '.join(LASTING)}")
        return self


@dataclass
class _Incident:
    """Something that lasts."""

    since_s: float
    last_s: float
    sight: Sight
    number: int = 0
    """0: not told yet."""
    muted: bool = False
    """It began within the cooldown of another and is not told."""
    updated_s: float = 0.0


@dataclass
class _Count:
    """How many there are at one place."""

    told: int
    now: int
    since_s: float


@dataclass
class Rule:
    """A rule at work; it sees every frame in order."""

    settings: RuleSettings
    _incidents: dict[Key, _Incident] = field(default_factory=dict)
    _last_s: dict[tuple[str, object], float] = field(default_factory=dict)
    """When something was told last, by place or by what it was."""
    _counts: dict[Key, _Count] = field(default_factory=dict)

    def __post_init__(self) -> None:
        settings = self.settings
        given = settings.debounce_s
        self._debounce_s = DEBOUNCE_S.get(settings.kind, 0.0) if given is None else given
        self._gone_s = GONE_S.get(settings.kind, 0.0) if settings.gone_s is None else settings.gone_s
        self._picky = bool(settings.zones or settings.classes or settings.min_score)

    def look(self, sights: Sights, now_s: float, next_number: int) -> Iterator[Told]:
        """What is to be told of this frame.

        Args:
            sights: what the stages saw.
            now_s: media time.
            next_number: of the first event that begins here; each that does takes one.
        """
        kind = self.settings.kind
        if kind == "count":
            yield from self._changed(sights.counts, now_s, next_number)
        elif kind in LASTING or kind in WORDS:
            yield from self._lasting(sights.present.get(kind, {}), now_s, next_number)
        else:
            yield from self._once(sights.happened.get(kind, ()), now_s, next_number)

    def _lasting(self, present: Mapping[Key, Sight], now_s: float, number: int) -> Iterator[Told]:
        settings, incidents = self.settings, self._incidents
        for key, sight in present.items():
            incident = incidents.get(key)
            if incident is None:
                if self._picky and not self._counts_here(sight):
                    continue
                incident = incidents[key] = _Incident(now_s, now_s, sight)
            incident.last_s, incident.sight = now_s, sight
            if not incident.number:
                if not incident.muted and now_s - incident.since_s >= self._debounce_s - ROUNDING_S:
                    incident.muted = self._cools(sight, now_s)
                    if not incident.muted:
                        incident.number, incident.updated_s = number, now_s
                        number += 1
                        yield self._begun(incident, now_s)
            elif settings.update_s and now_s - incident.updated_s >= settings.update_s - ROUNDING_S:
                incident.updated_s = now_s
                yield "update", incident.number, sight, {"seconds": now_s - self._began_s(incident)}
        if len(incidents) > len(present):
            over = [key for key, one in incidents.items() if self._is_over(key, one, present, now_s)]
            for key in over:
                incident = incidents.pop(key)
                if incident.number and settings.kind in LASTING:
                    seconds = incident.last_s - self._began_s(incident)
                    yield "end", incident.number, incident.sight, {"seconds": seconds}

    def _begun(self, incident: _Incident, now_s: float) -> Told:
        if self.settings.kind in WORDS:
            return "once", incident.number, incident.sight, {}
        return "start", incident.number, incident.sight, {"seconds": now_s - self._began_s(incident)}

    def _is_over(self, key: Key, incident: _Incident, present: Mapping[Key, Sight], now_s: float) -> bool:
        return key not in present and now_s - incident.last_s >= self._gone_s - ROUNDING_S

    def _began_s(self, incident: _Incident) -> float:
        return incident.since_s if incident.sight.began_s is None else incident.sight.began_s

    def _once(self, happened: tuple[Sight, ...] | list[Sight], now_s: float, number: int) -> Iterator[Told]:
        for sight in happened:
            if self._picky and not self._counts_here(sight):
                continue
            same = ("same", sight.key)
            before_s = self._last_s.get(same)
            self._last_s[same] = now_s
            if before_s is not None and now_s - before_s < self._debounce_s - ROUNDING_S:
                continue
            if not self._cools(sight, now_s):
                yield "once", number, sight, {}
                number += 1
        longest_s = max(self._debounce_s, self.settings.cooldown_s)
        if len(self._last_s) > 1000:
            self._last_s = {key: when for key, when in self._last_s.items() if now_s - when <= longest_s}

    def _changed(self, counts: Mapping[Key, Sight], now_s: float, number: int) -> Iterator[Told]:
        settings = self.settings
        for key, sight in counts.items():
            if settings.zones and sight.zone not in settings.zones:
                continue
            kinds = sight.classes
            count = sum(kinds.values() if not settings.classes else (kinds.get(name, 0) for name in settings.classes))
            known = self._counts.setdefault(key, _Count(0, 0, now_s))
            if count != known.now:
                known.now, known.since_s = count, now_s
            if known.now != known.told and now_s - known.since_s >= self._debounce_s - ROUNDING_S:
                before, known.told = known.told, known.now
                if not self._cools(sight, now_s):
                    yield "once", number, replace(sight, value={"count": count, "before": before}), {}
                    number += 1

    def _counts_here(self, sight: Sight) -> bool:
        settings = self.settings
        place = sight.label if sight.zone is None else sight.zone
        return (
            (not settings.zones or place in settings.zones)
            and (not settings.classes or sight.class_name in settings.classes)
            and (sight.score is None or sight.score >= settings.min_score)
        )

    def _cools(self, sight: Sight, now_s: float) -> bool:
        """Whether another was told at the same place a moment ago; if not, this one counts from now on."""
        if not self.settings.cooldown_s:
            return False
        place = ("place", (sight.stage, sight.zone, sight.label))
        before_s = self._last_s.get(place)
        if before_s is not None and now_s - before_s < self.settings.cooldown_s - ROUNDING_S:
            return True
        self._last_s[place] = now_s
        return False
