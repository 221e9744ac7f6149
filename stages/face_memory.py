"""Who each track is: given late, kept long, and to one track at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from gallery.known import Known
from stages.face_views import FaceViews

SURE = 0.75
"""A face nearer than this part of the limit needs no second view to be named."""
STICKS = 1.15
"""A name stays up to this part of the limit, and goes only after `LET_GO` looks beyond it."""
LET_GO = 3
MARGIN = 0.04
"""How much nearer somebody has to be than anybody else, and a challenger than who has the name."""
FORGOTTEN_S = 60.0
"""Media time after which a track that is not seen is forgotten."""
MOST_STRANGERS = 1000
"""Unknown people that are told apart; the one seen longest ago is forgotten first."""


@dataclass(frozen=True)
class Rules:
    """When a face is looked at and when it gets a name."""

    max_distance: float
    """Largest distance of a named face to the nearest picture of that person."""
    agree: int = 2
    """Views that have to say the same name."""
    enough: int = 3
    """Views without a name before somebody is called unknown."""
    soon_s: float = 0.15
    """Media time between views of a track that is not decided; grows with their number."""
    again_s: float = 5.0
    """Media time after which a track that is decided is looked at again; up to three times as long after many looks."""
    better: float = 1.3
    """How much better than the best a view has to be to be looked at before that."""
    min_quality: float = 0.2
    """Quality below which a face is not looked at."""


@dataclass
class Person:
    """What is held of one track."""

    views: FaceViews = field(default_factory=FaceViews)
    looks: int = 0
    """How often it was looked at since its face is this one."""
    looked_s: float = -1e9
    seen_s: float = -1e9
    name: str | None = None
    unknown: int = 0
    distance: float = float("nan")
    votes: tuple[str | None, int] = (None, 0)
    """Which name the last views said, and how many in a row."""
    against: int = 0
    """Looks in a row that do not bear the name out."""
    candidates: tuple[tuple[str, float], ...] = ()
    """The nearest people and their distances when it was last decided."""

    @property
    def decided(self) -> bool:
        """Whether it is known who it is, or that nobody knows."""
        return self.name is not None or self.unknown > 0


@dataclass
class Stranger:
    """Somebody unknown."""

    number: int
    vector: np.ndarray
    seen_s: float
    quality: float = 0.0
    kept: bool = False
    """Stored in the gallery."""


class FaceMemory:
    """Decides for each track. It knows vectors and times; nothing of pictures."""

    def __init__(self, known: Known, rules: Rules, strangers: Sequence[Stranger] = ()) -> None:
        self.known, self.rules = known, rules
        self.people: dict[int, Person] = {}
        self.strangers = list(strangers)
        self.next_stranger = 1 + max((one.number for one in strangers), default=0)
        self.named: list[tuple[int, Person]] = []
        """Decisions that nobody has asked about yet, for the log."""

    def wanted(self, ids: Sequence[int], quality: np.ndarray, now_s: float, most: int) -> list[int]:
        """Rows of faces worth a look on this frame, at most `most`, those without a name first.

        Args:
            ids: The track of each face; 0 is never looked at.
            quality: `(N,) float32` what is known of it before a look, in [0, 1].
            now_s: Media time.
            most: How many.
        """
        rules, urgent = self.rules, []
        for row, (number, good) in enumerate(zip(ids, quality.tolist(), strict=True)):
            if number <= 0:
                continue
            person = self.people.setdefault(number, Person())
            away_s, person.seen_s = now_s - person.seen_s, now_s
            if away_s > max(0.3, 2 * rules.soon_s) and person.looks:
                person.looked_s = -1e9  # back after a while: still the same?
            since = now_s - person.looked_s
            if since < 0:  # the clock of the recording went back
                person.looked_s, since = now_s, 0.0
            if good < rules.min_quality:
                continue
            if person.decided and not person.views.doubts and not person.against:
                due = since >= rules.again_s * min(3.0, 1 + person.looks / 4) or (
                    good > person.views.best * rules.better and since >= rules.soon_s
                )
            else:
                due = since >= rules.soon_s * (1 + max(0, person.looks - rules.enough))
            if due:
                urgent.append((person.decided, -good, row))
        return [row for _, _, row in sorted(urgent)[:most]]

    def learn(self, ids: Sequence[int], vectors: np.ndarray, quality: np.ndarray, now_s: float) -> None:
        """Take in what was seen, and decide anew for those tracks.

        Args:
            ids: The track of each face.
            vectors: `(N, D) float32`.
            quality: `(N,) float32` in [0, 1] of the views, as they were seen.
            now_s: Media time.
        """
        for number, vector, good in zip(ids, vectors, quality.tolist(), strict=True):
            person = self.people.setdefault(number, Person())
            person.looked_s = now_s
            if good < self.rules.min_quality:
                continue  # worse than it seemed: a poor view says more wrong than right
            if person.views.add(vector, good, self.rules.max_distance * STICKS):
                self.people[number] = person = Person(
                    person.views, looks=1, looked_s=now_s, seen_s=person.seen_s, votes=(None, 0)
                )
            person.looks += 1
            if not person.views.doubts:
                self._decide(number, person, now_s)

    def settle(self, ids: Sequence[int]) -> None:
        """See to it that no two of these tracks, which are in one picture, are the same person."""
        holders: dict[str, int] = {}
        for number in ids:
            person = self.people.get(number)
            if person is None or person.name is None:
                continue
            rival = holders.setdefault(person.name, number)
            if rival != number and not self._twins(person.name):
                worse = max(number, rival, key=lambda one: self.people[one].distance)
                holders[person.name] = number if worse == rival else rival
                self._unname(self.people[worse])

    def forget(self, now_s: float) -> None:
        """Let go of tracks that were not seen for long."""
        old = [number for number, person in self.people.items() if now_s - person.seen_s > FORGOTTEN_S]
        for number in old:
            del self.people[number]

    def renew(self, known: Known, now_s: float) -> None:
        """The gallery changed: decide anew for all, from what was seen."""
        self.known = known
        for number, person in self.people.items():
            if person.name is not None and person.name not in known.names:
                self._unname(person)
            if len(person.views):
                person.votes, person.against = (None, 0), 0
                for _ in range(self.rules.agree if person.name is None else 1):
                    self._decide(number, person, now_s)

    def _decide(self, number: int, person: Person, now_s: float) -> None:
        """What the views so far come to."""
        rules, pooled = self.rules, person.views.pooled
        far = self.known.distances(pooled[None])[0]  # (P,)
        order = np.argsort(far, kind="stable")[:3]
        person.candidates = tuple((self.known.names[at], float(far[at])) for at in order if np.isfinite(far[at]))
        said = self._said(person)
        if person.name is not None:
            self._doubt_or_keep(person, said)
            return
        count = person.votes[1] + 1 if said == person.votes[0] else 1
        person.votes = (said, count)
        if said is not None:
            distance = person.candidates[0][1]
            if (count >= rules.agree or distance < SURE * rules.max_distance) and self._may_have(
                number, said, distance
            ):
                person.name, person.distance, person.unknown, person.against = said, distance, 0, 0
                self.named.append((number, person))
        elif not person.unknown and person.looks >= rules.enough:
            person.unknown = self._stranger(number, pooled, now_s)
            self.named.append((number, person))
        elif person.unknown:
            self._remember(person.unknown, pooled, now_s)

    def _said(self, person: Person) -> str | None:
        """The name that the views say; None: nobody is near enough, or two are as near."""
        if not person.candidates or person.candidates[0][1] > self.rules.max_distance:
            return None
        name, distance = person.candidates[0]
        for other, also in person.candidates[1:]:
            if also - distance < MARGIN and not self.known.are_twins(name, other):
                return None
        return name

    def _doubt_or_keep(self, person: Person, said: str | None) -> None:
        mine = dict(person.candidates).get(person.name or "", float("inf"))
        if said == person.name or (said is None and mine <= STICKS * self.rules.max_distance):
            person.against, person.distance = 0, mine
            return
        person.against += 1
        if person.against >= LET_GO:
            self._unname(person)

    def _unname(self, person: Person) -> None:
        person.name, person.distance, person.votes, person.against = None, float("nan"), (None, 0), 0
        person.looks = min(person.looks, 1)

    def _may_have(self, number: int, name: str, distance: float) -> bool:
        """Whether nobody else in the picture has the name with a better claim; who has a worse one loses it."""
        if self._twins(name):
            return True
        now_s = self.people[number].seen_s
        for other, person in self.people.items():
            if other != number and person.name == name and person.seen_s >= now_s:
                if distance > person.distance - MARGIN:
                    return False
                self._unname(person)
        return True

    def _twins(self, name: str) -> bool:
        return any(name in pair for pair in self.known.twins)

    def _stranger(self, number: int, vector: np.ndarray, now_s: float) -> int:
        """The number of somebody unknown: one seen before, who is not in the picture now, or the next."""
        present = {
            person.unknown
            for other, person in self.people.items()
            if other != number and person.unknown and person.seen_s >= self.people[number].seen_s
        }
        free = [one for one in self.strangers if one.number not in present]
        if free:
            far = [float(np.linalg.norm(one.vector - vector)) for one in free]
            nearest = int(np.argmin(far))
            if far[nearest] < self.rules.max_distance:
                free[nearest].seen_s = now_s
                return free[nearest].number
        if len(self.strangers) >= MOST_STRANGERS:
            self.strangers.remove(min(self.strangers, key=lambda one: one.seen_s))
        self.strangers.append(Stranger(self.next_stranger, vector, now_s, self.people[number].views.best))
        self.next_stranger += 1
        return self.next_stranger - 1

    def _remember(self, stranger: int, vector: np.ndarray, now_s: float) -> None:
        for one in self.strangers:
            if one.number == stranger:
                one.vector, one.seen_s = vector, now_s
