"""The supervisor's board: what is open, late and at risk, queue by queue, who is there, what came in and went out.
Every figure is counted from the rows at this moment; refuses names to those who may not see persons.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from inbox import practice, worklist
from inbox.actors import MATRIX, Actor, Permission, Vis, can_see
from inbox.conversation import name_of
from inbox.errors import Forbidden
from inbox.store import board as store
from inbox.store import journal, quarantine
from inbox.store import worklist as lists
from inbox.store.database import Reading
from inbox.store.tables import conversations as c
from inbox.worklist import RISK, Row, teams_of, urgency
from patients.record import shown_name
from routing.assign import WEIGHTS

#: First answers in time that the board is measured against, in percent.
TARGET = 90
BUCKETS, BUCKET = 24, timedelta(minutes=15)
LANE_MARKS, ACT_NOW = 200, 20
#: What a typical next conversation takes of a person's capacity, in percent.
TYPICAL = WEIGHTS["sms"]


class Within(msgspec.Struct, frozen=True):
    """First answers due since local midnight, kept in time or not; `percent` None without any, `target` in percent."""

    met: int
    due: int
    percent: float | None
    target: int


class Oldest(msgspec.Struct, frozen=True):
    """The longest wait for a first answer."""

    seconds: int
    queue: str
    channel: str


class Available(msgspec.Struct, frozen=True):
    """People who said they are available, of those signed in or there at all; `load` and `room` in conversations."""

    people: int
    of: int
    load: int
    room: int


class Figures(msgspec.Struct, frozen=True):
    """The six figures and the alarms under them. `waiting` is part of `open`."""

    within_today: Within
    late: int
    at_risk: int
    at_risk_unowned: int
    open: int
    waiting: int
    oldest_wait: Oldest | None
    available: Available
    unacked: int
    quarantined: int
    dead_jobs: int


class Mark(msgspec.Struct, frozen=True):
    """An open conversation on the runway; `state` is calm, soon (30 min), risk (10 min) or late; `initials` are the
    owner's, "" without one; `name` is empty where the viewer may not see persons."""

    id: int
    initials: str
    due_at: datetime
    state: str
    name: str


class Lane(msgspec.Struct, frozen=True):
    """A queue: `within_percent` of `of` due today, `people_available` of `people`; at most 200 marks, due first."""

    team: str
    label: str
    open: int
    within_percent: float | None
    of: int
    people_available: int
    people: int
    marks: tuple[Mark, ...]


class Member(msgspec.Struct, frozen=True):
    """Someone of the team: declared availability since when, and how many open conversations they own."""

    id: int
    name: str
    initials: str
    availability: str
    since: datetime | None
    load: int


class Bucket(msgspec.Struct, frozen=True):
    """A quarter of an hour: messages from patients in, human answers out."""

    at: datetime
    incoming: int
    outgoing: int


class Board(msgspec.Struct, frozen=True):
    """The board at `at`; `head` is the journal's newest seq in this snapshot; `flow` are 24 buckets, oldest first."""

    at: datetime
    head: int
    figures: Figures
    lanes: tuple[Lane, ...]
    act_now: tuple[Row, ...]
    team: tuple[Member, ...]
    flow: tuple[Bucket, ...]


def board(reading: Reading, *, actor: Actor) -> Board:
    """The board of the queues this person sees. Raises Forbidden for roles that see none."""
    if MATRIX[Permission.SEE_OPERATIONAL][actor.role] == "N":
        raise Forbidden("Your role does not show the board.")
    teams, now = teams_of(actor), reading.now
    work = {row.team: row for row in store.open_work(reading, actor, now=now, risk=now + RISK)}
    today = {row.team: row for row in store.answers_due(reading, actor, since=_midnight(reading), now=now)}
    crew = _crew(store.people(reading, teams), store.loads(reading, actor))
    lanes = _lanes(reading, actor, work, today, crew)
    return Board(
        at=now,
        head=journal.head(reading.connection),
        figures=_figures(reading, actor, list(work.values()), list(today.values()), crew),
        lanes=lanes,
        act_now=_act_now(reading, actor),
        team=tuple(one.member for one in crew),
        flow=_flow(reading, actor),
    )


class _Person(msgspec.Struct, frozen=True):
    """Someone of the crew: their teams, and what is taken of their capacity in percent of an agent."""

    member: Member
    teams: tuple[str, ...]
    capacity: int
    taken: int

    @property
    def there(self) -> bool:
        return self.member.availability != "off"

    @property
    def available(self) -> bool:
        return self.member.availability == "available"

    @property
    def room(self) -> int:
        return max(self.capacity - self.taken, 0) // TYPICAL if self.available else 0


