"""The supervisor's board: what is open, late and at risk, queue by queue, who is there, what came in and went out.
Every figure is counted from the rows at this moment; refuses names to those who may not see persons.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from inbox import cohort, measures, outlook, picks, practice, worklist
from inbox.actors import BLIND, MATRIX, Actor, Permission, Vis, can_see, may
from inbox.cohort import micros
from inbox.conversation import name_of
from inbox.errors import Forbidden, Invalid, NotFound
from inbox.measures import Entry
from inbox.outlook import Expected
from inbox.signals import Signals, signals
from inbox.store import board as store
from inbox.store import journal
from inbox.store import worklist as lists
from inbox.store.database import Reading
from inbox.store.metrics import Asked
from inbox.store.tables import conversations as c
from inbox.worklist import RISK, Row, teams_of, urgency
from patients.record import shown_name
from routing.assign import WEIGHTS
from slas import forecast

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


class Reads(msgspec.Struct, frozen=True):
    """How soon a person first opened what came in emergent or urgent since local midnight: `n` conversations, `unread`
    of them still, the oldest of those for `oldest_seconds`."""

    median: float | None = None
    slowest_tenth: float | None = None
    n: int = 0
    unread: int = 0
    oldest_seconds: int = 0


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
    reads: Reads = Reads()


class Mark(msgspec.Struct, frozen=True):
    """An open conversation on the runway; `state` is calm, soon (30 min), risk (10 min) or late; `initials` are the
    owner's, "" without one; `name` is empty where the viewer may not see persons; `expected` to be late in the hour."""

    id: int
    initials: str
    due_at: datetime
    state: str
    name: str
    expected: bool = False


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
    """The board at `at`; `head` is the journal's newest seq in this snapshot; `flow` are 24 buckets, oldest first;
    `forecast` what will be late within the hour, `coming` the rows of it that are not at risk yet."""

    at: datetime
    head: int
    figures: Figures
    lanes: tuple[Lane, ...]
    act_now: tuple[Row, ...]
    team: tuple[Member, ...]
    flow: tuple[Bucket, ...]
    forecast: tuple[Expected, ...] = ()
    coming: tuple[Row, ...] = ()
    signals: Signals = Signals()
    may_assign: bool = False
    may_take: bool = False


def board(reading: Reading, *, actor: Actor) -> Board:
    """The board of the queues this person sees. Raises Forbidden for roles that see none."""
    _refuse_blind(actor)
    teams, now = teams_of(actor), reading.now
    work = {row.team: row for row in store.open_work(reading, actor, now=now, risk=now + RISK)}
    answers = _answers(reading, actor)
    crew = _crew(store.people(reading, teams), store.loads(reading, actor))
    marks = store.marks(reading, actor)
    misses = outlook.expected(reading, marks, _available_people(crew))
    around = signals(reading, actor=actor)
    return Board(
        at=now,
        head=journal.head(reading.connection),
        figures=_figures(reading, actor, list(work.values()), answers, crew, around),
        lanes=_lanes(reading, actor, work, answers, crew, marks, {miss.id for miss in misses}),
        act_now=_act_now(reading, actor),
        team=tuple(one.member for one in crew),
        flow=_flow(reading, actor),
        forecast=misses,
        coming=_coming(reading, actor, [miss for miss in misses if miss.due_at > now + RISK]),
        signals=around,
        may_assign=may(actor, Permission.ASSIGN_OTHERS),
        may_take=may(actor, Permission.WORK),
    )


def nameless(found: Board) -> Board:
    """The board for a wall: nobody is named on it, patients or colleagues, and nothing can be done from it."""
    blind = [msgspec.structs.replace(row, name="", owner=None, sight=BLIND) for row in (*found.act_now, *found.coming)]
    lanes = (
        msgspec.structs.replace(
            lane, marks=tuple(msgspec.structs.replace(mark, name="", initials="") for mark in lane.marks)
        )
        for lane in found.lanes
    )
    team = (msgspec.structs.replace(one, name="", initials="") for one in found.team)
    split = len(found.act_now)
    return msgspec.structs.replace(
        found,
        lanes=tuple(lanes),
        act_now=tuple(blind[:split]),
        coming=tuple(blind[split:]),
        team=tuple(team),
        may_assign=False,
        may_take=False,
    )


