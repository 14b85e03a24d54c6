"""Work that waits goes to whoever is free: the most urgent first, by licence, language, skills, room and who knows the
patient. What nobody touched in time goes back. Refuses to give anything to those who let it lie.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import Row

from inbox import access
from inbox.house import House
from inbox.store import staffing, threads, waiting, work
from inbox.store.database import Reading, Transaction
from inbox.working import journal
from routing.assign import OVERFLOW, RESTING, WEIGHTS, Candidate, Choice, Need, assign
from slas.escalation import lease

#: So many conversations change hands in one transaction.
PAGE = 100
LIGHTEST = min(WEIGHTS.values())


def wanted(reading: Reading, limit: int) -> list[Row[Any]]:
    """The first request that waits and finds somebody; nothing while nobody may, can or has room."""
    return [row for row, _ in islice(_chosen(reading), 1)]


def hand_out(unit: Transaction, house: House, first: Row[Any]) -> bool:
    """Gives one page of what waits to those who may and can take it, the most urgent first."""
    given = list(_chosen(unit))
    _give(unit, given)
    return bool(given)


def crew(reading: Reading) -> dict[int, Candidate]:
    """The available people with all their teams and what they have open."""
    rows: dict[int, list[Row[Any]]] = {}
    for row in waiting.free(reading):
        rows.setdefault(row.id, []).append(row)
    held: dict[int, list[Row[Any]]] = {}
    for load in waiting.loads(reading, rows) if rows else ():
        held.setdefault(load.actor_id, []).append(load)
    return {who: _candidate(lines, held.get(who, [])) for who, lines in rows.items()}


def _candidate(lines: list[Row[Any]], loads: list[Row[Any]]) -> Candidate:
    first = lines[0]
    return Candidate(
        actor_id=str(first.id),
        roles=frozenset({first.role}),
        skills=frozenset(first.skills),
        teams=frozenset(line.team for line in lines),
        languages=frozenset(first.languages),
        availability=first.availability,
        load_percent=sum(RESTING.get(load.channel, 10) * load.open for load in loads),
        capacity=first.capacity,
        idle_since=max((load.last_at for load in loads), default=first.availability_at),
    )


def _with_room(people: dict[int, Candidate]) -> dict[int, Candidate]:
    return {who: person for who, person in people.items() if person.spare >= LIGHTEST}


def _chosen(reading: Reading) -> Iterator[tuple[Row[Any], Choice]]:
    """What waits and finds somebody, in the order in which it is served; within a transaction all of it is held."""
    people = _with_room(crew(reading))
    rows = waiting.page(reading, *_teams(people), PAGE) if people else []
    if not rows:
        return
    refused, known = waiting.refused(reading, [row.id for row in rows]), waiting.knows(reading, rows)
    for row in rows:
        need = _need(row, refused.get(row.id, set()), reading.now)
        mine = [person for person in people.values() if need.team in person.teams or need.helpers in person.teams]
        choice = assign(candidates=_marked(mine, known.get(row.id)), need=need)
        if choice.actor_id is not None:
            yield row, choice
            _load(people, int(choice.actor_id), row.channel, reading.now)


def _teams(people: dict[int, Candidate]) -> tuple[set[str], set[str]]:
    """The teams whose work somebody could take, and those whose clinical work."""
    teams = {team for person in people.values() for team in person.teams}
    return _reached(teams), _reached({team for person in people.values() if person.licensed for team in person.teams})


def _reached(teams: Collection[str]) -> set[str]:
    """These teams and those they help out."""
    return {*teams, *(team for team, helpers in OVERFLOW.items() if helpers in teams)}


def _need(row: Row[Any], refused: set[int], now: datetime) -> Need:
    whole = (row.due_at - row.opened_at).total_seconds() if row.due_at else 0.0
    return Need(
        team=row.team,
        channel="sms" if row.channel == "voice" else row.channel,
        clinical=row.clinical or row.flagged,
        language=row.language,
        skills=frozenset(row.skills),
        excluded=frozenset(map(str, refused)),
        waited=(now - row.opened_at).total_seconds() / whole if whole > 0 else float(row.due_at is not None),
    )


def _marked(people: list[Candidate], known: int | None) -> list[Candidate]:
    return [
        msgspec.structs.replace(person, last_agent=True) if person.actor_id == str(known) else person
        for person in people
    ]


def _load(people: dict[int, Candidate], who: int, channel: str, now: datetime) -> None:
    before = people[who]
    load = before.load_percent + RESTING.get(channel, 10)
    people[who] = msgspec.structs.replace(before, load_percent=load, idle_since=now)


def _give(unit: Transaction, given: list[tuple[Row[Any], Choice]]) -> None:
    owners = {row.id: int(choice.actor_id or 0) for row, choice in given}
    if not owners:
        return
    waiting.end_assignments(unit, owners, "distributed")
    waiting.own(unit, owners)
    for row, choice in given:
        work.assign(
            unit,
            conversation_id=row.id,
            team=row.team,
            actor_id=owners[row.id],
            by_id=None,
            why=list(choice.why),
            lease_until=lease_of(unit.now, row.due_at),
        )
        _told(unit, row, owners[row.id], "distributed")


def lease_of(now: datetime, due_at: datetime | None) -> datetime:
    """Until when whoever is given work by the engine has to touch it."""
    return now + timedelta(seconds=lease((due_at - now).total_seconds() if due_at else 0))


def lapse(unit: Transaction, house: House, row: Row[Any]) -> bool:
    """Nobody touched it in time: back to the queue, with its place. What was touched is theirs for good."""
    conversation = threads.lock(unit, row.conversation_id)
    held = waiting.live(unit, row.conversation_id)
    if held is None or held.id != row.id or held.lease_until is None or held.lease_until > unit.now:
        return False
    if conversation.state != "open" or waiting.touched(unit, held, access.WINDOW):
        waiting.keep(unit, held.id)
    else:
        _back(unit, conversation, waiting.LAPSED)
    return True


def leave(unit: Transaction, actor_id: int) -> int:
    """Somebody goes: what they were given and have not touched waits for others; answers how much it was."""
    gone = [row for row in waiting.leased_to(unit, actor_id) if not waiting.touched(unit, row, access.WINDOW)]
    for held in gone:
        _back(unit, threads.lock(unit, held.conversation_id), "went off")
    return len(gone)


def _back(unit: Transaction, row: Row[Any], cause: str) -> None:
    work.end_assignment(unit, row.id, cause)
    why = [f"{cause}: back to the queue of {row.team}"]
    work.assign(unit, conversation_id=row.id, team=row.team, actor_id=None, by_id=None, why=why)
    staffing.free_next_step(unit, row.id)
    threads.change(unit, row, {"owner_id": None})
    _told(unit, row, None, cause)


def _told(unit: Transaction, row: Row[Any], to: int | None, cause: str) -> None:
    before = {"team": row.team, "owner": row.owner_id, "clinical": row.clinical, "sensitive": row.sensitive}
    vis = [before, before | {"owner": to}]
    journal(unit, "conversation.assigned", row, None, to=to, team=row.team, cause=cause, vis=vis)
