"""A session that ends or a role that changes closes the open socket within seconds, not at the next connect."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from sqlalchemy import insert, update
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from inbox import accounts
from inbox.live import Hub
from inbox.store import accounts as people
from inbox.store import tables as t
from tests.faults.clinic import Clinic
from tests.support.serving import serving
from ui.app import create_app

SOON = 3.0


@asynccontextmanager
async def watching(clinic: Clinic) -> AsyncIterator[tuple[str, ClientConnection]]:
    """The agent's session and its open socket."""
    secret = "session-of-the-agent"
    with clinic.house.database.transaction() as unit:
        people.add_session(unit, id_hash=accounts.hashed(secret), actor=clinic.agent, address="", agent="")
        unit.record("session.opened", actor_id=clinic.agent.id)
    async with serving(create_app(clinic.settings, house=clinic.house), clinic.port) as address:
        cookie = {"cookie": f"warmline={secret}"}
        async with httpx.AsyncClient(base_url=address, headers=cookie) as client:
            page = await client.get("/inbox")
            token = page.text.split('name="csrf-token" content="')[1].split('"')[0]
            given = await client.post("/live/ticket", headers={"x-csrf-token": token, "origin": address})
        url = f"{address.replace('http', 'ws')}/live?ticket={given.json()['ticket']}"
        async with connect(url, origin=address, additional_headers=cookie, proxy=None) as socket:
            await socket.recv()
            yield secret, socket


async def closed(socket: ClientConnection, within: float = SOON) -> int | None:
    """The code with which the server closes; TimeoutError when it does not."""
    async with asyncio.timeout(within):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as end:
            return end.rcvd.code if end.rcvd else None


async def test_signing_out_closes_the_socket(clinic: Clinic) -> None:
    async with watching(clinic) as (secret, socket):
        await asyncio.to_thread(accounts.sign_out, clinic.house.database, secret)
        assert await closed(socket) == 4401


def change_role(clinic: Clinic) -> None:
    with clinic.house.database.transaction() as unit:
        mine = t.actors.c.id == clinic.agent.id
        unit.execute(update(t.actors).where(mine).values(role="front_desk", version=t.actors.c.version + 1))
        unit.record("actor.changed", actor_id=None, details={"actor": clinic.agent.id})


async def test_another_role_closes_the_socket(clinic: Clinic) -> None:
    async with watching(clinic) as (_, socket):
        await asyncio.to_thread(change_role, clinic)
        assert await closed(socket) == 4403


async def test_a_team_more_is_another_person(clinic: Clinic) -> None:
    async with watching(clinic) as (_, socket):
        with clinic.house.database.transaction() as unit:
            unit.execute(insert(t.actor_teams).values(actor_id=clinic.agent.id, team="nursing"))
            unit.record("actor.changed", actor_id=None, details={"actor": clinic.agent.id})
        assert await closed(socket) == 4403


async def test_checked_at_connect_only_it_stays_open(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Hub, "_heed", lambda *_: None)
    async with watching(clinic) as (secret, socket):
        await asyncio.to_thread(accounts.sign_out, clinic.house.database, secret)
        with pytest.raises(TimeoutError):
            await closed(socket, within=1.5)