def _figures(
    reading: Reading, actor: Actor, work: Sequence[Any], today: Sequence[Any], crew: Sequence[_Person]
) -> Figures:
    met, due = sum(row.met for row in today), sum(row.due for row in today)
    return Figures(
        within_today=Within(met, due, _percent(met, due), TARGET),
        late=sum(row.late for row in work),
        at_risk=sum(row.risk for row in work),
        at_risk_unowned=sum(row.unowned for row in work),
        open=sum(row.open for row in work),
        waiting=sum(row.waiting for row in work),
        oldest_wait=_oldest(reading, actor),
        available=_available(crew),
        unacked=store.unacknowledged(reading, actor),
        quarantined=quarantine.count(reading, actor),
        dead_jobs=store.dead_jobs(reading),
    )


def _oldest(reading: Reading, actor: Actor) -> Oldest | None:
    row = store.oldest_wait(reading, actor)
    return None if row is None else Oldest(int((reading.now - row.started_at).total_seconds()), row.team, row.channel)


def _available(crew: Sequence[_Person]) -> Available:
    free = [one for one in crew if one.available]
    load = sum(one.member.load for one in crew)
    return Available(len(free), sum(one.there for one in crew), load, sum(one.room for one in free))


def _crew(people: Sequence[Any], loads: Sequence[Any]) -> list[_Person]:
    counted: dict[int, int] = {}
    taken: dict[int, int] = {}
    for row in loads:
        counted[row.owner_id] = counted.get(row.owner_id, 0) + row.n
        taken[row.owner_id] = taken.get(row.owner_id, 0) + row.n * WEIGHTS.get(row.channel, TYPICAL)
    teams: dict[int, list[str]] = {}
    for row in people:
        teams.setdefault(row.id, []).append(row.team)
    once = {row.id: row for row in people}
    return [
        _Person(_member(row, counted.get(row.id, 0)), tuple(teams[row.id]), row.capacity, taken.get(row.id, 0))
        for row in once.values()
    ]


def _member(row: Any, load: int) -> Member:
    known = worklist.person(row.id, row.name)
    assert known is not None
    return Member(row.id, row.name, known.initials, row.availability, row.availability_at, load)


def _lanes(
    reading: Reading, actor: Actor, work: dict[str, Any], today: dict[str, Any], crew: Sequence[_Person]
) -> tuple[Lane, ...]:
    marks: dict[str, list[Mark]] = {}
    for row in store.marks(reading, actor):
        marks.setdefault(row.team, []).append(_mark(reading, actor, row))
    staffed = {team for one in crew for team in one.teams}
    known = [team for team in teams_of(actor) if team in staffed or team in work]
    shown = [*known, *(team for team in work if team not in known)]
    return tuple(_lane(team, work.get(team), today.get(team), marks.get(team, []), crew) for team in shown)


def _lane(team: str, work: Any, today: Any, marks: Sequence[Mark], crew: Sequence[_Person]) -> Lane:
    people = [one for one in crew if team in one.teams]
    met, due = (today.met, today.due) if today else (0, 0)
    return Lane(
        team=team,
        label=team.replace("_", " ").capitalize(),
        open=work.open if work else 0,
        within_percent=_percent(met, due),
        of=due,
        people_available=sum(one.available for one in people),
        people=len(people),
        marks=tuple(marks[:LANE_MARKS]),
    )


def _mark(reading: Reading, actor: Actor, row: Any) -> Mark:
    sight = can_see(actor, Vis(row.team, row.owner_id, row.clinical, row.sensitive))
    owner = worklist.person(row.owner_id, row.owner_name)
    name = shown_name(name_of(row) if row.subject_patient_id else None, row.subject_certainty)
    state = urgency(row.due_at, reading.now)
    return Mark(row.id, owner.initials if owner else "", row.due_at, state, name if sight.person else "")


def _act_now(reading: Reading, actor: Actor) -> tuple[Row, ...]:
    pressing = lists.IS_OPEN & c.c.due_at.is_not(None) & (c.c.due_at <= reading.now + RISK)
    return worklist.rows(reading, actor, lists.rows_where(reading, actor, pressing, ACT_NOW))


def _flow(reading: Reading, actor: Actor) -> tuple[Bucket, ...]:
    """The last bucket is the running one; all begin at full quarters of an hour."""
    now = reading.now
    running = now - timedelta(minutes=now.minute % 15, seconds=now.second, microseconds=now.microsecond)
    since = running - (BUCKETS - 1) * BUCKET
    counted = store.flow(reading, actor, since=since, until=running + BUCKET, bucket=BUCKET)
    found = {(row.place, row.verb): row.n for row in counted}
    return tuple(
        Bucket(since + place * BUCKET, found.get((place, "message.received"), 0), found.get((place, "reply.queued"), 0))
        for place in range(BUCKETS)
    )


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def _midnight(reading: Reading) -> datetime:
    """The last one where the clinic is."""
    zone = ZoneInfo(practice.read(reading).zone)
    return datetime.combine(reading.now.astimezone(zone).date(), time(), zone)
