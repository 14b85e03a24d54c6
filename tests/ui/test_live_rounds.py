"""Many entries of one conversation in one round: a frame each, its newest state once, at a cost that does not grow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from inbox.actors import Actor
from inbox.feed import Round
from inbox.store import journal
from inbox.subscriber import Subscriber
from tests.support.cast import AGENT, COMPLIANCE, RIVAL, SUPERVISOR, Cast, Statements
from tests.support.programs import Desk, desk
from ui.live_html import FRAGMENTS, HtmlRenderer

STATE = ["row", *["panel"] * len(FRAGMENTS)]


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database_url, tmp_path) as opened:
        yield opened


def noted(cast: Cast, conversation: int, count: int) -> list[int]:
    """Notes with an entry each."""
    made = [cast.add_note(conversation, f"Number {place}") for place in range(count)]
    for note in made:
        cast.journal("note.written", conversation_id=conversation, details={"note": note})
    return made


def ops(office: Desk, viewer: Actor, since: int, *open_: int) -> list[list[list[Any]]]:
    """The operations of each frame that one round makes of the entries after `since`."""
    renderer = HtmlRenderer(office.house)
    subscriber = Subscriber(viewer, renderer, asyncio.get_running_loop())
    subscriber.topics = frozenset({"inbox:open", *(f"conversation:{one}" for one in open_)})
    with office.cast.database.snapshot() as reading:
        round_ = Round(reading, journal.after(reading.connection, since, 500))
        frames = [renderer.render(round_, line, subscriber) for line in round_.lines]
    return [frame["data"]["ops"] for frame in frames if frame is not None]


def head(cast: Cast) -> int:
    with cast.database.snapshot() as reading:
        return journal.head(reading.connection)


def kinds(frame: list[list[Any]]) -> list[str]:
    return [op[0] for op in frame]


async def test_thirty_entries_cost_no_more_statements_than_three(office: Desk) -> None:
    conversation = office.cast.add_conversation()
    costs = []
    for count in (3, 30):
        since = head(office.cast)
        noted(office.cast, conversation, count)
        with Statements(office.cast) as statements:
            assert len(ops(office, AGENT, since, conversation)) == count
        costs.append(statements.count)
    assert costs[0] == costs[1] > 0


async def test_only_the_last_entry_carries_the_row_and_the_panes(office: Desk) -> None:
    cast = office.cast
    conversation, other = cast.add_conversation(), cast.add_conversation()
    since = head(cast)
    first = noted(cast, conversation, 2)
    noted(cast, other, 1)
    last = noted(cast, conversation, 1)
    made = ops(office, AGENT, since, conversation)
    assert [kinds(frame) for frame in made] == [["item"], ["item"], ["row"], ["row", "item", *STATE[1:]]]
    shown = [op[2] for frame in made for op in frame if op[0] == "item"]
    assert shown == [f"note-{note}" for note in (*first, *last)]


async def test_more_entries_than_a_view_holds_are_all_shown(office: Desk) -> None:
    conversation = office.cast.add_conversation()
    since = head(office.cast)
    notes = noted(office.cast, conversation, 320)
    shown = [op[2] for frame in ops(office, AGENT, since, conversation) for op in frame if op[0] == "item"]
    assert shown == [f"note-{note}" for note in notes]


async def test_a_row_says_who_took_it_away_though_another_entry_came_last(office: Desk) -> None:
    conversation = office.cast.add_conversation()
    since = head(office.cast)
    office.cast.journal("conversation.closed", conversation_id=conversation, actor_id=AGENT.id)
    office.cast.journal("clock.met", conversation_id=conversation)
    (row,) = [op for frame in ops(office, AGENT, since) for op in frame if op[0] == "row"]
    assert row[6] == f"Resolved by {AGENT.name}"


async def test_who_judges_looks_hears_of_one_when_it_begins(office: Desk) -> None:
    """Not the one who looks, not an agent; it says the role and the request, and no name."""
    conversation = office.cast.add_conversation()
    since = head(office.cast)
    broken = {"glass": 1, "role": "agent"}
    office.cast.journal("glass.broken", conversation_id=conversation, actor_id=AGENT.id, details=broken)
    said = [f"Agent: a look with a reason at request {conversation}. It waits for a verdict."]
    told = {
        viewer.id: [op[1] for frame in ops(office, viewer, since) for op in frame if op[0] == "look"]
        for viewer in (COMPLIANCE, SUPERVISOR, AGENT, RIVAL)
    }
    assert told == {COMPLIANCE.id: said, SUPERVISOR.id: said, AGENT.id: [], RIVAL.id: []}


@pytest.mark.parametrize("verb", ["conversation.split", "conversation.parted"])
async def test_who_has_it_open_reads_anew_what_messages_left(office: Desk, verb: str) -> None:
    conversation, other = office.cast.add_conversation(), office.cast.add_conversation()
    since = head(office.cast)
    details = {"into": other, "branch": other, "messages": []}
    office.cast.journal(verb, conversation_id=conversation, actor_id=AGENT.id, details=details)
    office.cast.journal("note.written", conversation_id=conversation, actor_id=AGENT.id)
    seen = {
        open_: [op for frame in ops(office, RIVAL, since, open_) for op in frame if op[0] == "anew"]
        for open_ in (conversation, other)
    }
    assert seen == {conversation: [["anew", conversation]], other: []}
