"""Frames are rendered once for many viewers: each gets what they would have got alone, whoever came before them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from inbox import fanout
from inbox.actors import Actor
from inbox.feed import Round
from inbox.store import journal
from inbox.subscriber import JsonRenderer, Subscriber
from tests.support.cast import AGENT, CLERK, EVERYONE, LUIS, MARIA, MINUTE, NOW, RIVAL, Cast
from tests.support.programs import Desk, desk
from ui.live_html import HtmlRenderer

#: Of the same team as the agent's, but without sight of clinical words, and one who also works for billing.
DESK_CLERK = Actor(110, "pat@clinic.example", "Pat Lo", "front_desk", frozenset({"contact_center"}))
VIEWERS = (*EVERYONE, DESK_CLERK)


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database_url, tmp_path) as opened:
        yield opened


def frames(
    cast: Cast, viewers: tuple[Actor, ...], renderer: Any, topics: frozenset[str] | None
) -> dict[int, list[Any]]:
    """The bodies of all frames that one round makes for these viewers, in their order."""
    loop = asyncio.new_event_loop()
    subscribers = [Subscriber(viewer, renderer, loop) for viewer in viewers]
    for subscriber in subscribers:
        subscriber.topics = topics
    with cast.database.snapshot() as reading:
        handed = fanout.frames(Round(reading, journal.after(reading.connection, 0, 100)), subscribers)
    loop.close()
    made: dict[int, list[Any]] = {viewer.id: [] for viewer in viewers}
    for subscriber, theirs in handed:
        decoded = [msgspec.json.decode(frame.data) for frame in theirs]
        made[subscriber.actor.id] = [{key: value for key, value in one.items() if key != "prev"} for one in decoded]
    return made


def alone(cast: Cast, renderer: Any, topics: frozenset[str] | None) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for viewer in VIEWERS:
        found |= frames(cast, (viewer,), renderer, topics)
    return found


def a_day(cast: Cast) -> int:
    """Conversations of every kind; answers an administrative one in which one message is clinical."""
    mixed = cast.add_conversation()
    cast.add_message(mixed, "Where do I park?")
    hurts = cast.add_message(mixed, "PHI-CANARY-HURTS", **{"class": "clinical"})
    cast.journal("message.received", conversation_id=mixed, details={"message": hurts, "channel": "sms"})
    for team in ("contact_center", "billing"):
        for clinical in (False, True):
            for sensitive in (False, True):
                values = {"team": team, "clinical": clinical, "sensitive": sensitive, "subject": "PHI-CANARY-SUBJECT"}
                one = cast.add_conversation(**values, subject_patient_id=MARIA if clinical else LUIS)
                said = cast.add_message(one, "It hurts", **{"class": "clinical" if clinical else "phi"})
                cast.journal("message.received", conversation_id=one, details={"message": said, "channel": "sms"})
                cast.journal("identity.confirmed", conversation_id=one, details={"patient": MARIA, "was": None})
    return mixed


@pytest.mark.parametrize("kind", ["json", "html"])
async def test_nobody_gets_what_another_was_shown(office: Desk, kind: str) -> None:
    cast = office.cast
    mixed = a_day(cast)
    renderer = JsonRenderer() if kind == "json" else HtmlRenderer(office.house)
    topics = None if kind == "json" else frozenset({"inbox:open", f"conversation:{mixed}"})
    expected = alone(cast, renderer, topics)
    assert [viewer.role for viewer in VIEWERS if "PHI-CANARY-HURTS" in str(expected[viewer.id])] == [
        "agent",
        "agent",
        "supervisor",
    ]
    for viewers in (VIEWERS, (RIVAL, AGENT, DESK_CLERK, CLERK), (DESK_CLERK, AGENT, RIVAL)):
        together = frames(cast, viewers, renderer, topics)
        assert together == {viewer.id: expected[viewer.id] for viewer in viewers}


async def test_a_shared_board_names_nobody_else_s_work(office: Desk) -> None:
    """Of two agents of one team one owns work of another team: only their own board shows it."""
    twin = msgspec.structs.replace(AGENT, id=111)
    elsewhere = office.cast.add_due(NOW + MINUTE, team="billing", owner_id=AGENT.id)
    loop = asyncio.new_event_loop()
    both = [Subscriber(viewer, HtmlRenderer(office.house), loop) for viewer in (AGENT, twin)]
    for one in both:
        one.topics, one.dirty, one.extra_at = frozenset({"board"}), True, -1000.0
    with office.cast.database.snapshot() as reading:
        made = {who.actor.id: str(frame) for who, frame in both[0].renderer.besides(reading, both)}
    loop.close()
    address = f"/conversations/{elsewhere}"
    assert {viewer: address in board for viewer, board in made.items()} == {AGENT.id: True, twin.id: False}
