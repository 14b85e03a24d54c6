"""The live socket: who gets in, once, from where, how many, and how much they may say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from inbox import accounts
from inbox.house import House
from inbox.settings import Settings
from tests.conftest import FreshDatabase
from tests.support.serving import free_port, serving
from ui import live_ticket
from ui.app import create_app

PASSWORD = "a-long-enough-password"


class Door:
    """A served clinic with `jess` and `sam`."""

    def __init__(self, house: House, url: str) -> None:
        self.house, self.url = house, url

    async def cookie(self, name: str = "jess") -> str:
        person = {"email": f"{name}@clinic.example", "password": PASSWORD, "address": "", "agent": ""}
        signed = await asyncio.to_thread(accounts.sign_in, self.house.database, **person)
        return f"warmline={signed.session_id}"

    async def ticket(self, cookie: str) -> str:
        async with httpx.AsyncClient(base_url=self.url, headers={"cookie": cookie, "origin": self.url}) as client:
            page = await client.get("/inbox", headers={"accept": "text/html"})
            token = page.text.split('name="csrf-token" content="')[1].split('"')[0]
            answer = await client.post("/live/ticket", headers={"x-csrf-token": token})
        return str(answer.json()["ticket"])

    def bearer(self) -> str:
        with self.house.database.transaction() as unit:
            return accounts.issue_token(unit, email="jess@clinic.example", label="test")

    def connect(self, query: str = "", *, origin: str | None = "", **headers: str) -> connect:
        address = f"{self.url.replace('http', 'ws')}/live{query}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        given = self.url if origin == "" else origin
        return connect(address, origin=given, additional_headers=named, proxy=None)  # type: ignore[arg-type]  # any text

    async def refusal(self, query: str = "", *, origin: str | None = "", **headers: str) -> int:
        """The status that a connection is refused with; 0 when it opens."""
        try:
            async with self.connect(query, origin=origin, **headers):
                return 0
        except InvalidStatus as refused:
            return refused.response.status_code


@pytest.fixture
async def door(fresh_database: FreshDatabase, tmp_path: Path) -> AsyncIterator[Door]:
    port = free_port()
    settings = Settings(data_dir=tmp_path, database_url=fresh_database("sqlite"), public_url=f"http://127.0.0.1:{port}")
    house = House(settings)
    with house.database.transaction() as unit:
        for name in ("jess", "sam"):
            person = {"email": f"{name}@clinic.example", "name": name.title(), "role": "agent"}
            accounts.add(unit, **person, teams=["contact_center"], password=PASSWORD, by=None)
    async with serving(create_app(settings, house=house), port) as url:
        yield Door(house, url)


async def test_only_our_own_pages_open_it(door: Door) -> None:
    cookie = await door.cookie()
    for origin in ("https://evil.example", "null", None, f"{door.url}.evil.example", door.url.replace("http", "https")):
        query = f"?ticket={await door.ticket(cookie)}"
        assert (origin, await door.refusal(query, origin=origin, cookie=cookie)) == (origin, 403)
    assert await door.refusal(f"?ticket={await door.ticket(cookie)}", cookie=cookie) == 0


async def test_a_ticket_is_for_one_socket_of_one_session_and_soon(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    cookie, other = await door.cookie(), await door.cookie("sam")
    ticket = await door.ticket(cookie)
    assert await door.refusal(f"?ticket={ticket}", cookie=other) == 403
    assert await door.refusal(f"?ticket={ticket}") == 403
    assert await door.refusal(f"?ticket={ticket}", cookie=cookie) == 0
    assert await door.refusal(f"?ticket={ticket}", cookie=cookie) == 403
    for forged in ("", "a.b.c", "a.².c", f"{ticket}x", ticket.replace(".", ".9", 1), "\ud7ff" * 9):
        assert (forged, await door.refusal(f"?ticket={forged}", cookie=cookie)) == (forged, 403)
    assert await door.refusal("", cookie=cookie) == 403
    late = await door.ticket(cookie)
    now = live_ticket.time.time()
    monkeypatch.setattr(live_ticket.time, "time", lambda: now + live_ticket.TICKET_SECONDS + 1)
    assert await door.refusal(f"?ticket={late}", cookie=cookie) == 403


async def test_one_ticket_shown_by_many_at_once_opens_one(door: Door) -> None:
    cookie = await door.cookie()
    query = f"?ticket={await door.ticket(cookie)}"
    told = await asyncio.gather(*(door.refusal(query, cookie=cookie) for _ in range(8)))
    assert sorted(told) == [0] + [403] * 7


async def test_a_token_opens_it_and_a_wrong_one_does_not_fall_back_to_the_cookie(door: Door) -> None:
    cookie = await door.cookie()
    query = f"?ticket={await door.ticket(cookie)}"
    assert await door.refusal("", origin=None, authorization=f"Bearer {door.bearer()}") == 0
    assert await door.refusal(query, authorization="Bearer wrong", cookie=cookie) == 403
    assert await door.refusal(query, authorization="Basic amVzczp4", cookie=cookie) == 403


async def test_a_person_has_eight_also_when_they_come_at_once(door: Door) -> None:
    token = f"Bearer {door.bearer()}"
    opened: list[ClientConnection] = []

    async def sit() -> None:
        opened.append(await door.connect(origin=None, authorization=token))

    told = await asyncio.gather(*(sit() for _ in range(12)), return_exceptions=True)
    assert (len(opened), sum(isinstance(one, InvalidStatus) for one in told)) == (8, 4)
    await asyncio.gather(*(socket.close() for socket in opened))
    # the server notices a moment later that they left
    again = [await door.refusal(origin=None, authorization=token) for _ in range(20)]
    assert again[-1] == 0


async def test_who_floods_or_sends_books_is_put_out(door: Door) -> None:
    token = f"Bearer {door.bearer()}"
    for frames in (['{"ping":true}'] * 60, ['{"topics":["' + "x" * 70_000 + '"]}']):
        async with door.connect(origin=None, authorization=token) as socket:
            for frame in frames:
                await socket.send(frame)
            async with asyncio.timeout(5):
                await socket.wait_closed()
            assert socket.close_code in {1008, 1009}


async def test_nonsense_is_heard_out(door: Door) -> None:
    async with door.connect(origin=None, authorization=f"Bearer {door.bearer()}") as socket:
        for frame in ("", "[]", "null", '{"resync":-1}', f'{{"resync":{2**70}}}', '{"topics":[{}]}', "[" * 9000):
            await socket.send(frame)
        beat = await asyncio.wait_for(socket.recv(), 5)
        await socket.ping()
    assert '"heartbeat"' in str(beat)


@pytest.mark.parametrize("since", ["²", "9" * 5000, str(2**70), "-1", "1e3", "%00"])
async def test_no_cursor_breaks_it(door: Door, since: str) -> None:
    async with door.connect(f"?since={since}", origin=None, authorization=f"Bearer {door.bearer()}") as socket:
        with pytest.raises(ConnectionClosed) as ended:
            await asyncio.wait_for(socket.recv(), 5)
    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == 4400
