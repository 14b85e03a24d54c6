"""The access log cannot be written: nothing of a patient is shown, neither asked for nor pushed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import event, select, text

from inbox import access, reading
from inbox.errors import Unavailable
from inbox.live import Hub
from inbox.reading import Look
from inbox.store import tables as t
from inbox.subscriber import JsonRenderer, Subscriber
from tests.faults.clinic import Clinic
from ui.app import create_app

WORDS = "Text 0: can I move my cleaning on Friday?"


def rename(clinic: Clinic, old: str, new: str) -> None:
    with clinic.house.database.transaction() as unit:
        unit.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


@asynccontextmanager
async def asking(clinic: Clinic) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(clinic.settings, house=clinic.house)
    headers = {"authorization": f"Bearer {clinic.token(clinic.agent)}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url=clinic.address, headers=headers
    ) as client:
        yield client


async def shown_without_a_row(clinic: Clinic) -> tuple[int, bool, int]:
    """While the log is away: the status of a read, whether it showed the patient's words, rows after it is back."""
    (conversation_id,) = clinic.land(1)
    rename(clinic, "access", "away")
    async with asking(clinic) as client:
        answer = await client.get(f"/api/conversations/{conversation_id}")
    rename(clinic, "away", "access")
    return answer.status_code, WORDS in answer.text, len(clinic.all(select(t.access.c.id)))


async def test_a_read_that_leaves_no_row_fails(clinic: Clinic) -> None:
    assert await shown_without_a_row(clinic) == (503, False, 0)


async def test_a_log_in_the_background_shows_the_patient(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access.store, "add", lambda *_, **__: None)
    assert await shown_without_a_row(clinic) == (200, True, 0)


def commits_of(clinic: Clinic, conversation_id: int) -> tuple[Look, int]:
    """What a look was, and how often it made a person wait for the disk."""
    made, house = list[object](), clinic.house
    promised = house.configuration.practice()
    engine = house.database._writer
    hear = made.append
    event.listen(engine, "commit", hear)
    try:
        look = reading.opened(house.database, promised, actor=clinic.agent, conversation_id=conversation_id)
    finally:
        event.remove(engine, "commit", hear)
    return look, len(made)


def test_a_look_and_its_row_are_one_transaction(clinic: Clinic) -> None:
    first, second = clinic.land(2)
    commits_of(clinic, first)  # the process has its ids now
    assert commits_of(clinic, second) == (Look(first=True), 1)
    assert commits_of(clinic, second) == (Look(), 0)


def test_a_look_that_leaves_no_row_meets_no_promise(clinic: Clinic) -> None:
    (conversation_id,) = clinic.land(1)
    rename(clinic, "access", "away")
    with pytest.raises(Unavailable):
        commits_of(clinic, conversation_id)
    rename(clinic, "away", "access")
    assert commits_of(clinic, conversation_id)[0] == Look(first=True)


async def test_frames_wait_for_the_log_and_come_without_a_gap(clinic: Clinic) -> None:
    hub = Hub(clinic.house)
    hub.start()
    subscriber = Subscriber(clinic.agent, JsonRenderer(), asyncio.get_running_loop())
    try:
        hub.subscribe(subscriber, None)
        mine = (await heard(subscriber, 1))[0]["seq"]
        rename(clinic, "access", "away")
        clinic.land(1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(heard(subscriber, 1), 1.2)
        rename(clinic, "away", "access")
        frames = await asyncio.wait_for(heard(subscriber, 2), 10)
    finally:
        await asyncio.to_thread(hub.stop)
    for frame in frames:
        assert frame["prev"] == mine
        mine = frame["seq"]
    assert "message.received" in [frame["verb"] for frame in frames]
    assert len(clinic.all(select(t.access.c.id).where(t.access.c.how == "pushed"))) == 1


async def heard(subscriber: Subscriber, least: int) -> list[dict[str, Any]]:
    """At least so many frames, and all that came with them."""
    frames: list[dict[str, Any]] = []
    while len(frames) < least:
        frames += [httpx.Response(200, content=frame).json() for frame in await subscriber.frames()]
    return frames
