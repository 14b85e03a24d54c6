"""Who is where: told to those who may know and follow, forgotten after two missed beats, never written down."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from inbox.actors import Actor
from inbox.house import House
from inbox.live import Hub
from inbox.presence import STAYS
from inbox.subscriber import JsonRenderer, Subscriber
from tests.support.house import Clinic


@pytest.fixture
async def hub(clinic: Clinic) -> AsyncIterator[Hub]:
    made = Hub(clinic.house)
    made.start()
    yield made
    await asyncio.to_thread(made.stop)


class Ear:
    """A socket that remembers the last word on each conversation."""

    def __init__(self, hub: Hub, actor: Actor, *topics: str) -> None:
        self.hub, self.people = hub, dict[str, list[tuple[str, bool]]]()
        self.subscriber = Subscriber(actor, JsonRenderer(), asyncio.get_running_loop())
        self.subscriber.topics = frozenset(topics) if topics else None

    async def open(self) -> "Ear":
        await asyncio.to_thread(self.hub.subscribe, self.subscriber, None)
        return self

    async def say(self, conversation_id: int | None, typing: bool = False) -> None:
        await asyncio.to_thread(self.hub.here, self.subscriber, conversation_id, typing)

    async def until(self, wanted: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not wanted():
                for data in await self.subscriber.frames():
                    self._take(msgspec.json.decode(data))

    def _take(self, frame: dict[str, Any]) -> None:
        if frame["verb"] == "presence":
            assert set(frame) == {"verb", "topic", "data"}
            shown = [(one["name"], one["typing"]) for one in frame["data"]["people"]]
            self.people[frame["topic"]] = shown


async def test_who_looks_and_who_writes_is_told_and_that_they_left(clinic: Clinic, hub: Hub) -> None:
    conversation = await asyncio.to_thread(clinic.landed)
    topic = f"conversation:{conversation}"
    near, rival = await Ear(hub, clinic.agent, topic).open(), await Ear(hub, clinic.rival, topic).open()
    await near.say(conversation)
    await rival.until(lambda: rival.people == {topic: [("Agent", False)]})
    await near.say(conversation, True)
    await rival.until(lambda: rival.people == {topic: [("Agent", True)]})
    hub.away(near.subscriber)
    await rival.until(lambda: rival.people == {topic: []})
    assert [line.verb for line in clinic.lines() if line.verb.startswith("presence")] == []


async def test_a_list_hears_of_all_its_rows_and_a_program_of_what_it_names(clinic: Clinic, hub: Hub) -> None:
    conversation, other = [await asyncio.to_thread(clinic.landed, from_=f"+1415555014{n}") for n in (3, 4)]
    lists, named = (
        await Ear(hub, clinic.rival, "inbox:open").open(),
        await Ear(hub, clinic.rival, f"conversation:{other}").open(),
    )
    silent, near = await Ear(hub, clinic.rival).open(), await Ear(hub, clinic.agent, "inbox:mine").open()
    await near.say(conversation)
    await lists.until(lambda: f"conversation:{conversation}" in lists.people)
    await near.say(other)
    for ear in (lists, named):
        await ear.until(lambda ear=ear: ear.people.get(f"conversation:{other}") == [("Agent", False)])
    await asyncio.to_thread(hub.beat, silent.subscriber)
    await silent.until(lambda: True)
    assert (list(named.people), silent.people) == ([f"conversation:{other}"], {})
    assert lists.people[f"conversation:{conversation}"] == []


async def test_only_who_may_see_it_is_told_or_heard(clinic: Clinic, hub: Hub) -> None:
    conversation = await asyncio.to_thread(clinic.landed)
    topic = f"conversation:{conversation}"
    far, near, rival = [await Ear(hub, one, topic).open() for one in (clinic.outsider, clinic.agent, clinic.rival)]
    await far.say(conversation)
    await near.say(conversation)
    await rival.until(lambda: rival.people == {topic: [("Agent", False)]})
    await asyncio.to_thread(hub.beat, far.subscriber)
    assert await asyncio.wait_for(far.subscriber.frames(), 5) != []
    assert far.people == {}


async def test_nobody_is_told_of_themselves_and_a_late_comer_is_told_at_once(clinic: Clinic, hub: Hub) -> None:
    conversation = await asyncio.to_thread(clinic.landed)
    topic = f"conversation:{conversation}"
    near = await Ear(hub, clinic.agent, topic).open()
    await near.say(conversation)
    late, again = await Ear(hub, clinic.rival, topic).open(), await Ear(hub, clinic.agent, topic).open()
    await late.until(lambda: late.people == {topic: [("Agent", False)]})
    await again.until(lambda: again.people == {topic: []})


async def test_a_silent_screen_is_forgotten_after_two_beats(clinic: Clinic, hub: Hub) -> None:
    conversation = await asyncio.to_thread(clinic.landed)
    topic = f"conversation:{conversation}"
    near, rival = await Ear(hub, clinic.agent, topic).open(), await Ear(hub, clinic.rival, topic).open()
    await near.say(conversation)
    await rival.until(lambda: rival.people == {topic: [("Agent", False)]})
    clinic.move(STAYS - timedelta(seconds=1))
    await near.say(conversation)  # the control: whoever goes on beating stays
    clinic.move(timedelta(seconds=2))
    assert hub._room.people(conversation) != []
    assert hub._room.changed(clinic.now) == set()
    clinic.move(STAYS)
    await rival.until(lambda: rival.people == {topic: []})


async def test_presence_crosses_processes_through_redis(clinic: Clinic, redis_url: str) -> None:
    conversation = await asyncio.to_thread(clinic.landed)
    topic = f"conversation:{conversation}"
    house = House(replace(clinic.house.settings, redis_url=redis_url), clock=lambda: clinic.now)
    hubs = [Hub(house), Hub(house)]
    for one in hubs:
        one.start()
    near, rival = await Ear(hubs[0], clinic.agent, topic).open(), await Ear(hubs[1], clinic.rival, topic).open()

    async def insist() -> None:  # a word said before the other process listens is lost, and said again by the next beat
        while True:
            await near.say(conversation, True)
            await asyncio.sleep(0.05)

    insisting = asyncio.create_task(insist())
    await rival.until(lambda: rival.people == {topic: [("Agent", True)]})
    insisting.cancel()
    hubs[0].away(near.subscriber)
    await rival.until(lambda: rival.people == {topic: []})
    for one in hubs:
        await asyncio.to_thread(one.stop)
    house.close()
