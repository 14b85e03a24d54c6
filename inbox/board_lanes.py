"""The queues as lanes: each open conversation a mark at the time it has left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inbox import measures, worklist
from inbox.actors import Actor, Vis, can_see
from inbox.board_crew import Person
from inbox.board_shape import Lane, Mark
from inbox.looking import name_of
from inbox.measures import Entry
from inbox.store.database import Reading
from inbox.worklist import teams_of, urgency
from patients.record import shown_name

#: As many marks as a lane can show apart.
LANE_MARKS = 200


def lanes_of(
    reading: Reading,
    actor: Actor,
    work: dict[str, Any],
    answers: Sequence[Entry],
    crew: Sequence[Person],
    found: Sequence[Any],
    misses: set[int],
) -> tuple[Lane, ...]:
    """Those that this person works in first, then others they see something of."""
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


def _lane(team: str, work: Any, today: Sequence[Entry], marks: Sequence[Mark], crew: Sequence[Person]) -> Lane:
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
