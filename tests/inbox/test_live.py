"""The pump: frames that cover the journal without gap or double, to exactly those who may see (reliability.md §7)."""

import asyncio
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from inbox import accounts, assignment, note, staffing
from inbox.actors import Actor
from inbox.live import Hub
from inbox.store import accounts as people
from inbox.store import tables as t
from inbox.subscriber import FORBIDDEN, SIGNED_OUT, JsonRenderer, Subscriber
from tests.support.house import Clinic


@pytest.fixture
async def hub(clinic: Clinic) -> AsyncIterator[Hub]:
    """Stopped in the test's own loop, in which its sockets live."""
    made = Hub(clinic.house)
    made.start()
    yield made
    await asyncio.to_thread(made.stop)


class Screen:
    """A client that knows its cursor and its conversations: it checks the chain of frames as a program would."""

    def __init__(self, hub: Hub, actor: Actor, since: int | None = None, session: str = "") -> None:
        self.hub, self.actor, self.session = hub, actor, session
        self.cursor = since
        self.frames: list[dict[str, Any]] = []

    async def connect(self) -> dict[str, Any] | None:
        """Subscribes from where it is; answers a reset."""
        loop = asyncio.get_running_loop()
        self.subscriber = Subscriber(self.actor, JsonRenderer(), loop, self.session)
        return await asyncio.to_thread(self.hub.subscribe, self.subscriber, self.cursor, self.hub.epoch)

    def drop(self) -> None:
        """The line breaks: what was queued and not read is lost."""
        self.hub.leave(self.subscriber)

    async def read(self, until: int) -> None:
        """Takes frames until the cursor is there; a heartbeat moves it over what this person may not see."""
        async with asyncio.timeout(10):
            while (self.cursor or 0) < until:
                await asyncio.to_thread(self.hub.beat, self.subscriber)
                for data in await self.subscriber.frames():
                    self._take(msgspec.json.decode(data))

    def _take(self, frame: dict[str, Any]) -> None:
        if frame["verb"] != "heartbeat":
            assert frame["prev"] == self.cursor
            assert frame["seq"] > frame["prev"]
            self.frames.append(frame)
        self.cursor = max(self.cursor or 0, frame["seq"])

    @property
    def seqs(self) -> list[int]:
        return [frame["seq"] for frame in self.frames]


def visible(clinic: Clinic, since: int, *conversations: int) -> list[int]:
    return [line.seq for line in clinic.lines(since) if line.conversation_id in conversations]


async def step(work: Any, *arguments: Any) -> Any:
    return await asyncio.to_thread(work, *arguments)


async def test_frames_reach_whom_they_concern_and_nobody_else(clinic: Clinic, hub: Hub) -> None:
    start = clinic.head()
    near, far = Screen(hub, clinic.agent, start), Screen(hub, clinic.outsider, start)
    assert [await near.connect(), await far.connect()] == [None, None]
    conversation = await step(clinic.landed)
    await step(clinic.answer, conversation)
    for screen in (near, far):
        await screen.read(clinic.head())
    assert near.seqs == visible(clinic, start, conversation)
    assert [frame for frame in far.frames if frame["topic"] != "house"] == []
    shown = select(t.access.c.object_id, t.access.c.ids).where(t.access.c.how == "pushed")
    assert [(row.object_id, row.ids) for row in clinic.all(shown)] == [(conversation, [clinic.agent.id])]


async def test_a_clinical_message_is_pushed_without_its_words_to_who_may_not_read_them(
    clinic: Clinic, hub: Hub
) -> None:
    clerk = msgspec.structs.replace(clinic.agent, role="front_desk", teams=frozenset({"nursing"}))
    screens = [Screen(hub, actor, clinic.head()) for actor in (clerk, clinic.nurse)]
    for screen in screens:
        await screen.connect()
    await step(clinic.landed, "I have crushing chest pain")
    for screen in screens:
        await screen.read(clinic.head())
    seen = [b"chest" in msgspec.json.encode(screen.frames) for screen in screens]
    assert (seen, len(screens[0].frames) > 0) == ([False, True], True)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 30))
def test_reconnects_at_any_point_leave_no_gap_and_no_double(clinic: Clinic, hub: Hub, seed: int) -> None:
    async def play() -> tuple[list[int], list[int]]:
        dice, start = Random(seed), clinic.head()
        screen = Screen(hub, clinic.agent, start)
        await screen.connect()
        conversation = await step(clinic.landed, "I need to reschedule my appointment", f"+1415{seed % 10**7:07d}")
        for number in range(12):
            write = {"actor": clinic.agent, "conversation_id": conversation, "text": f"note {number}"}
            await asyncio.to_thread(clinic.act, note.write, **write)
            luck = dice.random()
            if luck < 0.3:
                await screen.read(clinic.head())
            elif luck < 0.7:
                screen.drop()
                assert await screen.connect() is None
        await screen.read(clinic.head())
        screen.drop()
        return screen.seqs, visible(clinic, start, conversation)

    heard, written = asyncio.run(play())
    assert heard == written


