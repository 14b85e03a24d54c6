"""What a stranger may fill at the doors: refused requests are kept in a bounded ring, and nothing that is too large."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from inbox import intake
from inbox.house import House
from inbox.settings import DEMO_MAIL_DOOR_TOKEN, Settings
from inbox.store import tables as t
from tests.conftest import FreshDatabase
from tests.support.serving import serving
from ui.app import create_app

FORM = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": "forged"}
HOOKS = ("/in/twilio/messages", "/in/twilio/status", "/in/twilio/voice", "/in/twilio/voice/recording")


class Street:
    """Where strangers stand: a served clinic without people."""

    def __init__(self, house: House, client: httpx.AsyncClient) -> None:
        self.house, self.client = house, client

    def kept(self) -> list[tuple[str, int, int]]:
        """State, size as it came and bytes kept of each arrival."""
        with self.house.database.snapshot() as reading:
            rows = reading.all(select(t.arrivals).order_by(t.arrivals.c.id))
        return [(row.state, row.size, len(row.body)) for row in rows]


@pytest.fixture
async def street(fresh_database: FreshDatabase, tmp_path: Path) -> AsyncIterator[Street]:
    settings = Settings(
        data_dir=tmp_path,
        database_url=fresh_database("sqlite"),
        twilio_auth_token="demo-token",
        mail_door_token=DEMO_MAIL_DOOR_TOKEN,
    )
    house = House(settings)
    async with (
        serving(create_app(settings, house=house)) as url,
        httpx.AsyncClient(base_url=url, timeout=30) as client,
    ):
        yield Street(house, client)


@pytest.mark.parametrize("hook", HOOKS)
async def test_a_forged_hook_is_refused_and_little_of_it_kept(street: Street, hook: str) -> None:
    answer = await street.client.post(hook, content=b"Body=" + b"x" * 900_000, headers=FORM)
    assert answer.status_code == 403
    assert street.kept() == [("refused", 900_005, intake.INLINE_BYTES)]


async def test_a_flood_of_forgeries_keeps_the_newest_few(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "REFUSED_KEPT", 3)
    for number in range(7):
        await street.client.post(HOOKS[0], content=b"x" * (number + 1), headers=FORM)
    assert street.kept() == [("refused", size, size) for size in (5, 6, 7)]


@pytest.mark.parametrize("hook", HOOKS)
async def test_too_large_a_hook_is_turned_away_unread(street: Street, hook: str) -> None:
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 65_536

    whole = await street.client.post(hook, content=b"x" * (2 << 20), headers=FORM)
    dripped = await street.client.post(hook, content=drip(), headers=FORM)
    assert (whole.status_code, dripped.status_code, street.kept()) == (413, 413, [])


@pytest.mark.parametrize(
    "token", ["", "Bearer", "Bearer wrong", "Basic x", f"bearer{DEMO_MAIL_DOOR_TOKEN}", "Bearer \xe9"]
)
async def test_the_mail_door_opens_to_its_token_alone(street: Street, token: str) -> None:
    headers = {"content-type": "message/rfc822", "authorization": token.encode("latin-1")}
    answer = await street.client.post("/in/mail", content=b"From: a@b.example\r\n\r\nx", headers=headers)
    assert (answer.status_code, street.kept()) == (403, [("refused", 0, 0)])
