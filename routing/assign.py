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
_NEVER = datetime.min.replace(tzinfo=UTC)


class Candidate(msgspec.Struct, frozen=True):
    """A person who might take it. `skills` may hold "lang:es"; `load_percent` is what their open work weighs now.

    `licensed`: may answer clinical work. `idle_since`: aware UTC, None for someone who has had no work yet.
    """

    actor_id: str
    roles: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset({"en"})
    availability: Availability = "off"
    load_percent: int = 0
    idle_since: datetime | None = None
    last_agent: bool = False

    @property
    def licensed(self) -> bool:
        """A nurse by role or by skill."""
        return "nurse" in self.roles or "nurse" in self.skills


class Need(msgspec.Struct, frozen=True):
    """What the work asks for. `language` "" or "und": no constraint. `excluded`: people who may not take it.

    `skills` are the soft ones of the rules, dropped in rings as `waited` (share of the target already gone) grows.
    """

    team: str
    channel: str
    clinical: bool = False
    language: str = ""
    interpreter: bool = False
    skills: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    waited: float = 0.0


class Choice(msgspec.Struct, frozen=True):
    """`actor_id` None: it stays in the team's queue. `why`: one line per person left out and one for the choice."""

    actor_id: str | None
    why: tuple[str, ...]


def assign(*, candidates: Iterable[Candidate], need: Need) -> Choice:
    """The person with the most spare capacity, then the longest idle. Ids only in `why`."""
    weight = WEIGHTS.get(need.channel, 10)
    why: list[str] = []
    able = []
    for person in candidates:
        if obstacle := _obstacle(person, need, weight):
            why.append(f"{person.actor_id}: {obstacle}")
        else:
            able.append(person)
    if not able:
        return Choice(None, (*why, f"nobody of {need.team} may take it now: the team's queue"))
    ring, said = _ring(able, need)
    chosen = min(ring, key=lambda p: (p.load_percent, p.idle_since or _NEVER, p.actor_id))
    return Choice(chosen.actor_id, (*why, said, f"{chosen.actor_id}: {100 - chosen.load_percent} % free, longest idle"))


def _obstacle(person: Candidate, need: Need, weight: int) -> str:
    """Why this person cannot take it; "" when they can. The first three never relax."""
    if need.clinical and not person.licensed:
        return "clinical work needs a nurse"
    if _foreign(need) and need.language not in person.languages and f"lang:{need.language}" not in person.skills:
        return f"does not speak {need.language}"
    if person.actor_id in need.excluded:
        return "may not take this conversation"
    if need.team not in person.teams:
        return f"not in {need.team}"
    if person.availability != "available":
        return person.availability
    if person.load_percent + weight > 100:
        return f"no room: {person.load_percent} % taken, {need.channel} needs {weight} %"
    return ""


def _foreign(need: Need) -> bool:
    return need.language not in ("", "und", "en") and not need.interpreter


def _ring(able: list[Candidate], need: Need) -> tuple[list[Candidate], str]:
    """All skills and the last agent first; from 20 % of the target one skill fewer, from 50 % the whole team."""
    if need.waited >= 0.5 or not (need.skills or any(p.last_agent for p in able)):
        return able, "ring: the whole team"
    if again := [p for p in able if p.last_agent and p.skills >= need.skills]:
        return again, "ring: knows this patient"
    fewest = len(need.skills) - (1 if need.waited >= 0.2 else 0)
    fit = [p for p in able if len(p.skills & need.skills) >= fewest]
    if fit:
        return fit, f"ring: {fewest} of {len(need.skills)} skills"
    best = max(len(p.skills & need.skills) for p in able)
    near = [p for p in able if len(p.skills & need.skills) == best]
    return near, f"ring: nobody has all skills, {best} of {len(need.skills)} is the nearest"
