"""Who takes it: an available person of the team with the licence, language and capacity, or the team's queue, and why.

Hard constraints never relax, however long the wait. Refuses to choose anybody it cannot justify.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal

import msgspec

Availability = Literal["available", "busy", "break", "after_call", "off"]
#: Percent of a person that one conversation takes.
WEIGHTS = {"voice": 100, "chat": 30, "sms": 15, "whatsapp": 15, "social": 15, "mail": 10, "webform": 10}
#: An open request that began with a call weighs like a text once nobody is on the line.
RESTING = WEIGHTS | {"voice": 15}
#: Which team helps out when four fifths of the time are gone. Nobody stands in for nursing: the licence forbids it.
OVERFLOW = {
    "contact_center": "front_desk",
    "front_desk": "contact_center",
    "billing": "contact_center",
    "authorizations": "billing",
    "marketing": "contact_center",
    "patient_experience": "contact_center",
    "quality": "patient_experience",
}
OVERFLOWS = 0.8
#: A skill that a rule asks for as "must:minor" is never dropped.
MUST = "must:"
#: So many people left out are named in a trace; of a large team the others are counted.
TOLD = 12
_NEVER = datetime.min.replace(tzinfo=UTC)


class Candidate(msgspec.Struct, frozen=True):
    """A person who might take it. `skills` may hold "lang:es"; `load_percent` is what their open work weighs now, of
    `capacity`.

    `licensed`: may answer clinical work. `idle_since`: aware UTC, None for someone who has had no work yet.
    """

    actor_id: str
    roles: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset({"en"})
    availability: Availability = "off"
    load_percent: int = 0
    capacity: int = 100
    idle_since: datetime | None = None
    last_agent: bool = False

    @property
    def licensed(self) -> bool:
        """A nurse by role or by skill."""
        return "nurse" in self.roles or "nurse" in self.skills

    @property
    def spare(self) -> int:
        """Percent of a full load that is free."""
        return self.capacity - self.load_percent


class Need(msgspec.Struct, frozen=True):
    """What the work asks for. `language` "" or "und": no constraint. `excluded`: people who may not take it.

    `skills` are those of the rules; the soft ones drop in rings as `waited`, the share of the target gone, grows.
    """

    team: str
    channel: str
    clinical: bool = False
    language: str = ""
    interpreter: bool = False
    skills: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    waited: float = 0.0

    @property
    def helpers(self) -> str:
        """The team that may take it too by now, "" for none."""
        return OVERFLOW.get(self.team, "") if self.waited >= OVERFLOWS else ""

    @property
    def soft(self) -> frozenset[str]:
        """The skills that a long wait drops."""
        return frozenset(skill for skill in self.skills if not skill.startswith(MUST))

    @property
    def hard(self) -> frozenset[str]:
        """The skills that it never drops."""
        return frozenset(skill.removeprefix(MUST) for skill in self.skills if skill.startswith(MUST))


class Choice(msgspec.Struct, frozen=True):
    """`actor_id` None: it stays in the team's queue. `why`: one line per person left out and one for the choice."""

    actor_id: str | None
    why: tuple[str, ...]


def assign(*, candidates: Iterable[Candidate], need: Need) -> Choice:
    """The person with the most spare capacity, then the longest idle. Ids only in `why`."""
    weight = WEIGHTS.get(need.channel, 10)
    out, able = [], []
    for person in candidates:
        if obstacle := _obstacle(person, need, weight):
            out.append((person.actor_id, obstacle))
        else:
            able.append(person)
    why = _left_out(out)
    if not able:
        return Choice(None, (*why, f"nobody of {need.team} may take it now: the team's queue"))
    own = [person for person in able if need.team in person.teams]
    ring, said = _ring(own, need) if own else (able, f"ring: {need.helpers} helps out")
    chosen = min(ring, key=lambda p: (-p.spare, p.idle_since or _NEVER, p.actor_id))
    return Choice(chosen.actor_id, (*why, said, f"{chosen.actor_id}: {chosen.spare} % free, longest idle"))


def _left_out(out: list[tuple[str, str]]) -> list[str]:
    more = len(out) - TOLD
    return [f"{who}: {obstacle}" for who, obstacle in out[:TOLD]] + ([f"and {more} more"] if more > 0 else [])


def _obstacle(person: Candidate, need: Need, weight: int) -> str:
    """Why this person cannot take it; "" when they can. The first four never relax."""
    if need.clinical and not person.licensed:
        return "clinical work needs a nurse"
    if _foreign(need) and need.language not in person.languages and f"lang:{need.language}" not in person.skills:
        return f"does not speak {need.language}"
    if lacks := need.hard - person.skills:
        return f"may not without {', '.join(sorted(lacks))}"
    if person.actor_id in need.excluded:
        return "may not take this conversation"
    if need.team not in person.teams and need.helpers not in person.teams:
        return f"not in {need.team}"
    if person.availability != "available":
        return person.availability
    if weight > person.spare:
        return f"no room: {person.load_percent} % taken, {need.channel} needs {weight} %"
    return ""


def _foreign(need: Need) -> bool:
    return need.language not in ("", "und", "en") and not need.interpreter


def _ring(able: list[Candidate], need: Need) -> tuple[list[Candidate], str]:
    """All skills and the last agent first; from 20 % of the target one skill fewer, from 50 % the whole team."""
    if need.waited >= 0.5 or not (need.soft or any(p.last_agent for p in able)):
        return able, "ring: the whole team"
    if again := [p for p in able if p.last_agent and p.skills >= need.soft]:
        return again, "ring: knows this patient"
    fewest = len(need.soft) - (1 if need.waited >= 0.2 else 0)
    fit = [p for p in able if len(p.skills & need.soft) >= fewest]
    if fit:
        return fit, f"ring: {fewest} of {len(need.soft)} skills"
    best = max(len(p.skills & need.soft) for p in able)
    near = [p for p in able if len(p.skills & need.soft) == best]
    return near, f"ring: nobody has all skills, {best} of {len(need.soft)} is the nearest"
