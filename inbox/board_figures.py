"""The board's figures, and the conversations behind each: opening one shows exactly what it counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from inbox import cohort, measures, outlook, picks, practice, worklist
from inbox.actors import MATRIX, Actor, Permission
from inbox.board_crew import Person, available, crew_of, free
from inbox.board_shape import Behind, Figures, Oldest, Reads, Within
from inbox.cohort import micros
from inbox.errors import Forbidden, Invalid, NotFound
from inbox.measures import Entry
from inbox.signals import Signals
from inbox.store import board as store
from inbox.store import journal
from inbox.store import worklist as lists
from inbox.store.database import Reading
from inbox.store.metrics import Asked
from inbox.worklist import RISK

#: First answers in time that the board is measured against, in percent.
TARGET = 90


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


def figures(
    reading: Reading,
    actor: Actor,
    work: Sequence[Any],
    answers: Sequence[Entry],
    crew: Sequence[Person],
    around: Signals,
) -> Figures:
    """The six figures and the alarms under them; `work` are rows of `store.open_work`."""
    met, due = measures.share_of(answers)
    return Figures(
        within_today=Within(met, due, measures.percent(met, due), TARGET),
        late=sum(row.late for row in work),
        at_risk=sum(row.at_risk for row in work),
        at_risk_unowned=sum(row.at_risk_unowned for row in work),
        open=sum(row.open for row in work),
        waiting=sum(row.waiting for row in work),
        oldest_wait=_oldest(reading, actor),
        available=available(crew),
        unacked=store.unacknowledged(reading, actor),
        quarantined=around.quarantined,
        dead_jobs=around.dead_jobs,
        reads=_reads(_first_reads(reading, actor)),
    )


def _oldest(reading: Reading, actor: Actor) -> Oldest | None:
    row = store.oldest_wait(reading, actor)
    return None if row is None else Oldest(int((reading.now - row.started_at).total_seconds()), row.team, row.channel)


def _reads(entries: Sequence[Entry]) -> Reads:
    waits = measures.waits_of(entries)
    oldest = max((int(entry.seconds) for entry in entries if not entry.counts), default=0)
    median, slow = measures.seconds_of(waits.median), measures.seconds_of(waits.p90)
    return Reads(median, slow, waits.count, waits.still_open, oldest)


def behind(reading: Reading, *, actor: Actor, name: str, after: str | None = None, limit: int = 50) -> Behind:
    """The conversations behind a figure, due first: the figure counts exactly these. Raises Forbidden, NotFound for an
    unknown figure, Invalid for a cursor that is none."""
    refuse_blind(actor)
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
        crew = crew_of(reading, actor)
        misses = outlook.expected(reading, store.marks(reading, actor), free(crew))
        return [(micros(miss.due_at), miss.id) for miss in misses]
    entries = answers_given(reading, actor) if name == "within_today" else _first_reads(reading, actor)
    return sorted({(entry.at, entry.case.id) for entry in entries})


def _cursor(after: str) -> tuple[int, int]:
    parts = after.split(".")
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) < 20 for part in parts):
        raise Invalid("This page does not exist.", fields={"after": "send back `next` as it came"})
    return int(parts[0]), int(parts[1])


def refuse_blind(actor: Actor) -> None:
    """Raises Forbidden for roles without a board."""
    if MATRIX[Permission.SEE_OPERATIONAL][actor.role] == "N":
        raise Forbidden("Your role does not show the board.")


def _today(reading: Reading) -> Asked:
    return Asked(_midnight(reading), reading.now + timedelta(seconds=1), reading.now, sighted=True)


def answers_given(reading: Reading, actor: Actor) -> list[Entry]:
    """First answers given or due since midnight: the report's own measure, over what this person sees."""
    return picks.in_time(cohort.answers(reading, actor, _today(reading)), micros(reading.now))


def _first_reads(reading: Reading, actor: Actor) -> list[Entry]:
    return picks.first_reads(cohort.reads(reading, actor, _today(reading)), micros(reading.now))


def _midnight(reading: Reading) -> datetime:
    """The last one where the clinic is."""
    zone = ZoneInfo(practice.read(reading).zone)
    return datetime.combine(reading.now.astimezone(zone).date(), time(), zone)