class Behind(msgspec.Struct, frozen=True):
    """A page of the conversations behind a figure, how many there are in all, and in words what counts."""

    page: worklist.Page
    count: int
    label: str
    means: str


#: What each figure of the board counts, in words.
MEANS: dict[str, tuple[str, str]] = {
    "within_today": ("Within SLA today", "first answers given or due since midnight; the figure counts those in time"),
    "late": ("Late now", "open work past its nearest deadline"),
    "at_risk": ("At risk", "open work due within 10 minutes"),
    "at_risk_unowned": ("At risk without an owner", "open work due within 10 minutes that nobody has"),
    "open": ("Open", "everything that is not closed, snoozed and waiting work included"),
    "waiting": ("Waiting on patient", "open work where the patient or a third party owes the next word"),
    "first_wait": ("Waiting for a first answer", "open work that no person has answered yet, the longest first"),
    "unacked": ("Unanswered escalations", "open work with a raised hand that nobody has answered"),
    "first_read": ("Urgent, first read", "emergent and urgent conversations opened since midnight"),
    "forecast": ("Expected to be late", "due within the hour and not to be answered in time as things stand"),
}


def behind(reading: Reading, *, actor: Actor, name: str, after: str | None = None, limit: int = 50) -> Behind:
    """The conversations behind a figure, due first: the figure counts exactly these. Raises Forbidden, NotFound for an
    unknown figure, Invalid for a cursor that is none."""
    _refuse_blind(actor)
    if name not in MEANS:
        raise NotFound(f"There is no such figure; there are: {', '.join(MEANS)}.")
    keys = _keys(reading, actor, name)
    rest = [key for key in keys if after is None or key > _cursor(after)]
    order = {one: place for place, (_, one) in enumerate(rest)}
    shown = worklist.rows(reading, actor, lists.rows_of_ids(reading, actor, [one for _, one in rest[:limit]]))
    items = tuple(sorted(shown, key=lambda row: order[row.id]))
    following = ".".join(map(str, rest[limit - 1])) if len(rest) > limit else None
    page = worklist.Page(items, following, journal.head(reading.connection))
    return Behind(page, len(keys), *MEANS[name])


def _keys(reading: Reading, actor: Actor, name: str) -> list[tuple[int, int]]:
    """(sorting number, id) of all that a figure counts, in order."""
    counted = store.conditions(reading.now, reading.now + RISK)
    if name in counted:
        return store.ids_behind(reading, actor, counted[name])
    if name == "forecast":
        crew = _crew(store.people(reading, teams_of(actor)), store.loads(reading, actor))
        misses = outlook.expected(reading, store.marks(reading, actor), _available_people(crew))
        return [(micros(miss.due_at), miss.id) for miss in misses]
    entries = _answers(reading, actor) if name == "within_today" else _first_reads(reading, actor)
    return sorted({(entry.at, entry.case.id) for entry in entries})


def _cursor(after: str) -> tuple[int, int]:
    parts = after.split(".")
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) < 20 for part in parts):
        raise Invalid("This page does not exist.", fields={"after": "send back `next` as it came"})
    return int(parts[0]), int(parts[1])


def _refuse_blind(actor: Actor) -> None:
    if MATRIX[Permission.SEE_OPERATIONAL][actor.role] == "N":
        raise Forbidden("Your role does not show the board.")


def _today(reading: Reading) -> Asked:
    return Asked(_midnight(reading), reading.now + timedelta(seconds=1), reading.now, sighted=True)


def _answers(reading: Reading, actor: Actor) -> list[Entry]:
    """First answers given or due since midnight: the report's own measure, over what this person sees."""
    return picks.in_time(cohort.answers(reading, actor, _today(reading)), micros(reading.now))


