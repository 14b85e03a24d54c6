"""The supervisor's board: what is open, late and at risk, queue by queue, who is there, what came in and went out.
Every figure is counted from the rows at this moment; refuses names to those who may not see persons.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from inbox import outlook, worklist
from inbox.actors import BLIND, Actor, Permission, may
from inbox.board_crew import crew_of, free
from inbox.board_figures import answers_given, figures, refuse_blind
from inbox.board_lanes import lanes_of
from inbox.board_shape import Board, Bucket
from inbox.outlook import Expected
from inbox.signals import signals
from inbox.store import board as store
from inbox.store import journal
from inbox.store import worklist as lists
from inbox.store.database import Reading
from inbox.store.list_order import IS_OPEN
from inbox.store.tables import conversations as c
from inbox.worklist import RISK, Row

BUCKETS, BUCKET = 24, timedelta(minutes=15)
ACT_NOW = 20


def board(reading: Reading, *, actor: Actor) -> Board:
    """The board of the queues this person sees. Raises Forbidden for roles that see none."""
    refuse_blind(actor)
    now = reading.now
    work = {row.team: row for row in store.open_work(reading, actor, now=now, risk=now + RISK)}
    answers = answers_given(reading, actor)
    crew = crew_of(reading, actor)
    marks = store.marks(reading, actor)
    misses = outlook.expected(reading, marks, free(crew))
    around = signals(reading, actor=actor)
    return Board(
        at=now,
        head=journal.head(reading.connection),
        figures=figures(reading, actor, list(work.values()), answers, crew, around),
        lanes=lanes_of(reading, actor, work, answers, crew, marks, {miss.id for miss in misses}),
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


def _coming(reading: Reading, actor: Actor, misses: Sequence[Expected]) -> tuple[Row, ...]:
    ids = [miss.id for miss in misses[:ACT_NOW]]
    found = worklist.rows(reading, actor, lists.rows_of_ids(reading, actor, ids)) if ids else ()
    return tuple(sorted(found, key=lambda row: ids.index(row.id)))


def _act_now(reading: Reading, actor: Actor) -> tuple[Row, ...]:
    pressing = IS_OPEN & c.c.due_at.is_not(None) & (c.c.due_at <= reading.now + RISK)
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