async def test_a_long_absence_is_caught_up_in_one_go(clinic: Clinic, hub: Hub) -> None:
    """More than a queue holds: whoever resumes is not closed for it."""
    start, conversation = clinic.head(), await step(clinic.landed)
    with clinic.house.database.transaction() as unit:
        for _ in range(300):
            unit.record("x.y", actor_id=None, conversation_id=conversation)
    screen = Screen(hub, clinic.agent, start)
    assert await screen.connect() is None
    await screen.read(clinic.head())
    assert screen.seqs == visible(clinic, start, conversation)


@pytest.mark.parametrize(("since", "epoch"), [(1 << 40, ""), (0, "another")])
async def test_a_cursor_that_cannot_be_ours_is_reset(clinic: Clinic, hub: Hub, since: int, epoch: str) -> None:
    subscriber = Subscriber(clinic.agent, JsonRenderer(), asyncio.get_running_loop())
    answer = await asyncio.to_thread(hub.subscribe, subscriber, since, epoch)
    assert answer is not None
    assert (answer["reset"], answer["seq"], answer["epoch"]) == (True, clinic.head(), hub.epoch)


async def test_what_leaves_sight_is_gone_and_stays_silent(clinic: Clinic, hub: Hub) -> None:
    conversation = await step(clinic.landed)
    narrow = msgspec.structs.replace(clinic.rival, teams=frozenset({"contact_center"}))
    screen = Screen(hub, narrow, clinic.head())
    await screen.connect()
    give = {"actor": clinic.supervisor, "conversation_id": conversation, "team": "nursing"}
    await asyncio.to_thread(clinic.act, assignment.give, **give)
    await screen.read(clinic.head())
    assert [(frame["verb"], frame["data"]) for frame in screen.frames] == [("gone", {"conversation_id": conversation})]
    await asyncio.to_thread(
        clinic.act, note.write, actor=clinic.nurse, conversation_id=conversation, text="The wound is red"
    )
    await screen.read(clinic.head())
    assert len(screen.frames) == 1


async def test_a_resume_is_filtered_by_todays_rights(clinic: Clinic, hub: Hub) -> None:
    """What was visible when it happened and is not now collapses into one `gone`."""
    start, conversation = clinic.head(), await step(clinic.landed)
    give = {"actor": clinic.supervisor, "conversation_id": conversation, "team": "nursing"}
    await asyncio.to_thread(clinic.act, assignment.give, **give)
    screen = Screen(hub, msgspec.structs.replace(clinic.rival, teams=frozenset({"contact_center"})), start)
    await screen.connect()
    await screen.read(clinic.head())
    assert [frame["verb"] for frame in screen.frames] == ["gone"]


async def test_a_revoked_session_closes_its_own_socket_only(clinic: Clinic, hub: Hub) -> None:
    keys = ["first", "second"]
    with clinic.house.database.transaction() as unit:
        for key in keys:
            people.add_session(unit, id_hash=accounts.hashed(key), actor=clinic.agent, address="", agent="")
    screens = [Screen(hub, clinic.agent, clinic.head(), accounts.hashed(key)) for key in keys]
    for screen in screens:
        await screen.connect()
    await asyncio.to_thread(accounts.sign_out, clinic.house.database, keys[0])
    assert await asyncio.wait_for(ended(screens[0]), 5) == SIGNED_OUT
    assert screens[1].subscriber.close_code == 0


async def test_a_changed_role_closes_the_socket(clinic: Clinic, hub: Hub) -> None:
    screen = Screen(hub, clinic.agent, clinic.head())
    await screen.connect()
    with clinic.house.database.transaction() as unit:
        unit.execute(update(t.actors).where(t.actors.c.id == clinic.agent.id).values(role="compliance"))
    await asyncio.to_thread(hub.recheck, screen.subscriber)
    assert await asyncio.wait_for(ended(screen), 5) == FORBIDDEN


async def test_whoever_left_is_told_nothing_from_that_moment(clinic: Clinic, hub: Hub) -> None:
    screens = [Screen(hub, actor, clinic.head()) for actor in (clinic.agent, clinic.rival)]
    for screen in screens:
        await screen.connect()
    admin = Actor(clinic.supervisor.id, "", "", "admin")
    await asyncio.to_thread(clinic.act, staffing.deactivate, actor=admin, actor_id=clinic.agent.id)
    assert await asyncio.wait_for(ended(screens[0]), 5) == FORBIDDEN
    assert screens[1].subscriber.close_code == 0


async def ended(screen: Screen) -> int:
    """Reads until the socket is to close; answers the code."""
    while await screen.subscriber.frames():
        pass
    return screen.subscriber.close_code
