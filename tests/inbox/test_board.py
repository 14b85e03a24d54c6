"""The board counts what is there, within the viewer's queues, and names nobody to those who may not see persons."""

from typing import Any

import pytest

from inbox import board
from inbox.board_shape import Available, Board, Oldest, Within
from inbox.errors import Forbidden
from inbox.store import tables as t
from tests.support.cast import (
    ADMIN,
    AGENT,
    DAY,
    HOUR,
    MANAGER,
    MINUTE,
    NOW,
    NURSE,
    SUPERVISOR,
    Cast,
    Statements,
    ids,
)


def read(cast: Cast, actor: Any = SUPERVISOR) -> Board:
    with cast.database.snapshot() as reading:
        return board.board(reading, actor=actor)


def test_an_empty_board_has_no_invented_figures(cast: Cast) -> None:
    figures = read(cast).figures
    assert (figures.within_today, figures.oldest_wait) == (Within(0, 0, None, 90), None)
    assert figures.available == Available(people=2, of=2, load=0, room=12)
    assert len(read(cast).flow) == 24


def test_late_at_risk_and_waiting_are_counted_by_queue(cast: Cast) -> None:
    late = cast.add_due(NOW - MINUTE, owner_id=AGENT.id)
    risk = cast.add_due(NOW + 5 * MINUTE)
    soon = cast.add_due(NOW + 20 * MINUTE, team="nursing")
    cast.add_conversation(state="waiting", team="nursing")
    cast.add_conversation(state="closed")
    cast.add(t.escalations, conversation_id=late, cause="clock", tier=1, raised_at=NOW, to_kind="team")
    cast.add_arrival()
    cast.add(t.jobs, kind="send", queue="outbound", due_at=NOW, ref=1, state="dead")
    shown = read(cast)
    figures = shown.figures
    assert (figures.late, figures.at_risk, figures.at_risk_unowned, figures.open, figures.waiting) == (1, 1, 1, 4, 1)
    assert (figures.unacked, figures.quarantined, figures.dead_jobs) == (1, 1, 1)
    assert figures.oldest_wait == Oldest(int((HOUR + MINUTE).total_seconds()), "contact_center", "sms")
    assert ids(shown.act_now) == [late, risk]
    lanes = {lane.team: lane for lane in shown.lanes}
    states = {team: [(mark.id, mark.state, mark.initials) for mark in lane.marks] for team, lane in lanes.items()}
    assert states["contact_center"] == [(late, "late", "JM"), (risk, "risk", "")]
    assert states["nursing"] == [(soon, "soon", "")]
    assert (lanes["nursing"].open, lanes["nursing"].people_available, lanes["nursing"].people) == (2, 1, 2)


def test_within_today_counts_answers_given_and_missed_since_midnight(cast: Cast) -> None:
    kept, late, missed, yesterday, later = (cast.add_conversation() for _ in range(5))
    cast.add_clock(kept, state="met", met_at=NOW - MINUTE)
    cast.add_clock(late, state="breached", due_at=NOW - HOUR, breached_at=NOW - HOUR, met_at=NOW - MINUTE)
    cast.add_clock(missed, state="breached", due_at=NOW - MINUTE, breached_at=NOW - MINUTE)
    cast.add_clock(yesterday, state="met", started_at=NOW - 2 * DAY, due_at=NOW - 2 * DAY + HOUR, met_at=NOW - 2 * DAY)
    cast.add_clock(later)
    shown = read(cast)
    assert shown.figures.within_today == Within(1, 3, 33.3, 90)
    assert {lane.team: lane.of for lane in shown.lanes}["contact_center"] == 3


def test_the_team_comes_with_its_load(cast: Cast) -> None:
    cast.add_conversation(owner_id=AGENT.id)
    cast.add_conversation(owner_id=AGENT.id, channel="voice")
    shown = read(cast)
    assert {member.name: member.load for member in shown.team if member.load} == {"Jess Moreno": 2}
    assert shown.figures.available == Available(people=2, of=2, load=2, room=6)


def test_what_came_in_and_went_out_by_quarter_hours(cast: Cast) -> None:
    made = cast.add_conversation()
    for verb, ago in (("message.received", 0), ("message.received", 16), ("reply.queued", 16), ("reply.queued", 400)):
        cast.journal(verb, conversation_id=made, at=NOW - ago * MINUTE)
    flow = read(cast).flow
    assert [(bucket.at, bucket.incoming, bucket.outgoing) for bucket in flow if bucket.incoming or bucket.outgoing] == [
        (NOW - 30 * MINUTE, 1, 1),
        (NOW, 1, 0),
    ]


def test_a_board_shows_ones_own_queues_and_no_names_to_a_manager(cast: Cast) -> None:
    cast.add_due(NOW + MINUTE)
    cast.add_due(NOW + MINUTE, team="nursing")
    assert [lane.team for lane in read(cast, NURSE).lanes] == ["nursing"]
    assert read(cast, NURSE).figures.open == 1
    names = {mark.name for lane in read(cast, MANAGER).lanes for mark in lane.marks}
    assert names | {row.name for row in read(cast, MANAGER).act_now} == {""}
    with pytest.raises(Forbidden):
        read(cast, ADMIN)


def test_a_board_costs_the_same_with_one_row_and_with_three(cast: Cast) -> None:
    costs = []
    for _ in range(2):
        cast.add_due(NOW + MINUTE)
        with Statements(cast) as statements:
            read(cast)
        costs.append(statements.count)
        cast.add_due(NOW + MINUTE, team="nursing")
    assert costs[0] == costs[1] <= 20
