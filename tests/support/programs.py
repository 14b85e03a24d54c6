"""A program before the JSON API: the whole application in this process, the named cast behind it, a token for each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from inbox import accounts
from inbox.actors import Actor
from inbox.house import House
from inbox.settings import Settings
from tests.support.application import application
from tests.support.cast import NOW, Cast

ORIGIN = "http://127.0.0.1:8000"


class Desk:
    """`cast` fills the tables, `call` asks as somebody; the clock stands at NOW."""

    def __init__(self, database_url: str, folder: Path, client: httpx.AsyncClient, house: House) -> None:
        self.cast, self.client, self.house = Cast(database_url), client, house
        self._tokens: dict[int, str] = {}

    def token(self, actor: Actor) -> str:
        """The bearer token of a person, issued once."""
        if actor.id not in self._tokens:
            with self.cast.database.transaction() as unit:
                self._tokens[actor.id] = accounts.issue_token(unit, email=actor.email, label="test")
        return self._tokens[actor.id]

    async def call(self, actor: Actor, method: str, path: str, **options: Any) -> httpx.Response:
        """One request as this person, by token."""
        headers = {"authorization": f"Bearer {self.token(actor)}", **options.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **options)

    async def get(self, actor: Actor, path: str, **query: Any) -> Any:
        """What a 200 says."""
        answer = await self.call(actor, "GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, actor: Actor, path: str, body: Any, **headers: str) -> httpx.Response:
        """An act."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.call(actor, "POST", path, json=body, headers=named)


@asynccontextmanager
async def desk(database_url: str, folder: Path) -> AsyncIterator[Desk]:
    """The application without its background parts: an act is committed, nothing is sent."""
    settings = Settings(data_dir=folder, database_url=database_url, public_url=ORIGIN)
    house = House(settings, clock=lambda: NOW)
    with application(house) as app:
        transport = httpx.ASGITransport(app, client=("127.0.0.1", 5000))
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            made = Desk(database_url, folder, client, house)
            yield made
            made.cast.close()
    house.close()
