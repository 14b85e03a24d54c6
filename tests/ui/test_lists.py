"""Narrowed lists, saved views and acts on many over HTTP: what a program asks, and what it is refused."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cast import AGENT, COMPLIANCE, OUTSIDER, RIVAL, SUPERVISOR
from tests.support.programs import Desk, desk

PAGE = {"accept": "text/html"}


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database_url, tmp_path) as opened:
        yield opened


def wish(**fields: Any) -> dict[str, Any]:
    return {"client_id": "one", "act": "assign", "body": {"me": True}, **fields}


async def test_a_list_is_narrowed_by_its_address(office: Desk) -> None:
    texted = office.cast.add_conversation(channel="sms", location="Mission")
    office.cast.add_conversation(channel="mail", location="Mission")
    found = await office.get(AGENT, "/api/conversations", view="open", channel="sms", location="Mission", owner="none")
    assert [row["id"] for row in found["items"]] == [texted]
    refused = await office.call(AGENT, "GET", "/inbox?state=nonsense", headers=PAGE)
    assert (refused.status_code, refused.text.count("one of first_reply, next_reply")) == (422, 1)
    named = (await office.call(AGENT, "GET", "/api/conversations?state=nonsense")).json()["errors"]
    assert [error["field"] for error in named] == ["state"]


async def test_what_there_is_to_choose_from_is_what_one_sees(office: Desk) -> None:
    office.cast.add_conversation(location="Mission", team="contact_center")
    shown = [
        (await office.call(actor, "GET", "/inbox/filters?view=open", headers=PAGE)).text.count("Mission</option>")
        for actor in (AGENT, OUTSIDER)
    ]
    assert shown == [1, 0]


async def test_an_act_on_many_answers_with_every_outcome_and_is_taken_back(office: Desk) -> None:
    free = office.cast.add_conversation()
    taken = office.cast.add_conversation(owner_id=RIVAL.id)
    listed = {"view": "open", "filters": {"channel": "sms"}}
    assert await office.get(AGENT, "/api/bulk/matching", view="open", channel="sms") == {"count": 2}
    moved = await office.post(AGENT, "/api/bulk", wish(**listed, expected_count=3))
    assert (moved.status_code, moved.json()["count"]) == (409, 2)
    done = (await office.post(AGENT, "/api/bulk", wish(**listed, expected_count=2))).json()
    assert {row["conversation_id"]: row["outcome"] for row in done["rows"]} == {free: "done", taken: "refused"}
    at = f"/api/bulk/{done['id']}"
    assert (await office.call(RIVAL, "GET", at)).status_code == 404
    assert (await office.call(RIVAL, "DELETE", at)).status_code == 404
    undone = (await office.call(AGENT, "DELETE", at)).json()
    assert (undone["state"], undone["undone"], undone["undo_until"]) == ("undone", 1, None)
    assert await office.get(AGENT, at) == undone


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (wish(ids=[1], act="burn"), 422),
        (wish(ids=[1], body={"me": "yes"}), 422),
        (wish(), 422),
        (wish(ids=[1], view="open"), 422),
        (wish(view="nonsense"), 422),
        (wish(view="open", filters={"state": "nonsense"}), 422),
        (wish(ids=[7]), 404),
        ({"act": "assign"}, 422),
    ],
)
async def test_an_act_on_many_that_makes_no_sense_is_refused(office: Desk, body: dict[str, Any], status: int) -> None:
    assert (await office.post(AGENT, "/api/bulk", body)).status_code == status


async def test_who_may_not_work_has_every_row_refused(office: Desk) -> None:
    conversation = office.cast.add_conversation()
    done = (await office.post(COMPLIANCE, "/api/bulk", wish(ids=[conversation]))).json()
    assert (done["done"], done["refused"]) == (0, 1)
    assert (await office.post(OUTSIDER, "/api/bulk", wish(ids=[conversation], client_id="two"))).status_code == 404


async def test_saved_views_over_http(office: Desk) -> None:
    office.cast.add_conversation(channel="mail")
    kept = await office.post(AGENT, "/api/saved-views", {"name": "Mail", "query": "channel=mail&view=open"})
    assert kept.status_code == 201
    view = kept.json()["id"]
    expected = {"id": view, "name": "Mail", "query": "view=open&channel=mail", "team": None, "mine": True, "count": 1}
    assert await office.get(AGENT, "/api/saved-views") == {"items": [expected]}
    at = f"/api/saved-views/{view}"
    assert (await office.call(RIVAL, "PATCH", at, json={"name": "Mine"})).status_code == 404
    assert (await office.call(AGENT, "PATCH", at, json={"name": "Letters"})).status_code == 204
    assert (await office.post(AGENT, f"{at}/removal", None)).status_code == 204
    assert await office.get(AGENT, "/api/saved-views") == {"items": []}
    assert (await office.call(AGENT, "DELETE", f"{at}/removal")).status_code == 204
    assert (await office.call(AGENT, "PUT", "/api/saved-views/order", json={"ids": [view]})).status_code == 204
    assert await office.get(AGENT, "/api/saved-views") == {"items": [expected | {"name": "Letters"}]}
    team = {"name": "Ours", "query": "view=open", "team": "contact_center"}
    said = [(await office.post(actor, "/api/saved-views", team)).status_code for actor in (AGENT, SUPERVISOR)]
    assert said == [403, 201]
    page = await office.call(AGENT, "GET", "/inbox?view=open&channel=mail", headers=PAGE)
    assert page.text.count(">Letters<") == 3  # the title, the views, the menu of a narrow screen