def _first_reads(reading: Reading, actor: Actor) -> list[Entry]:
    return picks.first_reads(cohort.reads(reading, actor, _today(reading)), micros(reading.now))


def _reads(entries: Sequence[Entry]) -> Reads:
    waits = measures.waits_of(entries)
    oldest = max((int(entry.seconds) for entry in entries if not entry.counts), default=0)
    median, slow = measures.seconds_of(waits.median), measures.seconds_of(waits.p90)
    return Reads(median, slow, waits.count, waits.still_open, oldest)


def _available_people(crew: Sequence[_Person]) -> list[forecast.Person]:
    return [forecast.Person(one.member.id, frozenset(one.teams)) for one in crew if one.available]


def _coming(reading: Reading, actor: Actor, misses: Sequence[Expected]) -> tuple[Row, ...]:
    ids = [miss.id for miss in misses[:ACT_NOW]]
    found = worklist.rows(reading, actor, lists.rows_of_ids(reading, actor, ids)) if ids else ()
    return tuple(sorted(found, key=lambda row: ids.index(row.id)))


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
    reading: Reading,
    actor: Actor,
    work: Sequence[Any],
    answers: Sequence[Entry],
    crew: Sequence[_Person],
    around: Signals,
) -> Figures:
    met, due = measures.share_of(answers)
    return Figures(
        within_today=Within(met, due, measures.percent(met, due), TARGET),
        late=sum(row.late for row in work),
        at_risk=sum(row.at_risk for row in work),
        at_risk_unowned=sum(row.at_risk_unowned for row in work),
        open=sum(row.open for row in work),
        waiting=sum(row.waiting for row in work),
        oldest_wait=_oldest(reading, actor),
        available=_available(crew),
        unacked=store.unacknowledged(reading, actor),
        quarantined=around.quarantined,
        dead_jobs=around.dead_jobs,
        reads=_reads(_first_reads(reading, actor)),
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
    reading: Reading,
    actor: Actor,
    work: dict[str, Any],
    answers: Sequence[Entry],
    crew: Sequence[_Person],
    found: Sequence[Any],
    misses: set[int],
) -> tuple[Lane, ...]:
    marks: dict[str, list[Mark]] = {}
    for row in found:
        marks.setdefault(row.team, []).append(_mark(reading, actor, row, expected=row.id in misses))
    today: dict[str, list[Entry]] = {}
    for entry in answers:
        today.setdefault(entry.case.team, []).append(entry)
    staffed = {team for one in crew for team in one.teams}
    known = [team for team in teams_of(actor) if team in staffed or team in work]
    shown = [*known, *(team for team in work if team not in known)]
    return tuple(_lane(team, work.get(team), today.get(team, []), marks.get(team, []), crew) for team in shown)


def _lane(team: str, work: Any, today: Sequence[Entry], marks: Sequence[Mark], crew: Sequence[_Person]) -> Lane:
    people = [one for one in crew if team in one.teams]
    met, due = measures.share_of(today)
    return Lane(
        team=team,
        label=team.replace("_", " ").capitalize(),
        open=work.open if work else 0,
        within_percent=measures.percent(met, due),
        of=due,
        people_available=sum(one.available for one in people),
        people=len(people),
        marks=tuple(marks[:LANE_MARKS]),
    )


def _mark(reading: Reading, actor: Actor, row: Any, *, expected: bool) -> Mark:
    sight = can_see(actor, Vis(row.team, row.owner_id, row.clinical, row.sensitive))
    owner = worklist.person(row.owner_id, row.owner_name)
    name = shown_name(name_of(row) if row.subject_patient_id else None, row.subject_certainty)
    state = urgency(row.due_at, reading.now)
    return Mark(row.id, owner.initials if owner else "", row.due_at, state, name if sight.person else "", expected)


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


def _midnight(reading: Reading) -> datetime:
    """The last one where the clinic is."""
    zone = ZoneInfo(practice.read(reading).zone)
    return datetime.combine(reading.now.astimezone(zone).date(), time(), zone)
