"""A screen on a wall: a code opens it once, the board stands there nameless and without a session until it is ended."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from inbox.store import tables as t
from tests.conftest import FreshDatabase
from tests.support.cast import ADMIN, AGENT, COMPLIANCE, DAY, MINUTE, NOW, SUPERVISOR
from tests.support.programs import ORIGIN, Desk, desk

PIECE = {"x-piece": "1", "accept": "text/html"}


@pytest.fixture
async def office(fresh_database: FreshDatabase, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(fresh_database("sqlite"), tmp_path) as opened:
        opened.cast.add_due(NOW - MINUTE, owner_id=AGENT.id)
        yield opened


async def code(office: Desk) -> str:
    made = await office.post(ADMIN, "/admin/walls", {"label": "Nurses' room"})
    assert made.status_code == 200
    return str(made.json()["html"]).split('tabindex="0">')[1].split("<")[0]


def wall(office: Desk) -> int:
    with office.cast.database.snapshot() as reading:
        return int(reading.scalar(select(t.walls.c.id)))


def verbs(office: Desk) -> list[str]:
    with office.cast.database.snapshot() as reading:
        found = reading.all(select(t.journal.c.verb).where(t.journal.c.verb.like("wall.%")).order_by(t.journal.c.seq))
    return [row.verb for row in found]


async def test_a_code_opens_the_board_once_and_it_stays(office: Desk) -> None:
    """The session of a person would end after fifteen idle minutes; nobody has touched this screen for a month."""
    assert "SLA board" not in (await office.client.get("/wall")).text
    given = await code(office)
    entered = await office.client.post("/wall", data={"code": f" {given.upper()} "})
    assert (entered.status_code, entered.headers["location"]) == (303, "/wall")
    office.cast.change(t.walls, wall(office), seen_at=NOW - 30 * DAY)
    for headers in ({}, PIECE):
        shown = await office.client.get("/wall", headers=headers)
        named = [word for word in ("Maria", "Alvarez", "Jess", "/conversations/", "data-assign") if word in shown.text]
        assert (shown.status_code, named, "Late now" in shown.text) == (200, [], True)
    listed = await office.call(ADMIN, "GET", "/admin/walls")
    assert listed.text.count("<td>shows the board</td>") == 1
    office.client.cookies.clear()
    assert (await office.client.post("/wall", data={"code": given})).status_code == 401


async def test_an_ended_screen_shows_nothing(office: Desk) -> None:
    await office.client.post("/wall", data={"code": await code(office)})
    assert (await office.client.get("/wall", headers=PIECE)).status_code == 200
    assert (await office.post(ADMIN, f"/admin/walls/{wall(office)}/end", {})).status_code == 200
    assert (await office.client.get("/wall", headers=PIECE)).status_code == 401
    assert (await office.post(ADMIN, f"/admin/walls/{wall(office)}/end", {})).status_code == 404
    assert verbs(office) == ["wall.added", "wall.opened", "wall.ended"]


async def test_a_code_runs_out(office: Desk) -> None:
    given = await code(office)
    office.cast.change(t.walls, wall(office), code_until=NOW - MINUTE)
    assert (await office.client.post("/wall", data={"code": given})).status_code == 401
    assert verbs(office) == ["wall.added"]


async def test_its_token_opens_nothing_else(office: Desk) -> None:
    await office.client.post("/wall", data={"code": await code(office)})
    for path in ("/board", "/api/board", "/inbox", "/api/metrics", "/board/rows/late"):
        assert (path, (await office.client.get(path)).status_code) == (path, 401)
    assert (
        await office.client.post("/wall", data={"code": "x"}, headers={"origin": "http://evil.example"})
    ).status_code == 403
    assert (await office.client.post("/wall", data={"code": "x"}, headers={"origin": ORIGIN})).status_code == 401


async def test_only_administrators_hang_screens(office: Desk) -> None:
    for actor, seen, made in ((ADMIN, 200, 422), (COMPLIANCE, 200, 403), (SUPERVISOR, 403, 403), (AGENT, 403, 403)):
        assert (await office.call(actor, "GET", "/admin/walls")).status_code == seen
        assert (await office.post(actor, "/admin/walls", {"label": " "})).status_code == made
